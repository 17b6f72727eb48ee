/** 255 and then 1,023 attached devices: every one is listed, by root and without root, and every one goes again. */
import { constants } from 'node:fs';
import { expect, test } from 'vitest';
import { readDevicesOnce } from '../../../native-helper/operations/read-once.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { targetOf, useOperations } from '../../kernel/operations/operations-fixture.ts';

const operations = useOperations();
const { loop } = operations;

function ours({ devices }: { readonly devices: readonly LoopDevice[] }): readonly LoopDevice[] {
  return devices.filter(({ backingFile }) => backingFile?.text.startsWith(loop.folder) === true);
}

async function attachNew(name: string): Promise<void> {
  const fd = loop.open(loop.makeImage(name, 65_536), constants.O_RDONLY);
  await operations.attachDescriptor(fd, { readOnly: true });
  loop.close(fd);
}

test('255 and then 1,023 devices are listed one by one, whoever looks, and let go', async () => {
  for (const count of [255, 1023]) {
    const before = ours(await operations.call('devices/list', {})).length;
    for (let index = before; index < count; index++) await attachNew(`image-${index}.img`);
    const listed = ours(await operations.call('devices/list', {}));
    const different = [listed.map(({ diskseq }) => diskseq), listed.map(({ backingFile }) => backingFile?.text)].map(
      (all) => new Set(all).size,
    );
    expect([listed.length, ...different]).toEqual([count, count, count]);
    expect(new Set(listed.map(({ sizeBytes, readOnly }) => `${sizeBytes} ${readOnly}`))).toEqual(new Set(['65536 true']));
    const numbers = listed.map(({ number }) => number);
    for (const mode of ['elevated', 'view'] as const) {
      expect(ours(readDevicesOnce({ mode, ownership: 'unknown' })).map(({ number }) => number)).toEqual(numbers);
    }
  }
  for (const device of ours(await operations.call('devices/list', {}))) {
    await operations.call('devices/detach', { ...targetOf(device), whenFree: false });
  }
  expect(ours(await operations.call('devices/list', {}))).toEqual([]);
});

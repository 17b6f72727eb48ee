import { execFile } from 'node:child_process';
import { constants, readdirSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { startHelper, type RunningHelper } from '../../../electron/helper/helper-process.ts';
import type { DeviceChanges, LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { readDiskseq } from '../../../native-helper/linux/sysfs.ts';
import { detachDevice, useLoopFixture, waitFor } from '../loop-fixture.ts';
import { codeOf, targetOf } from './operations-fixture.ts';
import { plainAttach } from './plain-attach.ts';

const MIB = 1024 * 1024;
const loop = useLoopFixture();
const run = promisify(execFile);
const files = {
  node: fileURLToPath(new URL('../../../node_modules/node/bin/node', import.meta.url)),
  script: fileURLToPath(new URL('../../../native-helper/main.ts', import.meta.url)),
  launcher: null,
};

async function withHelper(work: (helper: RunningHelper) => Promise<void>): Promise<void> {
  const helper = await startHelper({ kind: 'direct' }, { files });
  if (helper.kind !== 'ready') throw new Error(JSON.stringify(helper));
  try {
    await work(helper);
  } finally {
    await helper.stop();
  }
}

/**
 * What a process has open, without the numbers of sockets and pipes, sorted. Not counted: attributes of devices that others have attached,
 * which the helper keeps open while there are more than a hundred.
 */
function descriptorsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`)
    .map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/\d+/gu, 'N'))
    .filter((path) => !path.endsWith('/loop/backing_file'))
    .toSorted();
}

test('four processes attach 50 images each at the same time, and none is lost', async () => {
  const script = fileURLToPath(new URL('attach-many.ts', import.meta.url));
  const names = ['a', 'b', 'c', 'd'];
  const outputs = await Promise.all(names.map((name) => run(files.node, [script, loop.folder, name, '50'])));
  const numbers = outputs.flatMap(({ stdout }) => JSON.parse(stdout) as number[]);
  expect(numbers).toHaveLength(100);
  expect(new Set(numbers).size).toBe(100);
  expect(loop.census()).toEqual(numbers.toSorted((a, b) => a - b));
  for (const number of numbers) await detachDevice({ number, diskseq: readDiskseq(number) ?? 0n });
});

describe('a helper process', () => {
  test('attaches, changes, tells and detaches, and has nothing open afterwards that it had not before', async () => {
    await withHelper(async ({ client, hello }) => {
      const told: DeviceChanges[] = [];
      client.onNotification((_, changes) => told.push(changes));
      await client.call('devices/list', {});
      await client.call('devices/watch', { safetyRead: false });
      const before = descriptorsOf(hello.pid);

      const fd = loop.open(loop.makeImage('helper.img', MIB));
      const { device } = await client.call('devices/attach', plainAttach, { descriptors: [fd] });
      loop.adopt(device.number);
      expect(device).toMatchObject({ sizeBytes: String(MIB), ownership: 'own' });
      await waitFor('the attach to be told', () => told.some(({ changed }) => changed.some(({ diskseq }) => diskseq === device.diskseq)));
      const changed = await client.call('devices/set', {
        ...targetOf(device),
        changes: { reference: 'changed', logicalBlockSizeBytes: 4096 },
      });
      expect(changed).toEqual({ ...device, logicalBlockSizeBytes: 4096, reference: { text: 'changed', base64: null } });
      expect(await client.call('devices/list', {})).toMatchObject({ devices: expect.arrayContaining([changed]) as unknown });
      expect(await client.call('devices/detach', { ...targetOf(device), whenFree: false })).toEqual({ state: 'detached' });
      await waitFor('the detach to be told', () => told.some(({ removed }) => removed.includes(device.number)));
      expect(descriptorsOf(hello.pid)).toEqual(before);
    });
  });

  test('keeps nothing open of what it refuses', async () => {
    await withHelper(async ({ client, hello }) => {
      await client.call('devices/list', {});
      const before = descriptorsOf(hello.pid);
      const bad = [
        loop.open(loop.makeImage('write-only.img', MIB), constants.O_WRONLY),
        loop.open(loop.makeImage('empty.img', 0)),
        loop.open(loop.folder, constants.O_RDONLY),
        loop.open('/dev/zero'),
        loop.open('/proc/version', constants.O_RDONLY),
      ];
      const codes: string[] = [];
      for (const fd of bad) codes.push(await codeOf(client.call('devices/attach', plainAttach, { descriptors: [fd] })));
      expect(codes).toEqual(['IMAGE_WRITE_ONLY', 'IMAGE_TOO_SMALL', 'IMAGE_NOT_REGULAR', 'IMAGE_NOT_REGULAR', 'IMAGE_PSEUDO_FILE']);
      expect(descriptorsOf(hello.pid)).toEqual(before);
      expect(loop.census()).toEqual([]);
    });
  });

  test('detaches sixty devices asked for at once', async () => {
    await withHelper(async ({ client }) => {
      const devices: LoopDevice[] = [];
      for (let index = 0; index < 60; index++) {
        const fd = loop.open(loop.makeImage(`many-${index}.img`, 65_536));
        devices.push((await client.call('devices/attach', plainAttach, { descriptors: [fd] })).device);
        loop.close(fd);
      }
      const results = await Promise.all(devices.map((device) => client.call('devices/detach', { ...targetOf(device), whenFree: false })));
      expect(new Set(results.map(({ state }) => state))).toEqual(new Set(['detached']));
      expect(loop.census()).toEqual([]);
    });
  });
});

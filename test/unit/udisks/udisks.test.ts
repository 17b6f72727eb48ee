import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { DecimalString } from '../../../native-helper/protocol/scalars.ts';
import { UdisksClient } from '../../../electron/udisks/udisks-client.ts';
import { Udisksctl } from '../../../electron/udisks/udisksctl.ts';
import { createUdisksSource } from '../../../electron/udisks/udisks-source.ts';
import { FakeUdisks } from '../../fakes/fake-udisks.ts';
import { attachPlainly, describeUdisks } from '../../fakes/udisks-contract.ts';
import { loopDevice } from '../../fakes/sample-devices.ts';

const folder = mkdtempSync(join(tmpdir(), 'platter-udisks-'));
const image = join(folder, 'an image.img');
writeFileSync(image, Buffer.alloc(4096));
afterAll(() => rmSync(folder, { recursive: true }));

let fake = new FakeUdisks();
beforeEach(() => {
  fake = new FakeUdisks();
});

describe('the contract, over the fake', () => {
  describeUdisks({ client: () => new UdisksClient(fake.viewer, new Udisksctl(fake.run)), image: () => image });
});

test('a device that somebody keeps open stays: busy, or deferred when asked for', async () => {
  const client = new UdisksClient(fake.viewer, new Udisksctl(fake.run));
  fake.devices.set(3, loopDevice(3, image));
  fake.held.add(3);
  const target = { device: 3, diskseq: fake.devices.get(3)?.diskseq as DecimalString };
  await expect(client.call('devices/detach', { ...target, whenFree: false })).rejects.toMatchObject({ code: 'DEVICE_BUSY' });
  expect(await client.call('devices/detach', { ...target, whenFree: true })).toEqual({ state: 'deferred' });
});

test.each([
  ['NotAuthorizedDismissed', 'AUTHORIZATION_DISMISSED'],
  ['NotAuthorizedCanObtain', 'AUTHORIZATION_UNAVAILABLE'],
  ['NotAuthorized', 'NOT_AUTHORIZED'],
  ['DeviceBusy', 'DEVICE_BUSY'],
  ['Failed', 'KERNEL_REFUSED'],
])('says in our codes what udisks2 says: %s', async (name, code) => {
  const stderr = `Error setting up loop device for x: GDBus.Error:org.freedesktop.UDisks2.Error.${name}: No.\n`;
  const udisks = new Udisksctl(async () => ({ status: 1, stdout: '', stderr }));
  await expect(udisks.setUp(3, attachPlainly)).rejects.toMatchObject({ code });
});

test('reads mount points of old and new versions, with spaces and full stops', async () => {
  const mountPoint = async (said: string): Promise<string> =>
    new Udisksctl(async () => ({ status: 0, stdout: said, stderr: '' })).mount('/dev/loop1', 'ext4', false);
  expect(await mountPoint('Mounted /dev/loop1 at /media/a b/Disk 1.2.\n')).toBe('/media/a b/Disk 1.2');
  expect(await mountPoint('Mounted /dev/loop1 at /run/media/a/X\n')).toBe('/run/media/a/X');
});

test('acts where udisks2 answers, and says why not where it does not, both from the start', async () => {
  const helper = { client: fake.viewer, stop: async () => undefined };
  const source = createUdisksSource(async () => helper, new Udisksctl(fake.run));
  expect((await source.startElevated(new AbortController().signal)).through).toBe('udisks');
  expect(await source.mayElevateSilently()).toBe(true);
  fake.isRunning = false;
  expect(await source.mayElevateSilently()).toBe(true);
  await expect(source.startElevated(new AbortController().signal)).rejects.toMatchObject({ data: { code: 'UDISKS_UNAVAILABLE' } });
});

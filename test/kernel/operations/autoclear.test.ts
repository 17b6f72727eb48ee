/** Devices that detach by themselves: attached with AUTOCLEAR, and held by the helper until somebody uses them. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLoopDevice } from '../../../native-helper/linux/block-device.ts';
import { closeDescriptor } from '../../../native-helper/linux/descriptors.ts';
import { loopClearFd } from '../../../native-helper/linux/loop-device.ts';
import { isBound, readDiskseq, readLoopAttributes } from '../../../native-helper/linux/sysfs.ts';
import { MOST_HELD } from '../../../native-helper/operations/held-devices.ts';
import { zero } from '../../polkit/attach-options.ts';
import { HelperHarness, shipped } from '../../contract/helper-harness.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { waitFor } from '../loop-fixture.ts';
import { codeOf, openLoopNodes, targetOf, useOperations, type AttachWishes } from './operations-fixture.ts';
import { plainAttach } from './plain-attach.ts';

const MIB = 1024 * 1024;
const operations = useOperations();
const { loop } = operations;

async function attachHeld(name: string, wishes: AttachWishes = {}, flags: number = constants.O_RDWR): Promise<LoopDevice> {
  return (await operations.attach(loop.makeImage(name, MIB), { ...wishes, autoclear: true }, flags)).device;
}

function nodeOf({ number }: LoopDevice): string {
  return `/dev/loop${number}`;
}

test('LOOP_CONFIGURE with AUTOCLEAR alone would detach the device at our close', async () => {
  const device = await loop.attach(loop.makeImage('kernel.img', MIB), { flags: 4 });
  await waitFor('the kernel to detach it', () => !loop.census().includes(device.number));
});

describe('a device attached with autoclear', () => {
  test('has it from the start, and is held with one descriptor', async () => {
    const device = await attachHeld('start.img');
    expect(device).toMatchObject({ autoclear: true, readOnly: false });
    expect(readLoopAttributes(device.number)?.autoclear).toBe(true);
    expect(openLoopNodes()).toEqual([nodeOf(device)]);
    expect(await operations.find(device.number)).toEqual(device);
  });

  test.each(['LOOP_SET_STATUS64', 'LOOP_SET_STATUS'] as const)('also by LOOP_SET_FD and %s', async (statusCall) => {
    const fd = loop.open(loop.makeImage('legacy.img', MIB));
    const wishes = { readOnly: false, offsetBytes: zero, sizeLimitBytes: zero, partitionScan: false, autoclear: true, reference: null };
    const { device } = await operations.call('devices/attach-legacy', { ...wishes, statusCall }, [fd]);
    expect(device.autoclear).toBe(true);
    expect(openLoopNodes()).toEqual([nodeOf(device)]);
  });

  test('goes with the helper', async () => {
    const { number } = await attachHeld('end.img');
    await operations.stop();
    expect([isBound(number), openLoopNodes(), loop.census()]).toEqual([false, [], []]);
    operations.start();
  });

  test('goes with a helper that is killed', async () => {
    const helper = await HelperHarness.ready(shipped);
    const image = openSync(loop.makeImage('killed.img', MIB), 'r+');
    try {
      const reply = await helper.request('devices/attach', { ...plainAttach, autoclear: true }, [image]);
      expect(reply.result).toMatchObject({ device: { autoclear: true } });
      expect(loop.census()).toHaveLength(1);
      helper.child.kill('SIGKILL');
      await helper.stop();
      await waitFor('the kernel to detach it', () => loop.census().length === 0);
    } finally {
      closeSync(image);
    }
  });

  test('goes with its last mount, whoever mounts it', async () => {
    const device = await attachHeld('mounted.img');
    execFileSync('mkfs.ext4', ['-q', '-F', nodeOf(device)], { stdio: 'ignore' });
    const mountPoint = join(loop.folder, 'mounted');
    mkdirSync(mountPoint);
    execFileSync('mount', [nodeOf(device), mountPoint]);
    try {
      await waitFor('the helper to let go', () => openLoopNodes().length === 0);
      expect(isBound(device.number)).toBe(true);
    } finally {
      execFileSync('umount', [mountPoint]);
    }
    await waitFor('the kernel to detach it', () => loop.census().length === 0);
  });

  test('is let go of when the caller says that it is mounted, whatever the list knows', async () => {
    const device = await attachHeld('told.img');
    const other = loop.openDevice(device.number, 'read');
    operations.operations.onMountsChanged({ number: device.number, diskseq: BigInt(device.diskseq) - 1n });
    expect(openLoopNodes()).toHaveLength(2);
    operations.operations.onMountsChanged({ number: device.number, diskseq: BigInt(device.diskseq) });
    expect(openLoopNodes()).toEqual([nodeOf(device)]);
    loop.close(other);
    expect(isBound(device.number)).toBe(false);
  });

  test('is detached on request at once', async () => {
    const device = await attachHeld('detach.img');
    expect(await operations.call('devices/detach', { ...targetOf(device), whenFree: false })).toEqual({ state: 'detached' });
    expect([openLoopNodes(), loop.census()]).toEqual([[], []]);
  });

  test('is still held after a detach that was refused because of somebody else', async () => {
    const device = await attachHeld('busy.img');
    const other = loop.openDevice(device.number, 'read');
    expect(await codeOf(operations.call('devices/detach', { ...targetOf(device), whenFree: false }))).toBe('DEVICE_BUSY');
    loop.close(other);
    expect(openLoopNodes()).toEqual([nodeOf(device)]);
    expect(await operations.find(device.number)).toEqual(device);
  });

  test('is left to the last of the others when that is wanted', async () => {
    const device = await attachHeld('deferred.img');
    const other = loop.openDevice(device.number, 'read');
    expect(await operations.call('devices/detach', { ...targetOf(device), whenFree: true })).toEqual({ state: 'deferred' });
    expect(openLoopNodes()).toEqual([nodeOf(device)]);
    loop.close(other);
    expect(isBound(device.number)).toBe(false);
  });

  test.each([
    ['devices/set', (device: LoopDevice) => operations.call('devices/set', { ...targetOf(device), changes: { autoclear: false } })],
    ['devices/cancel-detach', (device: LoopDevice) => operations.call('devices/cancel-detach', targetOf(device))],
  ] as const)('stays, held by nobody, once %s has taken autoclear away', async (_name, takeAway) => {
    const device = await attachHeld('stays.img');
    expect(await takeAway(device)).toEqual({ ...device, autoclear: false });
    expect(openLoopNodes()).toEqual([]);
    expect(await operations.find(device.number)).toEqual({ ...device, autoclear: false });
  });

  test('is changed in every other way as if nobody had it open', async () => {
    const device = await attachHeld('changed.img');
    const changes = { logicalBlockSizeBytes: 4096, offsetBytes: '4096', reference: 'changed' };
    expect(await operations.call('devices/set', { ...targetOf(device), changes })).toMatchObject({
      autoclear: true,
      logicalBlockSizeBytes: 4096,
      offsetBytes: '4096',
    });
    expect(await operations.call('devices/set-capacity', targetOf(device))).toMatchObject({ autoclear: true });
    expect(openLoopNodes()).toEqual([nodeOf(device)]);
  });

  test('is held on with another file behind it', async () => {
    const { changeBackingFile } = await operations.call('session/features', {});
    if (!changeBackingFile) return;
    const device = await attachHeld('first.img', { readOnly: true }, constants.O_RDONLY);
    const other = loop.open(loop.makeImage('second.img', MIB), constants.O_RDONLY);
    const changed = await operations.call('devices/change-backing-file', targetOf(device), [other]);
    expect(changed).toMatchObject({ number: device.number, autoclear: true });
    expect(changed.diskseq).not.toBe(device.diskseq);
    expect(openLoopNodes()).toEqual([nodeOf(device)]);
    const writable = loop.open(loop.makeImage('third.img', 2 * MIB), constants.O_RDONLY);
    const refused = operations.call('devices/change-backing-file', targetOf(changed), [writable]);
    expect(await codeOf(refused)).toBe('IMAGE_SIZE_DIFFERS');
    expect(openLoopNodes()).toEqual([nodeOf(device)]);
  });
});

test('an attach that is refused holds nothing', async () => {
  const path = loop.makeImage('once.img', MIB);
  const { device } = await operations.attach(path);
  const attempts = [{ whenAttached: 'refuse' }, { whenAttached: 'attach-again', device: device.number }] as const;
  for (const wishes of attempts) await codeOf(operations.attach(path, { ...wishes, autoclear: true }));
  const other = loop.makeImage('other.img', MIB);
  expect(await codeOf(operations.attach(other, { device: device.number, autoclear: true }))).toBe('NODE_IN_USE');
  expect(openLoopNodes()).toEqual([]);
  // One that is given back is as it was.
  const again = await operations.attach(path, { whenAttached: 'reuse', autoclear: true });
  expect(again).toMatchObject({ outcome: 'already-attached', device: { autoclear: false } });
  expect(openLoopNodes()).toEqual([]);
});

test('another device of the same number is not held, though somebody else made it so', async () => {
  const device = await attachHeld('replaced.img', { readOnly: true }, constants.O_RDONLY);
  // Another program asks to detach it, which since it has autoclear changes nothing while it is held.
  const fd = openLoopDevice(device.number, 'read');
  loopClearFd(fd);
  closeDescriptor(fd);
  expect(readDiskseq(device.number)).toBe(BigInt(device.diskseq));
  expect(openLoopNodes()).toEqual([nodeOf(device)]);
  await operations.call('devices/detach', { ...targetOf(device), whenFree: false });
  const next = (await operations.attach(loop.makeImage('next.img', MIB), { device: device.number })).device;
  expect([next.number, openLoopNodes()]).toEqual([device.number, []]);
});

test(`no more than ${MOST_HELD} are held at a time`, async () => {
  const devices: LoopDevice[] = [];
  for (let count = 0; count < MOST_HELD; count++) devices.push(await attachHeld(`many-${count}.img`));
  expect(openLoopNodes()).toHaveLength(MOST_HELD);
  expect(await codeOf(attachHeld('too-many.img'))).toBe('LIMIT_REACHED');
  expect((await operations.attach(loop.makeImage('plain.img', MIB))).device.autoclear).toBe(false);
  const [first] = devices;
  if (first === undefined) throw new Error('nothing was attached');
  await operations.call('devices/detach', { ...targetOf(first), whenFree: false });
  expect((await attachHeld('one-more.img')).autoclear).toBe(true);
});

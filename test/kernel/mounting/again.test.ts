/** SECURITY.md (e) rows 50, 59 and 60: the restrictions of a mount outlast whatever is done to it, and nothing is left of many. */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, statSync, truncateSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loopSetCapacity } from '../../../native-helper/linux/loop-device.ts';
import { HelperError } from '../../../native-helper/protocol/errors.ts';
import { useLoopFixture, waitFor, type AttachedDevice } from '../loop-fixture.ts';
import { hasFileSystem, useMountFixture } from './mount-fixture.ts';

const loops = useLoopFixture();
const mounts = useMountFixture(loops);
const MiB = 1024 * 1024;
const ext4 = ['mke2fs', '-q', '-t', 'ext4'];

/** Whether every mount has both restrictions. */
function restrictions(): readonly boolean[] {
  return mounts.mounted().map(({ options }) => ['nosuid', 'nodev'].every((option) => options.split(',').includes(option)));
}

test('nosuid and nodev stay when the file system grows, is mounted twice, and first for reading and then for writing', async () => {
  const path = mounts.makeFormatted(ext4, 16 * MiB);
  const device = await loops.attach(path);
  const readOnly = await mounts.mount(device, { readOnly: true });
  expect(restrictions()).toEqual([true]);
  await mounts.unmount(device, readOnly);
  const first = await mounts.mount(device);
  const second = await mounts.mount(device);
  truncateSync(path, 32 * MiB);
  const fd = loops.openDevice(device.number);
  await loopSetCapacity(fd);
  loops.close(fd);
  // Without CAP_SYS_RESOURCE the kernel refuses to grow it; the restrictions stay either way.
  await mounts.grow(device, first).catch(() => {});
  expect(restrictions()).toEqual([true, true]);
  await mounts.unmount(device, first);
  expect(restrictions()).toEqual([true]);
  await mounts.unmount(device, second);
});

test('a hundred mounts leave nothing, while somebody keeps looking at the device', async () => {
  const device = await mounts.attachFormatted(ext4, 2 * MiB);
  const before = readdirSync('/proc/self/fd').length;
  // What udev and udisks do after each change: open, read, close.
  const looker = spawn('sh', ['-c', `while :; do head -c 4096 /dev/loop${device.number} >/dev/null; done`], { stdio: 'ignore' });
  const ended = new Promise((resolve) => looker.once('exit', resolve));
  try {
    for (let count = 0; count < 100; count++) {
      const result = await mounts.mount(device, { readOnly: count % 2 === 0 });
      expect(await mounts.unmount(device, result)).toBe('unmounted');
    }
  } finally {
    looker.kill('SIGKILL');
    await ended;
  }
  expect([mounts.mounted(), mounts.leftovers()]).toEqual([[], []]);
  await expect.poll(() => readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before);
});

/** Unmounts while somebody swaps what is over the mount; every answer that was given on the way is noted in `outcomes`. */
async function unmountWhileSwapped(device: AttachedDevice, outcomes: Set<string>): Promise<void> {
  const result = await mounts.mount(device);
  const { mountPoint, mountId } = result.mount;
  const script = 'while mount -t tmpfs swapped "$0"; do while grep -q "^swapped $0 " /proc/self/mounts; do umount "$0"; done; done';
  const swapper = spawn('sh', ['-c', script, mountPoint.text], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => swapper.once('exit', () => resolve()));
  try {
    await waitFor('something over the mount', () => mounts.mounted().length === 2);
    for (let isThere = true; isThere;) {
      const outcome = await mounts.unmount(device, result).catch((error: unknown) => {
        if (error instanceof HelperError) return error.code;
        throw error;
      });
      outcomes.add(outcome);
      // Whoever swaps may find his own gone and take ours; and his next one may get its number.
      isThere = mounts.mounted().some((entry) => entry.mountId === mountId && entry.fileSystemType === 'ext4');
      if (outcome === 'unmounted') expect(isThere).toBe(false);
    }
  } finally {
    swapper.kill();
    await ended;
  }
  execFileSync('sh', ['-c', 'umount "$0" 2>/dev/null; rmdir "$0" 2>/dev/null; true', mountPoint.text]);
  mounts.restart();
}

test('while root puts something over it and takes it away again, only its own mount counts', async () => {
  const device = await mounts.attachFormatted(ext4, 2 * MiB);
  const outcomes = new Set<string>();
  // It may be lucky at once.
  for (let round = 0; round < 50 && !outcomes.has('NOT_MOUNTED'); round++) await unmountWhileSwapped(device, outcomes);
  expect(outcomes).toContain('NOT_MOUNTED');
  expect([...outcomes].filter((outcome) => !['unmounted', 'NOT_MOUNTED', 'MOUNT_BUSY'].includes(outcome))).toEqual([]);
  expect(mounts.leftovers()).toEqual([]);
});

test.skipIf(!hasFileSystem('xfs'))('a file system that has shut itself down is unmounted all the same', async () => {
  const device = await loops.attach(mounts.makeFormatted(['mkfs.xfs', '-q'], 320 * MiB));
  const result = await mounts.mount(device, { fileSystemType: 'xfs' });
  // What the driver does when it cannot write its journal any more: a stick that was pulled out, a disk that is full or broken.
  execFileSync('xfs_io', ['-x', '-c', 'shutdown', result.mount.mountPoint.text]);
  expect(() => statSync(result.mount.mountPoint.text)).toThrow('EIO');
  const descriptors = readdirSync('/proc/self/fd').length;
  expect(await mounts.unmount(device, result)).toBe('unmounted');
  expect([mounts.mounted(), mounts.leftovers()]).toEqual([[], []]);
  await expect.poll(() => readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(descriptors);
});

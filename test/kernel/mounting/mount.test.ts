/**
 * Mounting and unmounting on the real kernel. Needs root and mke2fs; other types are tried where kernel and tools have them.
 * SECURITY.md (e) rows 51, 53, 54, 58 and 59; rows 50 and 60 are in again.test.ts.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addPartition, deletePartition, openLoopDevice } from '../../../native-helper/linux/block-device.ts';
import { closeDescriptor } from '../../../native-helper/linux/descriptors.ts';
import { loopSetCapacity } from '../../../native-helper/linux/loop-device.ts';
import { isBound } from '../../../native-helper/linux/sysfs.ts';
import { MOUNTS_PER_USER } from '../../../native-helper/mounting/mount.ts';
import { MountRecords } from '../../../native-helper/mounting/mount-records.ts';
import { HelperError } from '../../../native-helper/protocol/errors.ts';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';
import { useLoopFixture, waitFor, type AttachedDevice } from '../loop-fixture.ts';
import { codeOf, hasFileSystem, useMountFixture } from './mount-fixture.ts';

const loops = useLoopFixture();
const mounts = useMountFixture(loops);
const MiB = 1024 * 1024;
const ext4 = ['mke2fs', '-q', '-t', 'ext4'];

function hasProgram(name: string): boolean {
  return ['/usr/sbin', '/sbin', '/usr/bin', '/bin'].some((folder) => existsSync(join(folder, name)));
}

const types: readonly (readonly [type: string, make: readonly string[], bytes: number])[] = [
  ['ext2', ['mke2fs', '-q', '-t', 'ext2'], 8 * MiB],
  ['ext3', ['mke2fs', '-q', '-t', 'ext3'], 16 * MiB],
  ['ext4', ext4, 16 * MiB],
  ['xfs', ['mkfs.xfs', '-q'], 320 * MiB],
  ['btrfs', ['mkfs.btrfs', '-q'], 128 * MiB],
  ['vfat', ['mkfs.vfat'], 16 * MiB],
];

describe.each(types)('%s', (type, make, bytes) => {
  const runnable = hasFileSystem(type) && hasProgram(make[0] ?? '');

  test.skipIf(!runnable)('is mounted with nosuid and nodev, writable or not, and leaves nothing', async () => {
    const device = await mounts.attachFormatted(make, bytes);
    for (const readOnly of [false, true]) {
      const result = await mounts.mount(device, { fileSystemType: type, readOnly });
      const [entry] = mounts.mounted();
      const place = join(mounts.mediaFolder, 'root/disk');
      expect(result.mount).toMatchObject({ mountPoint: { text: place }, fileSystemType: type, readOnly });
      expect(entry).toMatchObject({ mountId: result.mount.mountId, readOnly });
      expect(entry?.options.split(',')).toEqual(expect.arrayContaining(['nosuid', 'nodev']));
      expect(Buffer.from(entry?.source ?? '').toString()).toBe(`/dev/loop${device.number}`);
      if (!readOnly) writeFileSync(join(place, 'file'), 'text');
      expect(await mounts.unmount(device, result)).toBe('unmounted');
      expect([mounts.mounted(), mounts.leftovers()]).toEqual([[], []]);
    }
  });
});

test.skipIf(!hasFileSystem('squashfs') || !hasProgram('mksquashfs'))(
  'a file system that cannot be written is mounted read-only',
  async () => {
    const tree = join(loops.folder, 'tree');
    mkdirSync(tree);
    writeFileSync(join(tree, 'file'), 'text');
    const path = join(loops.folder, 'squash.img');
    execFileSync('mksquashfs', [tree, path, '-quiet', '-no-progress'], { stdio: 'pipe' });
    const device = await loops.attach(path);
    const result = await mounts.mount(device, { fileSystemType: 'squashfs', readOnly: false });
    expect(result.mount.readOnly).toBe(true);
    expect(readFileSync(join(result.mount.mountPoint.text, 'file'), 'utf8')).toBe('text');
  },
);

describe('what is refused', () => {
  test.each(['auto', 'tmpfs', 'proc', 'overlay', 'fuse', 'nfs', 'ext4 ', '../ext4', 'EXT4', '', 'constructor'])(
    'type "%s", before the kernel hears of it',
    async (fileSystemType) => {
      const device = await mounts.attachFormatted(ext4, 2 * MiB);
      expect(await codeOf(mounts.mount(device, { fileSystemType }))).toBe('FILE_SYSTEM_REFUSED');
    },
  );

  test('a type the kernel does not know', async ({ skip }) => {
    // It loads a driver that it has as a module.
    const isLoadable = (type: string): boolean => spawnSync('modprobe', ['--dry-run', '--quiet', `fs-${type}`]).status === 0;
    const unknown = ['zonefs', 'jfs', 'nilfs2', 'bcachefs', 'ntfs3'].find((type) => !hasFileSystem(type) && !isLoadable(type));
    if (unknown === undefined) return skip('this kernel knows all that may be asked for');
    const device = await mounts.attachFormatted(ext4, 2 * MiB);
    expect(await codeOf(mounts.mount(device, { fileSystemType: unknown }))).toBe('FILE_SYSTEM_UNSUPPORTED');
    expect([mounts.mounted(), mounts.leftovers()]).toEqual([[], []]);
  });

  test('a type that the image is not', async () => {
    const device = await mounts.attachFormatted(ext4, 2 * MiB);
    const error: unknown = await mounts.mount(device, { fileSystemType: 'squashfs' }).catch((fault: unknown) => fault);
    expect(error).toMatchObject({ code: 'FILE_SYSTEM_INVALID', errno: 22 });
    expect([mounts.mounted(), mounts.leftovers()]).toEqual([[], []]);
  });

  test('writing to a device that is read-only', async () => {
    const device = await mounts.attachFormatted(ext4, 2 * MiB, { readOnly: true });
    expect(await codeOf(mounts.mount(device))).toBe('DEVICE_READ_ONLY');
    expect(await codeOf(mounts.mount(device, { readOnly: true }))).toBe('done');
  });

  test('a device that was attached anew, is not attached, or has no such partition', async () => {
    const device = await mounts.attachFormatted(ext4, 2 * MiB);
    expect(await codeOf(mounts.mount({ ...device, diskseq: device.diskseq - 1n }))).toBe('STALE_DEVICE');
    expect(await codeOf(mounts.mount(device, { partition: 1 }))).toBe('NO_SUCH_PARTITION');
    expect(await codeOf(mounts.mount({ ...device, number: 1_048_575 }))).toBe('NO_SUCH_DEVICE');
  });

  test('the same file system once more, in another way than before', async () => {
    const device = await mounts.attachFormatted(ext4, 2 * MiB);
    await mounts.mount(device, { readOnly: true });
    expect(await codeOf(mounts.mount(device, { readOnly: false }))).toBe('DEVICE_MOUNTED');
    expect(await codeOf(mounts.mount(device, { readOnly: true }))).toBe('done');
  });

  test('detaching with the last mount what is not the caller’s own', async () => {
    const device = await mounts.attachFormatted(ext4, 2 * MiB);
    mounts.restart({ uid: 12_345, ownership: 'other-user' });
    expect(await codeOf(mounts.mount(device, { detachWhenUnmounted: true }))).toBe('NOT_PERMITTED');
    expect(mounts.leftovers()).toEqual([]);
  });

  test('one mount more than a user may have', async () => {
    const device = await mounts.attachFormatted(ext4, 2 * MiB);
    mounts.restart({ uid: 12_345 });
    // Records of a helper in work: this process. They are not touched when the records are put right.
    const records = new MountRecords(join(mounts.stateFolder, 'mounts'), 12_345);
    const intent = { device: 1, partition: null, diskseq: toDecimal(1), fileSystemType: 'ext4', userFolder: '12345', leaf: 'x' };
    for (let count = 0; count < MOUNTS_PER_USER; count++) records.begin(intent);
    expect(await codeOf(mounts.mount(device))).toBe('LIMIT_REACHED');
    mounts.restart({ uid: 12_346 });
    expect(await codeOf(mounts.mount(device))).toBe('done');
  });
});

describe('partitions', () => {
  /** Some kernels keep a partition added by hand for the next image of that number (LOOP.md §1.6), so it is taken away again. */
  async function withPartition(device: AttachedDevice, startBytes: number, sizeBytes: number, work: () => Promise<void>): Promise<void> {
    const fd = openLoopDevice(device.number, 'write');
    try {
      addPartition(fd, { partition: 1, startBytes: BigInt(startBytes), sizeBytes: BigInt(sizeBytes) });
      await work();
    } finally {
      mounts.release();
      deletePartition(fd, 1);
      closeDescriptor(fd);
    }
  }

  test('are mounted by number', async () => {
    const inner = mounts.makeFormatted(ext4, 4 * MiB);
    const outer = loops.makeImage('outer.img', 8 * MiB).toString();
    execFileSync('dd', [`if=${inner}`, `of=${outer}`, 'bs=1M', 'seek=1', 'conv=notrunc', 'status=none']);
    const device = await loops.attach(outer);
    await withPartition(device, MiB, 4 * MiB, async () => {
      const result = await mounts.mount(device, { partition: 1 });
      expect(Buffer.from(mounts.mounted()[0]?.source ?? '').toString()).toBe(`/dev/loop${device.number}p1`);
      await mounts.unmount(device, result);
    });
  });

  test('that begin at the table are refused', async () => {
    const device = await mounts.attachFormatted(ext4, 4 * MiB);
    await withPartition(device, 0, MiB, async () => {
      expect(await codeOf(mounts.mount(device, { partition: 1 }))).toBe('PARTITION_INVALID');
    });
  });

  test('that reach behind the end of a device made smaller are refused', async () => {
    const path = mounts.makeFormatted(ext4, 4 * MiB);
    const device = await loops.attach(path);
    await withPartition(device, MiB, 3 * MiB, async () => {
      truncateSync(path, 2 * MiB);
      const fd = loops.openDevice(device.number);
      await loopSetCapacity(fd);
      loops.close(fd);
      expect(await codeOf(mounts.mount(device, { partition: 1 }))).toBe('PARTITION_INVALID');
    });
  });
});

describe('the folder', () => {
  test('has the label as its name, made harmless and unlike every other', async () => {
    const device = await mounts.attachFormatted(ext4, 2 * MiB);
    const names: string[] = [];
    for (const label of ['..', '../../etc', '$(touch x)', 'a\nb', 'Größe', 'Größe', 'Größe']) {
      const { mount } = await mounts.mount(device, { label });
      names.push(mount.mountPoint.text.slice(join(mounts.mediaFolder, 'root/').length));
    }
    expect(names).toEqual(['image', '_.._etc', '_touch x_', 'a_b', 'Größe', 'Größe-2', 'Größe-3']);
  });

  test('is never one that is there already, whatever it is', async () => {
    const device = await mounts.attachFormatted(ext4, 2 * MiB);
    mounts.restart();
    const user = join(mounts.mediaFolder, 'root');
    mkdirSync(user, { mode: 0o755 });
    symlinkSync('/etc', join(user, 'disk'));
    writeFileSync(join(user, 'disk-2'), '');
    mkdirSync(join(user, 'disk-3'));
    const { mount } = await mounts.mount(device);
    expect(mount.mountPoint.text).toBe(join(user, 'disk-4'));
  });

  test('is refused below one that others could change, and a user’s own is made for him alone', async () => {
    const device = await mounts.attachFormatted(ext4, 2 * MiB);
    mounts.restart({ uid: 12_345 });
    const user = join(mounts.mediaFolder, '12345');
    chmodSync(mounts.mediaFolder, 0o777);
    expect(await codeOf(mounts.mount(device))).toBe('MOUNT_TARGET_REFUSED');
    chmodSync(mounts.mediaFolder, 0o755);
    mkdirSync(user, { mode: 0o755 });
    chownSync(user, 12_345, 0);
    expect(await codeOf(mounts.mount(device))).toBe('MOUNT_TARGET_REFUSED');
    rmdirSync(user);
    symlinkSync('/tmp', user);
    expect(await codeOf(mounts.mount(device))).toBe('MOUNT_TARGET_REFUSED');
    expect(mounts.mounted()).toEqual([]);
    execFileSync('rm', [user]);
    const result = await mounts.mount(device);
    expect([statSync(user).mode & 0o7777, statSync(user).uid]).toEqual([0o750, 0]);
    expect(execFileSync('getfacl', ['-pcn', user], { encoding: 'utf8' })).toContain('user:12345:r-x');
    expect(readdirSync(mounts.mediaFolder)).toEqual(['12345']);
    await mounts.unmount(device, result);
  });
});

describe('unmounting', () => {
  test('says who keeps the file system in use, and lazily takes it out of sight all the same', async () => {
    const device = await mounts.attachFormatted(ext4, 2 * MiB);
    const result = await mounts.mount(device);
    const program = spawn('sleep', ['1000'], { cwd: result.mount.mountPoint.text });
    try {
      await waitFor('the program', () => program.pid);
      const error: unknown = await mounts.unmount(device, result).catch((fault: unknown) => fault);
      expect(error).toBeInstanceOf(HelperError);
      expect(error).toMatchObject({
        code: 'MOUNT_BUSY',
        errno: 16,
        detail: { mountPoints: [result.mount.mountPoint.text], programs: [{ pid: program.pid, name: 'sleep' }] },
      });
      expect(mounts.mounted()).toHaveLength(1);
      expect(await mounts.unmount(device, result, { lazy: true })).toBe('lazy');
      expect([mounts.mounted(), mounts.leftovers()]).toEqual([[], []]);
    } finally {
      program.kill();
    }
  });

  test('does not tell one user of the programs of another', async () => {
    const device = await mounts.attachFormatted(ext4, 2 * MiB);
    mounts.restart({ uid: 12_345 });
    const result = await mounts.mount(device);
    const program = spawn('sleep', ['1000'], { cwd: result.mount.mountPoint.text });
    try {
      await waitFor('the program', () => program.pid);
      const error: unknown = await mounts.unmount(device, result).catch((fault: unknown) => fault);
      expect(error).toMatchObject({ code: 'MOUNT_BUSY', detail: { programs: [] } });
    } finally {
      program.kill();
    }
  });

  test('lets the device go with the last mount when that was asked for', async () => {
    const device = await mounts.attachFormatted(ext4, 2 * MiB);
    const first = await mounts.mount(device, { detachWhenUnmounted: true });
    const second = await mounts.mount(device);
    expect(first.detachesWhenUnmounted).toBe(true);
    await mounts.unmount(device, first);
    expect(isBound(device.number)).toBe(true);
    await mounts.unmount(device, second);
    await waitFor('the device to go', () => !isBound(device.number));
  });

  test('refuses what is mounted over it, another id, and a device attached anew', async () => {
    const device = await mounts.attachFormatted(ext4, 2 * MiB);
    const result = await mounts.mount(device);
    const place = result.mount.mountPoint.text;
    expect(await codeOf(mounts.unmount(device, result, { mountId: result.mount.mountId + 1 }))).toBe('NOT_MOUNTED');
    expect(await codeOf(mounts.unmount({ ...device, diskseq: device.diskseq + 1n }, result))).toBe('STALE_DEVICE');
    execFileSync('mount', ['-t', 'tmpfs', 'none', place]);
    expect(await codeOf(mounts.unmount(device, result))).toBe('NOT_MOUNTED');
    // The record stays with the mount below.
    mounts.restart();
    execFileSync('umount', [place]);
    expect(await mounts.unmount(device, result)).toBe('unmounted');
  });

  test('knows nothing of what somebody else mounted in the same place', async () => {
    const device = await mounts.attachFormatted(ext4, 2 * MiB);
    const result = await mounts.mount(device);
    const place = result.mount.mountPoint.text;
    execFileSync('umount', [place]);
    execFileSync('mount', [`/dev/loop${device.number}`, place]);
    const mountId = mounts.mounted()[0]?.mountId ?? -1;
    expect(await codeOf(mounts.unmount(device, result, { mountId }))).toBe('NOT_MOUNTED');
    expect(mounts.mounted()).toHaveLength(1);
  });
});

test('what others unmounted is cleared away at the next start, and what is still mounted is kept', async () => {
  const device = await mounts.attachFormatted(ext4, 2 * MiB);
  const gone = await mounts.mount(device, { label: 'gone' });
  const kept = await mounts.mount(device, { label: 'kept' });
  execFileSync('umount', [gone.mount.mountPoint.text]);
  mounts.restart();
  expect(existsSync(gone.mount.mountPoint.text)).toBe(false);
  expect(await mounts.unmount(device, kept)).toBe('unmounted');
  expect(mounts.leftovers()).toEqual([]);
});

test.skipIf(!hasFileSystem('xfs') || !hasProgram('mkfs.xfs'))('a copy of a mounted xfs opens read-only beside it', async () => {
  const path = mounts.makeFormatted(['mkfs.xfs', '-q'], 320 * MiB);
  const copy = join(loops.folder, 'copy.img');
  copyFileSync(path, copy);
  const [first, second] = [await loops.attach(path), await loops.attach(copy)];
  await mounts.mount(first, { fileSystemType: 'xfs' });
  expect(await codeOf(mounts.mount(second, { fileSystemType: 'xfs' }))).toBe('FILE_SYSTEM_INVALID');
  expect(await codeOf(mounts.mount(second, { fileSystemType: 'xfs', readOnly: true }))).toBe('done');
});

test('wishes of the caller only take rights away', async () => {
  const device = await mounts.attachFormatted(ext4, 2 * MiB);
  await mounts.mount(device, { noExecute: true, noSymbolicLinks: true });
  expect(mounts.mounted()[0]?.options.split(',')).toEqual(expect.arrayContaining(['nosuid', 'nodev', 'noexec', 'nosymfollow']));
});

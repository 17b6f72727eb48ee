/** Growing and trimming mounted file systems on the real kernel. Needs root; each type where kernel and tools have it. */
import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loopSetCapacity } from '../../../native-helper/linux/loop-device.ts';
import type { AttachedDevice } from '../loop-fixture.ts';
import { useLoopFixture } from '../loop-fixture.ts';
import { codeOf, hasFileSystem, useMountFixture } from './mount-fixture.ts';

const loops = useLoopFixture();
const mounts = useMountFixture(loops);
const MiB = 1024 * 1024;

/** CAP_SYS_RESOURCE, capability 24. */
const mayGrowExt4 =
  ((BigInt(`0x${/^CapEff:\t(?<bits>\w+)$/mu.exec(readFileSync('/proc/self/status', 'latin1'))?.groups?.['bits']}`) >> 24n) & 1n) === 1n;

async function enlarge(path: string, device: AttachedDevice, bytes: number): Promise<void> {
  truncateSync(path, bytes);
  const fd = loops.openDevice(device.number);
  await loopSetCapacity(fd);
  loops.close(fd);
}

const types = [
  ['ext4', 'mke2fs', ['-q', '-t', 'ext4'], 16 * MiB],
  ['xfs', 'mkfs.xfs', ['-q'], 320 * MiB],
  ['btrfs', 'mkfs.btrfs', ['-q'], 320 * MiB],
] as const;

for (const [type, program, parameters, bytes] of types) {
  const runnable = hasFileSystem(type) && existsSync(join('/usr/sbin', program));
  test.skipIf(!runnable || (type === 'ext4' && !mayGrowExt4))(`a mounted ${type} grows with its device, and not without`, async () => {
    const path = mounts.makeFormatted([program, ...parameters], bytes);
    const device = await loops.attach(path);
    const result = await mounts.mount(device, { fileSystemType: type });
    const same = await mounts.grow(device, result);
    expect(same.sizeBytes).toBe(same.oldSizeBytes);
    await enlarge(path, device, bytes * 2);
    const grown = await mounts.grow(device, result);
    expect(Number(grown.sizeBytes)).toBeGreaterThan(Number(grown.oldSizeBytes) * 1.5);
    expect(await mounts.unmount(device, result)).toBe('unmounted');
  });
}

test.skipIf(mayGrowExt4)('growing an ext4 needs CAP_SYS_RESOURCE, and says so', async () => {
  const device = await mounts.attachFormatted(['mke2fs', '-q', '-t', 'ext4'], 16 * MiB);
  const result = await mounts.mount(device);
  const error: unknown = await mounts.grow(device, result).catch((fault: unknown) => fault);
  expect(error).toMatchObject({ code: 'KERNEL_REFUSED', errno: 1, detail: { call: 'EXT4_IOC_RESIZE_FS' } });
});

test('types that cannot grow while mounted are refused, read-only mounts too', async () => {
  const path = mounts.makeFormatted(['mke2fs', '-q', '-t', 'ext4'], 16 * MiB);
  const device = await loops.attach(path);
  const readOnly = await mounts.mount(device, { readOnly: true });
  expect(['DEVICE_READ_ONLY', 'KERNEL_REFUSED']).toContain(await codeOf(mounts.grow(device, readOnly)));
});

test.skipIf(!hasFileSystem('btrfs'))('a mounted btrfs gets smaller, keeps its files, and says when they do not fit', async () => {
  const path = mounts.makeFormatted(['mkfs.btrfs', '-q', '-m', 'single'], 512 * MiB);
  const device = await loops.attach(path);
  const result = await mounts.mount(device, { fileSystemType: 'btrfs' });
  const file = join(result.mount.mountPoint.text, 'file');
  writeFileSync(file, Buffer.alloc(20 * MiB, 7), { flush: true });
  const shrunk = await mounts.shrink(device, result, 300 * MiB);
  expect(shrunk).toEqual({ oldSizeBytes: String(512 * MiB), sizeBytes: String(300 * MiB) });
  expect(readFileSync(file).every((byte) => byte === 7)).toBe(true);
  const same = await mounts.shrink(device, result, 400 * MiB);
  expect(same.sizeBytes).toBe(shrunk.sizeBytes);
  expect(await codeOf(mounts.shrink(device, result, 100 * MiB))).toBe('FILE_SYSTEM_FULL');
});

test('only btrfs gets smaller while it is mounted', async () => {
  const device = await mounts.attachFormatted(['mke2fs', '-q', '-t', 'ext4'], 16 * MiB);
  const result = await mounts.mount(device);
  expect(await codeOf(mounts.shrink(device, result, 8 * MiB))).toBe('FILE_SYSTEM_REFUSED');
});

test('trimming gives the space of deleted files back to the image', async () => {
  const path = mounts.makeFormatted(['mke2fs', '-q', '-t', 'ext4'], 32 * MiB);
  const device = await loops.attach(path);
  const result = await mounts.mount(device);
  const file = join(result.mount.mountPoint.text, 'file');
  writeFileSync(file, Buffer.alloc(8 * MiB, 1), { flush: true });
  const blocks = (): number => statSync(path).blocks;
  const full = blocks();
  await rm(file);
  const { trimmedBytes } = await mounts.trim(device, result);
  expect(Number(trimmedBytes)).toBeGreaterThan(0);
  expect(blocks()).toBeLessThan(full - (4 * MiB) / 512);
});

test('what the helper did not mount is neither grown nor trimmed', async () => {
  const device = await mounts.attachFormatted(['mke2fs', '-q', '-t', 'ext4'], 16 * MiB);
  const result = await mounts.mount(device);
  const other = { ...result, mount: { ...result.mount, mountId: 1 } };
  expect([await codeOf(mounts.grow(device, other)), await codeOf(mounts.trim(device, other))]).toEqual(['NOT_MOUNTED', 'NOT_MOUNTED']);
});

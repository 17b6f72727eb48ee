/** What is wrong with a device, as the real kernel makes it so and the window finds it: the file, its size, its twins, offset and direct I/O. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectNode } from '../../../build/bootstrap.mjs';
import { findWarnings, uuidsOf, type DeviceWarning, type RememberedDevice } from '../../../electron/ipc/device-warnings.ts';
import { isReleaseAtLeast } from '../../../native-helper/linux/features.ts';
import { keyOf } from '../../../renderer/state/device-facts.ts';
import { nextRemembered } from '../../../renderer/state/remembered-devices.ts';
import { hasFileSystem } from '../mounting/mount-fixture.ts';
import { attach, call, device, folder, makeImage, MIB, state, until, useApp } from './app-fixture.ts';

useApp();

/** Devices as this window saw them first. */
let remembered: ReadonlyMap<string, RememberedDevice> = new Map();

/** As the page of the device asks for it. */
async function warningsOf(number: number): Promise<readonly DeviceWarning[]> {
  const { devices } = await state();
  remembered = nextRemembered(remembered, devices);
  const seen = await device(number);
  const contentsOf = async (one: typeof seen) => call('devices/contents', { device: one.number, diskseq: one.diskseq });
  const target = { device: number, diskseq: seen.diskseq };
  const contents = await contentsOf(seen);
  const others = devices.filter((one) => one.number !== number && one.backingFile?.text.startsWith(folder) === true);
  const known = new Map(await Promise.all(others.map(async (one) => [keyOf(one), await contentsOf(one)] as const)));
  const { sameUuid, mounted } = await call('devices/surroundings', { ...target, uuids: [...uuidsOf(contents)] });
  const file = await call('devices/backing-file', target);
  return findWarnings({
    device: seen,
    devices,
    file,
    contents,
    contentsOf: (other) => known.get(keyOf(other)) ?? [],
    sameUuid,
    troubles: mounted.troubles,
    remembered: remembered.get(keyOf(seen)),
  });
}

async function warned(number: number, ...expected: object[]): Promise<void> {
  let found: readonly DeviceWarning[] = [];
  await until(async () => {
    found = await warningsOf(number);
    return JSON.stringify(found) === JSON.stringify(expected);
  });
  expect(found).toEqual(expected);
}

function losetup(...words: string[]): number {
  return Number(execFileSync('losetup', words, { encoding: 'utf8' }).trim().slice('/dev/loop'.length));
}

function moveOffset(number: number, bytes: number): void {
  execFileSync(projectNode, [join(import.meta.dirname, '../linux/set-offset.ts'), String(number), String(bytes)]);
}

test('none of a device as it should be', async () => {
  const { device: number } = await attach(makeImage(4 * MIB));
  await warned(number);
});

test('the file was renamed, then deleted', async () => {
  const path = makeImage(4 * MIB);
  const { device: number } = await attach(path);
  await warned(number);
  renameSync(path, `${path}.new`);
  await warned(number, { kind: 'moved', from: path });
  rmSync(`${path}.new`);
  await warned(number, { kind: 'deleted' });
});

test('the file became shorter than the device, or longer, until it is as long again', async () => {
  const path = makeImage(8 * MIB);
  const { device: number } = await attach(path);
  await warned(number);
  truncateSync(path, 4 * MIB);
  await warned(number, { kind: 'file-shrank', fileBytes: String(4 * MIB) });
  // The kernel goes on telling the size it took: only the comparison finds it.
  expect((await device(number)).sizeBytes).toBe(String(8 * MIB));
  truncateSync(path, 12 * MIB);
  await warned(number, { kind: 'file-grew', fileBytes: String(12 * MIB) });
  await call('devices/set-capacity', { device: number, diskseq: (await device(number)).diskseq });
  await warned(number);
  expect((await device(number)).sizeBytes).toBe(String(12 * MIB));
  truncateSync(path, 8 * MIB);
  await warned(number, { kind: 'file-shrank', fileBytes: String(8 * MIB) });
  truncateSync(path, 12 * MIB);
  await warned(number);
});

test('another file has its name', async () => {
  const path = makeImage(4 * MIB);
  const { device: number } = await attach(path);
  await warned(number);
  renameSync(path, `${path}.old`);
  writeFileSync(path, Buffer.alloc(MIB));
  await warned(number, { kind: 'moved', from: path });
});

test('the same data is attached twice, and the same file system lies in another file', async () => {
  const path = makeImage(16 * MIB);
  execFileSync('mkfs.ext4', ['-q', '-F', path]);
  copyFileSync(path, `${path}.copy`);
  const { device: number } = await attach(path);
  const twin = losetup('-f', '--show', path);
  await warned(number, { kind: 'attached-twice', numbers: [twin], writable: true });
  const copy = losetup('-f', '--show', '-r', `${path}.copy`);
  // Those of the directory of links too, where udev makes some.
  const isBoth = async (): Promise<boolean> => {
    const found = await warningsOf(number);
    const same = found.find((warning) => warning.kind === 'same-uuid');
    return found[0]?.kind === 'attached-twice' && same?.nodes.includes(`loop${copy}`) === true && !same.nodes.includes(`loop${twin}`);
  };
  await until(isBoth);
});

test('an offset within a sector, and direct I/O that the kernel switches off for it without a word', async () => {
  const path = makeImage(4 * MIB);
  const { device: number } = await attach(path, { directIo: true });
  expect((await device(number)).directIo).toBe(true);
  await warned(number);
  moveOffset(number, 100);
  await warned(number, { kind: 'misaligned', sectorBytes: 512 }, { kind: 'direct-io-off' });
  expect((await device(number)).directIo).toBe(false);
  moveOffset(number, 0);
  // The kernel does not take it again by itself.
  await warned(number, { kind: 'direct-io-off' });
});

describe('a file system that met an error while it was mounted', () => {
  const breakers = [
    ['xfs', 320, 'file-system-stopped', (place: string) => execFileSync('xfs_io', ['-x', '-c', 'shutdown', place])],
    // Before, ext4 tells of it nowhere, and answers what it has in memory.
    ...(isReleaseAtLeast(release(), 6, 15)
      ? ([['ext4', 16, 'file-system-stopped', (place: string) => execFileSync('xfs_io', ['-x', '-c', 'shutdown', place])]] as const)
      : []),
    [
      'ext4',
      16,
      'file-system-read-only',
      (_place: string, node: string) => writeFileSync(`/sys/fs/ext4/${node}/trigger_fs_error`, 'as a test'),
    ],
  ] as const;

  test.for(breakers)('%s: %d MiB, %s', async ([type, megabytes, kind, breakIt], { skip }) => {
    skip(!hasFileSystem(type), `this kernel has no ${type}`);
    const path = makeImage(megabytes * MIB);
    execFileSync(`mkfs.${type}`, ['-q', path]);
    const { device: number } = await attach(path);
    const asked = { device: number, diskseq: (await device(number)).diskseq };
    const { mountPoint, mountId } = await call('mounts/mount', { ...asked, partition: null, readOnly: false });
    await until(async () => (await device(number)).mounts.length === 1);
    await warned(number);
    breakIt(mountPoint, `loop${number}`);
    await until(async () => (await warningsOf(number)).length > 0);
    const [found, ...more] = await warningsOf(number);
    // Debian's 6.1 writes no more after an error, and tells but that there was one.
    const kinds = kind === 'file-system-read-only' ? [kind, 'file-system-errors'] : [kind];
    expect(kinds).toContain(found?.kind);
    expect([found, more]).toEqual([{ kind: found?.kind, mountPoints: [mountPoint] }, []]);
    await call('mounts/unmount', { ...asked, mountId });
    await until(async () => (await device(number)).mounts.length === 0);
    await warned(number);
  });
});

/** Opening, mounting and unmounting through the application: real images, the real worker and helper, as root. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Notice } from '../../../electron/ipc/state.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { attach, call, defaults, device, failure, folder, idOf, makeImage, MIB, ownDevices, state, until, useApp } from './app-fixture.ts';

const app = useApp();
const media = '/run/media/root';

/** Mounts of our own devices; the devices of others are not looked at. */
function ownMounts(): string[] {
  const ours = ownDevices();
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => ours.some((name) => new RegExp(` /dev/${name}(?:p[0-9]+)? `, 'u').test(line)))
    .map((line) => (line.split(' ')[4] ?? '').replaceAll(String.raw`\040`, ' '));
}

// Before the hook of useApp: hooks run in the reverse order of their making.
afterEach(async () => {
  for (const { id } of (await state()).notices) await call('notices/dismiss', { notice: id });
  const foreign = ownMounts().filter((place) => !place.startsWith(media));
  for (const place of foreign) execFileSync('umount', [place]);
  for (const one of ownDevices()) {
    const seen = await device(Number(one.slice('loop'.length)));
    await call('devices/detach', { ...target(seen), whenFree: false });
  }
  expect(ownMounts()).toEqual([]);
});

/** The folder is made with the first mount. */
function mediaNames(): string[] {
  return existsSync(media) ? readdirSync(media).toSorted() : [];
}

/** CAP_SYS_RESOURCE, capability 24: growing an ext4 needs it, and machines for tests may lack it. */
const mayGrowExt4 =
  ((BigInt(`0x${/CapEff:\t(?<set>.*)/u.exec(readFileSync('/proc/self/status', 'utf8'))?.groups?.['set'] ?? '0'}`) >> 24n) & 1n) === 1n;

interface Formats {
  readonly bytes: number;
  readonly make: (path: string, label: string) => readonly string[];
}
const tree = join(folder, 'tree');
mkdirSync(tree);
writeFileSync(join(tree, 'file'), 'hello\n');

const formats = {
  ext4: { bytes: 16 * MIB, make: (path, label) => ['mkfs.ext4', '-q', '-L', label, '-d', tree, path] },
  xfs: { bytes: 320 * MIB, make: (path, label) => ['mkfs.xfs', '-q', '-L', label, '-p', protofile(), path] },
  btrfs: { bytes: 128 * MIB, make: (path, label) => ['mkfs.btrfs', '-q', '-L', label, '-r', tree, path] },
  squashfs: { bytes: 0, make: (path) => ['mksquashfs', tree, path, '-quiet', '-no-progress', '-noappend'] },
} satisfies Record<string, Formats>;

/** What mkfs.xfs takes in place of a folder. */
function protofile(): string {
  const path = join(folder, 'xfs.proto');
  writeFileSync(path, `/\n0 0\nd--755 0 0\nfile ---644 0 0 ${join(tree, 'file')}\n$\n`);
  return path;
}

function makeFormatted(type: keyof typeof formats, label: string): string {
  const { bytes, make } = formats[type];
  const path = makeImage(bytes);
  const [program = '', ...parameters] = make(path, label);
  execFileSync(program, parameters, { stdio: 'pipe' });
  return path;
}

/** A GPT with partitions at 1 and 17 MiB, the first an ext4 file system called `Root`, the second swap. */
function makePartitioned(): string {
  const path = makeImage(40 * MIB);
  execFileSync('sfdisk', ['-q', path], { input: 'label: gpt\nstart=2048, size=32768\nstart=34816, size=16384, name="the swap"\n' });
  execFileSync('dd', [`if=${makeFormatted('ext4', 'Root')}`, `of=${path}`, 'bs=1M', 'seek=1', 'conv=notrunc', 'status=none']);
  const swap = makeImage(8 * MIB);
  execFileSync('mkswap', ['-q', swap], { stdio: 'pipe' });
  execFileSync('dd', [`if=${swap}`, `of=${path}`, 'bs=1M', 'seek=17', 'conv=notrunc', 'status=none']);
  return path;
}

async function open(path: string): Promise<Notice['outcome']> {
  await app.openFiles([path]);
  const outcome = (await state()).notices.at(-1)?.outcome;
  if (outcome === undefined) throw new Error('no notice');
  return outcome;
}

async function openWell(path: string): Promise<Exclude<Notice['outcome'], { kind: 'failed' }>> {
  const outcome = await open(path);
  if (outcome.kind === 'failed') throw new Error(JSON.stringify(outcome.error));
  return outcome;
}

function target({ number, diskseq }: LoopDevice): { readonly device: number; readonly diskseq: LoopDevice['diskseq'] } {
  return { device: number, diskseq };
}

describe('opening an image', () => {
  test.for(Object.keys(formats) as (keyof typeof formats)[])('of %s shows its files, and detaching leaves nothing', async (type) => {
    const label = `Open ${type}`.slice(0, 12);
    const path = makeFormatted(type, label);
    const before = mediaNames();
    const { device: number, mounts, kind, nothingToMount } = await openWell(path);
    expect([kind, nothingToMount, mounts.length]).toEqual(['attached', false, 1]);
    const place = mounts[0]?.mountPoint ?? '';
    expect(readFileSync(join(place, 'file'), 'utf8')).toBe('hello\n');
    // squashfs knows no labels: the name of the image stands in.
    expect(place).toBe(`${media}/${type === 'squashfs' ? path.slice(folder.length + 1) : label}`);
    await until(async () => (await device(number)).mounts.length === 1);
    const seen = await device(number);
    expect(seen).toMatchObject({ readOnly: true, mounts: [{ mountPoint: { text: place }, readOnly: true }] });
    expect(await call('devices/contents', target(seen))).toMatchObject([{ partition: null, kind: 'file-system', type, mountable: true }]);
    expect((await call('devices/detach', { ...target(seen), whenFree: false })).state).toBe('detached');
    expect([ownDevices(), ownMounts(), mediaNames()]).toEqual([[], [], before]);
  });

  test('a second time uses what is there', async () => {
    const path = makeFormatted('ext4', 'Twice');
    const first = await openWell(path);
    const second = await openWell(path);
    expect(second).toEqual({ ...first, kind: 'already-attached', readOnlyReason: second.readOnlyReason });
    expect(ownMounts()).toHaveLength(1);
  });

  test('with partitions the kernel did not make mounts the file systems among them', async () => {
    const { device: number, mounts } = await openWell(makePartitioned());
    expect(mounts).toMatchObject([{ partition: 1, mountPoint: `${media}/Root` }]);
    expect(readFileSync(`${media}/Root/file`, 'utf8')).toBe('hello\n');
    const seen = await device(number);
    expect(await call('devices/contents', target(seen))).toMatchObject([
      { partition: null, kind: 'partition-table', type: 'gpt', mountable: false },
      { partition: 1, partitionName: null, kind: 'file-system', type: 'ext4', label: 'Root', mountable: true },
      { partition: 2, partitionName: 'the swap', kind: 'swap', type: 'swap', mountable: false },
    ]);
    const { undoId } = await call('devices/detach', { ...target(seen), whenFree: false });
    expect(ownDevices()).toEqual([]);
    const again = await call('devices/undo-detach', { undo: undoId ?? 0 });
    expect(again).toMatchObject({ mounts: [{ partition: 1, mountPoint: `${media}/Root` }], mountFailures: [] });
  });

  test('goes with its last mount', async () => {
    const { device: number, mounts } = await openWell(makeFormatted('ext4', 'Eject'));
    await call('mounts/unmount', { ...target(await device(number)), mountId: mounts[0]?.mountId ?? 0 });
    await until(() => ownDevices().length === 0);
    expect(ownMounts()).toEqual([]);
  });

  test('that holds nothing to mount stays attached and says so', async () => {
    expect(await open(makeImage())).toMatchObject({ kind: 'attached', mounts: [], nothingToMount: true });
    expect(ownDevices()).toHaveLength(1);
  });

  test('that is broken leaves nothing, twenty times', async () => {
    const path = makeFormatted('ext4', 'Broken');
    // The superblock stays; the group descriptors and everything else are gone.
    execFileSync('dd', ['if=/dev/urandom', `of=${path}`, 'bs=4096', 'seek=1', 'count=1024', 'conv=notrunc', 'status=none']);
    const before = mediaNames();
    for (let attempt = 0; attempt < 20; attempt += 1) {
      expect(await open(path)).toMatchObject({ kind: 'failed', error: { code: 'FILE_SYSTEM_INVALID' } });
      expect([ownDevices(), ownMounts()]).toEqual([[], []]);
    }
    expect(mediaNames()).toEqual(before);
  });

  test('with one broken partition unmounts the good one and detaches', async () => {
    const path = makeImage(40 * MIB);
    execFileSync('sfdisk', ['-q', path], { input: 'label: gpt\nstart=2048, size=32768\nstart=34816, size=32768\n' });
    const part = makeFormatted('ext4', 'Half');
    execFileSync('dd', [`if=${part}`, `of=${path}`, 'bs=1M', 'seek=1', 'conv=notrunc', 'status=none']);
    execFileSync('dd', [`if=${part}`, `of=${path}`, 'bs=4096', 'count=1', 'seek=4352', 'conv=notrunc', 'status=none']);
    expect(await open(path)).toMatchObject({ kind: 'failed', error: { code: 'FILE_SYSTEM_INVALID' } });
    expect([ownDevices(), ownMounts()]).toEqual([[], []]);
  });

  test('attaches and mounts nothing more where the settings say so', async () => {
    await call('settings/set', { mountFileSystems: false });
    expect(await open(makeFormatted('ext4', 'Off'))).toMatchObject({ kind: 'attached', mounts: [], nothingToMount: false });
    await call('settings/set', { mountFileSystems: true });
    expect(ownMounts()).toEqual([]);
  });
});

describe('attaching with mounting', () => {
  test('keeps the device when its file system is broken, and tells which', async () => {
    const path = makeFormatted('ext4', 'Broken');
    execFileSync('dd', ['if=/dev/urandom', `of=${path}`, 'bs=4096', 'seek=1', 'count=1024', 'conv=notrunc', 'status=none']);
    const outcome = await call('devices/attach', { image: idOf(path), options: defaults, mount: true });
    expect(outcome).toMatchObject({ mounts: [], mountFailures: [{ partition: null, error: { code: 'FILE_SYSTEM_INVALID' } }] });
    expect(ownDevices()).toEqual([`loop${outcome.device}`]);
  });

  test('mounts writable what is attached writable, which can be unmounted and mounted again', async () => {
    const path = makeFormatted('ext4', 'Write');
    const { device: number, mounts } = await call('devices/attach', { image: idOf(path), options: defaults, mount: true });
    writeFileSync(`${media}/Write/new`, 'more');
    const where = target(await device(number));
    await call('mounts/unmount', { ...where, mountId: mounts[0]?.mountId ?? 0 });
    expect([ownMounts(), ownDevices()]).toEqual([[], [`loop${number}`]]);
    const again = await call('mounts/mount', { ...where, partition: null, readOnly: true });
    expect(again.mountPoint).toBe(`${media}/Write`);
    expect(readFileSync(`${media}/Write/new`, 'utf8')).toBe('more');
    expect((await failure('mounts/open-folder', { ...where, mountId: again.mountId })).code).toBe('NOT_IN_THIS_HOST');
    expect((await failure('mounts/open-folder', { ...where, mountId: 2 ** 31 - 1 })).code).toBe('NOT_MOUNTED');
  });

  test('refuses what cannot be mounted', async () => {
    const { device: number } = await attach(makeImage());
    const where = target(await device(number));
    expect((await failure('mounts/mount', { ...where, partition: null, readOnly: true })).code).toBe('FILE_SYSTEM_REFUSED');
    expect((await failure('mounts/mount', { ...where, partition: 3, readOnly: true })).code).toBe('FILE_SYSTEM_REFUSED');
    expect(await call('devices/contents', where)).toMatchObject([{ partition: null, kind: 'nothing', type: '', mountable: false }]);
  });

  test.skipIf(!mayGrowExt4)('grows the file system after its device and gives space back', async () => {
    const path = makeFormatted('ext4', 'Grow');
    const { device: number, mounts } = await call('devices/attach', { image: idOf(path), options: defaults, mount: true });
    truncateSync(path, 32 * MIB);
    const where = target(await device(number));
    await call('devices/set-capacity', where);
    const mount = { ...where, mountId: mounts[0]?.mountId ?? 0 };
    const { oldSizeBytes, sizeBytes } = await call('mounts/grow', mount);
    expect(BigInt(sizeBytes)).toBeGreaterThan(BigInt(oldSizeBytes));
    expect(BigInt((await call('mounts/trim', mount)).trimmedBytes)).toBeGreaterThan(0n);
  });
});

describe('detaching a mounted device', () => {
  test('unmounts it, and taking that back mounts it where it was', async () => {
    const path = makeFormatted('ext4', 'Back');
    const { device: number } = await call('devices/attach', { image: idOf(path), options: defaults, mount: true });
    const { undoId } = await call('devices/detach', { ...target(await device(number)), whenFree: false });
    expect([ownDevices(), ownMounts()]).toEqual([[], []]);
    const again = await call('devices/undo-detach', { undo: undoId ?? 0 });
    expect(again).toMatchObject({ mounts: [{ partition: null, mountPoint: `${media}/Back` }], mountFailures: [] });
    await until(async () => (await device(again.device)).mounts.length === 1);
    expect(await device(again.device)).toMatchObject({ autoclear: false, mounts: [{ readOnly: false }] });
  });

  test('keeps everything as it was when one of the mounts is busy, and names that one', async () => {
    const path = makeImage(40 * MIB);
    execFileSync('sfdisk', ['-q', path], { input: 'label: gpt\nstart=2048, size=32768\nstart=34816, size=32768\n' });
    for (const [label, megabyte] of [
      ['One', 1],
      ['Two', 17],
    ] as const) {
      execFileSync('dd', [`if=${makeFormatted('ext4', label)}`, `of=${path}`, 'bs=1M', `seek=${megabyte}`, 'conv=notrunc', 'status=none']);
    }
    const { device: number } = await call('devices/attach', { image: idOf(path), options: defaults, mount: true });
    const before = ownMounts().toSorted();
    expect(before).toEqual([`${media}/One`, `${media}/Two`]);
    const here = process.cwd();
    // The mount made first is unmounted last: the other one is gone by then, and comes back.
    process.chdir(`${media}/One`);
    try {
      const error = await failure('devices/detach', { ...target(await device(number)), whenFree: false });
      expect(error).toMatchObject({ code: 'MOUNT_BUSY', detail: { mountPoints: [`${media}/One`] } });
      expect([ownMounts().toSorted(), ownDevices()]).toEqual([before, [`loop${number}`]]);
    } finally {
      process.chdir(here);
    }
    expect((await call('devices/detach', { ...target(await device(number)), whenFree: false })).state).toBe('detached');
  });

  test('touches nothing where somebody else has mounted it too', async () => {
    const path = makeFormatted('ext4', 'Shared');
    const { device: number } = await call('devices/attach', { image: idOf(path), options: defaults, mount: true });
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    execFileSync('mount', [`/dev/loop${number}`, elsewhere]);
    await until(async () => (await device(number)).mounts.length === 2);
    expect((await failure('devices/detach', { ...target(await device(number)), whenFree: false })).code).toBe('DEVICE_MOUNTED');
    expect(ownMounts().toSorted()).toEqual([`${media}/Shared`, elsewhere].toSorted());
  });
});

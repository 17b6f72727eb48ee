/**
 * Every type that is mounted without a question (SECURITY.md d): for an ordinary user, with the flags, owners and modes it must have.
 * The kernel of a build container often has none of these drivers.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { MountResult } from '../../../native-helper/protocol/mounts.ts';
import { useLoopFixture, type AttachedDevice } from '../../kernel/loop-fixture.ts';
import { codeOf, hasFileSystem, useMountFixture } from '../../kernel/mounting/mount-fixture.ts';

const MIB = 1024 * 1024;
/** Without a name in this machine, so that his group is the one of nobody. */
const user = { uid: 12_345, gid: 65_534 };
const loops = useLoopFixture();
const mounts = useMountFixture(loops);

/** Runs a shell command with the rights of a user; its output, or null when it failed. */
function as(uid: number, command: string): string | null {
  const words = ['--reuid', String(uid), '--regid', String(user.gid), '--clear-groups', 'sh', '-c', command];
  const { status, stdout } = spawnSync('setpriv', words, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

/** What an image of a stranger could hold: a program with root's rights, a device, a file that only root may read. */
function fill(folder: string): void {
  copyFileSync('/usr/bin/id', join(folder, 'rootly'));
  chownSync(join(folder, 'rootly'), 0, 0);
  chmodSync(join(folder, 'rootly'), 0o4755);
  execFileSync('mknod', ['-m', '666', join(folder, 'device'), 'c', '1', '3']);
  writeFileSync(join(folder, 'private'), 'secret', { mode: 0o600 });
  writeFileSync(join(folder, 'public'), 'text', { mode: 0o644 });
}

function makeTree(): string {
  const tree = join(loops.folder, `tree-${process.hrtime.bigint()}`);
  mkdirSync(tree, { mode: 0o755 });
  fill(tree);
  return tree;
}

async function mountFor(
  device: AttachedDevice,
  fileSystemType: string,
  readOnly = false,
): Promise<{ result: MountResult; place: string; options: string }> {
  chmodSync(loops.folder, 0o755);
  mounts.restart({ uid: user.uid });
  const result = await mounts.mount(device, { fileSystemType, readOnly });
  const place = result.mount.mountPoint.text;
  const options = execFileSync('findmnt', ['-no', 'OPTIONS', place], { encoding: 'utf8' }).trim();
  return { result, place, options };
}

function expectClosedToOthers(place: string, options: string): void {
  expect(options.split(',')).toEqual(expect.arrayContaining(['nosuid', 'nodev']));
  expect(as(user.uid, `ls '${place}' && echo seen`)).toContain('seen');
  expect(as(user.uid + 1, `ls '${place}'`)).toBeNull();
}

async function expectGone(device: AttachedDevice, result: MountResult): Promise<void> {
  expect(await mounts.unmount(device, result)).toBe('unmounted');
  expect([mounts.mounted(), mounts.leftovers()]).toEqual([[], []]);
}

/** The newer machine repeats only a part of what the older one shows, but in the long run; ntfs3 is only there. */
const isPart = hasFileSystem('ntfs3') && process.env['PLATTER_LONG'] !== '1';
const part = new Set(['vfat', 'ntfs3', 'ext4', 'btrfs']);

describe('file systems that know no owners', () => {
  const types = [
    ['vfat', ['mkfs.vfat'], 16, ['utf8', 'flush', 'shortname=mixed', 'fmask=0077', 'dmask=0077']],
    ['exfat', ['mkfs.exfat'], 16, ['iocharset=utf8', 'errors=remount-ro', 'fmask=0077', 'dmask=0077']],
    ['ntfs3', ['mkfs.ntfs', '-q', '-F'], 16, ['iocharset=utf8']],
    ['udf', ['mkudffs', '--media-type=hd', '--blocksize=512'], 16, []],
  ] as const;

  test.each(types.filter(([type]) => !isPart || part.has(type)))(
    '%s belongs to the user alone, who writes it',
    async (type, make, megabytes, wanted) => {
      const device = await mounts.attachFormatted(make, megabytes * MIB);
      if (!hasFileSystem(type)) {
        // Debian's 6.1 was built without ntfs3.
        expect([type, await codeOf(mounts.mount(device, { fileSystemType: type }))]).toEqual(['ntfs3', 'FILE_SYSTEM_UNSUPPORTED']);
        return;
      }
      const { result, place, options } = await mountFor(device, type);
      expectClosedToOthers(place, options);
      expect(options.split(',')).toEqual(expect.arrayContaining([...wanted, `uid=${user.uid}`, `gid=${user.gid}`]));
      const name = 'Größe ☂ und Leerzeichen.txt';
      expect(as(user.uid, `cd '${place}' && mkdir folder && echo text > '${name}' && cat '${name}'`)).toBe('text');
      await expectGone(device, result);
      const again = await mountFor(device, type, true);
      expectClosedToOthers(again.place, again.options);
      // udf keeps the modes with which it made them until it reads them from the image.
      for (const path of ['', 'folder', name].map((each) => join(again.place, each))) {
        const { uid, gid, mode } = statSync(path);
        // ntfs3 has the folder at the top open to all whatever it is told, and stores the modes of what is made under Linux.
        const open = type === 'ntfs3' ? mode & 0o077 : 0;
        expect([path, uid, gid, mode & 0o077]).toEqual([path, user.uid, user.gid, open]);
      }
      expect(again.result.mount.readOnly).toBe(true);
      expect(as(user.uid, `cat '${join(again.place, name)}'`)).toBe('text');
      expect(as(user.uid, `touch '${join(again.place, 'x')}'`)).toBeNull();
      await expectGone(device, again.result);
    },
  );
});

describe('file systems that know owners', () => {
  const types = [
    ['ext2', ['mke2fs', '-q', '-t', 'ext2'], 16, []],
    ['ext3', ['mke2fs', '-q', '-t', 'ext3'], 16, ['errors=remount-ro']],
    ['ext4', ['mke2fs', '-q', '-t', 'ext4'], 16, ['errors=remount-ro']],
    ['xfs', ['mkfs.xfs', '-q'], 320, []],
    ['btrfs', ['mkfs.btrfs', '-q'], 128, []],
  ] as const;

  test.each(types.filter(([type]) => !isPart || part.has(type)))('%s gives nobody root’s rights', async (type, make, megabytes, wanted) => {
    const path = mounts.makeFormatted(make, megabytes * MIB);
    const device = await loops.attach(path);
    const { result, place, options } = await mountFor(device, type);
    fill(place);
    expectClosedToOthers(place, options);
    expect(options.split(',')).toEqual(expect.arrayContaining([...wanted]));
    expectHarmless(place);
    await expectGone(device, result);
  });

  function expectHarmless(place: string): void {
    expect(as(user.uid, `'${join(place, 'rootly')}' -u`)).toBe(String(user.uid));
    expect(as(user.uid, `cat '${join(place, 'device')}'`)).toBeNull();
    expect(as(user.uid, `cat '${join(place, 'private')}'`)).toBeNull();
    expect(as(user.uid, `cat '${join(place, 'public')}'`)).toBe('text');
  }

  test.each([
    ['squashfs', (tree: string, path: string) => ['mksquashfs', tree, path, '-quiet', '-no-progress', '-noappend']],
    ['erofs', (tree: string, path: string) => ['mkfs.erofs', '--quiet', path, tree]],
  ] as const)('%s is read-only and gives nobody root’s rights', async (type, make) => {
    const path = join(loops.folder, `${type}.img`);
    const [program = '', ...words] = make(makeTree(), path);
    execFileSync(program, words, { stdio: 'pipe' });
    const device = await loops.attach(path);
    const { result, place, options } = await mountFor(device, type);
    expect(result.mount.readOnly).toBe(true);
    expectClosedToOthers(place, options);
    expectHarmless(place);
    await expectGone(device, result);
  });
});

describe('iso9660', () => {
  function makeIso(rockRidge: boolean): string {
    const path = join(loops.folder, `disc-${rockRidge}.iso`);
    const words = ['-outdev', path, '-rockridge', rockRidge ? 'on' : 'off', '-joliet', 'on', '-volid', 'DISC', '-map', makeTree(), '/'];
    execFileSync('xorriso', words, { stdio: 'pipe' });
    return path;
  }

  test('without owners of its own belongs to the user alone, who reads it', async () => {
    const device = await loops.attach(makeIso(false));
    const { result, place, options } = await mountFor(device, 'iso9660');
    expect(result.mount.readOnly).toBe(true);
    expectClosedToOthers(place, options);
    const stats = [place, join(place, 'public')].map((path) => statSync(path));
    expect(stats.map(({ uid, gid, mode }) => [uid, gid, mode & 0o7777])).toEqual([
      [user.uid, user.gid, 0o500],
      [user.uid, user.gid, 0o400],
    ]);
    expect(as(user.uid, `cat '${join(place, 'public')}'`)).toBe('text');
    await expectGone(device, result);
  });

  test('with Rock Ridge belongs to the user as well, keeps the modes it has, and gives nobody root’s rights', async () => {
    const device = await loops.attach(makeIso(true));
    const { result, place, options } = await mountFor(device, 'iso9660');
    expectClosedToOthers(place, options);
    expect(statSync(join(place, 'private'))).toMatchObject({ uid: user.uid, gid: user.gid });
    expect(as(user.uid, `cat '${join(place, 'private')}'`)).toBe('secret');
    expect(as(user.uid, `'${join(place, 'rootly')}' -u`)).toBe(String(user.uid));
    expect(as(user.uid, `cat '${join(place, 'device')}'`)).toBeNull();
    await expectGone(device, result);
  });

  test('a hybrid of disc and disk opens as the disc, and its partitions by themselves', async () => {
    const efi = mounts.makeFormatted(['mkfs.vfat'], 4 * MIB);
    execFileSync('sh', ['-c', 'echo efi | mcopy -i "$0" - ::/file.txt', efi]);
    const path = join(loops.folder, 'hybrid.iso');
    const words = [
      '-as',
      'mkisofs',
      '-quiet',
      '-o',
      path,
      '-V',
      'HYBRID',
      '-r',
      '-partition_offset',
      '16',
      '-append_partition',
      '2',
      '0xef',
      efi,
    ];
    execFileSync('xorriso', [...words, makeTree()], { stdio: 'pipe' });
    const device = await loops.attach(path, { flags: 8, readOnly: true });
    const partitions = readFileSync('/proc/partitions', 'utf8').match(new RegExp(`loop${device.number}p\\d+`, 'gu'));
    expect(partitions).toEqual([`loop${device.number}p1`, `loop${device.number}p2`]);
    const whole = await mountFor(device, 'iso9660', true);
    expect(readFileSync(join(whole.place, 'public'), 'utf8')).toBe('text');
    // A mounted disc claims the whole device, partitions included.
    const efiWishes = { partition: 2, fileSystemType: 'vfat', readOnly: true, label: 'efi' };
    expect(await codeOf(mounts.mount(device, efiWishes))).toBe('DEVICE_MOUNTED');
    await expectGone(device, whole.result);
    const second = await mounts.mount(device, efiWishes);
    expect(readFileSync(join(second.mount.mountPoint.text, 'file.txt'), 'utf8')).toBe('efi\n');
    // The first one begins behind the table and holds the same disc (-partition_offset).
    const first = await mounts.mount(device, { partition: 1, fileSystemType: 'iso9660', readOnly: true });
    expect(readFileSync(join(first.mount.mountPoint.text, 'public'), 'utf8')).toBe('text');
    await mounts.unmount(device, second);
    await expectGone(device, first);
  });
});

test('file systems of several devices are refused when only one of them is there', async () => {
  const [first, second] = [loops.makeImage('one.img', 128 * MIB).toString(), loops.makeImage('two.img', 128 * MIB).toString()];
  execFileSync('mkfs.btrfs', ['-q', '-d', 'raid1', '-m', 'raid1', first, second], { stdio: 'pipe' });
  const device = await loops.attach(first);
  chmodSync(loops.folder, 0o755);
  mounts.restart({ uid: user.uid });
  expect(await codeOf(mounts.mount(device, { fileSystemType: 'btrfs' }))).not.toBe('done');
  expect([mounts.mounted(), mounts.leftovers()]).toEqual([[], []]);
});

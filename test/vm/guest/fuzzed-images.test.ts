/**
 * SECURITY.md (e) row 61: damaged images of every type that is mounted without a question, read-only, in a machine that may break. The helper
 * answers each with a mount or a code, and lets go of everything; what the kernel says of itself is recorded, not judged.
 * Reproducible: image N of a type is the same in every run.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, closeSync, constants, mkdirSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HelperError } from '../../../native-helper/protocol/errors.ts';
import { loopFlags } from '../../../native-helper/linux/loop-device.ts';
import { detachDevice, useLoopFixture } from '../../kernel/loop-fixture.ts';
import { hasFileSystem, useMountFixture } from '../../kernel/mounting/mount-fixture.ts';

const MIB = 1024 * 1024;
const SECTOR = 512;
const loops = useLoopFixture();
const mounts = useMountFixture(loops);
const count = process.env['PLATTER_LONG'] === '1' ? 200 : 2;

/** Makes PATH out of TREE; where there is a size the file is there already. */
const types: readonly (readonly [type: string, megabytes: number, command: string])[] = [
  ['ext2', 8, 'mke2fs -q -t ext2 -d TREE PATH'],
  ['ext3', 16, 'mke2fs -q -t ext3 -d TREE PATH'],
  ['ext4', 16, 'mke2fs -q -t ext4 -d TREE PATH'],
  ['xfs', 320, 'mkfs.xfs -q PATH'],
  ['btrfs', 128, 'mkfs.btrfs -q --rootdir TREE PATH'],
  ['vfat', 8, 'mkfs.vfat PATH; mcopy -s -i PATH TREE/* ::/'],
  ['exfat', 8, 'mkfs.exfat PATH'],
  ['ntfs3', 8, 'mkfs.ntfs -q -F PATH'],
  ['udf', 8, 'mkudffs --media-type=hd --blocksize=512 PATH'],
  ['iso9660', 0, 'xorriso -outdev PATH -joliet on -map TREE /'],
  ['squashfs', 0, 'mksquashfs TREE PATH -quiet -no-progress'],
  ['erofs', 0, 'mkfs.erofs --quiet PATH TREE'],
];

/** Numbers in [0, 1) that depend on nothing but the seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function makeImage(type: string, megabytes: number, command: string): string {
  const tree = join(loops.folder, 'tree');
  mkdirSync(join(tree, 'folder/deeper'), { recursive: true });
  for (const name of ['one', 'folder/two', 'folder/deeper/three']) writeFileSync(join(tree, name), name.repeat(500));
  const path = join(loops.folder, `${type}.img`);
  if (megabytes > 0) loops.makeImage(`${type}.img`, megabytes * MIB);
  execFileSync('sh', ['-ec', command.replaceAll('TREE', tree).replaceAll('PATH', path)], { stdio: 'pipe' });
  return path;
}

/** Sectors that hold something, at the beginning and at the beginning of each quarter: that is where file systems keep their own data. */
function findSectors(fd: number, sizeBytes: number): number[] {
  const sectors: number[] = [];
  const buffer = Buffer.alloc(SECTOR);
  const starts = [0, 1, 2, 3].map((quarter) => Math.floor((sizeBytes * quarter) / 4 / SECTOR));
  for (const [index, start] of starts.entries()) {
    for (let sector = start; sector < start + (index === 0 ? 4096 : 128); sector++) {
      if (readSync(fd, buffer, 0, SECTOR, sector * SECTOR) === SECTOR && buffer.some((byte) => byte !== 0)) sectors.push(sector);
    }
  }
  return sectors;
}

/** Damages some sectors; the result puts them right again. */
function damage(fd: number, sectors: readonly number[], random: () => number): () => void {
  const originals = new Map<number, Buffer>();
  const pick = (below: number): number => Math.floor(random() * below);
  for (let change = 0; change < 1 + pick(6); change++) {
    const sector = sectors[pick(sectors.length)] ?? 0;
    const bytes = Buffer.alloc(SECTOR);
    readSync(fd, bytes, 0, SECTOR, sector * SECTOR);
    if (!originals.has(sector)) originals.set(sector, Buffer.from(bytes));
    const at = pick(SECTOR - 8);
    const ways = [
      () => bytes.writeUInt8((bytes[at] ?? 0) ^ (1 << pick(8)), at),
      () => bytes.fill(0xff, at, at + 4),
      () => bytes.writeUInt32LE(pick(2 ** 32), at),
      () => bytes.fill(0),
      () => bytes.fill(random() < 0.5 ? 0x80 : 0, at, at + 8),
    ];
    ways[pick(ways.length)]?.();
    writeSync(fd, bytes, 0, SECTOR, sector * SECTOR);
  }
  return () => {
    for (const [sector, bytes] of originals) writeSync(fd, bytes, 0, SECTOR, sector * SECTOR);
  };
}

/** Lines in which the kernel says that something in it went wrong, since the last call. */
function kernelSplats(): string[] {
  const { stdout } = spawnSync('dmesg', ['--read-clear'], { encoding: 'utf8', maxBuffer: 64 * MIB });
  return stdout.split('\n').filter((line) => /BUG:|Oops|general protection|WARNING: CPU|KASAN|UBSAN|stack-protector/u.test(line));
}

/** Mounts, looks at everything, unmounts. The outcome is `mounted` or the code of the refusal. */
async function tryImage(type: string, path: string): Promise<string> {
  const device = await loops.attach(path, { readOnly: true, flags: loopFlags.readOnly });
  try {
    const result = await mounts.mount(device, { fileSystemType: type, readOnly: true });
    const place = result.mount.mountPoint.text;
    // Its own process, with an end: a driver may go round in circles, and reading what is damaged may fail.
    spawnSync('timeout', ['-s', 'KILL', '20', 'sh', '-c', 'find "$0" -ls; find "$0" -type f -exec head -c 65536 {} +', place], {
      stdio: 'ignore',
    });
    return await mounts.unmount(device, result);
  } catch (error) {
    if (error instanceof HelperError) return error.code;
    throw error;
  } finally {
    await detachDevice(device);
  }
}

test.each(types)(`%s: ${count} damaged images are mounted or refused, and let go`, async (type, megabytes, command) => {
  const path = makeImage(type, megabytes, command);
  const known = hasFileSystem(type);
  expect(await tryImage(type, path)).toBe(known ? 'unmounted' : 'FILE_SYSTEM_UNSUPPORTED');
  kernelSplats();
  const fd = openSync(path, constants.O_RDWR);
  const outcomes = new Map<string, number>();
  try {
    const sectors = findSectors(fd, Math.max(megabytes, 1) * MIB);
    for (let image = 0; known && image < count; image++) {
      const repair = damage(fd, sectors, createRandom(image * 7919 + 1));
      const outcome = await tryImage(type, path);
      repair();
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      for (const line of kernelSplats()) appendFileSync('/run/vm/files/kernel-splats.txt', `${type} ${image}: ${line}\n`);
    }
  } finally {
    closeSync(fd);
  }
  appendFileSync('/run/vm/files/outcomes.txt', `${type}: ${JSON.stringify(Object.fromEntries(outcomes))}\n`);
  const allowed = ['unmounted', 'FILE_SYSTEM_INVALID', 'FILE_SYSTEM_UNSUPPORTED', 'KERNEL_REFUSED', 'DEVICE_READ_ONLY'];
  expect([...outcomes.keys()].filter((outcome) => !allowed.includes(outcome))).toEqual([]);
  expect([mounts.mounted(), mounts.leftovers(), loops.census()]).toEqual([[], [], []]);
  if (known) expect(await tryImage(type, path)).toBe('unmounted');
});

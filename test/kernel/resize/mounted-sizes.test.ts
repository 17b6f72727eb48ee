/**
 * What is shown is what the kernel makes: mounted file systems grown to sizes around the ends of their groups. Needs root; ext4 also
 * CAP_SYS_RESOURCE, so that it is seen in the machines of the vm suite.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { PlaceGroups } from '../../../electron/ipc/resize.ts';
import { planResize } from '../../../electron/resize/planning/plan.ts';
import { hasFileSystem } from '../mounting/mount-fixture.ts';
import { attach, detachAll } from './attached.ts';
import { MIB, testFolder, type MadeImage } from './image-maker.ts';
import { mayGrowExt4, useResizing } from './resizing.ts';

const resizing = useResizing();
afterEach(async () => detachAll(resizing));

/** One of each in npm test. */
function chosen<T>(cases: readonly T[]): readonly T[] {
  return process.env['PLATTER_LONG'] === '1' ? cases : cases.slice(0, 1);
}

let count = 0;
function formatted(type: string, [program, ...words]: readonly [string, ...string[]], mebibytes: number): MadeImage {
  count += 1;
  const folder = join(testFolder(), `mounted-${count}`);
  mkdirSync(folder);
  const path = join(folder, 'disk.img');
  writeFileSync(path, '');
  truncateSync(path, mebibytes * MIB);
  execFileSync(program, [...words, path]);
  return { path, partition: null, startBytes: 0, files: new Map(), wish: { table: 'none', type, layout: 'only', mebibytes } };
}

/** Reads the size of a mounted file system from the node of its device; of XFS that is old, and what the kernel says of it is taken. */
type ReadBytes = ((node: string) => bigint) | 'as-told';

/** What is planned for each size, and what comes of it. */
async function growThrough(image: MadeImage, sizes: (groups: PlaceGroups) => readonly number[], readBytes: ReadBytes) {
  const { number, diskseq } = await attach(resizing, image, true);
  const target = { device: number, diskseq };
  const { device } = await resizing.subject(image.path);
  const [mount] = device?.mounts ?? [];
  const facts = await resizing.facts(image.path);
  const [groups] = facts.groups;
  if (mount === undefined || groups === undefined) throw new Error('nothing is mounted');
  let present = BigInt(facts.whole?.fileSystemBytes ?? 0);
  const found: { size: number; planned: bigint; real: bigint }[] = [];
  for (const size of sizes(groups)) {
    const question = { wish: { kind: 'to', sizeBytes: String(size) }, place: 'whole' } as const;
    const { fileSystem, refusal } = planResize(await resizing.facts(image.path), question);
    expect(refusal).toBeNull();
    const planned = BigInt(fileSystem?.toBytes ?? present);
    truncateSync(image.path, size);
    await resizing.session.call('devices/set-capacity', target);
    const told = await resizing.session.call('mounts/grow', { ...target, mountId: mount.mountId });
    execFileSync('sync', ['--file-system', mount.mountPoint.text]);
    present = readBytes === 'as-told' ? BigInt(told.sizeBytes) : readBytes(`/dev/loop${number}`);
    found.push({ size, planned, real: present });
  }
  return found;
}

/** Around the end of each of some groups: too little, just enough, and sizes that are no number of blocks. */
function aroundGroups({ blockBytes, groupBlocks, firstBlock }: PlaceGroups, first: number, last: number, rests: readonly number[]) {
  const sizes: number[] = [];
  for (let group = first; group <= last; group += 1) {
    for (const [index, rest] of rests.entries()) {
      const odd = (group + index) % 3 === 0 && blockBytes > 512 ? 512 : 0;
      sizes.push((firstBlock + group * groupBlocks + rest) * blockBytes + odd);
    }
  }
  return sizes;
}

function expectAsPlanned(found: readonly { size: number; planned: bigint; real: bigint }[]): void {
  expect(found.map(({ size, real }) => [size, real])).toEqual(found.map(({ size, planned }) => [size, planned]));
  // Sizes that all fit would prove nothing.
  expect(found.some(({ size, real }) => BigInt(size) - real > 4096n)).toBe(true);
}

const xfsCases = [
  ['four groups', ['mkfs.xfs', '-q'], 304],
  ['three groups', ['mkfs.xfs', '-q', '-d', 'agcount=3'], 304],
  ['blocks of 1024 bytes', ['mkfs.xfs', '-q', '-b', 'size=1024'], 304],
] as const;

test.skipIf(!hasFileSystem('xfs')).each(chosen(xfsCases))('xfs with %s', async (_name, make, mebibytes) => {
  const sizes = (groups: PlaceGroups): readonly number[] => {
    const first = Math.ceil((mebibytes * MIB) / groups.blockBytes / groups.groupBlocks);
    return aroundGroups(groups, first, first + 3, [1, 63, 64, 65, groups.groupBlocks - 1]);
  };
  expectAsPlanned(await growThrough(formatted('xfs', make, mebibytes), sizes, 'as-told'));
});

const small = ['-b', '1024', '-g', '2048'] as const;
const extCases = [
  ['blocks of 1024 bytes', ['mke2fs', '-q', '-t', 'ext4', '-b', '1024'], 20],
  ['clusters', ['mke2fs', '-q', '-t', 'ext4', '-b', '1024', '-O', 'bigalloc', '-C', '4096', '-g', '8192'], 20],
  // Linux 6.1 says ENOSPC where the tables of several groups do not fit into a small one; 6.12 does not.
  ...(isBefore(6, 12)
    ? []
    : ([
        ['small groups', ['mke2fs', '-q', '-t', 'ext4', ...small], 20],
        ['copies in every group', ['mke2fs', '-q', '-t', 'ext4', ...small, '-O', '^sparse_super,^resize_inode'], 20],
        ['an ext2', ['mke2fs', '-q', '-t', 'ext2', ...small], 20],
      ] as const)),
] as const;

function isBefore(major: number, minor: number): boolean {
  const [first = 0, second = 0] = release().split('.').map(Number);
  return first < major || (first === major && second < minor);
}

test.skipIf(!mayGrowExt4()).each(chosen(extCases))('ext4 with %s', async (_name, make, mebibytes) => {
  const bytesOf = (node: string): bigint => {
    const said = execFileSync('dumpe2fs', ['-h', node], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const field = (name: string): bigint => BigInt(new RegExp(`^${name}: +([0-9]+)$`, 'mu').exec(said)?.[1] ?? 0);
    return field('Block count') * field('Block size');
  };
  const sizes = (groups: PlaceGroups): readonly number[] => {
    const first = Math.ceil((mebibytes * MIB) / groups.blockBytes / groups.groupBlocks);
    const tables = 2 + (groups.ext?.inodeTableBlocks ?? 0);
    // What a group without and with a copy of the superblock needs lies between these.
    const rests = [1, tables, tables + 1, tables + 2, tables + 3, tables + 40, tables + 300];
    return aroundGroups(
      groups,
      first,
      first + 3,
      rests.filter((rest) => rest < groups.groupBlocks),
    );
  };
  expectAsPlanned(await growThrough(formatted(_name === 'an ext2' ? 'ext2' : 'ext4', make, mebibytes), sizes, bytesOf));
});

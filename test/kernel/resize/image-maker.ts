/** Makes images with a table, file systems and files in them, and looks whether everything is still there. Needs root only for sectors of 4096 bytes. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';

export const MIB = 1024 * 1024;
export type TableKind = 'none' | 'gpt' | 'gpt-4096' | 'mbr' | 'logical';
export type Layout = 'only' | 'behind' | 'tail';

export interface ImageWish {
  readonly table: TableKind;
  readonly type: string;
  readonly layout: Layout;
  /** Of the place in question. */
  readonly mebibytes: number;
}

export interface MadeImage {
  readonly path: string;
  /** Null: the whole image. */
  readonly partition: number | null;
  readonly startBytes: number;
  /** Checksums by name of file. */
  readonly files: ReadonlyMap<string, string>;
  readonly wish: ImageWish;
}

let root: string | null = null;
export function testFolder(): string {
  root ??= realpathSync(mkdtempSync(join(tmpdir(), 'platter-resize-')));
  return root;
}

afterAll(() => {
  if (root !== null) rmSync(root, { recursive: true, force: true });
  root = null;
});

let count = 0;
const OTHER_MIB = 12;
const TAIL_MIB = 30;

export function makeImage(wish: ImageWish): MadeImage {
  count += 1;
  const folder = join(testFolder(), `case-${count}`);
  mkdirSync(folder);
  const path = join(folder, 'disk.img');
  const { files, source } = makeFiles(folder);
  const { table, type, layout, mebibytes } = wish;
  if (table === 'none') {
    writeFileSync(path, '');
    truncateSync(path, mebibytes * MIB);
    format(path, type, { folder, source, sectorBytes: 512 });
    return { path, partition: null, startBytes: 0, files, wish };
  }
  const making = { folder, source, sectorBytes: table === 'gpt-4096' ? 4096 : 512 };
  const before = layout === 'behind' ? OTHER_MIB : 0;
  const start = 2 + before;
  const tail = layout === 'tail' ? TAIL_MIB : 0;
  writeFileSync(path, '');
  truncateSync(path, (start + mebibytes + tail + 1) * MIB);
  writeTable(path, wish, { before, start });
  if (before > 0) {
    const other = partitionFile('ext4', OTHER_MIB - 2, { ...making, source: null });
    copyInto(path, 2 * MIB - (table === 'logical' ? 0 : MIB), other);
  }
  copyInto(path, start * MIB, partitionFile(type, mebibytes, making));
  return { path, partition: partitionNumber(wish), startBytes: start * MIB, files, wish };
}

function partitionNumber({ table, layout }: ImageWish): number {
  const first = table === 'logical' ? 5 : 1;
  return layout === 'behind' ? first + 1 : first;
}

function writeTable(
  path: string,
  { table, mebibytes }: ImageWish,
  { before, start }: { readonly before: number; readonly start: number },
): void {
  const sector = table === 'gpt-4096' ? 4096 : 512;
  const lba = (mebibyte: number): number => (mebibyte * MIB) / sector;
  const end = start + mebibytes;
  const first = table === 'logical' ? 2 : 1;
  const other = before > 0 ? [`start=${lba(first)}, size=${lba(before - 2)}`] : [];
  const target = `start=${lba(start)}, size=${lba(mebibytes)}`;
  const lines =
    table === 'logical'
      ? [
          'label: dos',
          `1: start=${lba(1)}, size=${lba(end - 1)}, type=5`,
          ...[...other, target].map((line, index) => `${index + 5}: ${line}`),
        ]
      : [`label: ${table === 'mbr' ? 'dos' : 'gpt'}`, ...other, target];
  const input = `${lines.join('\n')}\n`;
  if (sector === 512) {
    execFileSync('sfdisk', ['-q', path], { input });
    return;
  }
  const device = execFileSync('losetup', ['-f', '--show', '-b', String(sector), path], { encoding: 'utf8' }).trim();
  try {
    execFileSync('sfdisk', ['-q', '--no-reread', '--no-tell-kernel', device], { input });
  } finally {
    execFileSync('losetup', ['-d', device]);
  }
}

export function makeFiles(folder: string, eachBytes = 20_000): { readonly files: ReadonlyMap<string, string>; readonly source: string } {
  const source = join(folder, 'source');
  mkdirSync(source);
  const files = new Map<string, string>();
  for (let index = 0; index < 24; index += 1) {
    const bytes = randomBytes(eachBytes + index * 12_345);
    writeFileSync(join(source, `file-${index}`), bytes);
    files.set(`file-${index}`, sha(bytes));
  }
  return { files, source };
}

function sha(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

interface Making {
  readonly folder: string;
  /** The files that shall be in it. */
  readonly source: string | null;
  /** Smaller blocks than a device's sectors could not be mounted from it. */
  readonly sectorBytes: number;
}

function partitionFile(type: string, mebibytes: number, making: Making): string {
  const path = join(making.folder, `part-${count}-${mebibytes}`);
  writeFileSync(path, '');
  truncateSync(path, mebibytes * MIB);
  format(path, type, making);
  return path;
}

function format(path: string, type: string, { folder, source, sectorBytes }: Making): void {
  const rootOf = (option: string): string[] => (source === null ? [] : [option, source]);
  switch (type) {
    case 'ext2':
    case 'ext3':
    case 'ext4':
      execFileSync('mke2fs', ['-q', '-t', type, ...(sectorBytes > 512 ? ['-b', `${sectorBytes}`] : []), ...rootOf('-d'), path]);
      return;
    case 'btrfs':
      execFileSync('mkfs.btrfs', ['-q', '-m', 'single', ...rootOf('--rootdir'), path]);
      return;
    case 'xfs': {
      const prototype = join(folder, 'prototype');
      const names = source === null ? [] : [...Array(24).keys()].map((index) => `file-${index} ---644 0 0 ${source}/file-${index}`);
      writeFileSync(prototype, ['/', '0 0', 'd--755 0 0', ...names, '$', ''].join('\n'));
      execFileSync('mkfs.xfs', ['-q', '-s', `size=${sectorBytes}`, '-p', prototype, path]);
      return;
    }
    case 'swap':
      execFileSync('mkswap', ['-q', '-L', 'swapped', path]);
      return;
    case 'vfat':
      execFileSync('mkfs.vfat', ['-n', 'FAT', path], { stdio: 'ignore' });
      return;
    case 'none':
      return;
    default:
      throw new Error(`no maker for ${type}`);
  }
}

function copyInto(path: string, offset: number, part: string): void {
  execFileSync('dd', [`if=${part}`, `of=${path}`, 'bs=1M', `seek=${offset / MIB}`, 'conv=notrunc,sparse', 'status=none']);
  rmSync(part);
}

/** Mounts the place as another program does, for as long as `work` lasts. */
export function withMounted<T>({ path, startBytes }: MadeImage, sizeBytes: number, work: (folder: string) => T): T {
  const folder = mkdtempSync(`${path}.mounted-`);
  execFileSync('mount', ['-o', `loop,offset=${startBytes},sizelimit=${sizeBytes}`, path, folder]);
  try {
    return work(folder);
  } finally {
    execFileSync('umount', [folder]);
  }
}

/** A copy of what lies in the place, to be checked by tools that know no offsets. */
function extract({ path, startBytes }: MadeImage, sizeBytes: number): string {
  const copy = `${path}.part`;
  execFileSync('dd', [
    `if=${path}`,
    `of=${copy}`,
    'bs=1M',
    `skip=${startBytes / MIB}`,
    `count=${sizeBytes}`,
    'iflag=count_bytes',
    'conv=sparse',
    'status=none',
  ]);
  truncateSync(copy, sizeBytes);
  return copy;
}

/** Checksums of the files in a folder, by name. */
function sumsOf(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder).filter((name) => name.startsWith('file-'));
  return new Map(names.toSorted(byNumber).map((name) => [name, sha(readFileSync(join(folder, name)))]));
}

function byNumber(a: string, b: string): number {
  return Number(a.slice(5)) - Number(b.slice(5));
}

/** Table and file system pass their own programs, and every file is what it was. */
export function expectWhole(image: MadeImage, sizeBytes: number, { table = true } = {}): void {
  const { path, wish } = image;
  if (['gpt', 'mbr', 'logical'].includes(wish.table)) expectTable(path, table);
  const part = extract(image, sizeBytes);
  try {
    expectFileSystem(image, part);
  } finally {
    rmSync(part);
  }
}

function expectTable(path: string, isFinal: boolean): void {
  const { status, stdout, stderr } = spawnSync('sfdisk', [isFinal ? '--verify' : '--dump', path], { encoding: 'utf8' });
  const said = `${stdout}${stderr}`;
  expect({ status, isBad: isFinal && /mismatch|overlap|corrupt|not in|not on/iu.test(said), said }).toEqual({
    status: 0,
    isBad: false,
    said,
  });
  if (isFinal) expect(said).toContain('No errors detected');
}

function expectFileSystem({ path, wish: { type }, files }: MadeImage, part: string): void {
  const target = `${path}.files`;
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  switch (type) {
    case 'xfs':
      expectDone('xfs_repair', ['-n', part]);
      return;
    case 'btrfs':
      expectDone('btrfs', ['check', '--check-data-csum', part]);
      execFileSync('btrfs', ['restore', part, target], { stdio: 'ignore' });
      expect(sumsOf(target)).toEqual(files);
      return;
    case 'swap':
      expect(execFileSync('swaplabel', [part], { encoding: 'utf8' })).toContain('swapped');
      return;
    case 'vfat':
      expectDone('fsck.vfat', ['-n', part]);
      return;
    default:
      expectDone('e2fsck', ['-fn', part]);
      execFileSync('debugfs', [part, '-R', `rdump / ${target}`], { stdio: 'ignore' });
      expect(sumsOf(target)).toEqual(files);
  }
}

function expectDone(program: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  const said = status === 0 ? '' : `${stdout}${stderr}`;
  expect({ program, status, said }).toEqual({ program, status: 0, said: '' });
}

/** What a partition's table says, read anew by sfdisk; the whole file without one. */
export function placeBytes({ path, partition, wish }: MadeImage): number {
  if (partition === null) return statSync(path).size;
  if (wish.table === 'gpt-4096') return gptEntryBytes(path, partition);
  const { partitiontable } = JSON.parse(execFileSync('sfdisk', ['--json', path], { encoding: 'utf8' })) as {
    partitiontable: { partitions: { node: string; size: number }[] };
  };
  return (partitiontable.partitions.find(({ node }) => node === `${path}${partition}`)?.size ?? 0) * 512;
}

/** sfdisk of older systems does not look at files with sectors of 4096 bytes. */
function gptEntryBytes(path: string, partition: number): number {
  const entry = Buffer.alloc(128);
  const file = openSync(path, 'r');
  readSync(file, entry, 0, 128, 2 * 4096 + (partition - 1) * 128);
  closeSync(file);
  return Number(entry.readBigUInt64LE(40) - entry.readBigUInt64LE(32) + 1n) * 4096;
}

/** Everything in an image, for comparing before and after. */
export function digest(path: string): string {
  return sha(readFileSync(path));
}

export function writeAt(path: string, offset: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, offset);
  closeSync(file);
}

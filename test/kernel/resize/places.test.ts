/**
 * Where an image lies in its file, and where the space comes from: devices with an offset and a limit, a gap between two partitions, what
 * lies behind the image; and space that is reserved. Real images with real files, by the same steps as everything else. Needs root.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, readSync, statfsSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import type { ResizeWish } from '../../../electron/ipc/resize.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';
import { hasFileSystem } from '../mounting/mount-fixture.ts';
import { attach, detachAll } from './attached.ts';
import { digest, expectWhole, makeImage, MIB, placeBytes, writeAt, type ImageWish, type MadeImage } from './image-maker.ts';
import { killedAt, useResizing } from './resizing.ts';

const resizing = useResizing();
afterEach(async () => detachAll(resizing));
const by = (mebibytes: number): ResizeWish => ({ kind: 'by', bytes: String(mebibytes * MIB) });

/** The image with something else before and behind it in one file. */
interface Embedded {
  readonly image: MadeImage;
  readonly path: string;
  readonly before: Buffer;
  readonly behind: Buffer;
}

const BEFORE = 3 * MIB;
function embed(wish: ImageWish, behindBytes: number): Embedded {
  const image = makeImage(wish);
  const [before, behind] = [randomBytes(BEFORE), randomBytes(behindBytes)];
  const path = `${image.path}.embedded`;
  writeFileSync(path, before);
  execFileSync('dd', [`if=${image.path}`, `of=${path}`, 'bs=1M', `seek=${BEFORE / MIB}`, 'conv=notrunc,sparse', 'status=none']);
  truncateSync(path, BEFORE + statSync(image.path).size + behindBytes);
  writeAt(path, BEFORE + statSync(image.path).size, behind);
  return { image, path, before, behind };
}

async function attachAt({ path }: Embedded, sizeLimit: number): Promise<LoopDevice> {
  const fd = openSync(path, 'r+');
  const options = { readOnly: false, logicalBlockSizeBytes: 0, partitionScan: true, autoclear: false, directIo: false };
  const range = { offsetBytes: toDecimal(BEFORE), sizeLimitBytes: toDecimal(sizeLimit) };
  const params = { ...options, ...range, reference: null, device: null, whenAttached: 'refuse' } as const;
  const { device } = await resizing.session.call('devices/attach', params, { descriptors: [fd] });
  closeSync(fd);
  return device;
}

function read(path: string, start: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const fd = openSync(path, 'r');
  readSync(fd, bytes, 0, length, start);
  closeSync(fd);
  return bytes;
}

/** Takes the image out again, to be looked at by tools that know no offset. */
function expectEmbedded({ image, path, before }: Embedded, size: number): void {
  expect(read(path, 0, BEFORE).equals(before)).toBe(true);
  execFileSync('dd', [
    ...[`if=${path}`, `of=${image.path}`, 'bs=1M', `skip=${BEFORE / MIB}`, `count=${size}`],
    ...['iflag=count_bytes', 'conv=sparse', 'status=none'],
  ]);
  truncateSync(image.path, size);
  expectWhole(image, placeBytes(image));
}

const kinds = [
  { table: 'gpt', type: 'ext4', layout: 'behind', mebibytes: 48 },
  { table: 'logical', type: 'ext4', layout: 'only', mebibytes: 48 },
  { table: 'none', type: 'ext4', layout: 'only', mebibytes: 48 },
] as const;

test.each(kinds)('a device with an offset grows and shrinks, and what lies before it stays: $table $type', async (wish) => {
  const made = embed(wish, 0);
  await attachAt(made, 0);
  const size = statSync(made.image.path).size;
  await resizing.run(made.path, by(40));
  expect(statSync(made.path).size).toBe(BEFORE + size + 40 * MIB);
  const { device } = await resizing.subject(made.path);
  expect(device).toMatchObject({ offsetBytes: String(BEFORE), sizeLimitBytes: '0', sizeBytes: String(size + 40 * MIB) });
  await resizing.run(made.path, by(-60));
  expect(statSync(made.path).size).toBe(BEFORE + size - 20 * MIB);
  await detachAll(resizing);
  expectEmbedded(made, size - 20 * MIB);
});

test.each(kinds)('a limit moves with the image, and what lies behind it stays: $table $type', async (wish) => {
  const made = embed(wish, 2 * MIB);
  const size = statSync(made.image.path).size;
  await attachAt(made, size);
  await expect(resizing.run(made.path, by(16))).rejects.toMatchObject({ data: { refusal: { reason: 'data-behind' } } });
  await resizing.run(made.path, by(-24));
  const { device } = await resizing.subject(made.path);
  expect(device).toMatchObject({ sizeLimitBytes: String(size - 24 * MIB), sizeBytes: String(size - 24 * MIB) });
  // The file keeps its length: what lies behind the image is somebody else's.
  expect(statSync(made.path).size).toBe(BEFORE + size + 2 * MIB);
  expect(read(made.path, BEFORE + size, 2 * MIB).equals(made.behind)).toBe(true);
  await detachAll(resizing);
  expectEmbedded(made, size - 24 * MIB);
});

test.each(['continue', 'undo'] as const)('a stopped resize of one with an offset and a limit ends: %s', async (how) => {
  const [wish] = kinds;
  // Saving, file system, table, attaching again; the file keeps its length.
  for (let step = 2; step <= 5; step += 1) {
    const made = embed(wish, 2 * MIB);
    const size = statSync(made.image.path).size;
    await attachAt(made, size);
    await killedAt(made.path, by(-24), step, 'end');
    const { unfinished } = await resizing.facts(made.path);
    // The device may be away: then it is attached as it was, as the window does.
    if ((await resizing.subject(made.path)).device === null) await attachAt(made, size);
    if (unfinished !== null) await resizing.finish(made.path, how);
    await detachAll(resizing);
    expect(read(made.path, BEFORE + size, 2 * MIB).equals(made.behind)).toBe(true);
    expectEmbedded(made, unfinished === null || how === 'continue' ? placeEnd(made, size - 24 * MIB, size) : size);
  }
});

/** How large the image is by its own table: without a record it was never begun, or is done. */
function placeEnd({ path }: Embedded, after: number, before: number): number {
  const backup = read(path, BEFORE + 512 + 32, 8).readBigUInt64LE();
  return Number(backup + 1n) * 512 === after ? after : before;
}

/** Two partitions with 40 MiB of nothing between them. */
function makeGap(table: 'gpt' | 'mbr', type: string, mebibytes: number): { readonly image: MadeImage; readonly last: Buffer } {
  const image = makeImage({ table, type, layout: 'only', mebibytes });
  const [start, end] = [image.startBytes, image.startBytes + (mebibytes + 40) * MIB];
  const lba = (bytes: number): number => bytes / 512;
  truncateSync(image.path, end + 9 * MIB);
  const lines = [
    `label: ${table === 'gpt' ? 'gpt' : 'dos'}`,
    `start=${lba(start)}, size=${lba(mebibytes * MIB)}`,
    `start=${lba(end)}, size=${lba(8 * MIB)}`,
  ];
  execFileSync('sfdisk', ['-q', '--wipe', 'never', '--wipe-partitions', 'never', image.path], { input: `${lines.join('\n')}\n` });
  const last = randomBytes(8 * MIB);
  writeAt(image.path, end, last);
  return { image, last };
}

const gaps = [
  ['gpt', 'ext4', 48, 'file'],
  ['mbr', 'ext4', 48, 'attached'],
  ['gpt', 'btrfs', 480, 'mounted'],
  ['mbr', 'xfs', 304, 'mounted'],
] as const;
const possible = gaps.filter(([, type]) => type === 'ext4' || hasFileSystem(type));

test.each(possible)('free space between two partitions goes to the one before it: %s %s, %s', async (table, type, mebibytes, state) => {
  const { image, last } = makeGap(table, type, mebibytes);
  const size = statSync(image.path).size;
  if (state !== 'file') await attach(resizing, image, state === 'mounted');
  await resizing.run(image.path, { kind: 'to', sizeBytes: String(size) }, { place: 1 });
  await detachAll(resizing);
  expect([statSync(image.path).size, placeBytes(image)]).toEqual([size, (mebibytes + 40) * MIB]);
  expect(read(image.path, image.startBytes + (mebibytes + 40) * MIB, 8 * MIB).equals(last)).toBe(true);
  expectWhole(image, (mebibytes + 40) * MIB);
  // Nothing is left to take: the other partition is in the way.
  const again = resizing.run(image.path, { kind: 'to', sizeBytes: String(size) }, { place: 1 });
  await expect(again).rejects.toMatchObject({ data: { refusal: { reason: 'in-the-way', partition: 2 } } });
});

test('reserved space is taken at once, by default none is', async () => {
  for (const reserve of [true, false]) {
    const image = makeImage({ table: 'none', type: 'ext4', layout: 'only', mebibytes: 48 });
    const before = statSync(image.path).blocks * 512;
    await resizing.run(image.path, by(64), { reserve });
    const taken = statSync(image.path).blocks * 512 - before;
    expect(taken > 60 * MIB).toBe(reserve);
    if (!reserve) expect(taken).toBeLessThan(8 * MIB);
    expectWhole(image, 112 * MIB);
  }
});

test('filling the disk takes what is free but a reserve, and more than is free is refused before anything is done', async () => {
  const made = makeImage({ table: 'gpt', type: 'ext4', layout: 'only', mebibytes: 48 });
  const folder = `${made.path}.disk`;
  mkdirSync(folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${300 * MIB}`, 'none', folder]);
  try {
    const image = { ...made, path: `${folder}/disk.img` };
    execFileSync('cp', ['--sparse=always', made.path, image.path]);
    const before = digest(image.path);
    await expect(resizing.run(image.path, by(400))).rejects.toMatchObject({ data: { refusal: { reason: 'no-space' } } });
    expect(digest(image.path)).toBe(before);
    const { bavail, bsize } = statfsSync(folder);
    const size = statSync(image.path).size;
    const outcome = await resizing.run(image.path, { kind: 'fill' }, { reserve: true });
    const kept = bavail * bsize - (Number(outcome.sizeBytes) - size);
    expect([kept >= 64 * MIB, kept < 65 * MIB]).toEqual([true, true]);
    expect(statSync(image.path).size).toBe(Number(outcome.sizeBytes));
    expectWhole(image, placeBytes(image));
  } finally {
    execFileSync('umount', [folder]);
  }
});

test.each([
  ['erofs', (path: string, from: string) => execFileSync('mkfs.erofs', [path, from], { stdio: 'ignore' })],
  ['squashfs', (path: string, from: string) => execFileSync('mksquashfs', [from, path, '-quiet', '-no-progress'], { stdio: 'ignore' })],
  ['iso9660', (path: string, from: string) => execFileSync('xorriso', ['-as', 'mkisofs', '-quiet', '-o', path, from], { stdio: 'ignore' })],
] as const)('an image of %s is refused and stays as it is', async (_type, make) => {
  const source = makeImage({ table: 'none', type: 'ext4', layout: 'only', mebibytes: 16 }).path;
  const path = `${source}.fixed`;
  make(path, `${source.slice(0, source.lastIndexOf('/'))}/source`);
  const bytes = readFileSync(path);
  for (const wish of [by(8), { kind: 'smallest' }, { kind: 'fill' }] as const) {
    await expect(resizing.run(path, wish)).rejects.toMatchObject({ data: { code: 'RESIZE_REFUSED', refusal: { reason: 'only-read' } } });
  }
  expect(readFileSync(path).equals(bytes)).toBe(true);
});

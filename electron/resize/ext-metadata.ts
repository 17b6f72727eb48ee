/**
 * Where an ext2, ext3 or ext4 keeps its metadata, and where it will keep it in another size. resize2fs overwrites only those, and blocks that
 * are free: what lies there before is all that undoing needs. From dumpe2fs (superblocks, descriptors, bitmaps, inode tables) and e2image
 * (folders, trees of blocks, journal).
 */
import { open, rm, type FileHandle } from 'node:fs/promises';
import { AppError } from '../ipc/errors.ts';
import { setLength } from '../images/making/space.ts';
import { OutputLines } from '../tools/output-lines.ts';
import { runTool, descriptorArgument, toolFailure } from '../tools/run-tool.ts';
import { extName, resizeExt } from './file-system-tools.ts';
import { movesTables } from './read-groups.ts';
import { dataStretches, mergeStretches, type Stretch } from './stretches.ts';

const LIMIT_MS = 30 * 60_000;

export interface ExtPlace {
  readonly file: FileHandle;
  /** Of the file system in the file. */
  readonly offset: bigint;
  /** What it has, and what it shall have. */
  readonly fromBytes: bigint;
  readonly toBytes: bigint;
  /** A file that may be written for a while and is removed again. */
  readonly scratch: Buffer;
  readonly signal: AbortSignal;
}

/** Stretches of the file, in order, without overlap. Throws UNDO_NOT_SAVED, TOOL_FAILED and what runTool throws. */
export async function findExtMetadata(place: ExtPlace): Promise<readonly Stretch[]> {
  const { file, offset, fromBytes, signal } = place;
  const groups = await readGroups(file.fd, offset, signal);
  const trees = await readTrees(place);
  const end = offset + fromBytes;
  const within = [...groups, ...trees].filter(({ start }) => start < end);
  return mergeStretches(within.map(({ start, end: last }) => ({ start, end: last < end ? last : end })));
}

async function readGroups(fd: number, offset: bigint, signal: AbortSignal): Promise<readonly Stretch[]> {
  const kept: string[] = [];
  // Of terabytes it lists more than runTool keeps.
  const lines = new OutputLines((line) => void (KEPT_LINE.test(line) && kept.push(line)));
  const request = { args: [extName(offset)], descriptors: [fd], signal, timeLimitMs: LIMIT_MS, onStdout: lines.push };
  const result = await runTool({ program: 'dumpe2fs', ...request });
  if (result.status !== 0) throw toolFailure('dumpe2fs', result);
  return parseGroups(kept.join('\n'), offset);
}

const GROUP_LINE = /^ {2}(?:Primary superblock|Backup superblock|Group descriptor|Reserved GDT|Block bitmap|Inode bitmap|Inode table)/u;

const BLOCK_SIZE_LINE = /^Block size: +([0-9]+)$/mu;
const KEPT_LINE = new RegExp(`${GROUP_LINE.source}|${BLOCK_SIZE_LINE.source}`, 'u');

/** The places of a listing of dumpe2fs, in bytes of the file. */
export function parseGroups(listing: string, offset: bigint): readonly Stretch[] {
  const block = BigInt(BLOCK_SIZE_LINE.exec(listing)?.[1] ?? 0);
  if (block === 0n) return [];
  const places = listing.split('\n').filter((line) => GROUP_LINE.test(line));
  const found = places.flatMap((line) => [...line.matchAll(/ at ([0-9]+)(?:-([0-9]+))?/gu)]);
  const stretches = found.map(([, first = '0', last = first]) => ({
    start: offset + BigInt(first) * block,
    end: offset + (BigInt(last) + 1n) * block,
  }));
  // The boot sector and, with blocks of 1024 bytes, all before the superblock.
  return [{ start: offset, end: offset + 4096n }, ...stretches];
}

/** e2image makes a sparse file with every block of metadata in its place; only where its data is counts here. */
async function readTrees(place: ExtPlace): Promise<readonly Stretch[]> {
  const { file, offset, scratch, signal } = place;
  await rm(scratch, { force: true });
  const image = await open(scratch, 'wx+', 0o600);
  try {
    const args = ['-r', '-f', ...(offset === 0n ? [] : ['-o', String(offset)]), descriptorArgument(0), descriptorArgument(1)];
    const result = await runTool({ program: 'e2image', args, descriptors: [file.fd, image.fd], signal, timeLimitMs: LIMIT_MS });
    if (result.status !== 0 && isNoRoom(result.stderr)) throw new AppError('UNDO_NOT_SAVED', { details: result.stderr });
    if (result.status !== 0) throw toolFailure('e2image', result);
    const found = await dataStretches(image.fd, signal);
    const moved = (await movesTables(file, place)) ? await tryOn(image, place) : [];
    return [...found, ...moved].map(({ start, end }) => ({ start: offset + start, end: offset + end }));
  } finally {
    await image.close();
    await rm(scratch, { force: true });
  }
}

/** The disk of the image, where the scratch file lies: ENOSPC and EDQUOT as e2fsprogs say them. */
function isNoRoom(stderr: string): boolean {
  return /No space left on device|Disk quota exceeded/u.test(stderr);
}

/**
 * Where the groups will have their tables: what lies there has to make way, files too. resize2fs decides by metadata alone, so that it does the
 * same with an image of nothing else. Whatever it moves goes to blocks that are free.
 */
async function tryOn(image: FileHandle, { fromBytes, toBytes, signal }: ExtPlace): Promise<readonly Stretch[]> {
  if (toBytes > fromBytes) await setLength(image, toBytes);
  await resizeExt({ file: image, offsetBytes: 0n, signal }, { toBytes: String(toBytes) });
  return readGroups(image.fd, 0n, signal);
}

/**
 * Whether an image is as a stopped resize left it, or was replaced or changed since, as by a backup that was copied into the same file. Only what
 * the resize itself cannot change unexpectedly counts: not the times of the file, of which the last write before a power failure may be lost.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { openImage } from '../images/open-image.ts';
import { readExtGroups } from './read-groups.ts';
import { readUpTo, type SavedGroups } from './saved-writes.ts';
import { dataPath, fileSystemOffset, stepState, type StepState, type UndoRecord } from './undo-file.ts';

const SECTOR_BYTES = 512;
const GPT_SIGNATURE = 'EFI PART';

/**
 * struct ext2_super_block (lib/ext2fs/ext2_fs.h), offset and size of what resize2fs leaves alone: time and number of mounts, time of the last check
 * and of making, UUID. A resize begins with a check, so that no backup from before has its time.
 */
const SUPERBLOCK_AT = 1024n;
const SUPERBLOCK_BYTES = 1024;
const kept = [
  [0x2c, 4],
  [0x34, 2],
  [0x40, 4],
  [0x68, 16],
  [0x108, 4],
  [0x275, 3],
] as const;

export async function isAsLeft(file: FileHandle, image: Buffer, record: UndoRecord): Promise<boolean> {
  return (
    hasSize((await file.stat({ bigint: true })).size, record) &&
    (await hasWrites(file, tableInPlace(record.table), stateOf(record, 'resize-table'))) &&
    (await hasWrites(file, record.swap, stateOf(record, 'resize-file-system'))) &&
    (await hasCheckedFileSystem(file, image, record)) &&
    (await hasNotGrown(file, record))
  );
}

/** As {@link isAsLeft}, of a file that is opened for it. Throws what opening throws. */
export async function isImageAsLeft(path: Buffer, record: UndoRecord): Promise<boolean> {
  const { handle } = await openImage(path, 'read-only');
  try {
    return await isAsLeft(handle, path, record);
  } finally {
    await handle.close();
  }
}

/** Steps that are being taken back may be in either state. */
function stateOf(record: UndoRecord, step: UndoRecord['steps'][number]['step']): StepState | null {
  const state = stepState(record, step);
  return state === 'after' && record.undoing === true ? 'within' : state;
}

function hasSize(size: bigint, record: UndoRecord): boolean {
  const [from, to] = [BigInt(record.fileFromBytes), BigInt(record.fileToBytes)];
  switch (stateOf(record, 'resize-file')) {
    case 'before':
      return size === from;
    case 'after':
      return size === to;
    case 'within':
      return from < to ? size >= from && size <= to : size >= to && size <= from;
    case null:
      return true;
  }
}

/** What is a table before and after: where a copy of a GPT comes or goes, partitions lie in one of the two. */
function tableInPlace(table: SavedGroups): SavedGroups {
  const isGpt = table.flat().some(({ after }) => Buffer.from(after, 'base64').toString('latin1', 0, 8) === GPT_SIGNATURE);
  return isGpt ? table.slice(1, 2) : table;
}

/** Sector by sector: a power failure may leave some of a write. */
async function hasWrites(file: FileHandle, groups: SavedGroups, state: StepState | null): Promise<boolean> {
  for (const { offset, ...saved } of groups.flat()) {
    const after = Buffer.from(saved.after, 'base64');
    const before = padTo(Buffer.from(saved.before, 'base64'), after.length);
    const present = padTo(await readUpTo(file, BigInt(offset), after.length), after.length);
    for (let at = 0; at < present.length; at += SECTOR_BYTES) {
      const isLike = (bytes: Buffer): boolean => present.subarray(at, at + SECTOR_BYTES).equals(bytes.subarray(at, at + SECTOR_BYTES));
      if (!(state !== 'after' && isLike(before)) && !(state !== 'before' && isLike(after))) return false;
    }
  }
  return true;
}

function padTo(bytes: Buffer, size: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]);
}

/** What comes after cuts off the end of its place; and so does undoing, where somebody else made it larger meanwhile. */
async function hasNotGrown(file: FileHandle, record: UndoRecord): Promise<boolean> {
  const { fileSystem } = record;
  const state = stateOf(record, 'resize-file-system');
  if (fileSystem === null || state === null || state === 'within') return true;
  const mostBytes = BigInt(state === 'after' ? fileSystem.toBytes : fileSystem.fromBytes);
  return (await fileSystemBytes(file, fileSystemOffset(record), fileSystem.type)) <= mostBytes;
}

/** Of those that a resize takes to another size on its own; 0 for any other, and where there is none. */
async function fileSystemBytes(file: FileHandle, start: bigint, type: string): Promise<bigint> {
  // struct btrfs_super_block (linux/btrfs_tree.h): total_bytes.
  if (type === 'btrfs') {
    const block = await readUpTo(file, start + 65_536n, 4096);
    return block.toString('latin1', 0x40, 0x48) === '_BHRfS_M' ? block.readBigUInt64LE(0x70) : 0n;
  }
  // struct xfs_dsb (fs/xfs/libxfs/xfs_format.h): sb_blocksize, sb_dblocks.
  if (type === 'xfs') {
    const block = await readUpTo(file, start, 512);
    return block.toString('latin1', 0, 4) === 'XFSB' ? BigInt(block.readUInt32BE(4)) * block.readBigUInt64BE(8) : 0n;
  }
  const groups = type.startsWith('ext') ? await readExtGroups(file, start) : null;
  return groups === null ? 0n : BigInt(groups.blocks) * BigInt(groups.blockBytes);
}

/** Within the step of e2fsprogs what was saved is going to be put over it. */
async function hasCheckedFileSystem(file: FileHandle, image: Buffer, record: UndoRecord): Promise<boolean> {
  const { fileSystem, saved, inode, takingBack } = record;
  const isByTool = fileSystem?.how === 'offline' || takingBack !== undefined;
  if (!isByTool || saved.length === 0 || stepState(record, 'resize-file-system') !== 'within') return true;
  const copy = await open(await dataPath(image, inode), 'r').catch(() => null);
  if (copy === null) return false;
  try {
    const at = fileSystemOffset(record) + SUPERBLOCK_AT;
    const [before, present] = await Promise.all([copy, file].map(async (one) => readUpTo(one, at, SUPERBLOCK_BYTES)));
    if (before?.length !== SUPERBLOCK_BYTES || present?.length !== SUPERBLOCK_BYTES) return false;
    return kept.every(([from, size]) => before.subarray(from, from + size).equals(present.subarray(from, from + size)));
  } finally {
    await copy.close();
  }
}

/** How ext2/3/4 and XFS divide themselves into groups, from their superblocks. Main process, as the user. */
import type { FileHandle } from 'node:fs/promises';
import type { PlaceGroups, ResizePlace } from '../ipc/resize.ts';
import { readUpTo } from './saved-writes.ts';

/** struct ext2_super_block (lib/ext2fs/ext2_fs.h), 1024 bytes behind the start. */
const EXT_AT = 1024n;
const SUPERBLOCK_BYTES = 1024;
const EXT_MAGIC = 0xef53;
const RESIZE_INODE = 0x10;
const SPARSE_SUPER = 1;
const SPARSE_SUPER_2 = 0x200;
const WIDE = 0x80;
const META_GROUPS = 0x10;
const BIG_CLUSTERS = 0x200;

/** Null for anything else, and where copies of the superblock lie in an unusual way. */
export async function readGroups(file: FileHandle, offset: bigint, place: ResizePlace): Promise<PlaceGroups | null> {
  const start = await readUpTo(file, offset, 2048);
  if (start.length < 2048) return null;
  // struct xfs_dsb (fs/xfs/libxfs/xfs_format.h), big-endian.
  if (start.toString('latin1', 0, 4) === 'XFSB') {
    return { place, blockBytes: start.readUInt32BE(4), groupBlocks: start.readUInt32BE(84), firstBlock: 0, ext: null };
  }
  const block = start.subarray(Number(EXT_AT));
  const groups = readExt(block);
  if (groups === null || hasCopyInLastGroup(block)) return null;
  const { blocks: _blocks, ...divided } = groups;
  return { ...divided, place };
}

function hasCopyInLastGroup(block: Buffer): boolean {
  return (block.readUInt32LE(0x5c) & SPARSE_SUPER_2) !== 0;
}

export interface SizeChange {
  readonly offset: bigint;
  readonly fromBytes: bigint;
  readonly toBytes: bigint;
}

/**
 * Whether resize2fs makes room for tables where files may lie: for more descriptors than there is place for, or for the copies of a superblock
 * that always has one in the last group (blocks_to_move, resize/resize2fs.c of e2fsprogs 1.47).
 */
export async function movesTables(file: FileHandle, { offset, fromBytes, toBytes }: SizeChange): Promise<boolean> {
  const block = await readUpTo(file, offset + EXT_AT, SUPERBLOCK_BYTES);
  const groups = readExt(block);
  if (groups === null || hasCopyInLastGroup(block)) return true;
  if (toBytes < fromBytes) return false;
  const { descriptorsPerBlock, descriptorBlocks, reservedDescriptorBlocks } = groups.ext;
  const count = Math.ceil((Number(toBytes) / groups.blockBytes - groups.firstBlock) / groups.groupBlocks);
  const reserved = (block.readUInt32LE(0x5c) & RESIZE_INODE) === 0 ? 0 : reservedDescriptorBlocks;
  return Math.ceil(count / descriptorsPerBlock) > descriptorBlocks + reserved;
}

interface ExtGroups extends Omit<PlaceGroups, 'place'> {
  readonly blocks: number;
  readonly ext: NonNullable<PlaceGroups['ext']>;
}

/** Null: there is no ext2, ext3 or ext4. */
export async function readExtGroups(file: FileHandle, offset: bigint): Promise<ExtGroups | null> {
  return readExt(await readUpTo(file, offset + EXT_AT, SUPERBLOCK_BYTES));
}

function readExt(block: Buffer): ExtGroups | null {
  if (block.length < SUPERBLOCK_BYTES || block.readUInt16LE(0x38) !== EXT_MAGIC) return null;
  const blockBytes = 1024 << block.readUInt32LE(0x18);
  const inodeBytes = block.readUInt16LE(0x58) || 128;
  const incompatible = block.readUInt32LE(0x60);
  const descriptorBytes = (incompatible & WIDE) === 0 ? 32 : block.readUInt16LE(0xfe);
  const groupBlocks = block.readUInt32LE(0x20);
  if (groupBlocks === 0 || descriptorBytes === 0 || blockBytes > 65_536) return null;
  const firstBlock = block.readUInt32LE(0x14);
  const blocks = block.readUInt32LE(0x4) + ((incompatible & WIDE) === 0 ? 0 : block.readUInt32LE(0x150) * 2 ** 32);
  const descriptorsPerBlock = Math.floor(blockBytes / descriptorBytes);
  const hasClusters = (block.readUInt32LE(0x64) & BIG_CLUSTERS) !== 0;
  return {
    blocks,
    blockBytes,
    groupBlocks,
    firstBlock,
    ext: {
      sparse: (block.readUInt32LE(0x64) & SPARSE_SUPER) !== 0,
      inodeTableBlocks: Math.ceil((block.readUInt32LE(0x28) * inodeBytes) / blockBytes),
      descriptorsPerBlock,
      reservedDescriptorBlocks: block.readUInt16LE(0xce),
      descriptorBlocks: Math.ceil(Math.ceil((blocks - firstBlock) / groupBlocks) / descriptorsPerBlock),
      firstMetaDescriptorBlock: (incompatible & META_GROUPS) === 0 ? null : block.readUInt32LE(0x104),
      clusterBlocks: hasClusters ? 2 ** (block.readUInt32LE(0x1c) - block.readUInt32LE(0x18)) : 1,
    },
  };
}

/**
 * Where a file system really ends that is made to fill a place: one that would have a last group too small for its own tables ends before
 * it. From resize2fs (adjust_fs_info in e2fsprogs 1.47, resize/resize2fs.c) and the kernel's xfs_growfs_data_private. Pure.
 */
import type { PlaceGroups } from '../../ipc/resize.ts';

/** XFS_MIN_AG_BLOCKS, fs/xfs/libxfs/xfs_fs.h. */
const LEAST_XFS_BLOCKS = 64n;
/** What resize2fs wants beside the tables. */
const LEAST_EXT_BLOCKS = 50n;

/** `bytes`, or where the last group that is large enough ends. */
export function endOfLastGroup(bytes: bigint, groups: PlaceGroups): bigint {
  const block = BigInt(groups.blockBytes);
  const size = BigInt(groups.groupBlocks);
  const first = BigInt(groups.firstBlock);
  let blocks = bytes / block;
  for (;;) {
    const rest = (blocks - first) % size;
    const count = (blocks - first + size - 1n) / size;
    if (rest === 0n || count <= 1n || rest >= leastBlocks(count, groups)) return blocks * block;
    blocks -= rest;
  }
}

/** `bytes`, or so much more that nothing of it is left out at the end. */
export function withWholeLastGroup(bytes: bigint, groups: PlaceGroups): bigint {
  const block = BigInt(groups.blockBytes);
  const end = endOfLastGroup(bytes, groups);
  if (end / block === bytes / block) return bytes;
  const count = (end / block - BigInt(groups.firstBlock)) / BigInt(groups.groupBlocks) + 1n;
  return end + leastBlocks(count, groups) * block;
}

function leastBlocks(count: bigint, { ext }: PlaceGroups): bigint {
  if (ext === null) return LEAST_XFS_BLOCKS;
  const tables = 2n + BigInt(ext.inodeTableBlocks) + LEAST_EXT_BLOCKS;
  if (!hasSuperblock(Number(count) - 1, ext.sparse)) return tables;
  const descriptors = (count + BigInt(ext.descriptorsPerBlock) - 1n) / BigInt(ext.descriptorsPerBlock);
  return tables + 1n + descriptors + BigInt(ext.reservedDescriptorBlocks);
}

/** Sparse: in groups 0 and 1 and powers of 3, 5 and 7. */
function hasSuperblock(group: number, sparse: boolean): boolean {
  if (!sparse || group <= 1) return true;
  return [3, 5, 7].some((base) => isPower(group, base));
}

function isPower(value: number, base: number): boolean {
  let power = base;
  while (power < value) power *= base;
  return power === value;
}

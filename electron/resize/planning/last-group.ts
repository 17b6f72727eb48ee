/**
 * Where a file system really ends that is made to fill a place: one that would have a last group too small for its own tables ends before
 * it. From resize2fs (adjust_fs_info in e2fsprogs 1.47, resize/resize2fs.c) and the kernel's ext4_resize_fs and xfs_growfs_data_private. Pure.
 */
import type { PlaceGroups } from '../../ipc/resize.ts';

/** XFS_MIN_AG_BLOCKS, fs/xfs/libxfs/xfs_fs.h. */
const LEAST_XFS_BLOCKS = 64n;
/** What resize2fs wants beside the tables. */
const LEAST_EXT_BLOCKS = 50n;

/** Who makes the file system larger or smaller: resize2fs, or the kernel on its mount. */
export type Maker = 'offline' | 'mounted';

/** `bytes`, or where the last group that is large enough ends. */
export function endOfLastGroup(bytes: bigint, groups: PlaceGroups, maker: Maker): bigint {
  const block = BigInt(groups.blockBytes);
  const size = BigInt(groups.groupBlocks);
  const first = BigInt(groups.firstBlock);
  let blocks = bytes / block;
  // resize2fs leaves file systems with clusters alone.
  if (maker === 'mounted') blocks -= blocks % BigInt(groups.ext?.clusterBlocks ?? 1);
  for (;;) {
    const rest = (blocks - first) % size;
    const count = (blocks - first + size - 1n) / size;
    if (rest === 0n || count <= 1n || rest >= leastBlocks(count, groups, maker)) return blocks * block;
    blocks -= rest;
  }
}

/** `bytes`, or so much more that resize2fs leaves nothing of it out at the end. */
export function withWholeLastGroup(bytes: bigint, groups: PlaceGroups): bigint {
  const block = BigInt(groups.blockBytes);
  const end = endOfLastGroup(bytes, groups, 'offline');
  if (end / block === bytes / block) return bytes;
  const count = (end / block - BigInt(groups.firstBlock)) / BigInt(groups.groupBlocks) + 1n;
  return end + leastBlocks(count, groups, 'offline') * block;
}

/** Of the last of `count` groups. */
function leastBlocks(count: bigint, { ext }: PlaceGroups, maker: Maker): bigint {
  if (ext === null) return LEAST_XFS_BLOCKS;
  const tables = 2n + BigInt(ext.inodeTableBlocks);
  const group = Number(count) - 1;
  const hasCopy = hasSuperblock(group, ext.sparse);
  if (maker === 'mounted') {
    const copy = hasCopy ? 1n + BigInt(ext.reservedDescriptorBlocks) : 0n;
    return tables + copy + BigInt(kernelDescriptorBlocks(group, hasCopy, ext)) + BigInt(ext.clusterBlocks) + 1n;
  }
  if (!hasCopy) return tables + LEAST_EXT_BLOCKS;
  const descriptors = (count + BigInt(ext.descriptorsPerBlock) - 1n) / BigInt(ext.descriptorsPerBlock);
  return tables + LEAST_EXT_BLOCKS + 1n + descriptors + BigInt(ext.reservedDescriptorBlocks);
}

/** ext4_bg_num_gdb, fs/ext4/balloc.c: as many as there are before the growth. */
function kernelDescriptorBlocks(group: number, hasCopy: boolean, ext: NonNullable<PlaceGroups['ext']>): number {
  const { descriptorsPerBlock, descriptorBlocks, firstMetaDescriptorBlock } = ext;
  const isOwn = firstMetaDescriptorBlock !== null && Math.floor(group / descriptorsPerBlock) >= firstMetaDescriptorBlock;
  if (!isOwn) return hasCopy ? (firstMetaDescriptorBlock ?? descriptorBlocks) : 0;
  return [0, 1, descriptorsPerBlock - 1].includes(group % descriptorsPerBlock) ? 1 : 0;
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

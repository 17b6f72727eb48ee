/** btrfs: the superblock at 64 KiB (Linux include/uapi/linux/btrfs_tree.h, struct btrfs_super_block). Image worker. */
import type { ImageBytes } from './image-bytes.ts';
import type { Space } from './space-finding.ts';

export function readBtrfs(part: ImageBytes): Space | null {
  const block = part.read(65_536, 4096);
  if (block === null) return null;
  const devices = block.readBigUInt64LE(0x88);
  const used = block.readBigUInt64LE(0x78);
  // Of several devices the totals are those of all: what this one has is in its own item (at 0xc9, the size at 8).
  const total = devices === 1n ? block.readBigUInt64LE(0x70) : block.readBigUInt64LE(0xd1);
  return {
    totalBytes: total,
    freeBytes: devices === 1n ? total - used : null,
    blockBytes: block.readUInt32LE(0x90),
    // A log tree is left where fsync was called and nothing was written in full since.
    state: block.readBigUInt64LE(0x60) === 0n ? 'clean' : 'unclean',
  };
}

/** ext2, ext3 and ext4: the superblock at 1024 (Linux fs/ext4/ext4.h, struct ext4_super_block). Image worker. */
import type { ImageBytes } from './image-bytes.ts';
import type { Space } from './space-finding.ts';

const VALID = 1;
const ERRORS = 2;
const INCOMPAT_RECOVER = 0x4;
const INCOMPAT_64BIT = 0x80;

export function readExt(part: ImageBytes): Space | null {
  const block = part.read(1024, 1024);
  if (block === null) return null;
  const incompatible = block.readUInt32LE(0x60);
  const has64Bits = (incompatible & INCOMPAT_64BIT) !== 0;
  const wide = (low: number, high: number): bigint =>
    BigInt(block.readUInt32LE(low)) | (has64Bits ? BigInt(block.readUInt32LE(high)) << 32n : 0n);
  const blockBytes = 1024 << Math.min(block.readUInt32LE(0x18), 10);
  const state = block.readUInt16LE(0x3a);
  const hasErrors = (state & ERRORS) !== 0 || block.readUInt32LE(0x194) !== 0;
  const isUnclean = (state & VALID) === 0 || (incompatible & INCOMPAT_RECOVER) !== 0;
  return {
    totalBytes: wide(0x4, 0x150) * BigInt(blockBytes),
    freeBytes: wide(0xc, 0x158) * BigInt(blockBytes),
    blockBytes,
    state: hasErrors ? 'errors' : isUnclean ? 'unclean' : 'clean',
  };
}

/** What e2fsprogs refuse of an ext4 by its features, from the superblock. Main process, as the user. */
import type { FileHandle } from 'node:fs/promises';
import type { PlaceRestriction, ResizePlace } from '../ipc/resize.ts';
import { readUpTo } from './saved-writes.ts';

/** struct ext2_super_block (lib/ext2fs/ext2_fs.h), 1024 bytes behind the start. */
const SUPERBLOCK_AT = 1024n;
const MAGIC = 0xef53;
/** EXT4_FEATURE_RO_COMPAT_BIGALLOC. */
const BIG_CLUSTERS = 0x200;
/** EXT4_FEATURE_COMPAT_STABLE_INODES. */
const STABLE_INODES = 0x800;

/** `type` is libblkid's. Null: nothing is in the way. */
export async function readRestriction(
  file: FileHandle,
  offset: bigint,
  place: ResizePlace,
  type: string,
): Promise<PlaceRestriction | null> {
  if (!type.startsWith('ext')) return null;
  const block = await readUpTo(file, offset + SUPERBLOCK_AT, 1024);
  if (block.length < 1024 || block.readUInt16LE(0x38) !== MAGIC) return null;
  // resize2fs does it only by force, since nobody has tested it (resize/main.c of e2fsprogs 1.47).
  if ((block.readUInt32LE(0x64) & BIG_CLUSTERS) !== 0) return { place, kind: 'clusters' };
  return (block.readUInt32LE(0x5c) & STABLE_INODES) === 0 ? null : { place, kind: 'fixed-inodes' };
}

/**
 * What a file system says of its own size, its free space and its state, read from its own fields: faster than the tools, without
 * them, and with no code of theirs run on a foreign image. Image worker.
 */
import type { SpaceFinding } from './findings.ts';
import type { ImageBytes } from './image-bytes.ts';
import { readBtrfs } from './space-btrfs.ts';
import { readExfat } from './space-exfat.ts';
import { readExt } from './space-ext.ts';
import { readFat } from './space-fat.ts';
import { readNtfs } from './space-ntfs.ts';
import { readErofs, readF2fs, readHfsPlus, readIso, readSquashfs, readSwap } from './space-others.ts';
import { toFinding, type Space } from './space-finding.ts';
import { readXfs } from './space-xfs.ts';

const readers: Readonly<Record<string, (part: ImageBytes) => Space | null>> = {
  ext2: readExt,
  ext3: readExt,
  ext4: readExt,
  ext4dev: readExt,
  xfs: readXfs,
  btrfs: readBtrfs,
  vfat: readFat,
  exfat: readExfat,
  ntfs: readNtfs,
  squashfs: readSquashfs,
  erofs: readErofs,
  iso9660: readIso,
  f2fs: readF2fs,
  hfsplus: readHfsPlus,
  swap: readSwap,
};

/** Null for types that say nothing; a spoiled file system tells as much as can be believed. */
export function readSpace(part: ImageBytes, type: string): SpaceFinding | null {
  const reader = Object.hasOwn(readers, type) ? readers[type] : undefined;
  const space = reader?.(part) ?? null;
  return space === null ? null : toFinding(space);
}

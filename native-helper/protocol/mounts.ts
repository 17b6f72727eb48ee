/** Mounts on the wire: making one, undoing it, growing and trimming the file system inside. Sizes are bytes as decimal text. */
import * as v from 'valibot';
import { decimalString, loopNumber, partitionNumber } from './scalar-parsers.ts';
import type { DecimalString } from './scalars.ts';
import type { Mount } from './devices.ts';

/**
 * Types of file systems that are mounted, found out by the caller without root (the helper never guesses). `common` types need
 * no question in an active session; `uncommon` ones have drivers that few people use and few people test (SECURITY.md d4).
 * Everything else is refused with FILE_SYSTEM_REFUSED.
 */
export const fileSystemTypes = {
  ext2: 'common',
  ext3: 'common',
  ext4: 'common',
  xfs: 'common',
  btrfs: 'common',
  vfat: 'common',
  exfat: 'common',
  ntfs3: 'common',
  iso9660: 'common',
  udf: 'common',
  squashfs: 'common',
  erofs: 'common',
  f2fs: 'uncommon',
  hfsplus: 'uncommon',
  hfs: 'uncommon',
  jfs: 'uncommon',
  nilfs2: 'uncommon',
  minix: 'uncommon',
  bcachefs: 'uncommon',
  zonefs: 'uncommon',
} as const;
export type FileSystemType = keyof typeof fileSystemTypes;

/** True for a type of the table; own properties only. */
export function isFileSystemType(name: string): name is FileSystemType {
  return Object.hasOwn(fileSystemTypes, name);
}

export const mountParams = v.strictObject({
  device: loopNumber,
  diskseq: decimalString,
  /** Null: the whole device. */
  partition: v.nullable(partitionNumber),
  /** One of {@link fileSystemTypes}; any other name is FILE_SYSTEM_REFUSED. */
  fileSystemType: v.pipe(v.string(), v.maxLength(32)),
  readOnly: v.boolean(),
  /** For the name of the folder: the label of the file system, or the name of the image. Made harmless by the helper. */
  label: v.pipe(v.string(), v.maxLength(16_384)),
  /** Lets the kernel detach the device when the last mount of it is gone; only for devices that the caller attached through Platter. */
  detachWhenUnmounted: v.boolean(),
  /** Do not replay the journal of an ext or xfs file system; read-only mounts only. */
  skipJournal: v.optional(v.boolean()),
  /** Programs in the file system cannot be run. */
  noExecute: v.optional(v.boolean()),
  /** Symbolic links in the file system are not followed. */
  noSymbolicLinks: v.optional(v.boolean()),
});
export type MountParams = v.InferOutput<typeof mountParams>;

export interface MountResult {
  readonly mount: Mount;
  /** True when the kernel will detach the device with the last mount: asked for here, or attached with `autoclear`. */
  readonly detachesWhenUnmounted: boolean;
}

/** Which mount: its device as the caller saw it, and the id of `Mount.mountId`. */
const mountTarget = {
  device: loopNumber,
  diskseq: decimalString,
  mountId: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0x7fff_ffff)),
};

export const unmountParams = v.strictObject({
  ...mountTarget,
  /** Takes the mount out of sight at once, and ends it when nothing uses it any more (MNT_DETACH). Own mounts only. */
  lazy: v.boolean(),
});
export type UnmountParams = v.InferOutput<typeof unmountParams>;

/** `unmounted`: the file system is written out and gone. `lazy`: out of sight, but programs may still use it. */
export interface UnmountResult {
  readonly state: 'unmounted' | 'lazy';
}

export const mountTargetParams = v.strictObject(mountTarget);
export type MountTargetParams = v.InferOutput<typeof mountTargetParams>;

export const shrinkParams = v.strictObject({
  ...mountTarget,
  /** What the file system may take of its device. */
  sizeBytes: decimalString,
});
export type ShrinkParams = v.InferOutput<typeof shrinkParams>;

/** Size of the file system as statfs(2) says it, before and after. Equal when there was nothing to grow into. */
export interface GrowResult {
  readonly oldSizeBytes: DecimalString;
  readonly sizeBytes: DecimalString;
}

export interface TrimResult {
  /** What FITRIM gave back to the image file; the kernel remembers what it has trimmed, so a second time is often 0. */
  readonly trimmedBytes: DecimalString;
}

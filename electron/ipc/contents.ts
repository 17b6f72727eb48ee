/** What is on a device and its partitions, as libblkid finds it in the image file (the user's own rights, no root). */
import type { Mount } from '../../native-helper/protocol/devices.ts';
import type { AppErrorData } from './errors.ts';

/**
 * What kind of thing begins at a place. `raid-or-volume`: a member of MD, LVM, bcache and the like; `encrypted`: LUKS and
 * BitLocker; `other`: a signature that is none of these; `nothing`: none that libblkid knows.
 */
export type ContentKind = 'file-system' | 'swap' | 'encrypted' | 'raid-or-volume' | 'partition-table' | 'other' | 'nothing';

/** One place: the whole device, or a partition of the table on it, whether or not the kernel made a device of it. */
export interface Content {
  /** Null: the whole device. */
  readonly partition: number | null;
  /** Name in the partition table: any text. Null: none. */
  readonly partitionName: string | null;
  readonly kind: ContentKind;
  /** Where the partition lies on the device, in bytes as decimal text; null for the whole, and where only the kernel's mounts are known. */
  readonly range: { readonly startBytes: string; readonly sizeBytes: string } | null;
  /** What a file system says of itself in its own fields; null where it does not say, or is none. */
  readonly space: ContentSpace | null;
  /** libblkid's TYPE (`ext4`, `crypto_LUKS`), for a table its PTTYPE (`gpt`, `dos`); empty for `nothing`. */
  readonly type: string;
  /** As the image says it: any text. Null: none. */
  readonly label: string | null;
  readonly uuid: string | null;
  /** True when Platter mounts file systems of this type. Whether this kernel can is not known before it is tried. */
  readonly mountable: boolean;
}

/** Bytes as decimal text. */
export interface ContentSpace {
  /** May be less than the place has, after that was grown. */
  readonly fileSystemBytes: string;
  /** Null where the file system counts only while it is mounted. */
  readonly usedBytes: string | null;
}

/** The whole device first, then the partitions by number. */
export type Contents = readonly Content[];

/** A mount that was made, or was there already. */
export interface ContentMount {
  /** Null: the whole device. */
  readonly partition: number | null;
  readonly mountPoint: string;
  readonly mountId: Mount['mountId'];
}

export interface ContentMountFailure {
  readonly partition: number | null;
  readonly error: AppErrorData;
}

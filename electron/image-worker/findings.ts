/** What the image worker is asked and what it answers; one JSON object a line each. Sizes are bytes as decimal text. */

/** Comes on the socket with one descriptor of the image, opened for reading. */
export interface ProbeRequest {
  readonly id: number;
  /** `probe`: the signatures in a range, for mounting. `inspect`: all that can be said of a whole file. */
  readonly kind: 'probe' | 'inspect';
  readonly offsetBytes: string;
  readonly sizeBytes: string;
  /** Logical block size: a partition table counts in it. Of a whole file it is found out, and this is not looked at. */
  readonly sectorBytes: number;
}

/** What libblkid says of one place; empty text where it says nothing. */
export interface Signature {
  readonly type: string;
  readonly usage: string;
  readonly version: string;
  readonly label: string;
  readonly uuid: string;
  readonly tableType: string;
  /** Signatures of several things that exclude each other: libblkid refuses to decide. */
  readonly ambiguous: boolean;
}

/** What a file system says of itself in its own fields; null where it does not say. */
export interface SpaceFinding {
  readonly fileSystemBytes: string | null;
  readonly freeBytes: string | null;
  readonly blockBytes: number | null;
  readonly state: 'clean' | 'unclean' | 'errors' | 'unknown';
}

/** A signature with how large what it stands for is; `space` null for what says nothing of it. */
export interface SizedSignature extends Signature {
  readonly space: SpaceFinding | null;
}

export interface PartitionFinding extends SizedSignature {
  readonly number: number;
  /** In the table; empty where that has no names. */
  readonly name: string;
  /** From the start of the range that was probed. */
  readonly startBytes: string;
  readonly sizeBytes: string;
  /** Holds logical partitions and nothing else. */
  readonly isExtended: boolean;
}

/** Answer to `probe`. */
export interface Findings {
  readonly whole: SizedSignature;
  readonly partitions: readonly PartitionFinding[];
}

export interface PlaceFinding extends SizedSignature {
  /** Name of the LVM volume group that this is a member of; empty for anything else. */
  readonly volumeGroup: string;
}

export interface TablePartitionFinding extends PlaceFinding {
  readonly number: number;
  readonly typeCode: string;
  readonly name: string;
  /** UUID in the table; `uuid` is the one of what the partition holds. */
  readonly partitionUuid: string;
  readonly startBytes: string;
  /** As the table says it, also where the file ends before. */
  readonly sizeBytes: string;
  readonly bootable: boolean;
  readonly role: 'primary' | 'extended' | 'logical';
}

export type TableDamage = 'gpt-primary-damaged' | 'gpt-backup-missing' | 'gpt-backup-damaged' | 'gpt-backup-misplaced';

export interface TableFinding {
  readonly kind: 'gpt' | 'mbr' | 'other';
  readonly id: string;
  readonly sectorBytes: number;
  readonly usable: { readonly startBytes: string; readonly endBytes: string } | null;
  /** How long the image has to be for this table. */
  readonly neededBytes: string;
  readonly damage: readonly TableDamage[];
  readonly partitions: readonly TablePartitionFinding[];
}

/** What the file is, before anybody looks into it. */
export type FormatFinding =
  | { readonly kind: 'raw' }
  | {
      readonly kind: 'container';
      readonly name: 'qcow2' | 'vhd' | 'vhdx' | 'vmdk' | 'vdi';
      readonly virtualSizeBytes: string | null;
      readonly parentName: string | null;
    }
  | { readonly kind: 'compressed'; readonly name: 'gzip' | 'xz' | 'zstd' | 'bzip2' | 'zip'; readonly unpackedBytes: string | null }
  | { readonly kind: 'explained'; readonly name: 'cue' | 'nrg' | 'mdf' | 'dmg' | 'parallels' };

/** Answer to `inspect`. */
export interface ImageFindings {
  readonly format: FormatFinding;
  /** Null for all but raw images. */
  readonly whole: PlaceFinding | null;
  readonly table: TableFinding | null;
}

export type ProbeReply =
  | { readonly id: number; readonly findings: Findings }
  | { readonly id: number; readonly image: ImageFindings }
  /** For the Details view only. */
  | { readonly id: number; readonly failure: string };

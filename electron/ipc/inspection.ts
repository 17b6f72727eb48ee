/**
 * Everything that can be said of an image before it is attached, found with the user's own rights and without root.
 * Sizes and offsets are bytes as decimal text, counted from the start of the image's own data.
 */
import type { ContentKind } from './contents.ts';

/** Formats that are a disk image packed in something else; qemu-img reads them. */
export type ContainerFormat = 'qcow2' | 'vhd' | 'vhdx' | 'vmdk' | 'vdi';
/** Compression around one image. */
export type CompressionFormat = 'gzip' | 'xz' | 'zstd' | 'bzip2' | 'zip';
/** Recognised so that the window can explain them; Platter cannot unpack them. */
export type ExplainedFormat = 'cue' | 'nrg' | 'mdf' | 'dmg' | 'parallels';

/** What the file itself is. Only `raw` can be attached as it is. */
export type ImageFormat =
  | { readonly kind: 'raw' }
  | {
      readonly kind: 'container';
      readonly name: ContainerFormat;
      /** Size of the disk inside; null where the header does not say. */
      readonly virtualSizeBytes: string | null;
      /** Another file that this one is a difference to, as the header names it: any text. Null: none. */
      readonly parentName: string | null;
    }
  | {
      readonly kind: 'compressed';
      readonly name: CompressionFormat;
      /** Null where the format does not say without unpacking. */
      readonly unpackedBytes: string | null;
    }
  | { readonly kind: 'explained'; readonly name: ExplainedFormat };

/** What a place holds: the whole image, or one partition. */
export interface InspectedContent {
  readonly kind: ContentKind;
  /** libblkid's TYPE (`ext4`, `crypto_LUKS`); for a table its PTTYPE (`gpt`, `dos`); empty for `nothing`. */
  readonly type: string;
  /** As the image says it: any text. Null: none. */
  readonly version: string | null;
  readonly label: string | null;
  readonly uuid: string | null;
  /** True when Platter mounts file systems of this type. */
  readonly mountable: boolean;
  /** Of the file system itself, which may be smaller than its place. Null where its tools do not tell. */
  readonly fileSystemBytes: string | null;
  readonly usedBytes: string | null;
  readonly freeBytes: string | null;
  /** Unit the file system allocates in. */
  readonly blockBytes: number | null;
  /** `unclean`: was not unmounted, its journal has to be replayed. `errors`: the file system itself has noted errors. */
  readonly state: 'clean' | 'unclean' | 'errors' | 'unknown';
}

export interface InspectedPartition {
  readonly number: number;
  /** GPT: type GUID in lower case; MBR: `0x83`. */
  readonly typeCode: string;
  /** Name in the table, GPT only; any text. */
  readonly name: string | null;
  /** Partition UUID; MBR: disk id and number, as libblkid gives it. */
  readonly uuid: string | null;
  readonly startBytes: string;
  readonly sizeBytes: string;
  /** MBR: marked active. GPT: legacy BIOS bootable attribute. */
  readonly bootable: boolean;
  /** `extended` holds the logical ones and nothing else. GPT: always `primary`. */
  readonly role: 'primary' | 'extended' | 'logical';
  readonly content: InspectedContent;
}

export interface InspectedTable {
  /** `hybrid`: an ISO image that is also a disk, for sticks. */
  readonly type: 'gpt' | 'mbr' | 'hybrid' | 'other';
  /** Disk GUID, or the MBR's disk id. */
  readonly id: string | null;
  /** Logical block size the table was written with. */
  readonly sectorBytes: number;
  /** GPT: the first and one past the last byte that a partition may use, as the header says. MBR: null. */
  readonly usable: { readonly startBytes: string; readonly endBytes: string } | null;
  /** By number. */
  readonly partitions: readonly InspectedPartition[];
}

/** What is wrong or worth knowing, as far as it can be seen from outside; the words are the renderer's and the command line's. */
export interface InspectionFinding {
  readonly code:
    /** A resize was stopped on the way, and can go on or be undone; others may only follow from that. */
    | 'resize-unfinished'
    /** The file ends before what its partition table or file system says. `bytes`: how many are missing. */
    | 'shorter-than-table'
    | 'shorter-than-file-system'
    | 'gpt-backup-missing'
    | 'gpt-backup-damaged'
    /** Not at the end of the image, as after growing it. */
    | 'gpt-backup-misplaced'
    | 'gpt-primary-damaged'
    | 'overlapping-partitions'
    | 'journal-unclean'
    | 'file-system-errors'
    /** Signatures of several things that exclude each other. */
    | 'ambiguous'
    /** Same UUID, label or volume group as something attached or mounted: `what` says which, `where` names it. */
    | 'uuid-clash'
    | 'label-clash'
    | 'volume-group-clash'
    /** The table was written for sectors of 4096 bytes and is invisible with 512. */
    | 'sectors-4096';
  /** Null: the whole image. */
  readonly partition: number | null;
  readonly bytes?: string;
  readonly what?: string;
  readonly where?: string;
}

export interface Inspection {
  /** Size of the file, and what it takes on the disk. */
  readonly sizeBytes: string;
  readonly allocatedBytes: string;
  readonly format: ImageFormat;
  /** Only `raw` images are looked into: null otherwise. */
  readonly whole: InspectedContent | null;
  readonly table: InspectedTable | null;
  readonly findings: readonly InspectionFinding[];
  /** Loop devices that have this very file attached. */
  readonly attachedAs: readonly number[];
  /** Programs that would have told more and are not installed, with the Debian package of each. */
  readonly missingTools: readonly { readonly program: string; readonly package: string }[];
}

/**
 * Resizing an image as one plan: what is known, what is wished, and what would be done, in the order it would be done. Sizes and
 * offsets are bytes as decimal text, counted from the start of the image's own data (the device's offset is taken off).
 */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { AppErrorCode } from './errors.ts';
import type { InspectedContent, InspectedTable } from './inspection.ts';
import type { JobStep } from './state.ts';

/** What takes or gives the space: a partition by number, the whole image where it has no table, or nobody. */
export type ResizePlace = number | 'whole' | 'free';

/** `by` with a leading minus makes smaller. `fill` takes what is free on the disk of the file, less a reserve. */
export type ResizeWish =
  | { readonly kind: 'to'; readonly sizeBytes: string }
  | { readonly kind: 'by'; readonly bytes: string }
  | { readonly kind: 'smallest' }
  | { readonly kind: 'fill' };

/** A file system in use, as far as resizing minds. */
export interface PlaceInUse {
  readonly place: ResizePlace;
  /** `ours`: mounted by Platter, which can grow it and mount it again. `elsewhere`: by somebody else. */
  readonly use: 'ours' | 'elsewhere' | 'swap';
  readonly readOnly: boolean;
  readonly mountPoint: string | null;
}

/** The loop device that has the image attached. */
export interface ResizeDevice {
  readonly number: number;
  readonly diskseq: string;
  readonly readOnly: boolean;
  /** The device ends before the file does, or could: its size is a limit that has to be set anew. */
  readonly limited: boolean;
  readonly own: boolean;
  /** Another device is built on it (device-mapper, MD). */
  readonly held: boolean;
  readonly inUse: readonly PlaceInUse[];
}

/** How small the tools can make a file system. */
export interface PlaceMinimum {
  readonly place: ResizePlace;
  readonly sizeBytes: string;
}

/**
 * What tools refuse of an ext4 that resize others: `clusters` (bigalloc) is neither made larger nor smaller but grows on its mount;
 * `fixed-inodes` (stable_inodes: files encrypted by the numbers of their inodes) is not made smaller.
 */
export interface PlaceRestriction {
  readonly place: ResizePlace;
  readonly kind: 'clusters' | 'fixed-inodes';
}

/** How a file system divides its blocks: one whose last group would be too small ends before it. */
export interface PlaceGroups {
  readonly place: ResizePlace;
  readonly blockBytes: number;
  readonly groupBlocks: number;
  readonly firstBlock: number;
  /** Null: XFS. */
  readonly ext: {
    /** Copies of the superblock in few groups only. */
    readonly sparse: boolean;
    readonly inodeTableBlocks: number;
    readonly descriptorsPerBlock: number;
    readonly reservedDescriptorBlocks: number;
    /** Of the groups there are now. */
    readonly descriptorBlocks: number;
    /** With `meta_bg`: from this number of descriptor blocks on each lies in its own groups. Null: all lie with each superblock. */
    readonly firstMetaDescriptorBlock: number | null;
    /** Blocks are given out in so many. */
    readonly clusterBlocks: number;
  } | null;
}

export interface ResizeFacts {
  /** Of the file, for showing only. */
  readonly fileName: string;
  readonly fileBytes: string;
  readonly offsetBytes: string;
  /** Of the image: what the device has, or all of the file. */
  readonly sizeBytes: string;
  /** Free for this user on the disk of the file. */
  readonly freeBytes: string;
  readonly sectorBytes: number;
  /** False for qcow2, compressed images and the like. */
  readonly raw: boolean;
  readonly writable: boolean;
  readonly table: InspectedTable | null;
  readonly whole: InspectedContent | null;
  /** The file ends before its table or file system does, or the table is damaged. */
  readonly damaged: boolean;
  readonly device: ResizeDevice | null;
  readonly minimums: readonly PlaceMinimum[];
  readonly groups: readonly PlaceGroups[];
  readonly restrictions: readonly PlaceRestriction[];
  /** A resize of this image that was stopped on the way. */
  readonly unfinished: UnfinishedResize | null;
}

/** A resize that was stopped: which step was on, and the sizes before and after. */
export interface UnfinishedResize {
  readonly fromBytes: string;
  readonly toBytes: string;
  readonly step: JobStep;
  readonly stepNumber: number;
  readonly stepCount: number;
  /** What stopped it; null when the program was ended or the power failed. */
  readonly stoppedBy: AppErrorCode | null;
  /** The image is not as the resize left it: going on or undoing would damage it, and all that can be done is to forget the resize. */
  readonly replaced: boolean;
}

/** What can be done about a resize that was stopped. `forget` leaves the image as it is. */
export const resizeEndings = ['continue', 'undo', 'forget'] as const;
export type ResizeEnding = (typeof resizeEndings)[number];

/** A stretch of the image in a picture; `place` null: free. */
export interface LayoutPiece {
  readonly place: ResizePlace | null;
  readonly startBytes: string;
  readonly sizeBytes: string;
  /** `ext4`, `crypto_LUKS`; empty for nothing. */
  readonly type: string;
  /** Label of the file system, else the name in the table: any text. */
  readonly name: string | null;
}

export interface ResizeLayout {
  readonly sizeBytes: string;
  readonly pieces: readonly LayoutPiece[];
}

export interface ResizeStep {
  readonly step: JobStep;
  /** Partition it is about; null: the whole image. */
  readonly partition: number | null;
  readonly fromBytes: string | null;
  readonly toBytes: string | null;
  /** False where the step cannot be taken back by itself once it is done. */
  readonly undoable: boolean;
  readonly duration: 'moment' | 'seconds' | 'minutes';
}

/** Why something cannot be done, or is not offered. The words are the renderer's and the command line's. */
export type ResizeRefusal =
  | 'not-raw'
  | 'not-writable'
  | 'damaged'
  | 'unfinished'
  | 'table-unsupported'
  /** Another partition lies behind it. */
  | 'in-the-way'
  | 'only-read'
  /** Not to be made anew: it can be resized where it is. */
  | 'in-place'
  | 'fixed-size'
  | 'only-grows'
  | 'only-mounted'
  | 'clusters'
  | 'fixed-inodes'
  | 'encrypted'
  | 'volume'
  | 'unknown-contents'
  | 'no-such-partition'
  | 'too-small'
  | 'same-size'
  | 'no-space'
  | 'file-too-large'
  | 'data-behind'
  | 'others-device'
  | 'held'
  | 'mounted-elsewhere'
  | 'swap-in-use'
  | 'device-read-only'
  | 'file-system-errors'
  | 'needs-choice';

export interface RefusedResize {
  readonly reason: ResizeRefusal;
  /** What it is about: for `in-the-way` the one that is; null: the whole image. */
  readonly partition: number | null;
  /** Smallest size, free space: what the sentence needs. */
  readonly bytes: string | null;
}

export type ResizeWarning =
  /** A file system is made smaller: what it holds is moved. */
  | 'moves-data'
  /** What is cut off is not known to Platter. */
  | 'cuts-unknown'
  /** Unmounted for a while. */
  | 'unmounts'
  /** The place grows, what is in it does not (encrypted). */
  | 'container-only'
  /** Nobody takes the space. */
  | 'stays-free'
  /** Swap is made anew; what was in it is lost. */
  | 'remakes-swap'
  /** An MBR cannot say more than 2 TiB of 512-byte sectors. */
  | 'table-limit';

export interface PlaceChoice {
  readonly place: ResizePlace;
  /** Null: it can be chosen. */
  readonly refusal: RefusedResize | null;
}

/** Everything a resize would do. With a `refusal` there are no steps, and `after` is what there is now. */
export interface ResizePlan {
  readonly refusal: RefusedResize | null;
  readonly direction: 'grow' | 'shrink' | 'same';
  readonly place: ResizePlace;
  readonly sizeBytes: string;
  readonly fileBytes: string;
  readonly before: ResizeLayout;
  readonly after: ResizeLayout;
  /** Partitions that get another size, an extended one included. */
  readonly partitions: readonly { readonly number: number; readonly startBytes: string; readonly sizeBytes: string }[];
  /** What the tools will make of the file system; null where none is touched. */
  readonly fileSystem: PlannedFileSystem | null;
  readonly steps: readonly ResizeStep[];
  readonly warnings: readonly ResizeWarning[];
  readonly choices: readonly PlaceChoice[];
  readonly smallestBytes: string;
  readonly largestBytes: string;
}

export interface PlannedFileSystem {
  readonly type: string;
  readonly startBytes: string;
  readonly fromBytes: string;
  readonly toBytes: string;
  readonly blockBytes: number;
  readonly how: 'offline' | 'mounted' | 'swap';
}

/** How it ended, and where the image is attached now. */
export interface ResizeOutcome {
  readonly sizeBytes: string;
  readonly fileSystemBytes: string | null;
  readonly device: Pick<LoopDevice, 'number' | 'diskseq'> | null;
}

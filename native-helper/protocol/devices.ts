/**
 * Loop devices on the wire: what a device is, and the parameters of every request about one.
 * Field names follow loop(4); sizes and offsets are bytes as decimal text.
 */
import * as v from 'valibot';
import { decimalString, loopNumber, partitionNumber } from './scalar-parsers.ts';
import type { DecimalString, InodeString, KernelText } from './scalars.ts';

/** One mount of a device or partition, as in /proc/PID/mountinfo of the helper's namespace. */
export interface Mount {
  readonly mountId: number;
  readonly mountPoint: KernelText;
  readonly fileSystemType: string;
  readonly readOnly: boolean;
}

/** A partition that the kernel knows (/sys/block/loopN/loopNpM). */
export interface Partition {
  readonly number: number;
  /** Major and minor as `259:3`. */
  readonly deviceNumber: string;
  readonly startBytes: DecimalString;
  readonly sizeBytes: DecimalString;
  readonly readOnly: boolean;
  readonly mounts: readonly Mount[];
  readonly usedAsSwap: boolean;
}

/** Who attached a device, as far as Platter's own records say. */
export type Ownership = 'own' | 'other-user' | 'unknown';

/** An attach through Platter, as its record says (DESIGN.md §4). */
export interface Attachment {
  /** The user for whom it was done. */
  readonly uid: number;
  /** Milliseconds since the epoch, by the clock of that moment; null in records of earlier versions. */
  readonly at: number | null;
}

/** Device number of the file system, inode, and device number of the file itself if it is a block device (else "0"). */
export interface FileIdentity {
  readonly device: DecimalString;
  readonly inode: InodeString;
  readonly rdevice: DecimalString;
}

/** An attached loop device. Everything but `identity` and `reference` can be read by anybody. */
export interface LoopDevice {
  readonly number: number;
  readonly diskseq: DecimalString;
  readonly sizeBytes: DecimalString;
  readonly readOnly: boolean;
  readonly autoclear: boolean;
  readonly partitionScan: boolean;
  readonly directIo: boolean;
  readonly offsetBytes: DecimalString;
  /** 0 means up to the end of the file. */
  readonly sizeLimitBytes: DecimalString;
  readonly logicalBlockSizeBytes: number;
  /** As the kernel says it: absolute path at reading time, in the attacher's mount tree (LOOP.md §2.2). Null: the kernel could not say it (longer than 4 KiB). A trailing ` (deleted)` is cut off and told in `backingFileState`. */
  readonly backingFile: KernelText | null;
  /** `deleted` by the kernel's suffix; a file really named so cannot be told apart without its identity. */
  readonly backingFileState: 'named' | 'deleted' | 'unknown';
  /** Null where only root may know it (view-only helper). */
  readonly identity: FileIdentity | null;
  /** lo_file_name, the reference name; null where only root may know it. */
  readonly reference: KernelText | null;
  readonly ownership: Ownership;
  /** Null where no record is, and of other users' devices except for root. */
  readonly attachment: Attachment | null;
  readonly partitions: readonly Partition[];
  readonly mounts: readonly Mount[];
  readonly usedAsSwap: boolean;
  /** Names of device-mapper and MD devices on top (`holders/`). */
  readonly holders: readonly string[];
}

/** All attached devices at one moment. `revision` grows with each change; newest wins. */
export interface DeviceSnapshot {
  readonly revision: number;
  readonly devices: readonly LoopDevice[];
  /** Numbers of nodes that exist without a backing file. */
  readonly unboundNumbers: readonly number[];
}

/** What notification `devices/changed` carries: a difference to the revision before. */
export interface DeviceChanges {
  readonly revision: number;
  readonly changed: readonly LoopDevice[];
  /** Numbers of devices that are no longer attached. */
  readonly removed: readonly number[];
  readonly unboundNumbers: readonly number[];
}

/** Logical block sizes: 0 is the kernel's choice; up to 4,096 everywhere, up to 65,536 since Linux 6.15 (session/features says). */
const logicalBlockSize = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff));

/** Reference name (lo_file_name): at most 63 bytes of UTF-8, no NUL (LOOP.md §1.1). */
export const referenceName = v.pipe(
  v.string(),
  v.check((text) => new TextEncoder().encode(text).byteLength <= 63 && !text.includes('\0')),
);

/** Which device, and the diskseq the caller saw: everything that changes a device carries both. */
export const deviceTarget = v.strictObject({ device: loopNumber, diskseq: decimalString });
export type DeviceTarget = v.InferOutput<typeof deviceTarget>;

export const attachParams = v.strictObject({
  readOnly: v.boolean(),
  offsetBytes: decimalString,
  sizeLimitBytes: decimalString,
  logicalBlockSizeBytes: logicalBlockSize,
  partitionScan: v.boolean(),
  /**
   * The kernel detaches the device when nobody has it open any more. The helper keeps it open until it is mounted or otherwise in use; see
   * `devices/attach`. Has no effect on a device that is given back (`reuse`).
   */
  autoclear: v.boolean(),
  directIo: v.boolean(),
  /** Null: Platter's own tag. */
  reference: v.nullable(referenceName),
  /** Take this device rather than a free one; null for any. */
  device: v.nullable(loopNumber),
  /** What to do when the very same file and range is attached: give that device back, refuse, or attach once more (allowed only when both are read-only). */
  whenAttached: v.picklist(['reuse', 'refuse', 'attach-again']),
});
export type AttachParams = v.InferOutput<typeof attachParams>;

export interface AttachResult {
  readonly device: LoopDevice;
  readonly outcome: 'attached' | 'already-attached';
  /** Why the device is read-only, null when it is writable. */
  readonly readOnlyReason: 'requested' | 'descriptor' | 'sealed' | 'existing' | 'kernel' | null;
  readonly warnings: readonly AttachWarning[];
}

/** Things that work but surprise: said, not refused. */
export type AttachWarning = 'direct-io-off' | 'last-block-partial' | 'file-deleted';

/** The two calls of the man page, for study: LOOP_SET_FD, then LOOP_SET_STATUS64 or LOOP_SET_STATUS. */
export const attachLegacyParams = v.strictObject({
  statusCall: v.picklist(['LOOP_SET_STATUS64', 'LOOP_SET_STATUS']),
  readOnly: v.boolean(),
  offsetBytes: decimalString,
  sizeLimitBytes: decimalString,
  partitionScan: v.boolean(),
  autoclear: v.boolean(),
  reference: v.nullable(referenceName),
});
export type AttachLegacyParams = v.InferOutput<typeof attachLegacyParams>;

export const detachParams = v.strictObject({
  device: loopNumber,
  diskseq: decimalString,
  /** True: when somebody keeps the device open, leave it to detach with the last of them. False: DEVICE_BUSY and nothing changed. */
  whenFree: v.boolean(),
});
export type DetachParams = v.InferOutput<typeof detachParams>;

/** `detached` is verified against the kernel; `deferred`: the kernel will detach when the last opener closes. */
export interface DetachResult {
  readonly state: 'detached' | 'deferred';
}

export const setParams = v.strictObject({
  device: loopNumber,
  diskseq: decimalString,
  changes: v.strictObject({
    autoclear: v.optional(v.boolean()),
    /** Can be switched on only (LOOP.md §0.8). */
    partitionScan: v.optional(v.boolean()),
    directIo: v.optional(v.boolean()),
    logicalBlockSizeBytes: v.optional(logicalBlockSize),
    offsetBytes: v.optional(decimalString),
    sizeLimitBytes: v.optional(decimalString),
    reference: v.optional(referenceName),
  }),
});
export type SetParams = v.InferOutput<typeof setParams>;

export const setPartitionParams = v.variant('action', [
  v.strictObject({
    action: v.literal('add'),
    device: loopNumber,
    diskseq: decimalString,
    partition: partitionNumber,
    startBytes: decimalString,
    sizeBytes: decimalString,
  }),
  v.strictObject({
    action: v.literal('resize'),
    device: loopNumber,
    diskseq: decimalString,
    partition: partitionNumber,
    sizeBytes: decimalString,
  }),
  v.strictObject({ action: v.literal('delete'), device: loopNumber, diskseq: decimalString, partition: partitionNumber }),
]);
export type SetPartitionParams = v.InferOutput<typeof setPartitionParams>;

export const changeBackingFileParams = deviceTarget;

export const nodeParams = v.strictObject({ device: loopNumber });
export const addNodeParams = v.strictObject({
  /** Null: the kernel's next free number. */
  device: v.nullable(loopNumber),
});

/** One field of a status structure as the kernel wrote it. Byte arrays as hexadecimal. */
export interface StatusField {
  readonly name: string;
  readonly value: string;
}

/** What LOOP_GET_STATUS64 and LOOP_GET_STATUS report, field by field, or the errno with which the call failed. */
export interface KernelView {
  readonly status64: readonly StatusField[] | { readonly errno: number };
  readonly status: readonly StatusField[] | { readonly errno: number };
}

/** Rate of state: see DESIGN.md §3. With `safetyRead` the helper re-reads at most every 5 s what no event announces (LOOP.md §1.5). */
export const watchParams = v.strictObject({ safetyRead: v.boolean() });

/** What the operations know of an attached device, as read from the kernel; and its form for the wire. Pure. */
import type { Attachment, FileIdentity, LoopDevice, Mount, Ownership, Partition } from '../protocol/devices.ts';
import { toDecimal, toInode, toKernelText } from '../protocol/scalars.ts';

/** Device number of the file system, inode, and the file's own device number (0 unless it is a block device). */
export interface IdentityFacts {
  readonly device: bigint;
  readonly inode: bigint;
  readonly rdevice: bigint;
}

/** The device itself. Sizes and offsets in bytes. */
export interface DeviceFacts {
  readonly number: number;
  readonly diskseq: bigint;
  readonly sizeBytes: bigint;
  readonly readOnly: boolean;
  readonly autoclear: boolean;
  readonly partitionScan: boolean;
  readonly directIo: boolean;
  readonly offsetBytes: bigint;
  readonly sizeLimitBytes: bigint;
  readonly logicalBlockSizeBytes: number;
  /** sysfs `backing_file` without its newline; null when longer than the kernel can say. */
  readonly backingFile: Uint8Array | null;
  /** Null in a helper that is not root. */
  readonly identity: IdentityFacts | null;
  /** lo_file_name up to its first NUL; null in a helper that is not root. */
  readonly reference: Uint8Array | null;
}

/** Who uses a device or partition. */
export interface UseFacts {
  readonly mounts: readonly Mount[];
  readonly usedAsSwap: boolean;
}

/** A device with everything that hangs on it, as read at one moment. */
export interface DeviceReading {
  readonly facts: DeviceFacts;
  readonly ownership: Ownership;
  readonly attachment: Attachment | null;
  readonly partitions: readonly Partition[];
  readonly holders: readonly string[];
  readonly use: UseFacts;
}

/** A reading with its form for the wire, which is made once for each change. */
export interface DeviceEntry extends DeviceReading {
  readonly wire: LoopDevice;
  /** `wire` as JSON, once it was asked for: a list of a thousand devices is written from these. */
  text: string | null;
}

/** One key for all names of one file: hard links share the inode, device nodes share the device number. */
export function identityKey(identity: IdentityFacts): string {
  return identity.rdevice === 0n ? `${identity.device}:${identity.inode}` : `block:${identity.rdevice}`;
}

const DELETED = Buffer.from(' (deleted)');

/** The path and its state. Root does not look at paths that users chose, so a name that really ends so looks deleted. */
export function splitBackingFile(bytes: Uint8Array | null): Pick<LoopDevice, 'backingFile' | 'backingFileState'> {
  if (bytes === null) return { backingFile: null, backingFileState: 'unknown' };
  const length = bytes.byteLength - DELETED.byteLength;
  const isDeleted = length > 0 && DELETED.equals(bytes.subarray(length));
  return isDeleted
    ? { backingFile: toKernelText(bytes.subarray(0, length)), backingFileState: 'deleted' }
    : { backingFile: toKernelText(bytes), backingFileState: 'named' };
}

/** lo_file_name without what follows its first NUL. */
export function trimReference(fileName: Uint8Array): Uint8Array {
  const end = fileName.indexOf(0);
  return end === -1 ? fileName : fileName.subarray(0, end);
}

function toIdentity(identity: IdentityFacts): FileIdentity {
  return { device: toDecimal(identity.device), inode: toInode(identity.inode), rdevice: toDecimal(identity.rdevice) };
}

/** The device as the window sees it. What only root can know of other people's devices stays here. */
export function toLoopDevice(entry: DeviceReading): LoopDevice {
  const { facts, ownership } = entry;
  const isOwn = ownership === 'own';
  return {
    number: facts.number,
    diskseq: toDecimal(facts.diskseq),
    sizeBytes: toDecimal(facts.sizeBytes),
    readOnly: facts.readOnly,
    autoclear: facts.autoclear,
    partitionScan: facts.partitionScan,
    directIo: facts.directIo,
    offsetBytes: toDecimal(facts.offsetBytes),
    sizeLimitBytes: toDecimal(facts.sizeLimitBytes),
    logicalBlockSizeBytes: facts.logicalBlockSizeBytes,
    ...splitBackingFile(facts.backingFile),
    identity: isOwn && facts.identity !== null ? toIdentity(facts.identity) : null,
    reference: isOwn && facts.reference !== null ? toKernelText(facts.reference) : null,
    ownership,
    attachment: isOwn ? entry.attachment : null,
    partitions: entry.partitions,
    mounts: entry.use.mounts,
    usedAsSwap: entry.use.usedAsSwap,
    holders: entry.holders,
  };
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === b || (a !== null && b !== null && Buffer.compare(a, b) === 0);
}

/** True when nothing about the device itself differs. */
export function sameFacts(a: DeviceFacts, b: DeviceFacts): boolean {
  return (
    a.diskseq === b.diskseq &&
    a.sizeBytes === b.sizeBytes &&
    a.readOnly === b.readOnly &&
    a.autoclear === b.autoclear &&
    a.partitionScan === b.partitionScan &&
    a.directIo === b.directIo &&
    a.offsetBytes === b.offsetBytes &&
    a.sizeLimitBytes === b.sizeLimitBytes &&
    a.logicalBlockSizeBytes === b.logicalBlockSizeBytes &&
    sameBytes(a.backingFile, b.backingFile) &&
    sameBytes(a.reference, b.reference) &&
    a.identity?.device === b.identity?.device &&
    a.identity?.inode === b.identity?.inode &&
    a.identity?.rdevice === b.identity?.rdevice
  );
}

/** True when two lists of wire objects say the same; almost always both are empty. */
export function sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a === b || (a.length === b.length && (a.length === 0 || JSON.stringify(a) === JSON.stringify(b)));
}

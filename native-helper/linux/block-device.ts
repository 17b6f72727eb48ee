/**
 * Opening /dev/loopN, and the ioctls that every block device has (linux/fs.h, linux/blkpg.h). Runs as root.
 * All throw SyscallError, and RangeError before any call for what does not fit.
 */
import { constants, existsSync } from 'node:fs';
import { AT_FDCWD, addressOf, call, checkInt, checkUnsigned64, close, ioctlMemory, ioctlValue, ioctlValueSleeping, openat } from './ffi.ts';
import { fileFacts } from './descriptors.ts';
import { deviceOf } from './device-numbers.ts';
import { checkLoopNumber } from './loop-control.ts';

export const BLKROGET = 0x125e;
export const BLKRRPART = 0x125f;
export const BLKSSZGET = 0x1268;
const BLKFLSBUF = 0x1261;
const BLKPG = 0x1269;
export const BLKGETSIZE64 = 0x8008_1272;
/** _IOR(0x12, 128, __u64), Linux 5.15. */
export const BLKGETDISKSEQ = 0x8008_1280;

/** Major number of loop devices, Documentation/admin-guide/devices.txt. */
const LOOP_MAJOR = 7n;

const answer = Buffer.alloc(8);

/** BLKGETSIZE64: size of the device in bytes. */
export function getSizeBytes(fd: number): bigint {
  call('BLKGETSIZE64', () => ioctlMemory(fd, BLKGETSIZE64, answer, 8));
  return answer.readBigUInt64LE(0);
}

/** BLKSSZGET: logical block size in bytes. */
export function getLogicalBlockSizeBytes(fd: number): number {
  call('BLKSSZGET', () => ioctlMemory(fd, BLKSSZGET, answer, 4));
  return answer.readInt32LE(0);
}

/** BLKROGET. */
export function isReadOnly(fd: number): boolean {
  call('BLKROGET', () => ioctlMemory(fd, BLKROGET, answer, 4));
  return answer.readInt32LE(0) !== 0;
}

/** BLKGETDISKSEQ: grows with each attach and detach, so it names one attachment (LOOP.md §2.1). */
export function getDiskseq(fd: number): bigint {
  call('BLKGETDISKSEQ', () => ioctlMemory(fd, BLKGETDISKSEQ, answer, 8));
  return answer.readBigUInt64LE(0);
}

/** BLKRRPART: reads the partition table anew. EINVAL without PARTSCAN, EBUSY while a partition is in use, EACCES without CAP_SYS_ADMIN. */
export function rereadPartitions(fd: number): void {
  call('BLKRRPART', () => ioctlValue(fd, BLKRRPART, 0));
}

/**
 * BLKFLSBUF: writes what is cached of the device and forgets what nobody uses. A device that is open keeps its cache apart from that of
 * its file, and would go on to show a partition table that was written to the file. EACCES without CAP_SYS_ADMIN.
 */
export async function flushBuffers(fd: number): Promise<void> {
  await ioctlValueSleeping('BLKFLSBUF', fd, BLKFLSBUF, 0);
}

/** Where a partition lies on its device, for BLKPG. */
export interface PartitionRange {
  /** 1 to 65,535. */
  readonly partition: number;
  /** Multiples of the logical block size; start and size together below 2^63. */
  readonly startBytes: bigint;
  readonly sizeBytes: bigint;
}

const LARGEST = 2n ** 63n - 1n;

/** BLKPG operations, linux/blkpg.h. */
const blkpgOperations = { BLKPG_ADD_PARTITION: 1, BLKPG_DEL_PARTITION: 2, BLKPG_RESIZE_PARTITION: 3 } as const;

/** Kept here so that it lives while the kernel follows the pointer to it. */
const range = Buffer.alloc(152);

/** struct blkpg_ioctl_arg (24 bytes) pointing to a struct blkpg_partition (152 bytes). */
function callBlkpg(fd: number, operation: keyof typeof blkpgOperations, { partition, startBytes, sizeBytes }: PartitionRange): void {
  if (checkInt(partition, 'a partition number') < 1 || partition > 65_535) throw new RangeError('a partition number is out of range');
  range.writeBigUInt64LE(checkUnsigned64(startBytes, 'the start of a partition', LARGEST), 0);
  range.writeBigUInt64LE(checkUnsigned64(sizeBytes, 'the size of a partition', LARGEST - startBytes), 8);
  range.writeInt32LE(partition, 16);
  const argument = Buffer.alloc(24);
  argument.writeInt32LE(blkpgOperations[operation], 0);
  argument.writeInt32LE(range.byteLength, 8);
  argument.writeBigUInt64LE(addressOf(range), 16);
  call(operation, () => ioctlMemory(fd, BLKPG, argument, argument.byteLength));
}

/** BLKPG_ADD_PARTITION: tells the kernel of a partition. EBUSY: it overlaps one, or the number is taken. */
export function addPartition(fd: number, range: PartitionRange): void {
  callBlkpg(fd, 'BLKPG_ADD_PARTITION', range);
}

/** BLKPG_RESIZE_PARTITION: `startBytes` must be the present start. Works while the partition is mounted. */
export function resizePartition(fd: number, range: PartitionRange): void {
  callBlkpg(fd, 'BLKPG_RESIZE_PARTITION', range);
}

/** BLKPG_DEL_PARTITION. ENXIO: there is none; EBUSY: in use. */
export function deletePartition(fd: number, partition: number): void {
  callBlkpg(fd, 'BLKPG_DEL_PARTITION', { partition, startBytes: 0n, sizeBytes: 0n });
}

/** True when the kernel has loop device N. Ask before opening: opening a stray node makes the device (LOOP.md §3). */
export function loopDeviceExists(number: number): boolean {
  return existsSync(`/sys/block/loop${checkLoopNumber(number)}`);
}

/**
 * Opens /dev/loopN and checks that it is block device 7:N. The caller closes it soon: an open descriptor keeps the
 * device from being detached. ENXIO: it is being detached. `exclusive` claims it: EBUSY when mounted or claimed by others.
 */
export function openLoopDevice(number: number, access: 'read' | 'write', options: { readonly exclusive?: boolean } = {}): number {
  const path = `/dev/loop${checkLoopNumber(number)}`;
  const flags =
    (access === 'write' ? constants.O_RDWR : constants.O_RDONLY) |
    (options.exclusive === true ? constants.O_EXCL : 0) |
    constants.O_NOFOLLOW |
    constants.O_NONBLOCK |
    0o2_000_000; // O_CLOEXEC, which node:fs does not name
  const fd = call(`open ${path}`, () => openat(AT_FDCWD, path, flags));
  try {
    // 0 for all that is no block device.
    if (fileFacts(fd).rdevice !== deviceOf(LOOP_MAJOR, BigInt(number))) {
      throw new Error(`${path} is not that loop device`);
    }
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

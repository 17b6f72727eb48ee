/**
 * The ioctls of /dev/loopN, one function each (LOOP.md §1). Descriptors are the caller's: nothing here opens or closes one.
 * Calls that freeze the queue or may wait for a disk run on another thread and return promises. All throw or reject with
 * SyscallError (errors by cause: LOOP.md §1.3) and with RangeError, before any call, for what does not fit.
 */
import {
  cachestat,
  call,
  checkDescriptor,
  checkUnsigned,
  ioctlMemory,
  ioctlMemorySleeping,
  ioctlValue,
  ioctlValueSleeping,
} from './ffi.ts';
import { fileFacts, fileSystemMagic, type FileFacts } from './descriptors.ts';
import {
  LOOP_CONFIG_BYTES,
  LOOP_INFO64_BYTES,
  decodeLoopInfo,
  decodeLoopInfo64,
  encodeLoopConfig,
  encodeLoopInfo,
  encodeLoopInfo64,
  loopInfoBytes,
  thisArchitecture,
  type LoopConfig,
  type LoopStatus,
  type LoopStatus64,
} from './loop-structures.ts';
import { isSlow } from './slow-files.ts';

/** Requests, linux/loop.h: bare numbers without size or direction. */
export const loopRequests = {
  LOOP_SET_FD: 0x4c00,
  LOOP_CLR_FD: 0x4c01,
  LOOP_SET_STATUS: 0x4c02,
  LOOP_GET_STATUS: 0x4c03,
  LOOP_SET_STATUS64: 0x4c04,
  LOOP_GET_STATUS64: 0x4c05,
  LOOP_CHANGE_FD: 0x4c06,
  LOOP_SET_CAPACITY: 0x4c07,
  LOOP_SET_DIRECT_IO: 0x4c08,
  LOOP_SET_BLOCK_SIZE: 0x4c09,
  LOOP_CONFIGURE: 0x4c0a,
} as const;

/** lo_flags, linux/loop.h; which call takes which: LOOP.md §1.2. */
export const loopFlags = { readOnly: 1, autoclear: 4, partitionScan: 8, directIo: 16 } as const;

/** Above this, asking how much is dirty costs more than it saves. */
const LARGEST_FILE_ASKED_BYTES = 256n * 1024n * 1024n;

/** statfs(2) magic numbers of file systems whose fsync and getattr nobody but the kernel answers: ext, XFS, btrfs, tmpfs, F2FS. */
const localFileSystems: ReadonlySet<bigint> = new Set([0xef53n, 0x5846_5342n, 0x9123_683en, 0x0102_1994n, 0xf2f5_2010n]);

/** What has been asked of a backing file already. */
export interface KnownFile extends Pick<FileFacts, 'type' | 'sizeBytes'> {
  readonly fileSystemMagic: bigint;
}

function askFile(fd: number): KnownFile {
  return { ...fileFacts(fd), fileSystemMagic: fileSystemMagic(fd) };
}

/** True when LOOP_CONFIGURE's fsync (Linux 6.15 and later) has nothing to write, so that the call cannot sleep for long. False when in doubt. */
function isKnownClean(backingFd: number, known: KnownFile | null): boolean {
  if (isSlow(backingFd)) return false;
  const { type, sizeBytes, fileSystemMagic: magic } = known ?? askFile(backingFd);
  if (!localFileSystems.has(magic) || type !== 'regular' || sizeBytes > LARGEST_FILE_ASKED_BYTES) return false;
  if (cachestat(backingFd, wholeFile, cacheState) < 0) return false;
  return cacheState.readBigUInt64LE(8) === 0n && cacheState.readBigUInt64LE(16) === 0n; // nr_dirty, nr_writeback
}

const wholeFile = Buffer.alloc(16); // struct cachestat_range: offset 0, length 0 for all of it
const cacheState = Buffer.alloc(40); // struct cachestat

/**
 * LOOP_CONFIGURE: binds a file with everything in one step. Refused by the kernel for its block size, it leaves the
 * device without uevents (LOOP.md §0.2): check the size before. Clean files of local file systems are bound without
 * another thread; a partition scan reads from the disk and goes to one. What the caller knows of the file is not asked again.
 */
export async function loopConfigure(fd: number, config: LoopConfig, known: KnownFile | null = null): Promise<void> {
  checkDescriptor(config.backingFd);
  const bytes = encodeLoopConfig(config);
  if ((config.flags & loopFlags.partitionScan) === 0 && isKnownClean(config.backingFd, known)) {
    call('LOOP_CONFIGURE', () => ioctlMemory(fd, loopRequests.LOOP_CONFIGURE, bytes, LOOP_CONFIG_BYTES));
    return;
  }
  await ioctlMemorySleeping('LOOP_CONFIGURE', fd, loopRequests.LOOP_CONFIGURE, bytes, LOOP_CONFIG_BYTES);
}

/** LOOP_SET_FD: binds a file with default settings. */
export async function loopSetFd(fd: number, backingFd: number): Promise<void> {
  await ioctlValueSleeping('LOOP_SET_FD', fd, loopRequests.LOOP_SET_FD, checkDescriptor(backingFd));
}

/** LOOP_CLR_FD: asks for detaching, which happens at the last close(2) (LOOP.md §0.3). ENXIO: not bound. */
export function loopClearFd(fd: number): void {
  call('LOOP_CLR_FD', () => ioctlValue(fd, loopRequests.LOOP_CLR_FD, 0));
}

/** LOOP_GET_STATUS64. ENXIO: not bound, or about to be detached. */
export function loopGetStatus64(fd: number): LoopStatus64 {
  const bytes = new Uint8Array(LOOP_INFO64_BYTES);
  call('LOOP_GET_STATUS64', () => ioctlMemory(fd, loopRequests.LOOP_GET_STATUS64, bytes, LOOP_INFO64_BYTES));
  return decodeLoopInfo64(bytes);
}

/** {@link loopGetStatus64} on another thread: the file system of the backing file is asked (LOOP.md §1.3), and that may be another program. */
export async function loopGetStatus64Sleeping(fd: number): Promise<LoopStatus64> {
  const bytes = new Uint8Array(LOOP_INFO64_BYTES);
  await ioctlMemorySleeping('LOOP_GET_STATUS64', fd, loopRequests.LOOP_GET_STATUS64, bytes, LOOP_INFO64_BYTES);
  return decodeLoopInfo64(bytes);
}

/** LOOP_SET_STATUS64: overwrites offset, size limit and file name, also under a mount: give back what was read (LOOP.md §0.6). */
export async function loopSetStatus64(fd: number, status: LoopStatus64): Promise<void> {
  await ioctlMemorySleeping('LOOP_SET_STATUS64', fd, loopRequests.LOOP_SET_STATUS64, encodeLoopInfo64(status), LOOP_INFO64_BYTES);
}

/** LOOP_GET_STATUS, the old form; asks the file system of the backing file too. EOVERFLOW: the offset or a number does not fit into it. */
export async function loopGetStatus(fd: number): Promise<LoopStatus> {
  const architecture = thisArchitecture();
  const bytes = new Uint8Array(loopInfoBytes(architecture));
  await ioctlMemorySleeping('LOOP_GET_STATUS', fd, loopRequests.LOOP_GET_STATUS, bytes, bytes.byteLength);
  return decodeLoopInfo(bytes, architecture);
}

/** LOOP_SET_STATUS, the old form: always resets the size limit to 0. */
export async function loopSetStatus(fd: number, status: LoopStatus): Promise<void> {
  const bytes = encodeLoopInfo(status, thisArchitecture());
  await ioctlMemorySleeping('LOOP_SET_STATUS', fd, loopRequests.LOOP_SET_STATUS, bytes, bytes.byteLength);
}

/** LOOP_CHANGE_FD: another file of the same size behind a read-only device; EINVAL otherwise, and where the kernel has it no more. */
export async function loopChangeFd(fd: number, backingFd: number): Promise<void> {
  await ioctlValueSleeping('LOOP_CHANGE_FD', fd, loopRequests.LOOP_CHANGE_FD, checkDescriptor(backingFd));
}

/** LOOP_SET_CAPACITY: takes over the file's present size, for which some kernels ask its file system. */
export async function loopSetCapacity(fd: number): Promise<void> {
  await ioctlValueSleeping('LOOP_SET_CAPACITY', fd, loopRequests.LOOP_SET_CAPACITY, 0);
}

/** LOOP_SET_DIRECT_IO. EINVAL: file, block size or offset do not allow it. */
export async function loopSetDirectIo(fd: number, on: boolean): Promise<void> {
  await ioctlValueSleeping('LOOP_SET_DIRECT_IO', fd, loopRequests.LOOP_SET_DIRECT_IO, on ? 1 : 0);
}

/** LOOP_SET_BLOCK_SIZE in bytes. EBUSY: somebody else uses the device. The kernel truncates to 32 bits; this refuses more. */
export async function loopSetBlockSize(fd: number, bytes: number): Promise<void> {
  await ioctlValueSleeping('LOOP_SET_BLOCK_SIZE', fd, loopRequests.LOOP_SET_BLOCK_SIZE, checkUnsigned(bytes, 'a block size'));
}

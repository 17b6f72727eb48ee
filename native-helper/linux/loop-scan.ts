/**
 * The fast way for root to read attached devices, for lists of hundreds: one open, four ioctls, one sysfs attribute
 * (LOOP.md §5.2: 16 µs, against 60 µs by sysfs alone). Preallocated memory, no intermediate objects.
 */
import { constants as fileConstants } from 'node:fs';
import { constants } from 'node:os';
import { BLKGETDISKSEQ, BLKGETSIZE64, BLKSSZGET } from './block-device.ts';
import { AT_FDCWD, close, ioctlMemory, lastErrno, openat } from './ffi.ts';
import { checkLoopNumber } from './loop-control.ts';
import { loopFlags, loopRequests } from './loop-device.ts';
import { LOOP_INFO64_BYTES } from './loop-structures.ts';
import { SyscallError } from './syscall-error.ts';
import { readBackingFile, type LoopAttributes } from './sysfs.ts';

/** What sysfs says, and what only root can ask. */
export interface ScannedLoopDevice extends LoopAttributes {
  /** lo_device, lo_inode, lo_rdevice: which file this is. */
  readonly device: bigint;
  readonly inode: bigint;
  readonly rdevice: bigint;
  /** lo_file_name up to its first NUL. */
  readonly reference: Uint8Array;
}

/** With O_CLOEXEC, which Node does not name. */
const OPEN_FLAGS = 0o2_000_000 | fileConstants.O_RDONLY | fileConstants.O_NONBLOCK | fileConstants.O_NOFOLLOW;

const { ENOENT, ENODEV, ENXIO } = constants.errno;

const status = Buffer.allocUnsafeSlow(LOOP_INFO64_BYTES);
const size = Buffer.allocUnsafeSlow(8);
const blockSize = Buffer.allocUnsafeSlow(8);
const diskseq = Buffer.allocUnsafeSlow(8);
const statusView = new DataView(status.buffer, status.byteOffset, LOOP_INFO64_BYTES);

/** The questions to an open device; 0, or the errno of the first that failed. */
function ask(fd: number): number {
  return ioctlMemory(fd, loopRequests.LOOP_GET_STATUS64, status, LOOP_INFO64_BYTES) < 0 ||
    ioctlMemory(fd, BLKGETSIZE64, size, 8) < 0 ||
    ioctlMemory(fd, BLKSSZGET, blockSize, 4) < 0 ||
    ioctlMemory(fd, BLKGETDISKSEQ, diskseq, 8) < 0
    ? lastErrno()
    : 0;
}

/**
 * Reads loop device N. Null: not attached, being detached, or there is none. The device must be known to exist (sysfs,
 * an event): opening a stray node would make it. What the backing file's own stat fails with is thrown as SyscallError.
 */
export function scanLoopDevice(number: number): ScannedLoopDevice | null {
  const fd = openat(AT_FDCWD, `/dev/loop${checkLoopNumber(number)}`, OPEN_FLAGS);
  if (fd < 0) {
    const errno = lastErrno();
    if (errno === ENXIO || errno === ENOENT || errno === ENODEV) return null;
    throw new SyscallError(`open /dev/loop${number}`, errno);
  }
  try {
    return scanOpenDevice(number, fd);
  } finally {
    close(fd);
  }
}

/** {@link scanLoopDevice} of a device that the caller has open. */
export function scanOpenDevice(number: number, fd: number): ScannedLoopDevice | null {
  const errno = ask(fd);
  if (errno === ENXIO) return null;
  if (errno !== 0) throw new SyscallError('LOOP_GET_STATUS64', errno);
  if (statusView.getUint32(40, true) !== number) throw new Error(`/dev/loop${number} is not that loop device`);
  const backingFile = readBackingFile(number);
  return backingFile.kind === 'unbound' ? null : assemble(number, backingFile);
}

function assemble(number: number, backingFile: ScannedLoopDevice['backingFile']): ScannedLoopDevice {
  const flags = statusView.getUint32(52, true);
  const end = status.indexOf(0, 56);
  return {
    number,
    diskseq: diskseq.readBigUInt64LE(0),
    sizeBytes: size.readBigUInt64LE(0),
    readOnly: (flags & loopFlags.readOnly) !== 0,
    autoclear: (flags & loopFlags.autoclear) !== 0,
    partitionScan: (flags & loopFlags.partitionScan) !== 0,
    directIo: (flags & loopFlags.directIo) !== 0,
    offsetBytes: statusView.getBigUint64(24, true),
    sizeLimitBytes: statusView.getBigUint64(32, true),
    logicalBlockSizeBytes: blockSize.readInt32LE(0),
    backingFile,
    device: statusView.getBigUint64(0, true),
    inode: statusView.getBigUint64(8, true),
    rdevice: statusView.getBigUint64(16, true),
    reference: new Uint8Array(status.subarray(56, end === -1 || end > 120 ? 120 : end)),
  };
}

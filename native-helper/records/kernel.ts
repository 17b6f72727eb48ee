/** The kernel's answers that records are compared with. Runs as root. */
import { openLoopDevice, getDiskseq } from '../linux/block-device.ts';
import { closeDescriptor } from '../linux/descriptors.ts';
import { loopGetStatus64 } from '../linux/loop-device.ts';
import { SyscallError } from '../linux/syscall-error.ts';
import { readDiskseq } from '../linux/sysfs.ts';
import type { AttachedFacts, RecordKernel } from './ownership.ts';

/**
 * Asks sysfs and, where that is not enough, the device itself; never one for whose file somebody else than this kernel answers (`isSlow`): no
 * helper could start while he does not.
 */
export function createRecordKernel(isSlow: (number: number) => boolean): RecordKernel {
  return { readDiskseq, readAttached: (number) => (readDiskseq(number) === null || isSlow(number) ? null : readAttached(number)) };
}

/** Null also for a device whose file system refuses to tell, or fails: what is behind it must not keep helpers from starting. */
function readAttached(number: number): AttachedFacts | null {
  try {
    return readStatus(number);
  } catch (error) {
    if (error instanceof SyscallError) return null;
    throw error;
  }
}

function readStatus(number: number): AttachedFacts {
  const fd = openLoopDevice(number, 'read');
  try {
    const status = loopGetStatus64(fd);
    return {
      diskseq: getDiskseq(fd),
      fileDevice: status.device,
      fileInode: status.inode,
      offsetBytes: status.offsetBytes,
      sizeLimitBytes: status.sizeLimitBytes,
      reference: status.fileName,
    };
  } finally {
    closeDescriptor(fd);
  }
}

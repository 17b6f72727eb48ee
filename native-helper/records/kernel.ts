/** The kernel's answers that records are compared with. Runs as root. */
import { openLoopDevice, getDiskseq } from '../linux/block-device.ts';
import { closeDescriptor } from '../linux/descriptors.ts';
import { loopGetStatus64 } from '../linux/loop-device.ts';
import { isErrno } from '../linux/syscall-error.ts';
import { readDiskseq } from '../linux/sysfs.ts';
import type { AttachedFacts, RecordKernel } from './ownership.ts';

/** Asks sysfs and, where that is not enough, the device itself. */
export const recordKernel: RecordKernel = { readDiskseq, readAttached };

function readAttached(number: number): AttachedFacts | null {
  if (readDiskseq(number) === null) return null;
  let fd: number;
  try {
    fd = openLoopDevice(number, 'read');
  } catch (error) {
    if (isErrno(error, 'ENXIO', 'ENOENT', 'ENODEV')) return null;
    throw error;
  }
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
  } catch (error) {
    if (isErrno(error, 'ENXIO')) return null;
    throw error;
  } finally {
    closeDescriptor(fd);
  }
}

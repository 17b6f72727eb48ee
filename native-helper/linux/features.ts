/** What this kernel's loop driver offers: asked where asking touches nobody's device, else known from the release. */
import { existsSync, readFileSync } from 'node:fs';
import { machine, release } from 'node:os';
import type { Features } from '../protocol/session.ts';
import { openLoopDevice } from './block-device.ts';
import { closeDescriptor } from './descriptors.ts';
import { getPageBytes, ioctlMemory, ioctlValue, lastErrno } from './ffi.ts';
import { loopRequests } from './loop-device.ts';
import { LOOP_CONFIG_BYTES, encodeLoopConfig } from './loop-structures.ts';
import { SyscallError, isErrno } from './syscall-error.ts';
import { isBound, listLoopNumbers } from './sysfs.ts';

/** True when `kernelRelease` (`6.18.44-fc`) is at least `major.minor`. Pure. */
export function isReleaseAtLeast(kernelRelease: string, major: number, minor: number): boolean {
  const match = /^(\d+)\.(\d+)/u.exec(kernelRelease);
  const [has, hasMinor] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
  return has > major || (has === major && hasMinor >= minor);
}

/**
 * Largest logical block size. Up to Linux 6.14 a page; since 6.15 65,536 bytes where the kernel has transparent huge
 * pages, else still a page (BLK_MAX_BLOCK_SIZE, linux/blkdev.h).
 */
export function largestLogicalBlockSizeBytes(kernelRelease: string, pageBytes: number, hugePages: boolean): number {
  return isReleaseAtLeast(kernelRelease, 6, 15) && hugePages ? Math.max(65_536, pageBytes) : pageBytes;
}

interface Probes {
  readonly loopConfigure: boolean;
  readonly changeBackingFile: boolean;
}

/** Both ioctls look up the backing descriptor before they touch the device: EBADF for -1 means that they exist (LOOP.md §0.10). */
function probeIoctls(fd: number): Probes {
  const config = encodeLoopConfig({
    backingFd: 0xffff_ffff,
    logicalBlockSizeBytes: 0,
    flags: 0,
    offsetBytes: 0n,
    sizeLimitBytes: 0n,
    reference: new Uint8Array(0),
  });
  const configure = ioctlMemory(fd, loopRequests.LOOP_CONFIGURE, config, LOOP_CONFIG_BYTES) < 0 ? lastErrno() : 0;
  const change = ioctlValue(fd, loopRequests.LOOP_CHANGE_FD, -1) < 0 ? lastErrno() : 0;
  return {
    loopConfigure: isErrno(new SyscallError('LOOP_CONFIGURE', configure), 'EBADF'),
    // ENXIO: kernels that look at the (unbound) device first.
    changeBackingFile: isErrno(new SyscallError('LOOP_CHANGE_FD', change), 'EBADF', 'ENXIO'),
  };
}

/** Without a device that may be opened (view-only helper, no device yet), the release tells. */
function guessProbes(kernelRelease: string): Probes {
  return { loopConfigure: isReleaseAtLeast(kernelRelease, 5, 8), changeBackingFile: !isReleaseAtLeast(kernelRelease, 7, 3) };
}

/** `ext_range` counts the whole device as one; 0 where no device exists to ask. */
function readMaximumPartitions(number: number | undefined): number {
  if (number === undefined) return 0;
  return Math.max(0, Number(readFileSync(`/sys/block/loop${number}/ext_range`, 'latin1')) - 1);
}

/** Finds out what {@link Features} says. Opens one device that is not attached, for reading, and closes it again. */
export function detectFeatures(): Features {
  const kernelRelease = release();
  const numbers = listLoopNumbers();
  const free = numbers.find((number) => !isBound(number));
  let probes = guessProbes(kernelRelease);
  if (free !== undefined) {
    try {
      const fd = openLoopDevice(free, 'read');
      try {
        probes = probeIoctls(fd);
      } finally {
        closeDescriptor(fd);
      }
    } catch (error) {
      // EACCES: not root. The others: somebody is detaching or removing that very device.
      if (!isErrno(error, 'EACCES', 'EPERM', 'ENXIO', 'ENOENT', 'ENODEV')) throw error;
    }
  }
  return {
    kernelRelease,
    machine: machine(),
    ...probes,
    directIo: isReleaseAtLeast(kernelRelease, 4, 4),
    largestLogicalBlockSizeBytes: largestLogicalBlockSizeBytes(
      kernelRelease,
      getPageBytes(),
      existsSync('/sys/kernel/mm/transparent_hugepage'),
    ),
    maximumPartitionsPerDevice: readMaximumPartitions(numbers[0]),
  };
}

/**
 * Opens the device a request names and makes sure that it is still the one the caller saw. Runs as root.
 * An open node keeps a device from being detached, so each is closed in the operation that opened it (LOOP.md §0.4); held-devices.ts has
 * the one exception.
 */
import { getDiskseq, loopDeviceExists, openLoopDevice } from '../linux/block-device.ts';
import { closeDescriptor } from '../linux/descriptors.ts';
import { loopFlags, loopGetStatus64 } from '../linux/loop-device.ts';
import type { LoopStatus64 } from '../linux/loop-structures.ts';
import { isErrno, SyscallError } from '../linux/syscall-error.ts';
import { readLoopAttributes } from '../linux/sysfs.ts';
import { HelperError } from '../protocol/errors.ts';
import { asHelperError, toHelperError } from './kernel-errors.ts';
import { askStatus } from './slow-status.ts';

/** A device number and the diskseq the caller saw. */
export interface Target {
  readonly number: number;
  readonly diskseq: bigint;
}

/** Reads the wire form of a target. */
export function toTarget(params: { readonly device: number; readonly diskseq: string }): Target {
  return { number: params.device, diskseq: BigInt(params.diskseq) };
}

/** An open device whose identity was checked. */
export interface OpenedDevice {
  readonly fd: number;
  readonly status: LoopStatus64;
}

/** Knows of which devices the status must not be asked without a time limit. */
export interface SlowDevices {
  readonly isSlow: (number: number) => boolean;
}

/** `onBusy` makes the error for an exclusive open that was refused. */
export interface OpenOptions {
  readonly exclusive?: boolean;
  readonly onBusy?: (errno: number) => HelperError;
}

/** An open device and its flags. */
export interface OpenedForDetach {
  readonly fd: number;
  readonly autoclear: boolean;
  readonly partitionScan: boolean;
}

/**
 * Opens a device and checks its diskseq, without waiting for anybody: whatever has become of its file, it can be detached. Errors: NO_SUCH_DEVICE,
 * NOT_ATTACHED, STALE_DEVICE. The caller closes `fd`.
 */
export function openTarget(devices: SlowDevices, target: Target, options: OpenOptions = {}): OpenedForDetach {
  const fd = openNode(target.number, options);
  try {
    const status = devices.isSlow(target.number) ? null : readStatusIfTold(fd);
    checkDiskseq(fd, target);
    if (status === null) return { fd, ...readSysfsFlags(target.number) };
    return { fd, autoclear: hasFlag(status, 'autoclear'), partitionScan: hasFlag(status, 'partitionScan') };
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
}

/** Null where the file system of the file fails, which has to be asked (LOOP.md §1.3). Throws NOT_ATTACHED. */
function readStatusIfTold(fd: number): LoopStatus64 | null {
  try {
    return loopGetStatus64(fd);
  } catch (error) {
    if (!(error instanceof SyscallError) || isErrno(error, 'ENXIO')) throw toHelperError(error, { ENXIO: 'NOT_ATTACHED' });
    return null;
  }
}

function readSysfsFlags(number: number): Omit<OpenedForDetach, 'fd'> {
  const attributes = readLoopAttributes(number);
  if (attributes === null) throw new HelperError('NOT_ATTACHED');
  return attributes;
}

function openNode(number: number, options: OpenOptions): number {
  // Opening a stray node would make the device (LOOP.md §3).
  if (!loopDeviceExists(number)) throw new HelperError('NO_SUCH_DEVICE');
  try {
    // Read-only: closing a writable descriptor makes udev probe the device again; CAP_SYS_ADMIN stands in for O_RDWR.
    return openLoopDevice(number, 'read', { exclusive: options.exclusive === true });
  } catch (error) {
    if (isErrno(error, 'EBUSY') && options.onBusy !== undefined) throw options.onBusy(error.errno);
    throw toHelperError(error, { ENXIO: 'NOT_ATTACHED', ENOENT: 'NO_SUCH_DEVICE', ENODEV: 'NO_SUCH_DEVICE', EBUSY: 'DEVICE_BUSY' });
  }
}

/** LOOP_GET_STATUS64 of a device that must be attached and of the diskseq the caller saw. */
function readCheckedStatus(fd: number, target: Target): LoopStatus64 {
  const status = asHelperError({ ENXIO: 'NOT_ATTACHED' }, () => loopGetStatus64(fd));
  checkDiskseq(fd, target);
  return status;
}

/** The same where it may take its time. While `fd` is open the number is that of no other device. */
async function askCheckedStatus(fd: number, target: Target): Promise<LoopStatus64> {
  checkDiskseq(fd, target);
  const status = await askStatus(target.number);
  if (status === null) throw new HelperError('NOT_ATTACHED');
  return status;
}

function checkDiskseq(fd: number, target: Target): void {
  // ENOTTY: before Linux 5.15 there is none, and no device can be told from another.
  const diskseq = asHelperError({ ENOTTY: 'UNSUPPORTED_BY_KERNEL' }, () => getDiskseq(fd));
  if (diskseq !== target.diskseq) throw new HelperError('STALE_DEVICE');
}

/**
 * Runs work on an open device whose diskseq was checked, and closes it, also when the work failed. Errors: NO_SUCH_DEVICE, NOT_ATTACHED,
 * STALE_DEVICE, IMAGE_NOT_ANSWERING.
 */
export async function withTarget<Result>(
  devices: SlowDevices,
  target: Target,
  options: OpenOptions,
  work: (device: OpenedDevice) => Promise<Result> | Result,
): Promise<Result> {
  const fd = openNode(target.number, options);
  try {
    const status = devices.isSlow(target.number) ? await askCheckedStatus(fd, target) : readCheckedStatus(fd, target);
    return await work({ fd, status });
  } finally {
    closeDescriptor(fd);
  }
}

/** True when a flag of lo_flags is set. */
export function hasFlag(status: LoopStatus64, flag: keyof typeof loopFlags): boolean {
  return (status.flags & loopFlags[flag]) !== 0;
}

/** The flags that LOOP_SET_STATUS64 takes; the others are ignored there (LOOP.md §1.2). */
export function withFlags(status: LoopStatus64, changes: { readonly autoclear?: boolean; readonly partitionScan?: true }): LoopStatus64 {
  let { flags } = status;
  if (changes.autoclear === true) flags |= loopFlags.autoclear;
  if (changes.autoclear === false) flags &= ~loopFlags.autoclear;
  if (changes.partitionScan === true) flags |= loopFlags.partitionScan;
  return { ...status, flags };
}

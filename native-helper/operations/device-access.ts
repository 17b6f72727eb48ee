/**
 * Opens the device a request names and makes sure that it is still the one the caller saw. Runs as root.
 * An open node keeps a device from being detached, so each is closed in the operation that opened it (LOOP.md §0.4); held-devices.ts has
 * the one exception.
 */
import { getDiskseq, loopDeviceExists, openLoopDevice } from '../linux/block-device.ts';
import { closeDescriptor } from '../linux/descriptors.ts';
import { loopFlags, loopGetStatus64 } from '../linux/loop-device.ts';
import type { LoopStatus64 } from '../linux/loop-structures.ts';
import { isErrno } from '../linux/syscall-error.ts';
import { HelperError } from '../protocol/errors.ts';
import { asHelperError, toHelperError } from './kernel-errors.ts';

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

/**
 * Opens a device and checks its diskseq. `onBusy` makes the error for an exclusive open that was refused. Errors: NO_SUCH_DEVICE,
 * NOT_ATTACHED, STALE_DEVICE. The caller closes `fd`.
 */
export function openTarget(target: Target, options: { exclusive?: boolean; onBusy?: (errno: number) => HelperError } = {}): OpenedDevice {
  const fd = openNode(target.number, options);
  try {
    return { fd, status: readCheckedStatus(fd, target) };
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
}

function openNode(number: number, options: { exclusive?: boolean; onBusy?: (errno: number) => HelperError }): number {
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
export function readCheckedStatus(fd: number, target: Target): LoopStatus64 {
  // ENOTTY: before Linux 5.15 there is no diskseq, and no device can be told from another.
  return asHelperError({ ENXIO: 'NOT_ATTACHED', ENOTTY: 'UNSUPPORTED_BY_KERNEL' }, () => {
    const status = loopGetStatus64(fd);
    if (getDiskseq(fd) !== target.diskseq) throw new HelperError('STALE_DEVICE');
    return status;
  });
}

/** Runs work on an open device and closes it, also when the work failed. */
export async function withTarget<Result>(
  target: Target,
  options: { exclusive?: boolean; onBusy?: (errno: number) => HelperError },
  work: (device: OpenedDevice) => Promise<Result> | Result,
): Promise<Result> {
  const device = openTarget(target, options);
  try {
    return await work(device);
  } finally {
    closeDescriptor(device.fd);
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

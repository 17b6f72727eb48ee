/** Decisions of devices/detach and devices/cancel-detach. Pure; the kernel's side is LOOP.md §0.3, §0.7 and §1.4. */
import { HelperError } from '../protocol/errors.ts';
import type { LoopDevice } from '../protocol/devices.ts';

/** All mount points of a device and its partitions, for people. */
export function mountPointsOf(device: Pick<LoopDevice, 'mounts' | 'partitions'>): readonly string[] {
  return [...device.mounts, ...device.partitions.flatMap((partition) => partition.mounts)].map((mount) => mount.mountPoint.text);
}

/** True when a mount, swap or a device on top keeps the device. Who merely has it open cannot be seen. */
export function isInUse(device: Pick<LoopDevice, 'mounts' | 'partitions' | 'usedAsSwap' | 'holders'>): boolean {
  return (
    device.usedAsSwap ||
    device.partitions.some(({ usedAsSwap }) => usedAsSwap) ||
    device.holders.length > 0 ||
    mountPointsOf(device).length > 0
  );
}

/** The error for a device that somebody claims: mounted where mounts are known, otherwise busy. */
export function busyError(device: Pick<LoopDevice, 'mounts' | 'partitions'> | null, errno?: number): HelperError {
  const mountPoints = device === null ? [] : mountPointsOf(device);
  return mountPoints.length > 0
    ? new HelperError('DEVICE_MOUNTED', { errno, detail: { mountPoints } })
    : new HelperError('DEVICE_BUSY', { errno });
}

/** What sysfs says of the device after LOOP_CLR_FD and close; null when nothing is attached. */
export interface AfterClear {
  readonly diskseq: bigint;
}

/** True once the device of that diskseq is gone, whether or not its number has been taken again. */
export function isGone(after: AfterClear | null, diskseq: bigint): boolean {
  return after === null || after.diskseq !== diskseq;
}

/**
 * What to do with a device that is still there when the time is over. A device that had AUTOCLEAR before keeps it: it would
 * go with its last user anyhow, and nobody asked to change that.
 */
export function planUnfinished(whenFree: boolean, hadAutoclear: boolean): 'leave-deferred' | 'cancel' | 'leave-as-before' {
  if (whenFree) return 'leave-deferred';
  return hadAutoclear ? 'leave-as-before' : 'cancel';
}

/** devices/rescan: BLKRRPART, the kernel reads the partition table anew. Runs as root. */
import { setTimeout as delay } from 'node:timers/promises';
import { flushBuffers, rereadPartitions } from '../linux/block-device.ts';
import { isErrno } from '../linux/syscall-error.ts';
import type { DeviceTarget, LoopDevice } from '../protocol/devices.ts';
import { HelperError } from '../protocol/errors.ts';
import { hasFlag, toTarget, withTarget } from './device-access.ts';
import { asHelperErrorLater, toHelperError } from './kernel-errors.ts';
import type { Operations } from './operations-context.ts';

/** udev and blkid open fresh partitions for some milliseconds (LOOP.md §3). */
const RETRY_MS = 300;
const PAUSE_MS = 10;

/** Errors: NO_SUCH_DEVICE, NOT_ATTACHED, STALE_DEVICE, PARTITION_SCAN_OFF, DEVICE_MOUNTED, DEVICE_BUSY. */
export async function rescan({ live }: Operations, params: DeviceTarget): Promise<LoopDevice> {
  const target = toTarget(params);
  await withTarget(live, target, {}, async ({ fd, status }) => {
    if (!hasFlag(status, 'partitionScan')) throw new HelperError('PARTITION_SCAN_OFF');
    await rereadTable(fd, (errno) => live.busy(target.number, errno));
  });
  return live.refreshAttached(target);
}

/** BLKRRPART with a little patience. `onBusy` makes the error when that was not enough. */
export async function rereadTable(fd: number, onBusy: (errno: number) => HelperError): Promise<void> {
  // The file may have another table than the cache of the device.
  await asHelperErrorLater({}, () => flushBuffers(fd));
  const deadline = performance.now() + RETRY_MS;
  for (;;) {
    try {
      rereadPartitions(fd);
      return;
    } catch (error) {
      if (!isErrno(error, 'EBUSY')) throw toHelperError(error, { EINVAL: 'PARTITION_SCAN_OFF', ENXIO: 'NOT_ATTACHED' });
      const refusal = onBusy(error.errno);
      // A mount does not go away by itself.
      if (refusal.code === 'DEVICE_MOUNTED' || performance.now() >= deadline) throw refusal;
    }
    await delay(PAUSE_MS);
  }
}

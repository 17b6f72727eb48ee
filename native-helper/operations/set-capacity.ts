/** devices/set-capacity: the device takes over the present size of its file. Runs as root. */
import { flushBuffers, getLogicalBlockSizeBytes, getSizeBytes } from '../linux/block-device.ts';
import { canReadDirectly } from '../linux/direct-read.ts';
import { loopSetCapacity } from '../linux/loop-device.ts';
import type { DeviceTarget, LoopDevice } from '../protocol/devices.ts';
import { HelperError } from '../protocol/errors.ts';
import { isInUse, mountPointsOf } from './detach-plan.ts';
import { toTarget, withTarget } from './device-access.ts';
import { asHelperErrorLater } from './kernel-errors.ts';
import type { Operations } from './operations-context.ts';

/** Errors: NO_SUCH_DEVICE, NOT_ATTACHED, STALE_DEVICE, DEVICE_TOO_SMALL. */
export async function setCapacity({ live }: Operations, params: DeviceTarget): Promise<LoopDevice> {
  const target = toTarget(params);
  await withTarget(live, target, {}, async ({ fd }) => {
    live.readMounts();
    const device = live.refresh(target.number)?.wire;
    if (device !== undefined && isInUse(device) && (await isFileShorter(target.number, fd))) {
      throw new HelperError('DEVICE_TOO_SMALL', { detail: { mountPoints: mountPointsOf(device) } });
    }
    await asHelperErrorLater({ ENXIO: 'NOT_ATTACHED' }, () => loopSetCapacity(fd));
    await asHelperErrorLater({}, () => flushBuffers(fd));
  });
  return live.refreshAttached(target);
}

/**
 * True when the file no longer holds all of the device. There is no call that says so, and root does not follow the path; but reading
 * past the end of the file fails with EIO (LOOP.md §3), so the last block is read, past the page cache. Kernels before 6.16 (and
 * 6.12.117) answer zeros instead, seen on Debian's 6.1: there it is not found out, and the device becomes shorter.
 */
async function isFileShorter(number: number, fd: number): Promise<boolean> {
  const blockBytes = getLogicalBlockSizeBytes(fd);
  const sizeBytes = getSizeBytes(fd);
  const start = ((sizeBytes - 1n) / BigInt(blockBytes)) * BigInt(blockBytes);
  // A last block that the file never filled answers EIO at any time: then the one before it tells.
  const isPartial = sizeBytes % BigInt(blockBytes) !== 0n;
  const at = isPartial ? start - BigInt(blockBytes) : start;
  return at >= 0n && !(await canReadDirectly(number, at, blockBytes));
}

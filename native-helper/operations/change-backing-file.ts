/** devices/change-backing-file: LOOP_CHANGE_FD, another file of the same size behind a read-only device. Runs as root. */
import { getDiskseq, getSizeBytes } from '../linux/block-device.ts';
import { loopChangeFd } from '../linux/loop-device.ts';
import type { DeviceTarget, LoopDevice } from '../protocol/devices.ts';
import { HelperError } from '../protocol/errors.ts';
import type { RequestContext } from '../rpc/handlers.ts';
import { attachedRanges, toIntent } from './attach.ts';
import { hasFlag, toTarget, withTarget } from './device-access.ts';
import { descriptorOf, readImage } from './image.ts';
import { asHelperErrorLater } from './kernel-errors.ts';
import type { Operations } from './operations-context.ts';
import { compareRanges, deviceBytes } from './range-plan.ts';

/** Errors: IMAGE_*, DEVICE_NOT_READ_ONLY, UNSUPPORTED_BY_KERNEL, NO_SUCH_DEVICE, NOT_ATTACHED, STALE_DEVICE. The device has a new diskseq after it. */
export async function changeBackingFile(operations: Operations, params: DeviceTarget, request: RequestContext): Promise<LoopDevice> {
  const backingFd = descriptorOf(request);
  const image = await readImage(operations, backingFd);
  const target = toTarget(params);
  if (!operations.canChangeBackingFile()) throw new HelperError('UNSUPPORTED_BY_KERNEL', { detail: { call: 'LOOP_CHANGE_FD' } });
  const diskseq = await withTarget(operations.live, target, {}, async ({ fd, status }) => {
    if (!hasFlag(status, 'readOnly')) throw new HelperError('DEVICE_NOT_READ_ONLY');
    const sizeBytes = getSizeBytes(fd);
    if (deviceBytes(status, image.sizeBytes) !== sizeBytes) {
      throw new HelperError('IMAGE_SIZE_DIFFERS', { detail: { limitBytes: (status.offsetBytes + sizeBytes).toString() } });
    }
    // A second reader of the same range would keep stale data of a writer (LOOP.md §3).
    const others = await attachedRanges(operations, image);
    const writer = others.find(
      (other) => other.number !== target.number && !other.readOnly && compareRanges(status, other, image.sizeBytes) === 'same',
    );
    if (writer !== undefined) throw new HelperError('IMAGE_OVERLAPS', { detail: { device: writer.number } });
    const record = operations.records.begin(toIntent(target.number, image, status, status.fileName));
    // Its diskseq changes, by which it is known. Until then it is open here.
    const wasHeld = operations.held.release(target);
    try {
      await asHelperErrorLater(
        { EBADF: 'IMAGE_IS_THIS_DEVICE', EINVAL: 'IMAGE_SIZE_DIFFERS', ENXIO: 'NOT_ATTACHED', EBUSY: 'DEVICE_BUSY' },
        () => loopChangeFd(fd, backingFd),
      );
    } catch (error) {
      record.abandon();
      if (wasHeld) operations.held.hold(target);
      throw error;
    }
    const newDiskseq = getDiskseq(fd);
    if (wasHeld) operations.held.hold({ number: target.number, diskseq: newDiskseq });
    record.complete(newDiskseq);
    operations.records.forget(target.diskseq);
    return newDiskseq;
  });
  return operations.live.refreshAttached({ number: target.number, diskseq });
}

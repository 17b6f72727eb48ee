/**
 * devices/detach: asks the kernel to detach and then looks whether it did; since Linux 6.11 a successful LOOP_CLR_FD says nothing (LOOP.md §0.3).
 * Runs as root.
 */
import { addPartition, deletePartition, type PartitionRange } from '../linux/block-device.ts';
import { closeDescriptor } from '../linux/descriptors.ts';
import { loopClearFd, loopSetStatus64 } from '../linux/loop-device.ts';
import { isErrno } from '../linux/syscall-error.ts';
import type { DetachParams, DetachResult } from '../protocol/devices.ts';
import { HelperError } from '../protocol/errors.ts';
import { isGone, planUnfinished } from './detach-plan.ts';
import { openTarget, toTarget, withFlags, withTarget, type OpenedForDetach, type Target } from './device-access.ts';
import { asHelperError, ignoreFailure } from './kernel-errors.ts';
import type { Operations } from './operations-context.ts';

/** Programs such as udev look at a fresh device for up to 30 ms (LOOP.md §0.3); slower ones get this long before the device counts as busy. */
const BUSY_AFTER_MS = 2000;
/** A deferred detach is an answer too, so it is given sooner. */
const DEFERRED_AFTER_MS = 250;

/** Errors: NO_SUCH_DEVICE, NOT_ATTACHED, STALE_DEVICE, DEVICE_MOUNTED, DEVICE_BUSY; then, and when the request is withdrawn, nothing has changed. */
export async function detach({ live, records, held }: Operations, params: DetachParams, signal: AbortSignal): Promise<DetachResult> {
  const target = toTarget(params);
  const opened = openForDetach(live, target, params.whenFree);
  const removed = clear(live, target, opened, params.whenFree);
  const wasHeld = held.release(target);
  const gone = (): boolean => isGone(live.readAttachment(target.number), target.diskseq);
  if (!gone()) {
    // Somebody who claims the device will not let go of it by himself.
    const capMs = !params.whenFree ? BUSY_AFTER_MS : opened.claimed ? DEFERRED_AFTER_MS : 0;
    await live.waitFor(target.number, gone, capMs, signal);
  }
  if (gone()) {
    // Also when the list was never asked for, and so nothing there knows the device.
    records.forget(target.diskseq);
    live.refresh(target.number);
    return { state: 'detached' };
  }
  const unfinished = planUnfinished(params.whenFree, opened.autoclear);
  if (unfinished !== 'leave-deferred') {
    const outcome = await takeBack(live, target, removed, unfinished === 'cancel', () => {
      if (wasHeld) held.hold(target);
    });
    live.refresh(target.number);
    if (outcome === 'taken-back') signal.throwIfAborted();
    if (outcome === 'taken-back') throw live.busy(target.number);
    if (outcome === 'not-answering') return { state: 'deferred' };
    records.forget(target.diskseq);
    return { state: 'detached' };
  }
  live.refresh(target.number);
  return { state: 'deferred' };
}

interface ClaimedDevice extends OpenedForDetach {
  /** Nobody else has it mounted or claimed. */
  readonly claimed: boolean;
}

function openForDetach(live: Operations['live'], target: Target, whenFree: boolean): ClaimedDevice {
  try {
    return { ...openTarget(live, target, { exclusive: true, onBusy: () => live.busy(target.number) }), claimed: true };
  } catch (error) {
    const isClaimed = error instanceof HelperError && (error.code === 'DEVICE_BUSY' || error.code === 'DEVICE_MOUNTED');
    if (!whenFree || !isClaimed) throw error;
    return { ...openTarget(live, target), claimed: false };
  }
}

/** LOOP_CLR_FD and close. Returns the partitions that were taken away before, and puts them back when the kernel refuses. */
function clear(live: Operations['live'], target: Target, opened: ClaimedDevice, whenFree: boolean): readonly PartitionRange[] {
  const { fd, partitionScan } = opened;
  const removed: PartitionRange[] = [];
  try {
    // Without partition scan the kernel forgets them on some versions only; on the others the next image would inherit them (LOOP.md §1.6).
    if (!partitionScan) deletePartitions(live, target, fd, whenFree, removed);
    asHelperError({ ENXIO: 'NOT_ATTACHED' }, () => loopClearFd(fd));
    return removed;
  } catch (error) {
    restorePartitions(fd, removed);
    throw error;
  } finally {
    closeDescriptor(fd);
  }
}

function deletePartitions(live: Operations['live'], target: Target, fd: number, whenFree: boolean, removed: PartitionRange[]): void {
  // Of partitions that were added this moment, the live list may not know yet.
  live.drain();
  for (const range of live.readPartitionRanges(target.number)) {
    try {
      deletePartition(fd, range.partition);
      removed.push(range);
    } catch (error) {
      if (!isErrno(error, 'EBUSY', 'ENXIO')) throw error;
      if (isErrno(error, 'EBUSY') && !whenFree) throw live.busy(target.number, error.errno);
    }
  }
}

function restorePartitions(fd: number, ranges: readonly PartitionRange[]): void {
  for (const range of ranges) ignoreFailure(() => addPartition(fd, range));
}

/**
 * Makes the device what it was before: no deferred detach, its partitions back, held by us if it was. Or it has gone meanwhile after all, or its
 * file does not answer, or only with an error: without what only that knows it stays deferred.
 */
async function takeBack(
  live: Operations['live'],
  target: Target,
  removed: readonly PartitionRange[],
  clearAutoclear: boolean,
  holdAgain: () => void,
): Promise<'taken-back' | 'gone' | 'not-answering'> {
  try {
    return await withTarget(live, target, {}, async ({ fd, status }) => {
      if (clearAutoclear) await loopSetStatus64(fd, withFlags(status, { autoclear: false }));
      restorePartitions(fd, removed);
      holdAgain();
      return 'taken-back' as const;
    });
  } catch (error) {
    const isLost = error instanceof HelperError && ['NOT_ATTACHED', 'STALE_DEVICE', 'NO_SUCH_DEVICE'].includes(error.code);
    if (isLost || isErrno(error, 'ENXIO')) return 'gone';
    if (error instanceof HelperError && ['IMAGE_NOT_ANSWERING', 'KERNEL_REFUSED'].includes(error.code)) return 'not-answering';
    throw error;
  }
}

/** nodes/add, nodes/remove, nodes/find-free: loop devices without a file behind them. Runs as root. */
import { setTimeout as delay } from 'node:timers/promises';
import { loopDeviceExists } from '../linux/block-device.ts';
import { loopControlAdd, loopControlGetFree, loopControlRemove } from '../linux/loop-control.ts';
import { isErrno } from '../linux/syscall-error.ts';
import { HelperError } from '../protocol/errors.ts';
import { asHelperError, toHelperError } from './kernel-errors.ts';
import type { Operations } from './operations-context.ts';

/** Right after a detach udev may still have the node open (LOOP.md §3, "remove"). */
const REMOVE_RETRY_MS = 1000;
const REMOVE_PAUSE_MS = 20;

/** LOOP_CTL_ADD; null for the next free number. Errors: NODE_EXISTS. */
export function addNode({ live }: Operations, params: { readonly device: number | null }): number {
  const detail = params.device === null ? undefined : { device: params.device };
  const number = asHelperError({ EEXIST: 'NODE_EXISTS', ENOSPC: 'NO_FREE_DEVICE' }, () => loopControlAdd(params.device), detail);
  live.refresh(number);
  return number;
}

/** LOOP_CTL_REMOVE. Errors: NO_SUCH_DEVICE, NODE_IN_USE. */
export async function removeNode({ live }: Operations, params: { readonly device: number }, signal: AbortSignal): Promise<null> {
  const { device } = params;
  if (!loopDeviceExists(device)) throw new HelperError('NO_SUCH_DEVICE');
  const deadline = performance.now() + REMOVE_RETRY_MS;
  for (;;) {
    try {
      await loopControlRemove(device);
      break;
    } catch (error) {
      const mayPass = isErrno(error, 'EBUSY') && live.readAttachment(device) === null && performance.now() < deadline;
      if (!mayPass) throw toHelperError(error, { EBUSY: 'NODE_IN_USE', ENODEV: 'NO_SUCH_DEVICE' });
      // Nothing announces that somebody closed an unattached node.
      await delay(REMOVE_PAUSE_MS, undefined, { signal });
    }
  }
  live.refresh(device);
  return null;
}

/** LOOP_CTL_GET_FREE. Errors: NO_FREE_DEVICE. */
export function findFreeNode({ live }: Operations): number {
  const number = asHelperError({ ENOSPC: 'NO_FREE_DEVICE', ENOMEM: 'NO_FREE_DEVICE' }, () => loopControlGetFree());
  live.refresh(number);
  return number;
}

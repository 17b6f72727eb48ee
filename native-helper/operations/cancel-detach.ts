/** devices/cancel-detach: takes back a deferred detach by clearing AUTOCLEAR (LOOP.md §0.7). Runs as root. */
import { loopSetStatus64 } from '../linux/loop-device.ts';
import type { DeviceTarget, LoopDevice } from '../protocol/devices.ts';
import { HelperError } from '../protocol/errors.ts';
import { hasFlag, toTarget, withFlags, withTarget } from './device-access.ts';
import { asHelperErrorLater } from './kernel-errors.ts';
import type { Operations } from './operations-context.ts';

/** Errors: NO_SUCH_DEVICE, NOT_ATTACHED, STALE_DEVICE, NOT_DEFERRED. */
export async function cancelDetach({ live }: Operations, params: DeviceTarget): Promise<LoopDevice> {
  const target = toTarget(params);
  await withTarget(live, target, {}, async ({ fd, status }) => {
    if (!hasFlag(status, 'autoclear')) throw new HelperError('NOT_DEFERRED');
    await asHelperErrorLater({ ENXIO: 'NOT_ATTACHED', EBUSY: 'DEVICE_BUSY' }, () =>
      loopSetStatus64(fd, withFlags(status, { autoclear: false })),
    );
  });
  return live.refreshAttached(target);
}

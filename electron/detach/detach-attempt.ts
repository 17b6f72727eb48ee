/** One try to detach: our mounts first, then the device; all or nothing. Main process, command line. */
import type { DetachParams, DetachResult, LoopDevice } from '../../native-helper/protocol/devices.ts';
import { readDevice } from '../actions/context.ts';
import { hasCode, mountAgain } from '../actions/mount.ts';
import { isHeldByOthers, unmountOwn } from '../actions/unmount.ts';
import type { HelperSession } from '../helper-session.ts';
import { mountsOf, type PlacedMount } from '../images/contents.ts';

export interface DetachedNow {
  readonly result: DetachResult;
  readonly unmounted: readonly PlacedMount[];
  /** The kernel detached the device with its last mount. */
  readonly wentByItself: boolean;
}

export interface Attempt {
  readonly session: Pick<HelperSession, 'call'>;
  readonly device: LoopDevice;
  readonly params: DetachParams;
  /** Our mounts are gone. */
  readonly onUnmounted: () => void;
}

/** Mounts that came or went just now may not be in the list yet: then it is read anew, once. */
export async function attemptDetach(attempt: Attempt): Promise<DetachedNow> {
  const { session, device, params } = attempt;
  try {
    return await tryDetach(attempt);
  } catch (error) {
    const now = hasCode(error, 'DEVICE_MOUNTED') ? await readDevice(session, params) : undefined;
    if (now === undefined || !hasOtherMounts(now, device)) throw error;
    return tryDetach({ ...attempt, device: now });
  }
}

function hasOtherMounts(now: LoopDevice, before: LoopDevice): boolean {
  const ids = (device: LoopDevice): string => JSON.stringify(mountsOf(device).map(({ mount }) => mount.mountId));
  return ids(now) !== ids(before);
}

/** When the device stays, what was unmounted of it is mounted again. */
async function tryDetach({ session, device, params, onUnmounted }: Attempt): Promise<DetachedNow> {
  const isHopeless = !params.whenFree && isHeldByOthers(device);
  const unmounted = isHopeless ? [] : await unmountOwn(session, device, { leaveBusy: params.whenFree });
  onUnmounted();
  try {
    return { result: await session.call('devices/detach', params), unmounted, wentByItself: false };
  } catch (error) {
    // An opened image goes with its last mount.
    const isGone = unmounted.length > 0 && hasCode(error, 'NOT_ATTACHED', 'STALE_DEVICE', 'NO_SUCH_DEVICE');
    if (isGone) return { result: { state: 'detached' }, unmounted, wentByItself: true };
    await mountAgain(session, device, unmounted, device.autoclear);
    throw error;
  }
}

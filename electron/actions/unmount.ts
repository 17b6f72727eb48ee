/** Unmounting what Platter mounted of a device, all or nothing. Main process. */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { mountsOf, type PlacedMount } from '../images/contents.ts';
import type { HelperSession } from '../helper-session.ts';
import { hasCode, mountAgain } from './mount.ts';

type Unmounter = Pick<HelperSession, 'call'>;

/** Where Platter mounts; anything elsewhere is not ours. */
const MEDIA_FOLDER = '/run/media/';

/** True when something keeps the device that Platter cannot take away: then nothing is worth beginning. */
export function isHeldByOthers(device: LoopDevice): boolean {
  const isSwap = device.usedAsSwap || device.partitions.some(({ usedAsSwap }) => usedAsSwap);
  return isSwap || device.holders.length > 0 || mountsOf(device).some(({ mount }) => !mount.mountPoint.text.startsWith(MEDIA_FOLDER));
}

/**
 * Unmounts our mounts of a device, the last made first; answers what was unmounted, in the order to mount it again. When one of them
 * fails, those before are mounted again and the error is thrown, with `leaveBusy` only for another reason than MOUNT_BUSY.
 */
export async function unmountOwn(
  session: Unmounter,
  device: LoopDevice,
  { leaveBusy }: { readonly leaveBusy: boolean },
): Promise<readonly PlacedMount[]> {
  const unmounted: PlacedMount[] = [];
  const { number, diskseq } = device;
  for (const placed of mountsOf(device).toSorted((a, b) => b.mount.mountId - a.mount.mountId)) {
    try {
      await session.call('mounts/unmount', { device: number, diskseq, mountId: placed.mount.mountId, lazy: false });
      unmounted.unshift(placed);
    } catch (error) {
      // Not of this helper's making: who asks to detach learns it from the kernel.
      if (hasCode(error, 'NOT_MOUNTED') || (leaveBusy && hasCode(error, 'MOUNT_BUSY'))) continue;
      await mountAgain(session, device, unmounted, device.autoclear);
      throw error;
    }
  }
  return unmounted;
}

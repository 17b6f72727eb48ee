/** Detaching: our mounts first, then the device, with the offer to take it all back. Main process. */
import type { DetachParams, DetachResult, LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { DetachOutcome } from '../ipc/methods.ts';
import { mountsOf, type PlacedMount } from '../images/contents.ts';
import { currentBackingPath, isBackingFile } from '../images/identity.ts';
import { openImage } from '../images/open-image.ts';
import { optionsOf, toFileMark, type Detached } from '../undo-offers.ts';
import { expectDevice, readDevice, type ActionContext } from './context.ts';
import { hasCode, mountAgain } from './mount.ts';
import { isHeldByOthers, unmountOwn } from './unmount.ts';

/** A file on a dead network share must not keep its device from being detached; there is no Undo then. */
const LOOK_LIMIT_MS = 2000;

export async function detachDevice(context: ActionContext, params: DetachParams): Promise<DetachOutcome> {
  await context.session.elevated();
  // Looked up only now: the view-only helper does not know the identity of the file.
  const device = expectDevice(context.store, params);
  const undo = await within(LOOK_LIMIT_MS, prepareUndo(device));
  const { result, unmounted, wentByItself } = await detachNow(context, device, params);
  const canUndo = undo !== null && result.state === 'detached';
  return {
    ...result,
    undoId: canUndo ? context.undo.add({ ...undo, mounts: unmounted, detachWhenUnmounted: wentByItself || device.autoclear }) : null,
  };
}

interface DetachedNow {
  readonly result: DetachResult;
  readonly unmounted: readonly PlacedMount[];
  /** The kernel detached the device with its last mount. */
  readonly wentByItself: boolean;
}

/** Mounts that came or went just now may not be in the list yet: then it is read anew, once. */
async function detachNow(context: ActionContext, device: LoopDevice, params: DetachParams): Promise<DetachedNow> {
  try {
    return await tryDetach(context, device, params);
  } catch (error) {
    const now = hasCode(error, 'DEVICE_MOUNTED') ? await readDevice(context.session, params) : undefined;
    if (now === undefined || !hasOtherMounts(now, device)) throw error;
    return tryDetach(context, now, params);
  }
}

function hasOtherMounts(now: LoopDevice, before: LoopDevice): boolean {
  const ids = (device: LoopDevice): string => JSON.stringify(mountsOf(device).map(({ mount }) => mount.mountId));
  return ids(now) !== ids(before);
}

/** All or nothing: when the device stays, what was unmounted of it is mounted again. */
async function tryDetach({ session }: ActionContext, device: LoopDevice, params: DetachParams): Promise<DetachedNow> {
  const isHopeless = !params.whenFree && isHeldByOthers(device);
  const unmounted = isHopeless ? [] : await unmountOwn(session, device, { leaveBusy: params.whenFree });
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

/** What an undo needs; null where the user could not attach the same file in the same way. */
async function prepareUndo(device: LoopDevice): Promise<Omit<Detached, 'mounts' | 'detachWhenUnmounted'> | null> {
  const path = await currentBackingPath(device);
  if (path === null) return null;
  try {
    const { handle, facts, writable } = await openImage(path, device.readOnly ? 'read-only' : 'read-write');
    await handle.close();
    if (!isBackingFile(device, facts) || (!device.readOnly && !writable)) return null;
    return { number: device.number, path, options: optionsOf(device), file: toFileMark(facts) };
  } catch {
    return null;
  }
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T | null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), limitMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

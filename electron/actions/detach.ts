/** Detaching: our mounts first, then the device, with the offer to take it all back. Main process. */
import type { DetachParams, DetachResult, LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { DetachOutcome } from '../ipc/methods.ts';
import type { PlacedMount } from '../images/contents.ts';
import { currentBackingPath, isBackingFile } from '../images/identity.ts';
import { openImage } from '../images/open-image.ts';
import { optionsOf, toFileMark, type Detached } from '../undo-offers.ts';
import { expectDevice, type ActionContext } from './context.ts';
import { hasCode, mountAgain } from './mount.ts';
import { isHeldByOthers, unmountOwn } from './unmount.ts';

/** A file on a dead network share must not keep its device from being detached; there is no Undo then. */
const LOOK_LIMIT_MS = 2000;

export async function detachDevice(context: ActionContext, params: DetachParams): Promise<DetachOutcome> {
  await context.session.elevated();
  // Looked up only now: the view-only helper does not know the identity of the file.
  const device = expectDevice(context.store, params);
  const undo = await within(LOOK_LIMIT_MS, prepareUndo(device));
  const { result, unmounted } = await detachNow(context, device, params);
  const canUndo = undo !== null && result.state === 'detached';
  return { ...result, undoId: canUndo ? context.undo.add({ ...undo, mounts: unmounted }) : null };
}

interface DetachedNow {
  readonly result: DetachResult;
  readonly unmounted: readonly PlacedMount[];
}

/** All or nothing: when the device stays, what was unmounted of it is mounted again. */
async function detachNow({ session }: ActionContext, device: LoopDevice, params: DetachParams): Promise<DetachedNow> {
  const isHopeless = !params.whenFree && isHeldByOthers(device);
  const unmounted = isHopeless ? [] : await unmountOwn(session, device, { leaveBusy: params.whenFree });
  try {
    return { result: await session.call('devices/detach', params), unmounted };
  } catch (error) {
    // An opened image goes with its last mount.
    const isGone = device.autoclear && unmounted.length > 0 && hasCode(error, 'NOT_ATTACHED', 'STALE_DEVICE', 'NO_SUCH_DEVICE');
    if (isGone) return { result: { state: 'detached' }, unmounted };
    await mountAgain(session, device, unmounted, device.autoclear);
    throw error;
  }
}

/** What an undo needs; null where the user could not attach the same file in the same way. */
async function prepareUndo(device: LoopDevice): Promise<Omit<Detached, 'mounts'> | null> {
  const path = await currentBackingPath(device);
  if (path === null) return null;
  try {
    const { handle, facts, writable } = await openImage(path, device.readOnly ? 'read-only' : 'read-write');
    await handle.close();
    if (!isBackingFile(device, facts) || (!device.readOnly && !writable)) return null;
    const detachWhenUnmounted = device.autoclear;
    return { number: device.number, path, options: optionsOf(device), file: toFileMark(facts), detachWhenUnmounted };
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

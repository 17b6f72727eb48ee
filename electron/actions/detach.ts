/** Detaching for a window: with the offer to take it all back, and a run that waits where the device is in use. Main process. */
import type { DeviceTarget, LoopDevice } from '../../native-helper/protocol/devices.ts';
import { isMine } from '../detach/mine.ts';
import type { DetachOutcome, RendererParams } from '../ipc/methods.ts';
import { currentBackingPath, isBackingFile } from '../images/identity.ts';
import { openImage } from '../images/open-image.ts';
import { optionsOf, toFileMark, type Detached } from '../undo-offers.ts';
import { expectDevice, type ActionContext } from './context.ts';

/** A file on a dead network share must not keep its device from being detached; there is no Undo then. */
const LOOK_LIMIT_MS = 2000;

export async function detachDevice(
  context: ActionContext,
  { wait = false, ...params }: RendererParams<'devices/detach'>,
  connection: number,
): Promise<DetachOutcome> {
  await context.session.elevated();
  // Looked up only now: the view-only helper does not know the identity of the file.
  const device = expectDevice(context.store, params);
  const undo = await within(LOOK_LIMIT_MS, prepareUndo(device));
  return context.detaches.detach({
    device,
    params,
    wait,
    connection,
    onDetached: ({ unmounted, wentByItself }, { autoclear }) =>
      undo === null ? null : context.undo.add({ ...undo, mounts: unmounted, detachWhenUnmounted: wentByItself || autoclear }),
  });
}

/** See `detaches/mine`. */
export async function listMine(context: ActionContext): Promise<readonly DeviceTarget[]> {
  await context.session.elevated();
  const isRoot = process.geteuid?.() === 0;
  return [...context.store.devices()]
    .filter((device) => isMine(device, isRoot))
    .map(({ number, diskseq }) => ({ device: number, diskseq }));
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

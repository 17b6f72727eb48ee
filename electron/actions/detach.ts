/** Detaching, with the offer to take it back. Main process. */
import type { DetachParams, LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { DetachOutcome } from '../ipc/methods.ts';
import { currentBackingPath, isBackingFile } from '../images/identity.ts';
import { openImage } from '../images/open-image.ts';
import { optionsOf, toFileMark, type Detached } from '../undo-offers.ts';
import { expectDevice, type ActionContext } from './context.ts';

/** A file on a dead network share must not keep its device from being detached; there is no Undo then. */
const LOOK_LIMIT_MS = 2000;

export async function detachDevice(context: ActionContext, params: DetachParams): Promise<DetachOutcome> {
  const helper = await context.session.elevated();
  // Looked up only now: the view-only helper does not know the identity of the file.
  const undo = await within(LOOK_LIMIT_MS, prepareUndo(expectDevice(context.store, params)));
  const result = await helper.call('devices/detach', params);
  return { ...result, undoId: undo !== null && result.state === 'detached' ? context.undo.add(undo) : null };
}

/** What an undo needs; null where the user could not attach the same file in the same way. */
async function prepareUndo(device: LoopDevice): Promise<Detached | null> {
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

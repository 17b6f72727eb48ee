/** That an image is used only while its resize is not on and was not stopped within a step. Main process and command line, as the user. */
import { constants, type BigIntStats } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { currentBackingPath, isBackingFile } from '../images/identity.ts';
import type { UnfinishedResize } from '../ipc/resize.ts';
import { AppError } from '../ipc/errors.ts';
import { isBeingChanged, whileUnchanged, withResizeLock } from './alone.ts';
import { isImageAsLeft } from './left-image.ts';
import { lookForUndo, readUndo, refuseUnfinished, toUnfinished } from './undo-file.ts';

/** Null: none that was stopped, or none that this user can see. */
export async function findUnfinished(device: LoopDevice): Promise<UnfinishedResize | null> {
  return withBackingFile(device, async (path, facts) => {
    const record = await readUndo(path, facts).catch(() => null);
    // One that is on has a record too.
    if (record === null || (await isBeingChanged(path))) return null;
    return toUnfinished(record, !(await isImageAsLeft(path, record)));
  });
}

/**
 * Throws RESIZE_RUNNING while the image of the device is being changed, RESIZE_UNFINISHED where it is within a step: what is mounted of it now
 * could be damaged. What cannot be read keeps nobody from his image.
 */
export async function refuseUnfinishedDevice(device: LoopDevice): Promise<void> {
  await withBackingFile(device, async (path, facts) => {
    if (facts.isFile() && (await isBeingChanged(path).catch(() => false))) throw new AppError('RESIZE_RUNNING');
    await refuseUnfinished(path, facts);
  });
}

/** Nobody begins to change the image as long as `work` lasts, which attaches it. Throws RESIZE_RUNNING, RESIZE_UNFINISHED. */
export async function whileUsable<T>(path: Buffer, facts: BigIntStats, work: () => Promise<T>): Promise<T> {
  if (!facts.isFile()) return work();
  // What a killed program left goes, which takes the lock of those who change the image.
  await lookForUndo(path, facts).catch(() => null);
  return whileUnchanged(path, async () => {
    await refuseUnfinished(path, facts);
    return work();
  });
}

/**
 * Nobody begins to change the image as long as `work` lasts, which gives it another name: what is saved for undoing lies beside it, and is found
 * by the name it has. Throws RESIZE_RUNNING, and RESIZE_UNFINISHED also between two steps.
 */
export async function whileMovable<T>(path: Buffer, facts: BigIntStats, work: () => Promise<T>): Promise<T> {
  if (!facts.isFile()) return work();
  await lookForUndo(path, facts).catch(() => null);
  const move = async (): Promise<T> => {
    // What belongs to another file stays where it is.
    if ((await readUndo(path, facts).catch(() => null)) !== null) throw new AppError('RESIZE_UNFINISHED');
    return work();
  };
  return (await isReadable(path)) ? withResizeLock(path, move) : move();
}

/** Who may rename a file need not be allowed to read it. */
async function isReadable(path: Buffer): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}

async function withBackingFile<T>(device: LoopDevice, work: (path: Buffer, facts: BigIntStats) => Promise<T>): Promise<T | null> {
  const path = await currentBackingPath(device);
  const facts = path === null ? null : await stat(path, { bigint: true }).catch(() => null);
  // The view-only helper does not know the identity: then the name has to do.
  if (path === null || facts === null || (device.identity !== null && !isBackingFile(device, facts))) return null;
  return work(path, facts);
}

/** A resize that was stopped, found from the device that has the image attached. Main process and command line, as the user. */
import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { currentBackingPath, isBackingFile } from '../images/identity.ts';
import type { UnfinishedResize } from '../ipc/resize.ts';
import { isBeingResized } from './alone.ts';
import { readUndo, refuseUnfinished, toUnfinished } from './undo-file.ts';

/** Null: none that was stopped, or none that this user can see. */
export async function findUnfinished(device: LoopDevice): Promise<UnfinishedResize | null> {
  return withBackingFile(device, async (path, facts) => {
    const record = await readUndo(path, facts).catch(() => null);
    // One that is on has a record too.
    return record === null || (await isBeingResized(path)) ? null : toUnfinished(record);
  });
}

/** Throws RESIZE_UNFINISHED where the image of the device is within a step: what is mounted of it now could be damaged. */
export async function refuseUnfinishedDevice(device: LoopDevice): Promise<void> {
  await withBackingFile(device, refuseUnfinished);
}

async function withBackingFile<T>(device: LoopDevice, work: (path: Buffer, facts: BigIntStats) => Promise<T>): Promise<T | null> {
  const path = await currentBackingPath(device);
  const facts = path === null ? null : await stat(path, { bigint: true }).catch(() => null);
  // The view-only helper does not know the identity: then the name has to do.
  if (path === null || facts === null || (device.identity !== null && !isBackingFile(device, facts))) return null;
  return work(path, facts);
}

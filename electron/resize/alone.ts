/** That an image is resized by one program at a time, and by none while another writes to it. Main process and command line. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { refuseOpening } from '../images/open-image.ts';
import { AppError } from '../ipc/errors.ts';
import { devicesOf } from '../ipc/holder-facts.ts';
import { isOpenForWriting, tryLock } from '../settings/system-calls.ts';
import type { HelperCall } from './device-side.ts';

const ASKED_AGAIN_AFTER_MS = 50;
const ASKED_TIMES = 20;

/** The lock is on a descriptor of its own, that neither a tool nor a loop device gets: it goes with this program, however that ends. */
export async function withResizeLock<T>(path: Buffer, work: () => Promise<T>): Promise<T> {
  const handle = await openLooking(path);
  try {
    if (!tryLock(handle.fd)) throw new AppError('RESIZE_RUNNING');
    return await work();
  } finally {
    await handle.close();
  }
}

/** True while some program of this machine resizes the image. */
export async function isBeingResized(path: Buffer): Promise<boolean> {
  const handle = await openLooking(path);
  try {
    return !tryLock(handle.fd);
  } finally {
    await handle.close();
  }
}

/**
 * Throws FILE_IN_USE where another program writes to the image: to the file of one that is not attached, or to a device of it or its
 * partitions. What is mounted is not meant: a file system is told of its new size. To be asked before the file is opened for writing here.
 */
export async function refuseOtherWriters(session: HelperCall, path: Buffer, device: LoopDevice | null): Promise<void> {
  const isWritten = device === null ? await isFileWritten(path) : await isDeviceWritten(session, device);
  if (isWritten) throw new AppError('FILE_IN_USE');
}

async function isFileWritten(path: Buffer): Promise<boolean> {
  const handle = await openLooking(path);
  try {
    // Whoever looked into it a moment ago, our own image worker too, may still be closing it.
    for (let time = 1; isOpenForWriting(handle.fd); time += 1) {
      if (time === ASKED_TIMES) return true;
      await new Promise((resolve) => void setTimeout(resolve, ASKED_AGAIN_AFTER_MS));
    }
    return false;
  } finally {
    await handle.close();
  }
}

async function isDeviceWritten(session: HelperCall, { number, diskseq }: LoopDevice): Promise<boolean> {
  const { root } = await session.call('holders/list', { device: number, diskseq, others: 'count' });
  const uses = devicesOf(root).flatMap(({ processes }) => processes.flatMap((process) => process.uses));
  return uses.some(({ kind, mode }) => kind === 'node' && mode !== 'read');
}

async function openLooking(path: Buffer) {
  return open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY).catch(refuseOpening);
}

/** That an image is resized by one program at a time, and by none while another writes to it. Main process and command line. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { HelperErrorDetail } from '../../native-helper/protocol/errors.ts';
import { findFileUsers } from '../images/file-users.ts';
import { refuseOpening } from '../images/open-image.ts';
import { AppError } from '../ipc/errors.ts';
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
 * Throws FILE_IN_USE, with who it is, where another program writes to the image: to its file, or to a device of it or its partitions.
 * IMAGE_ATTACHED where a second device has the same part of the file. What is mounted is not meant: a file system is told of its new size.
 * To be asked before the file is opened for writing here.
 */
export async function refuseOtherWriters(session: HelperCall, path: Buffer, device: LoopDevice | null): Promise<void> {
  if (device !== null) await refuseSecondDevice(session, device);
  const handle = await openLooking(path);
  try {
    const find = async (): Promise<Writers | null> => (device === null ? findFileWriters(handle.fd) : findDeviceWriters(session, device));
    // Whoever looked into it a moment ago, our own image worker too, may still be closing it.
    for (let time = 1; ; time += 1) {
      const writers = await find();
      if (writers === null) return;
      if (time === ASKED_TIMES) throw new AppError('FILE_IN_USE', { detail: await writers.tell() });
      await new Promise((resolve) => void setTimeout(resolve, ASKED_AGAIN_AFTER_MS));
    }
  } finally {
    await handle.close();
  }
}

/** There are some; who they are is asked when it has to be said. */
interface Writers {
  readonly tell: () => HelperErrorDetail | Promise<HelperErrorDetail>;
}

/** A lease finds writers of every user, and this user may know who his own are. */
function findFileWriters(fd: number): Writers | null {
  return isOpenForWriting(fd) ? { tell: async () => ({ programs: await findFileUsers(fd, 'writing') }) } : null;
}

/** The device itself has its file open, which no lease tells from a program: those are looked for by the helper. */
async function findDeviceWriters(session: HelperCall, { number, diskseq }: LoopDevice): Promise<Writers | null> {
  const { writers, hiddenWriters } = await session.call('holders/list', { device: number, diskseq, others: 'count' });
  const programs = writers.filter(({ pid }) => pid !== process.pid).map(({ pid, name }) => ({ pid, name }));
  if (programs.length === 0 && hiddenWriters === 0) return null;
  const detail = { programs, ...(hiddenWriters === 0 ? {} : { otherPrograms: hiddenWriters }) };
  return { tell: () => detail };
}

/** What it wrote would be as unseen as what a program writes. */
async function refuseSecondDevice(session: HelperCall, device: LoopDevice): Promise<void> {
  const { identity } = device;
  const { devices } = await session.call('devices/list', {});
  const second = devices.find(
    (other) =>
      other.number !== device.number &&
      identity !== null &&
      other.identity?.device === identity.device &&
      other.identity.inode === identity.inode &&
      overlaps(other, device),
  );
  if (second !== undefined) throw new AppError('IMAGE_ATTACHED', { detail: { device: second.number } });
}

type Range = Pick<LoopDevice, 'offsetBytes' | 'sizeBytes'>;
function overlaps(one: Range, other: Range): boolean {
  const endOf = ({ offsetBytes, sizeBytes }: Range): bigint => BigInt(offsetBytes) + BigInt(sizeBytes);
  return BigInt(one.offsetBytes) < endOf(other) && BigInt(other.offsetBytes) < endOf(one);
}

async function openLooking(path: Buffer) {
  return open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY).catch(refuseOpening);
}

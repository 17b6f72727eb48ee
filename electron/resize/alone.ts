/**
 * That an image is resized, repaired or relabelled by one program at a time, that nobody attaches it meanwhile, and that no other program writes
 * to it. Main process and command line.
 */
import { constants, type BigIntStats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { HelperErrorDetail } from '../../native-helper/protocol/errors.ts';
import { findFileUsers } from '../images/file-users.ts';
import { findAttachments } from '../images/identity.ts';
import { refuseOpening } from '../images/open-image.ts';
import { AppError } from '../ipc/errors.ts';
import { isOpenForWriting, lockNow, unlock, type LockKind } from '../settings/system-calls.ts';
import type { HelperCall } from './device-side.ts';

const ASKED_AGAIN_AFTER_MS = 50;
const ASKED_TIMES = 20;

/** Files that this program resizes, repairs or relabels; that is known also where files have no locks. */
const changing = new Set<string>();

/** The lock is on a descriptor of its own, that neither a tool nor a loop device gets: it goes with this program, however that ends. */
export async function withResizeLock<T>(path: Buffer, work: () => Promise<T>): Promise<T> {
  const handle = await openLooking(path);
  try {
    return await whileLocked(handle, work);
  } finally {
    await handle.close();
  }
}

/**
 * Has the lock of an open file as long as `work` lasts. No loop device may have got the descriptor: it would keep the lock. Throws
 * RESIZE_RUNNING where somebody has it, FILE_IN_USE where somebody is attaching the image.
 */
export async function whileLocked<T>(handle: FileHandle, work: () => Promise<T>): Promise<T> {
  const key = await keyOf(handle);
  if (changing.has(key)) throw new AppError('RESIZE_RUNNING');
  changing.add(key);
  try {
    if (!(await lockSoon(handle.fd, 'exclusive'))) throw await whoHasLock(handle.fd);
    return await work();
  } finally {
    unlock(handle.fd);
    changing.delete(key);
  }
}

/** Nobody begins to resize, repair or relabel the image as long as `work` lasts. Throws RESIZE_RUNNING. */
export async function whileUnchanged<T>(path: Buffer, work: () => Promise<T>): Promise<T> {
  const handle = await openLooking(path);
  try {
    const isFree = !changing.has(await keyOf(handle)) && (await lockSoon(handle.fd, 'shared'));
    if (!isFree) throw new AppError('RESIZE_RUNNING');
    return await work();
  } finally {
    await handle.close();
  }
}

/** True while some program of this machine resizes, repairs or relabels the image. */
export async function isBeingChanged(path: Buffer): Promise<boolean> {
  const handle = await openLooking(path);
  try {
    if (changing.has(await keyOf(handle)) || lockNow(handle.fd, 'shared') === 'taken') return true;
    unlock(handle.fd);
    return false;
  } finally {
    await handle.close();
  }
}

async function keyOf(handle: FileHandle): Promise<string> {
  const { dev, ino } = await handle.stat({ bigint: true });
  return `${dev}:${ino}`;
}

/** Whoever only looks has it for a moment. */
async function lockSoon(fd: number, kind: LockKind): Promise<boolean> {
  for (let time = 1; ; time += 1) {
    if (lockNow(fd, kind) !== 'taken') return true;
    if (time === ASKED_TIMES) return false;
    await soon();
  }
}

/** Those who attach it share the lock with each other. */
async function whoHasLock(fd: number): Promise<AppError> {
  if (lockNow(fd, 'shared') === 'taken') return new AppError('RESIZE_RUNNING');
  return new AppError('FILE_IN_USE', { detail: { programs: await findFileUsers(fd, 'any') } });
}

async function soon(): Promise<void> {
  await new Promise((resolve) => void setTimeout(resolve, ASKED_AGAIN_AFTER_MS));
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
    await refuseLasting(async () => (device === null ? findFileWriters(handle.fd) : findDeviceWriters(session, device)));
  } finally {
    await handle.close();
  }
}

/**
 * As {@link refuseOtherWriters}, once the file is open for writing here: no lease tells of others any more, so that writers of other users stay
 * unseen.
 */
export async function refuseLateWriters(session: HelperCall, file: FileHandle, device: LoopDevice | null): Promise<void> {
  if (device !== null) await refuseSecondDevice(session, device);
  await refuseLasting(async () => (device === null ? findKnownWriters(file.fd) : findDeviceWriters(session, device)));
}

/** Throws IMAGE_ATTACHED where a device has the file, or what `range` has of it. That one has gone may not be known the moment it goes. */
export async function refuseAttached(facts: BigIntStats, range: Range | null, devices: () => Iterable<LoopDevice>): Promise<void> {
  await refuseLasting(async () => {
    const hindering = [...devices()].filter((device) => range === null || overlaps(device, range));
    const [device] = await findAttachments(hindering, facts);
    return device === undefined ? null : () => new AppError('IMAGE_ATTACHED', { detail: { device } });
  });
}

/** There is something; what it is, is asked when it has to be said. */
type Refusal = () => AppError | Promise<AppError>;

/** Whoever looked into it a moment ago, our own image worker too, may still be closing it. */
async function refuseLasting(find: () => Promise<Refusal | null>): Promise<void> {
  for (let time = 1; ; time += 1) {
    const refusal = await find();
    if (refusal === null) return;
    if (time === ASKED_TIMES) throw await refusal();
    await soon();
  }
}

function inUse(detail: HelperErrorDetail): AppError {
  return new AppError('FILE_IN_USE', { detail });
}

/** A lease finds writers of every user, and this user may know who his own are. */
function findFileWriters(fd: number): Refusal | null {
  return isOpenForWriting(fd) ? async () => inUse({ programs: await findFileUsers(fd, 'writing') }) : null;
}

async function findKnownWriters(fd: number): Promise<Refusal | null> {
  const programs = await findFileUsers(fd, 'writing');
  return programs.length === 0 ? null : () => inUse({ programs });
}

/** The device itself has its file open, which no lease tells from a program: those are looked for by the helper. */
async function findDeviceWriters(session: HelperCall, { number, diskseq }: LoopDevice): Promise<Refusal | null> {
  const { writers, hiddenWriters } = await session.call('holders/list', { device: number, diskseq, others: 'count' });
  const programs = writers.filter(({ pid }) => pid !== process.pid).map(({ pid, name }) => ({ pid, name }));
  if (programs.length === 0 && hiddenWriters === 0) return null;
  const detail = { programs, ...(hiddenWriters === 0 ? {} : { otherPrograms: hiddenWriters }) };
  return () => inUse(detail);
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

async function openLooking(path: Buffer): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY).catch(refuseOpening);
}

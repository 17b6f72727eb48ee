/** /dev/loop-control: adding, removing and finding loop devices (LOOP.md §1). Opened for each call, never kept. */
import { call, ioctlValue, ioctlValueSleeping, openat, close, AT_FDCWD } from './ffi.ts';

/** Requests, linux/loop.h. */
const LOOP_CTL_ADD = 0x4c80;
const LOOP_CTL_REMOVE = 0x4c81;
const LOOP_CTL_GET_FREE = 0x4c82;

/** Numbers are below 2^20; the kernel answers EINVAL from there on, and takes a negative one as "any". */
const NUMBER_LIMIT = 1_048_576;

const O_RDWR_CLOEXEC = 0o2_000_002;

/** N of a loop device: a whole number from 0 to 2^20 - 1. Throws RangeError, so that no call is made with anything else. */
export function checkLoopNumber(number: number): number {
  if (!Number.isInteger(number) || number < 0 || number >= NUMBER_LIMIT) throw new RangeError('a loop device number is out of range');
  return number;
}

function openControl(): number {
  return call('open /dev/loop-control', () => openat(AT_FDCWD, '/dev/loop-control', O_RDWR_CLOEXEC));
}

function callControl(name: string, request: number, value: number): number {
  const fd = openControl();
  try {
    return call(name, () => ioctlValue(fd, request, value));
  } finally {
    close(fd);
  }
}

/** LOOP_CTL_ADD; null takes the next free number. Returns the number. EEXIST: there is one already. */
export function loopControlAdd(number: number | null): number {
  return callControl('LOOP_CTL_ADD', LOOP_CTL_ADD, number === null ? -1 : checkLoopNumber(number));
}

/** LOOP_CTL_REMOVE, about 44 ms. EBUSY: bound, or open by anyone. ENODEV: there is none. */
export async function loopControlRemove(number: number): Promise<void> {
  checkLoopNumber(number);
  const fd = openControl();
  try {
    await ioctlValueSleeping('LOOP_CTL_REMOVE', fd, LOOP_CTL_REMOVE, number);
  } finally {
    close(fd);
  }
}

/** LOOP_CTL_GET_FREE: a hint, gone as soon as somebody else attaches; makes a device when none is free. */
export function loopControlGetFree(): number {
  return callControl('LOOP_CTL_GET_FREE', LOOP_CTL_GET_FREE, 0);
}

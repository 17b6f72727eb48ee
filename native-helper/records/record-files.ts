/** The files of device records: made, read and removed while other helpers do the same. Runs as root. */
import { closeSync, constants, fstatSync, linkSync, openSync, readSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { isRunning, readStartTime } from '../linux/processes.ts';
import { isCode } from './file-errors.ts';
import { parseDeviceRecord, RECORD_BYTES, type DeviceRecord } from './record-format.ts';

/** A record that is being made: one file with a name of its own, and a second name for udev where nobody else has that. */
export interface PendingFile {
  readonly fd: number;
  /** `pending/loopN.PID.COUNT`: no other helper touches it while this one runs, whoever competes for the number. */
  readonly path: string;
  /** `pending/loopN`, the name udev looks for. Where another helper holds it, the mark is there either way. */
  readonly mark: string;
}

let pendingCount = 0;

/** The line is written before the file gets the name that others look at: what they find there is whole. */
export function createPending(folder: string, number: number, line: object): PendingFile {
  const mark = `${folder}/loop${number}`;
  const path = `${mark}.${process.pid}.${pendingCount++}`;
  const fd = createNew(path);
  try {
    writeSync(fd, `${JSON.stringify(line)}\n`);
    setMark(path, mark);
  } catch (error) {
    closeSync(fd);
    removeFile(path);
    throw error;
  }
  return { fd, path, mark };
}

function setMark(path: string, mark: string): void {
  if (linkUnlessThere(path, mark)) return;
  const record = readDeviceRecord(mark);
  if (record !== null && isRunning(record.intent)) return;
  removeFile(mark);
  linkUnlessThere(path, mark);
}

function linkUnlessThere(path: string, mark: string): boolean {
  try {
    linkSync(path, mark);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function createNew(path: string): number {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND | constants.O_NOFOLLOW;
  return openSync(path, flags, 0o600);
}

/** Takes udev's name away from a file of ours, and from no other. */
export function removeMark({ fd, mark }: PendingFile): void {
  const there = statSync(mark, { throwIfNoEntry: false });
  if (there !== undefined && there.ino === fstatSync(fd).ino) removeFile(mark);
}

/** `loopN`, the second name of a file. */
export function isMark(name: string): boolean {
  return !name.includes('.');
}

/** Nothing is in it yet, and there is a process with the number in its name. */
export function isBeingMade(name: string): boolean {
  return !isMark(name) && readStartTime(Number(name.split('.')[1])) !== null;
}

const readBuffer = Buffer.allocUnsafe(RECORD_BYTES);

export function readDeviceRecord(path: string): DeviceRecord | null {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ELOOP')) return null;
    throw error;
  }
  try {
    const length = readSync(fd, readBuffer, 0, RECORD_BYTES, 0);
    return parseDeviceRecord(readBuffer.toString('utf8', 0, length));
  } finally {
    closeSync(fd);
  }
}

export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
}

/**
 * Who attached which loop device. One record a device: made before LOOP_CONFIGURE as `pending/loopN.PID.COUNT`, with the second name
 * `pending/loopN`, renamed to `devices/DISKSEQ` after it. A diskseq is given out once per boot (LOOP.md §2.1), so a record can never be taken
 * for that of a later device of the same number, and two helpers never compete for a name. Runs as root, without locks: a user can
 * freeze his own helper at any line of this file, and nobody else may have to wait for it.
 *
 * The udev rule looks at `pending/loopN` first and at `devices/DISKSEQ` second; the first goes after the second is there.
 */
import { closeSync, constants, existsSync, openSync, readdirSync, renameSync, writeSync } from 'node:fs';
import { HelperError } from '../protocol/errors.ts';
import type { Attachment, Ownership } from '../protocol/devices.ts';
import { toDecimal, toInode } from '../protocol/scalars.ts';
import { isCode } from './file-errors.ts';
import { isRunning, readStartTime } from '../linux/processes.ts';
import { createPending, isBeingMade, isMark, readDeviceRecord, removeFile, removeMark, type PendingFile } from './record-files.ts';
import type { DeviceIntent, DeviceRecord } from './record-format.ts';
import { openStateFolders, STATE_FOLDER, type StateFolders } from './state-folder.ts';

/** Loop devices one user may have attached through Platter at a time (DESIGN.md §3); uid 0 has no limit. */
export const DEVICES_PER_USER = 256;

/** What is about to be attached where; `reference` is lo_file_name as it will be written (at most 64 bytes). */
export interface AttachIntent {
  readonly number: number;
  readonly fileDevice: bigint;
  readonly fileInode: bigint;
  readonly offsetBytes: bigint;
  readonly sizeLimitBytes: bigint;
  readonly reference: Uint8Array;
}

/** A record that was begun. Exactly one of its ends must be called; calling more does nothing. */
export interface PendingRecord {
  /** LOOP_CONFIGURE succeeded; the device now has this diskseq. */
  readonly complete: (diskseq: bigint) => void;
  /** Nothing was attached. */
  readonly abandon: () => void;
}

/** What the kernel says of an attached device, for comparison with a record that was left unfinished. */
export interface AttachedFacts {
  readonly diskseq: bigint;
  readonly fileDevice: bigint;
  readonly fileInode: bigint;
  readonly offsetBytes: bigint;
  readonly sizeLimitBytes: bigint;
  readonly reference: Uint8Array;
}

/** The two questions records ask the kernel. */
export interface RecordKernel {
  /** From sysfs; null when there is no such device. */
  readonly readDiskseq: (number: number) => bigint | null;
  /** By LOOP_GET_STATUS64; null when nothing is attached, and when that cannot be told. */
  readonly readAttached: (number: number) => AttachedFacts | null;
}

export interface OwnershipRecords {
  /** For uid 0 everything is `own`. `identity` is compared too where the caller knows it. */
  readonly ownershipOf: (
    number: number,
    diskseq: bigint,
    identity?: { readonly device: bigint; readonly inode: bigint } | null,
  ) => Ownership;
  /** Who attached it through Platter and when; null when nobody did, and for what is not the caller's. */
  readonly attachmentOf: (number: number, diskseq: bigint) => Attachment | null;
  /** Must precede LOOP_CONFIGURE, and LOOP_CHANGE_FD, which gives a new diskseq too. Errors: LIMIT_REACHED. */
  readonly begin: (intent: AttachIntent) => PendingRecord;
  /** The device of this diskseq is gone; harmless when there is no record. */
  readonly forget: (diskseq: bigint) => void;
}

/** All of it: the operations need only the life cycle, the log also needs names. */
export interface DeviceRecords extends OwnershipRecords {
  /** The user who attached a device through Platter; null when nobody did. */
  readonly ownerOf: (number: number, diskseq: bigint) => number | null;
}

export interface RecordsOptions {
  readonly uid: number;
  readonly kernel: RecordKernel;
  /** Only tests name another. */
  readonly folder?: string;
}

/** Opens the records and puts right what killed helpers left behind. Throws StateFolderRefused. */
export function createRecords(options: RecordsOptions): DeviceRecords {
  const { uid, kernel } = options;
  const folders = openStateFolders(options.folder ?? STATE_FOLDER);
  const self = { pid: process.pid, startTime: (readStartTime(process.pid) ?? 0n).toString() };
  reconcile(folders, kernel);

  /** What this process wrote itself need not be read again. */
  const completed = new Map<bigint, { readonly number: number; readonly attachment: Attachment }>();

  function begin(intent: AttachIntent): PendingRecord {
    // The device may be the one whose mark is still there.
    lateMarks.take();
    const at = Date.now();
    const file = createPending(folders.pending, intent.number, toIntentLine(uid, self, intent, at));
    const record = pendingRecord(folders, file, (diskseq) => completed.set(diskseq, { number: intent.number, attachment: { uid, at } }));
    // Counted after making ours: two helpers of one user may then both be refused, but never both admitted.
    if (uid === 0 || countDevices(folders, kernel, uid) <= DEVICES_PER_USER) return record;
    record.abandon();
    throw new HelperError('LIMIT_REACHED');
  }

  return {
    ownershipOf: (number, diskseq, identity) => {
      if (uid === 0) return 'own';
      return ownershipIn(readDeviceRecord(`${folders.devices}/${diskseq}`), uid, number, diskseq, identity ?? null);
    },
    attachmentOf: (number, diskseq) => {
      const own = completed.get(diskseq);
      if (own !== undefined) return own.number === number ? own.attachment : null;
      const path = `${folders.devices}/${diskseq}`;
      // For root this is asked of every device, and most have no record: an Error for each would cost more than reading it.
      const record = existsSync(path) ? readDeviceRecord(path) : null;
      if (record === null || record.diskseq !== diskseq || record.intent.number !== number) return null;
      const { intent } = record;
      return uid === 0 || intent.uid === uid ? { uid: intent.uid, at: intent.at ?? null } : null;
    },
    ownerOf: (number, diskseq) => {
      const record = readDeviceRecord(`${folders.devices}/${diskseq}`);
      return record !== null && record.diskseq === diskseq && record.intent.number === number ? record.intent.uid : null;
    },
    begin,
    forget: (diskseq) => {
      completed.delete(diskseq);
      const path = `${folders.devices}/${diskseq}`;
      // Often it has been forgotten already, and the Error for that would cost more than asking.
      if (existsSync(path)) removeFile(path);
    },
  };
}

/** `own` only when everything the record says agrees; a record that disagrees with the kernel gives nobody anything. */
function ownershipIn(
  record: DeviceRecord | null,
  uid: number,
  number: number,
  diskseq: bigint,
  identity: { readonly device: bigint; readonly inode: bigint } | null,
): Ownership {
  if (record === null || record.diskseq !== diskseq || record.intent.number !== number) return 'unknown';
  const { fileDevice, fileInode } = record.intent;
  if (identity !== null && (BigInt(fileDevice) !== identity.device || BigInt(fileInode) !== identity.inode)) return 'unknown';
  return record.intent.uid === uid ? 'own' : 'other-user';
}

function pendingRecord(folders: StateFolders, file: PendingFile, onComplete: (diskseq: bigint) => void): PendingRecord {
  let open = true;
  return {
    complete: (diskseq) => {
      if (!open) return;
      writeSync(file.fd, `${JSON.stringify({ diskseq: toDecimal(diskseq) })}\n`);
      renameSync(file.path, `${folders.devices}/${diskseq}`);
      open = false;
      onComplete(diskseq);
      lateMarks.add(file);
    },
    abandon: () => {
      if (!open) return;
      open = false;
      try {
        removeFile(file.path);
      } finally {
        takeMark(file);
      }
    },
  };
}

function takeMark(file: PendingFile): void {
  try {
    removeMark(file);
  } finally {
    closeSync(file.fd);
  }
}

/** Marks of complete records. udev finds the record behind its mark, so nobody has to wait for that to go: the reply comes first. */
class LateMarks {
  readonly #files = new Set<PendingFile>();

  add(file: PendingFile): void {
    this.#files.add(file);
    setImmediate(() => this.take());
  }

  take(): void {
    for (const file of this.#files) {
      this.#files.delete(file);
      try {
        takeMark(file);
      } catch {
        // The next start finds it (reconcile).
      }
    }
  }
}

const lateMarks = new LateMarks();

function toIntentLine(
  uid: number,
  self: { pid: number; startTime: string },
  intent: AttachIntent,
  at: number,
): Record<keyof DeviceIntent, unknown> {
  return {
    uid,
    pid: self.pid,
    startTime: self.startTime,
    number: intent.number,
    fileDevice: toDecimal(intent.fileDevice),
    fileInode: toInode(intent.fileInode),
    offsetBytes: toDecimal(intent.offsetBytes),
    sizeLimitBytes: toDecimal(intent.sizeLimitBytes),
    at,
    reference: referenceHex(intent.reference),
  };
}

/** What lo_file_name begins with on a device that a helper made for this user and that nobody named; a random part follows. */
export function referenceTag(uid: number): string {
  return `platter:${uid}:`;
}

/** lo_file_name is padded with zeros by the kernel, and not by those who write it. */
function referenceHex(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/(?:00)+$/u, '');
}

/** Devices attached, or being attached, for a user. Reads nothing but names while there are few records in all. */
function countDevices(folders: StateFolders, kernel: RecordKernel, uid: number): number {
  const pending = readdirSync(folders.pending).filter((name) => !isMark(name));
  const devices = readdirSync(folders.devices);
  if (pending.length + devices.length <= DEVICES_PER_USER) return pending.length + devices.length;
  const being = pending.filter((name) => readDeviceRecord(`${folders.pending}/${name}`)?.intent.uid === uid);
  const attached = devices.filter((name) => {
    const record = readDeviceRecord(`${folders.devices}/${name}`);
    return record?.intent.uid === uid && kernel.readDiskseq(record.intent.number) === record.diskseq;
  });
  return being.length + attached.length;
}

/** Makes the records agree with the kernel: it is the truth, they only say who asked for it. */
function reconcile(folders: StateFolders, kernel: RecordKernel): void {
  for (const name of readdirSync(folders.pending)) {
    const path = `${folders.pending}/${name}`;
    const record = readDeviceRecord(path);
    if (record === null ? isBeingMade(name) : isRunning(record.intent)) continue;
    const attached = record === null ? null : kernel.readAttached(record.intent.number);
    if (record !== null && attached !== null && isSame(record, attached)) adopt(folders, path, record, attached.diskseq);
    else removeFile(path);
  }
  for (const name of readdirSync(folders.devices)) {
    const path = `${folders.devices}/${name}`;
    const record = readDeviceRecord(path);
    const holds = record !== null && record.diskseq?.toString() === name && kernel.readDiskseq(record.intent.number) === record.diskseq;
    if (!holds) removeFile(path);
  }
}

/**
 * The helper was killed after LOOP_CONFIGURE and before it could say so. Only its own tag, or the diskseq that it still wrote down, proves that
 * the device is the one it made: all else, a name that a person chose included, can be made to fit what somebody else attached.
 */
function isSame({ intent, diskseq }: DeviceRecord, attached: AttachedFacts): boolean {
  return (
    (diskseq === null ? hasTag(intent) : diskseq === attached.diskseq) &&
    BigInt(intent.fileDevice) === attached.fileDevice &&
    BigInt(intent.fileInode) === attached.fileInode &&
    BigInt(intent.offsetBytes) === attached.offsetBytes &&
    BigInt(intent.sizeLimitBytes) === attached.sizeLimitBytes &&
    intent.reference === referenceHex(attached.reference)
  );
}

function hasTag({ uid, reference }: DeviceIntent): boolean {
  return Buffer.from(reference, 'hex').toString('latin1').startsWith(referenceTag(uid));
}

/** Two helpers that start at the same time may both come here: then the line is there twice, and the second finds no name to change any more. */
function adopt(folders: StateFolders, path: string, record: DeviceRecord, diskseq: bigint): void {
  try {
    // Otherwise killed between its last line and its new name: nothing is missing but that.
    if (record.diskseq === null) appendLine(path, { diskseq: toDecimal(diskseq) });
    renameSync(path, `${folders.devices}/${diskseq}`);
    // rename(2) does nothing when both are names of one file, as udev's name is.
    removeFile(path);
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
}

function appendLine(path: string, line: object): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
  try {
    writeSync(fd, `${JSON.stringify(line)}\n`);
  } finally {
    closeSync(fd);
  }
}

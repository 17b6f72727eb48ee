/**
 * What Platter mounted where for whom: nothing else is ever unmounted. One file a mount under /run/platter/mounts, begun before
 * the folder is made and completed after move_mount. Runs as root.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, readdirSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs';
import * as v from 'valibot';
import type { MountIdentity } from '../linux/mount-calls.ts';
import { decimalString } from '../protocol/scalar-parsers.ts';
import { toDecimal } from '../protocol/scalars.ts';
import { isCode } from '../records/file-errors.ts';
import { isRunning, readStartTime } from '../linux/processes.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff));
const name = v.pipe(
  v.string(),
  v.maxLength(255),
  v.check((text) => text !== '' && text !== '.' && text !== '..' && !/[/\0]/u.test(text)),
);

const intentLine = v.strictObject({
  uid: count,
  pid: count,
  startTime: decimalString,
  /** Loop device, and the partition on it (null: the whole device). */
  device: count,
  partition: v.nullable(count),
  diskseq: decimalString,
  fileSystemType: name,
  /** The user's folder under /run/media, and the folder in it that is mounted on. */
  userFolder: name,
  leaf: name,
  /** Inode of the mount namespace; versions before 0.2 did not say. */
  namespace: v.optional(decimalString),
});
const doneLine = v.strictObject({ mountId: count, uniqueMountId: v.nullable(decimalString), deviceNumber: v.string() });

/** What is going to be mounted. */
export type MountIntent = Omit<v.InferOutput<typeof intentLine>, 'uid' | 'pid' | 'startTime' | 'namespace'>;

export interface MountRecord {
  /** Name of the file. */
  readonly name: string;
  readonly intent: v.InferOutput<typeof intentLine>;
  /** Null while, or because, the work did not get so far. */
  readonly done: v.InferOutput<typeof doneLine> | null;
}

/** A record that was begun; exactly one of its ends is called. */
export interface PendingMount {
  readonly complete: (identity: MountIdentity) => void;
  readonly abandon: () => void;
}

export class MountRecords {
  readonly #folder: string;
  readonly #uid: number;
  readonly #self = {
    pid: process.pid,
    startTime: toDecimal(readStartTime(process.pid) ?? 0n),
    namespace: toDecimal(statSync('/proc/self/ns/mnt', { bigint: true }).ino),
  };

  /** `folder` is a folder of openStateFolders(). */
  constructor(folder: string, uid: number) {
    this.#folder = folder;
    this.#uid = uid;
  }

  /** All records that can be read, in no order. */
  list(): readonly MountRecord[] {
    return readdirSync(this.#folder).flatMap((file) => this.#read(file) ?? []);
  }

  begin(intent: MountIntent): PendingMount {
    const file = randomBytes(8).toString('hex');
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND | constants.O_NOFOLLOW;
    const fd = openSync(`${this.#folder}/${file}`, flags, 0o600);
    let open = true;
    const end = (act: () => void): void => {
      if (!open) return;
      open = false;
      closeSync(fd);
      act();
    };
    writeSync(fd, `${JSON.stringify({ ...intent, uid: this.#uid, ...this.#self })}\n`);
    return {
      complete: (identity) => end(() => this.complete(file, identity)),
      abandon: () => end(() => this.remove(file)),
    };
  }

  /** Adds the second line, also to a record whose helper was killed before it could. */
  complete(file: string, identity: MountIdentity): void {
    const fd = openSync(`${this.#folder}/${file}`, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
    try {
      const { mountId, uniqueMountId, deviceNumber } = identity;
      const unique = uniqueMountId === null ? null : toDecimal(uniqueMountId);
      writeSync(fd, `${JSON.stringify({ mountId, uniqueMountId: unique, deviceNumber })}\n`);
    } finally {
      closeSync(fd);
    }
  }

  remove(file: string): void {
    try {
      unlinkSync(`${this.#folder}/${file}`);
    } catch (error) {
      if (!isCode(error, 'ENOENT')) throw error;
    }
  }

  /** False for what root mounted in another mount namespace: what is there cannot be seen from here. */
  isOfNamespace({ intent }: MountRecord): boolean {
    return intent.namespace === undefined || intent.namespace === this.#self.namespace;
  }

  /** True while the helper that began the record works on it. */
  isInWork(record: MountRecord): boolean {
    return record.done === null && isRunning(record.intent);
  }

  #read(file: string): MountRecord | null {
    let text: string;
    try {
      text = readFileSync(`${this.#folder}/${file}`, { encoding: 'utf8', flag: constants.O_RDONLY | constants.O_NOFOLLOW });
    } catch (error) {
      if (isCode(error, 'ENOENT')) return null;
      throw error;
    }
    const [first = '', second = ''] = text.split('\n');
    const intent = v.safeParse(intentLine, parseLine(first));
    const done = v.safeParse(doneLine, parseLine(second));
    // One that was not even begun properly belongs to no mount: its helper was killed before it made anything.
    if (!intent.success) return null;
    return { name: file, intent: intent.output, done: done.success ? done.output : null };
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** True when an open directory is the mount of a record. */
export function isMountOf(record: MountRecord, identity: MountIdentity): boolean {
  const { done } = record;
  if (done === null || !identity.isMountRoot) return false;
  // Before Linux 6.8 a number is given out again at once: what root mounts in the same place by hand can have it, but not these restrictions,
  // unless he asks for them.
  const isOurs =
    done.uniqueMountId === null || identity.uniqueMountId === null
      ? identity.isRestricted
      : BigInt(done.uniqueMountId) === identity.uniqueMountId;
  return isOurs && done.mountId === identity.mountId && done.deviceNumber === identity.deviceNumber;
}

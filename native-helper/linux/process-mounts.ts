/** What is mounted and swapped on, from /proc, as bytes: mount points need not be UTF-8. Readable by everybody. */
import { readFileSync } from 'node:fs';
import { readPieces } from './proc-text.ts';
import { callNode } from './syscall-error.ts';

/** One line of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
export interface MountEntry {
  readonly mountId: number;
  /** The mount it lies on; 0 or its own for the topmost. */
  readonly parentId: number;
  /** Major and minor of the file system, `7:3`; btrfs shows one of its own (`0:x`), so compare `source` too (LOOP.md §2.4). */
  readonly deviceNumber: string;
  /** Path inside the file system that forms the root of this mount. */
  readonly root: Uint8Array;
  readonly mountPoint: Uint8Array;
  /** Options of this mount, such as `rw,nosuid,nodev`. */
  readonly options: string;
  readonly fileSystemType: string;
  readonly source: Uint8Array;
  /** By the mount or by the file system. */
  readonly readOnly: boolean;
}

/** Turns `\040` and its like back into bytes; anything else stays. `field` holds one byte per character (latin1). */
function unescapeField(field: string): Buffer {
  const text = field.includes('\\')
    ? field.replaceAll(/\\([0-3][0-7]{2})/gu, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    : field;
  return Buffer.from(text, 'latin1');
}

function parseMountLine(line: string): MountEntry | null {
  const fields = line.split(' ');
  const separator = fields.indexOf('-', 6);
  const [id, parent, deviceNumber, root, mountPoint, options] = fields;
  const [type, source, superOptions] = separator === -1 ? [] : fields.slice(separator + 1);
  if (
    id === undefined ||
    deviceNumber === undefined ||
    root === undefined ||
    mountPoint === undefined ||
    options === undefined ||
    type === undefined ||
    source === undefined ||
    superOptions === undefined ||
    !/^[0-9]+$/u.test(id) ||
    !/^[0-9]+:[0-9]+$/u.test(deviceNumber)
  ) {
    return null;
  }
  return {
    mountId: Number(id),
    parentId: Number(parent),
    deviceNumber,
    root: unescapeField(root),
    mountPoint: unescapeField(mountPoint),
    options,
    fileSystemType: unescapeField(type).toString('utf8'),
    source: unescapeField(source),
    readOnly: options.split(',').includes('ro') || superOptions.split(',').includes('ro'),
  };
}

/** Reads the text of a mountinfo file; lines that are not of that form are left out. Pure. */
export function parseMountInfo(bytes: Uint8Array): MountEntry[] {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1').split('\n');
  return lines.map((line) => parseMountLine(line)).filter((entry) => entry !== null);
}

/** The mounts of this process's namespace, in mount order. */
export function readMountInfo(): MountEntry[] {
  return parseMountInfo(callNode('read /proc/self/mountinfo', () => readFileSync('/proc/self/mountinfo')));
}

/** Anybody may have mount namespaces of his own, with up to 100,000 mounts in each (sysctl fs.mount-max). */
const MOST_MOUNTS = 20_000;
const MOST_MOUNTINFO_BYTES = 16 * 1024 * 1024;
const LINES_AT_A_TIME = 64;

export interface ProcessMounts {
  readonly entries: readonly MountEntry[];
  /** False: there are more. */
  readonly isWhole: boolean;
}

/** The mounts that a process sees; null when it has ended or may not be looked into. Yields where others may have their turn. */
export function* readMountsOfProcess(pid: number): Generator<undefined, ProcessMounts | null> {
  const entries: MountEntry[] = [];
  const pieces = readPieces(`/proc/${pid}/mountinfo`, MOST_MOUNTINFO_BYTES);
  try {
    for (;;) {
      const next = pieces.next();
      if (next.done === true) return next.value === 'unread' ? null : { entries, isWhole: next.value === 'whole' };
      const lines = next.value.toString('latin1').split('\n');
      for (let at = 0; at < lines.length; at += LINES_AT_A_TIME) {
        for (const line of lines.slice(at, at + LINES_AT_A_TIME)) {
          const entry = parseMountLine(line);
          if (entry === null) continue;
          if (entries.length === MOST_MOUNTS) return { entries, isWhole: false };
          entries.push(entry);
        }
        yield;
      }
    }
  } finally {
    pieces.return('cut');
  }
}

/** Reads the text of /proc/swaps: the first column of every line but the heading. Pure. */
export function parseSwaps(bytes: Uint8Array): Uint8Array[] {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1').split('\n').slice(1);
  return lines.filter((line) => /^\S/u.test(line)).map((line) => unescapeField(line.slice(0, line.search(/[ \t]/u) >>> 0)));
}

/** Paths of the devices and files used as swap. */
export function readSwaps(): Uint8Array[] {
  return parseSwaps(callNode('read /proc/swaps', () => readFileSync('/proc/swaps')));
}

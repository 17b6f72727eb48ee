/**
 * What a process has open, mapped and stands in, from /proc/PID. Never follows a link to a file, except on file systems of this
 * kernel's own: one that another program or machine answers for may never answer. All buffers are this module's, since thousands
 * of processes are looked at; so every function copies what it gives.
 */
import { constants } from 'node:os';
import { AT_FDCWD, call, close, getdents, lastErrno, openat, pidfdCall, read, readlink, statx } from './ffi.ts';
import { readPieces } from './proc-text.ts';
import { SyscallError } from './syscall-error.ts';

const O_RDONLY_CLOEXEC = 0o2_000_000;
const O_RDONLY_DIRECTORY_CLOEXEC = 0o2_200_000;
/** 0x4000 AT_STATX_DONT_SYNC, 0x800 AT_NO_AUTOMOUNT, 0x1000 AT_EMPTY_PATH; linux/fcntl.h. */
const NO_WAIT = 0x4800;
const EMPTY_PATH = 0x1000;
const SYS_PIDFD_GETFD = 438;

const link = Buffer.alloc(4096);
const directory = Buffer.alloc(32_768);
const statistics = Buffer.alloc(256);
const information = Buffer.alloc(1024);

/** Why something of a process cannot be read: it has ended (or has no such thing), or may not be looked into. */
export type Unread = 'gone' | 'denied';

function reasonOf(errno: number, what: string): Unread {
  if (errno === constants.errno.EACCES || errno === constants.errno.EPERM) return 'denied';
  if (errno === constants.errno.ENOENT || errno === constants.errno.ESRCH || errno === constants.errno.EINVAL) return 'gone';
  throw new SyscallError(what, errno);
}

/** Where a link of /proc/PID leads, one character per byte. */
export function readProcessLink(pid: number, name: string): { readonly text: string } | Unread {
  const length = readlink(`/proc/${pid}/${name}`, link);
  return length < 0 ? reasonOf(lastErrno(), 'readlink') : { text: link.toString('latin1', 0, length) };
}

/** Inode of the mount namespace; null where it may not be known. */
export function readMountNamespace(pid: number): string | null {
  const target = readProcessLink(pid, 'ns/mnt');
  return typeof target === 'string' ? null : (/^mnt:\[(\d+)\]$/u.exec(target.text)?.[1] ?? null);
}

const DOT = 0x2e;
const NAME_AT = 19; // struct linux_dirent64: u64 inode, s64 offset, u16 length, u8 type, name

/** Numbers of the open descriptors, about a thousand at a time. Returns why there are no more. */
export function* listDescriptors(pid: number): Generator<readonly number[], Unread | 'end'> {
  const folder = openat(AT_FDCWD, `/proc/${pid}/fd`, O_RDONLY_DIRECTORY_CLOEXEC);
  if (folder < 0) return reasonOf(lastErrno(), 'open fd');
  try {
    for (;;) {
      const bytes = getdents(folder, directory);
      if (bytes < 0) return reasonOf(lastErrno(), 'getdents64');
      if (bytes === 0) return 'end';
      const numbers: number[] = [];
      for (let at = 0; at < bytes; at += directory.readUInt16LE(at + 16)) {
        if (directory[at + NAME_AT] !== DOT) numbers.push(readDigits(at + NAME_AT));
      }
      yield numbers;
    }
  } finally {
    close(folder);
  }
}

function readDigits(start: number): number {
  let value = 0;
  for (let at = start; directory[at] !== 0 && directory[at] !== undefined; at += 1) value = value * 10 + (directory[at] ?? 0) - 0x30;
  return value;
}

/** What /proc/PID/fdinfo says of a descriptor (proc_pid_fdinfo(5)); the inode since Linux 5.14. */
export interface DescriptorFacts {
  readonly mode: 'read' | 'write' | 'read-write';
  readonly mountId: number;
  readonly inode: string;
}

const FACTS = /^pos:\t\d+\nflags:\t(\d+)\nmnt_id:\t(\d+)\nino:\t(\d+)\n/u;
const modes = ['read', 'write', 'read-write', 'read-write'] as const;

/** Null when it was closed, or may not be looked into. Asks no file system. */
export function readDescriptorFacts(pid: number, descriptor: number): DescriptorFacts | null {
  const file = openat(AT_FDCWD, `/proc/${pid}/fdinfo/${descriptor}`, O_RDONLY_CLOEXEC);
  if (file < 0) return null;
  const length = read(file, information, information.byteLength);
  close(file);
  const match = length < 0 ? null : FACTS.exec(information.toString('latin1', 0, length));
  if (match === null) return null;
  // O_ACCMODE, the last two bits of an octal number.
  const mode = modes[Number(match[1]?.at(-1)) & 3] ?? 'read';
  return { mode, mountId: Number(match[2]), inode: match[3] ?? '' };
}

/** Device numbers of an open file as `7:3`: of the device node itself (`0:0` for what is none), and of its file system. */
export interface FileDevices {
  readonly node: string;
  readonly fileSystem: string;
}

function toFileDevices(): FileDevices {
  const number = (at: number): string => `${statistics.readUInt32LE(at)}:${statistics.readUInt32LE(at + 4)}`;
  return { node: number(128), fileSystem: number(136) };
}

/** Through the link; only for files on file systems that answer at once. Null when it was closed. */
export function statDescriptor(pid: number, descriptor: number): FileDevices | null {
  return statx(AT_FDCWD, `/proc/${pid}/fd/${descriptor}`, NO_WAIT, 0, statistics) < 0 ? null : toFileDevices();
}

/**
 * Without following a link, so that no file system is asked: the descriptor is taken over (pidfd_getfd(2)), looked at and closed.
 * Needs CAP_SYS_PTRACE for processes of others. Null when that is not allowed, or it was closed.
 */
export function statTakenDescriptor(pidfd: number, descriptor: number): FileDevices | null {
  const taken = pidfdCall(SYS_PIDFD_GETFD, pidfd, descriptor);
  if (taken < 0) return null;
  try {
    return statx(taken, '', NO_WAIT | EMPTY_PATH, 0, statistics) < 0 ? null : toFileDevices();
  } finally {
    call('close', () => close(taken));
  }
}

/** A line of /proc/PID/maps. */
export interface MappedFile {
  /** `7:3`, the number in mountinfo also for btrfs. */
  readonly deviceNumber: string;
  readonly inode: string;
  /** Shared, and may be written: what is written there is written to the file. */
  readonly writes: boolean;
  /** One character per byte; may end in ` (deleted)`. */
  readonly path: string;
}

/** What /proc/PID/maps is searched for; made once for each list. */
export interface MapsNeedles {
  /** Each occurs in the lines wanted; few lines have one and are not wanted. */
  readonly texts: readonly Buffer[];
}

/** Needles for files of these file systems (`7:3`), nodes with names that begin so (`/dev/loop3`), and files with these inodes. */
export function mapsNeedles(deviceNumbers: readonly string[], nodes: readonly string[], inodes: readonly string[]): MapsNeedles {
  const devices = deviceNumbers.map((number) => {
    const [major = '', minor = ''] = number.split(':').map((part) => Number(part).toString(16).padStart(2, '0'));
    return ` ${major}:${minor} `;
  });
  return { texts: [...devices, ...nodes, ...inodes.map((inode) => ` ${inode} `)].map((text) => Buffer.from(text, 'latin1')) };
}

/** 65,530 mappings, the kernel's limit, of files with names of ordinary length. */
const MOST_MAPS_BYTES = 16 * 1024 * 1024;
const MOST_MAPPED_FILES = 1024;

export interface MappedFiles {
  readonly files: readonly MappedFile[];
  /** False: there is more than was looked at. */
  readonly isWhole: boolean;
}

/** Lines in which one of the needles occurs, each path once, and once more where it is written to. Yields where others may have their turn. */
export function* findMappedFiles(pid: number, needles: MapsNeedles): Generator<undefined, MappedFiles> {
  const found = new Map<string, MappedFile>();
  const pieces = readPieces(`/proc/${pid}/maps`, MOST_MAPS_BYTES);
  try {
    for (;;) {
      const next = pieces.next();
      if (next.done === true) return { files: [...found.values()], isWhole: next.value !== 'cut' };
      if (!findInPiece(next.value, needles, found)) return { files: [...found.values()], isWhole: false };
      yield;
    }
  } finally {
    pieces.return('cut');
  }
}

/** False when there are more than may be. */
function findInPiece(text: Buffer, { texts }: MapsNeedles, found: Map<string, MappedFile>): boolean {
  for (const needle of texts) {
    for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + 1)) {
      const end = text.indexOf(0x0a, at);
      const line = text.toString('latin1', text.lastIndexOf(0x0a, at) + 1, end === -1 ? text.byteLength : end);
      const mapped = parseMapsLine(line);
      if (mapped !== null) found.set(`${mapped.deviceNumber} ${mapped.writes} ${mapped.path}`, mapped);
      if (found.size > MOST_MAPPED_FILES) return false;
      if (end === -1) break;
      at = end;
    }
  }
  return true;
}

const LINE = /^[0-9a-f]+-[0-9a-f]+ .(.).(.) [0-9a-f]+ ([0-9a-f]+):([0-9a-f]+) (\d+) +(\/.*)$/u;

/** Null for memory without a file. Newlines in names are `\012` there. Pure. */
export function parseMapsLine(line: string): MappedFile | null {
  const match = LINE.exec(line);
  if (match === null) return null;
  const [, write, share, major = '', minor = '', inode = '', path = ''] = match;
  const deviceNumber = `${Number.parseInt(major, 16)}:${Number.parseInt(minor, 16)}`;
  return { deviceNumber, inode, writes: write === 'w' && share === 's', path };
}

/** Descriptors of any kind: facts about them, and making the few special ones the helper needs. All throw SyscallError. */
import { constants } from 'node:os';
import {
  call,
  checkInt,
  close,
  eventfd,
  exitProcess,
  fcntl,
  fstatfs,
  lastErrno,
  memfdCreate,
  pidfdCall,
  statx,
  syscallValues,
  write,
} from './ffi.ts';
import { deviceOf } from './device-numbers.ts';
import { SyscallError, isErrno } from './syscall-error.ts';

/** fcntl.h and linux/fcntl.h. */
const F_GETFD = 1;
const F_SETFD = 2;
const F_GETFL = 3;
const F_ADD_SEALS = 1033;
const F_GET_SEALS = 1034;
const FD_CLOEXEC = 1;
const AT_EMPTY_PATH = 0x1000;
const AT_STATX_DONT_SYNC = 0x4000;
/** linux/stat.h. */
const STATX_BASIC_STATS = 0x7ff;
const [S_IFMT, S_IFREG, S_IFBLK] = [0o170_000, 0o100_000, 0o060_000];
const EFD_CLOEXEC_NONBLOCK = 0o2_004_000;
const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
/** The same number on x86-64 and arm64. */
const SYS_PIDFD_OPEN = 434;
const SYS_PIDFD_SEND_SIGNAL = 424;

/** Seals of a memfd, linux/fcntl.h: bits of {@link getSeals}. */
export const seals = { seal: 1, shrink: 2, grow: 4, write: 8, futureWrite: 16 } as const;

/** close(2), once; EINTR counts as closed, as Linux does it. */
export function closeDescriptor(fd: number): void {
  if (close(fd) >= 0) return;
  const error = new SyscallError('close', lastErrno());
  if (!isErrno(error, 'EINTR')) throw error;
}

/** What fstat(2) says of an open file. Numbers of devices as stat(2) encodes them, sizes in bytes. */
export interface FileFacts {
  readonly type: 'regular' | 'block' | 'other';
  /** File system, the same number as lo_device. */
  readonly device: bigint;
  readonly inode: bigint;
  /** The device itself when `type` is `block`, else 0. */
  readonly rdevice: bigint;
  /** 0 for block devices: ask BLKGETSIZE64. */
  readonly sizeBytes: bigint;
  /** 0 when the file has no name any more. */
  readonly linkCount: bigint;
}

const information = Buffer.alloc(256);

/**
 * As fstat(2), but of what this kernel knows: the program or machine behind a FUSE or network file system is not asked, and so cannot hold
 * anybody up (AT_STATX_DONT_SYNC). EACCES: on a file system that keeps root out (FUSE).
 */
export function fileFacts(fd: number): FileFacts {
  call('statx', () => statx(fd, '', AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, information));
  const kind = information.readUInt16LE(28) & S_IFMT;
  const number = (at: number): bigint => deviceOf(BigInt(information.readUInt32LE(at)), BigInt(information.readUInt32LE(at + 4)));
  return {
    type: kind === S_IFREG ? 'regular' : kind === S_IFBLK ? 'block' : 'other',
    device: number(136),
    inode: information.readBigUInt64LE(32),
    rdevice: kind === S_IFBLK ? number(128) : 0n,
    sizeBytes: information.readBigUInt64LE(40),
    linkCount: BigInt(information.readUInt32LE(16)),
  };
}

/** F_GETFL: access mode and O_ flags the descriptor was opened with. */
export function getStatusFlags(fd: number): number {
  return call('F_GETFL', () => fcntl(fd, F_GETFL, 0));
}

/** F_GET_SEALS: bits of {@link seals}, or null where the file system has no seals. */
export function getSeals(fd: number): number | null {
  try {
    return call('F_GET_SEALS', () => fcntl(fd, F_GET_SEALS, 0));
  } catch (error) {
    if (isErrno(error, 'EINVAL')) return null;
    throw error;
  }
}

/** F_ADD_SEALS: bits of {@link seals}. EPERM: not allowed for this file. */
export function addSeals(fd: number, bits: number): void {
  call('F_ADD_SEALS', () => fcntl(fd, F_ADD_SEALS, bits));
}

/** f_type of fstatfs(2), linux/magic.h: 0xef53 for ext4, 0x01021994 for tmpfs and so on. */
export function fileSystemMagic(fd: number): bigint {
  call('fstatfs', () => fstatfs(fd, fileSystemInformation));
  return fileSystemInformation.readBigUInt64LE(0);
}

const fileSystemInformation = Buffer.alloc(120); // struct statfs of 64-bit Linux

/** An eventfd: readable after {@link signalEventDescriptor}. Non-blocking. */
export function createEventDescriptor(): number {
  return call('eventfd', () => eventfd(0, EFD_CLOEXEC_NONBLOCK));
}

/** write(2) as far as it goes at once; 0 also where it failed, which whoever writes the rest in another way will find out. */
export function writeNow(fd: number, bytes: Uint8Array): number {
  return Math.max(0, write(fd, bytes, bytes.byteLength));
}

const ONE = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);

/** Makes an eventfd readable. */
export function signalEventDescriptor(fd: number): void {
  call('write eventfd', () => write(fd, ONE, 8));
}

/** An anonymous file in memory with these bytes (memfd_create(2)); can be sealed. */
export function makeMemoryFile(bytes: Uint8Array, name = 'platter'): number {
  const fd = call('memfd_create', () => memfdCreate(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  try {
    for (let done = 0; done < bytes.byteLength;) {
      const rest = bytes.subarray(done);
      done += call('write', () => write(fd, rest, rest.byteLength));
    }
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** pidfd_open(2), Linux 5.3: readable when the process has ended. ESRCH: there is none. The descriptor is close-on-exec. */
export function pidfdOpen(pid: number): number {
  if (checkInt(pid, 'a process id') < 1) throw new RangeError('a process id is out of range');
  return call('pidfd_open', () => syscallValues(SYS_PIDFD_OPEN, pid, 0));
}

/** pidfd_send_signal(2), Linux 5.1: to that very process. ESRCH: it has ended; EPERM: of another user, without CAP_KILL. */
export function pidfdSendSignal(pidfd: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  call('pidfd_send_signal', () => pidfdCall(SYS_PIDFD_SEND_SIGNAL, pidfd, constants.signals[signal]));
}

/** Sets or clears FD_CLOEXEC. */
export function setCloseOnExec(fd: number, on: boolean): void {
  const flags = call('F_GETFD', () => fcntl(fd, F_GETFD, 0));
  call('F_SETFD', () => fcntl(fd, F_SETFD, on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC));
}

/** libc's _exit: ends the process at once, also while a call sleeps on another thread. */
export function exitNow(status: number): never {
  return exitProcess(status);
}

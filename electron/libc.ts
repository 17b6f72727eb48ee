/**
 * The calls of libc that Node does not have, for the programs that act with the user's rights: main process, command line, file worker, and
 * the small programs beside the image worker. Helper, image worker and the way to the helper declare their own, which nothing else needs.
 */
import { getSystemErrorMap } from 'node:util';
import koffi from 'koffi';

const libc = koffi.load('libc.so.6');

/** Commands of fcntl(2); asm-generic values, the same on x86-64 and arm64. */
export const F_SETFD = 2;
export const F_SETLEASE = 1024;
/** For F_SETLEASE. */
export const F_RDLCK = 0;
export const F_WRLCK = 1;
export const F_UNLCK = 2;
/** lseek(2). */
export const SEEK_DATA = 3;
export const SEEK_HOLE = 4;

export const lseek = libc.func('int64_t lseek64(int, int64_t, int)') as (fd: number, offset: bigint, whence: number) => number | bigint;
export const fallocate = libc.func('int fallocate64(int, int, int64_t, int64_t)') as (
  fd: number,
  mode: number,
  offset: bigint,
  length: bigint,
) => number;
export const fcntl = libc.func('int fcntl(int, int, int)') as (fd: number, command: number, argument: number) => number;
export const posixFadvise = libc.func('int posix_fadvise64(int, int64_t, int64_t, int)') as (
  fd: number,
  offset: bigint,
  length: bigint,
  advice: number,
) => number;
export const flock = libc.func('int flock(int, int)') as (fd: number, operation: number) => number;
export const renameat2 = libc.func('int renameat2(int, void *, int, void *, unsigned int)') as (
  fromFolder: number,
  from: Buffer,
  toFolder: number,
  to: Buffer,
  flags: number,
) => number;
export const prctl = libc.func('int prctl(int, unsigned long, void *, unsigned long, unsigned long)') as (
  option: number,
  argument: number,
  pointer: Buffer | null,
  a: number,
  b: number,
) => number;
export const execve = libc.func('int execve(const char *, const char **, const char **)') as (
  path: string,
  words: readonly (string | null)[],
  environment: readonly (string | null)[],
) => number;

/** Of the last call; nothing may run in between. */
export function lastErrno(): number {
  return koffi.errno();
}

/** Where a buffer lies, for structures that point to it. The caller keeps the buffer until the kernel has read it. */
export function addressOf(buffer: Buffer): bigint {
  return koffi.address(buffer);
}

/** The last failure as Node tells those of its own calls: `code` is ENOSPC and the like. */
export function callError(call: string): NodeJS.ErrnoException {
  const errno = koffi.errno();
  const [code = `errno ${errno}`, meaning = 'unknown error'] = getSystemErrorMap().get(-errno) ?? [];
  return Object.assign(new Error(`${call}: ${meaning}`), { errno: -errno, code, syscall: call });
}

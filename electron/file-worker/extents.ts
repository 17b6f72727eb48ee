/** Where a file has data, and giving back where it has none. The only file of this program that imports koffi. */
import { getSystemErrorMap } from 'node:util';
import koffi from 'koffi';

/** lseek(2). */
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
/** FALLOC_FL_KEEP_SIZE and FALLOC_FL_PUNCH_HOLE, fallocate(2). */
const PUNCH = 1 | 2;
/** F_SETLEASE and F_WRLCK, fcntl(2); asm-generic values, the same on x86-64 and arm64. */
const SET_LEASE = 1024;
const WRITE_LEASE = 1;
/** POSIX_FADV_SEQUENTIAL, posix_fadvise(2). */
const SEQUENTIAL = 2;
const ENXIO = 6;
const EAGAIN = 11;

const libc = koffi.load('libc.so.6');
const lseek = libc.func('int64_t lseek64(int, int64_t, int)') as (fd: number, offset: bigint, whence: number) => number | bigint;
const fallocate = libc.func('int fallocate64(int, int, int64_t, int64_t)') as (
  fd: number,
  mode: number,
  offset: bigint,
  length: bigint,
) => number;
const fcntl = libc.func('int fcntl(int, int, int)') as (fd: number, command: number, argument: number) => number;
const posixFadvise = libc.func('int posix_fadvise64(int, int64_t, int64_t, int)') as (
  fd: number,
  offset: bigint,
  length: bigint,
  advice: number,
) => number;

export class CallError extends Error {
  /** `ENOSPC` and the like. */
  readonly code: string;
  constructor(call: string, errno: number) {
    const [code = `errno ${errno}`, meaning = ''] = getSystemErrorMap().get(-errno) ?? [];
    super(`${call}: ${meaning}`);
    this.code = code;
  }
}

/** A piece of a file; `hole` reads as zeroes and need not be read. */
export interface Extent {
  readonly kind: 'data' | 'hole';
  readonly start: bigint;
  readonly end: bigint;
}

/** The pieces of a range, in order. Where the file system does not say, all of it is data. */
export function* extentsOf(fd: number, start: bigint, end: bigint): Generator<Extent> {
  let position = start;
  while (position < end) {
    const data = seek(fd, position, SEEK_DATA);
    // ENXIO: no data from here on. A block device knows no holes.
    const dataStart = data === 'none' ? end : data === 'unknown' ? position : smaller(data, end);
    if (dataStart > position) yield { kind: 'hole', start: position, end: dataStart };
    if (dataStart >= end) return;
    const hole = data === 'unknown' ? 'none' : seek(fd, dataStart, SEEK_HOLE);
    position = typeof hole === 'string' ? end : smaller(hole, end);
    if (position <= dataStart) throw new Error('the file changed');
    yield { kind: 'data', start: dataStart, end: position };
  }
}

function seek(fd: number, from: bigint, whence: number): bigint | 'none' | 'unknown' {
  const found = BigInt(lseek(fd, from, whence));
  if (found >= 0n) return found;
  return koffi.errno() === ENXIO ? 'none' : 'unknown';
}

function smaller(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}

/** Takes the blocks of a range away; it reads as zeroes then. Throws CallError: EOPNOTSUPP where the file system cannot. */
export function punchHole(fd: number, start: bigint, length: bigint): void {
  if (fallocate(fd, PUNCH, start, length) !== 0) throw new CallError('fallocate', koffi.errno());
}

/** The kernel reads ahead further than it does of itself. A hint: nothing depends on it. */
export function readSequentially(fd: number): void {
  posixFadvise(fd, 0n, 0n, SEQUENTIAL);
}

/**
 * Makes the kernel end this program (SIGIO) before anybody else opens the file, so that nothing is taken away under somebody's hands.
 * `in-use`: somebody has it open. `unknown`: the file system or its owner does not allow to ask.
 */
export function takeLease(fd: number): 'alone' | 'in-use' | 'unknown' {
  if (fcntl(fd, SET_LEASE, WRITE_LEASE) === 0) return 'alone';
  return koffi.errno() === EAGAIN ? 'in-use' : 'unknown';
}

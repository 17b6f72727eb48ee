/** Where a file has data, and giving back where it has none. */
import {
  F_SETLEASE,
  F_UNLCK,
  F_WRLCK,
  SEEK_DATA,
  SEEK_HOLE,
  callError,
  fallocate,
  fcntl,
  lastErrno,
  lseek,
  posixFadvise,
} from '../libc.ts';

/** FALLOC_FL_KEEP_SIZE and FALLOC_FL_PUNCH_HOLE, fallocate(2). */
const PUNCH = 1 | 2;
/** POSIX_FADV_SEQUENTIAL, posix_fadvise(2). */
const SEQUENTIAL = 2;
const ENXIO = 6;
const EAGAIN = 11;
/** Desktops look into files as they change: that is over at once, and no reason to refuse. */
const ASKED_AGAIN_AFTER_MS = 30;
const ASKED_TIMES = 10;

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
  return lastErrno() === ENXIO ? 'none' : 'unknown';
}

function smaller(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}

/** Takes the blocks of a range away; it reads as zeroes then. Throws the system's error: EOPNOTSUPP where the file system cannot. */
export function punchHole(fd: number, start: bigint, length: bigint): void {
  if (fallocate(fd, PUNCH, start, length) !== 0) throw callError('fallocate');
}

/** The kernel reads ahead further than it does of itself. A hint: nothing depends on it. */
export function readSequentially(fd: number): void {
  posixFadvise(fd, 0n, 0n, SEQUENTIAL);
}

/**
 * Makes the kernel end this program (SIGIO) before anybody else opens the file, so that nothing is taken away under somebody's hands.
 * `in-use`: somebody has it open. `unknown`: the file system or its owner does not allow to ask.
 */
export async function takeLease(fd: number): Promise<'alone' | 'in-use' | 'unknown'> {
  for (let time = 1; fcntl(fd, F_SETLEASE, F_WRLCK) !== 0; time += 1) {
    if (lastErrno() !== EAGAIN) return 'unknown';
    if (time === ASKED_TIMES) return 'in-use';
    await new Promise((resolve) => void setTimeout(resolve, ASKED_AGAIN_AFTER_MS));
  }
  return 'alone';
}

/** A lease belongs to the opened file, which others have too: it does not end with this program. */
export function giveLeaseBack(fd: number): void {
  if (fcntl(fd, F_SETLEASE, F_UNLCK) !== 0) throw callError('fcntl');
}

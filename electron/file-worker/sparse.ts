/** Gives back the blocks of a file that hold only zeroes, and copies a part of a file without them. */
import { ftruncateSync, writeSync } from 'node:fs';
import { punchHole } from './extents.ts';
import { PIECE_BYTES, readPieces, SLOTS } from './reader.ts';

/** Smallest piece that a file system gives back; that of most is no larger. */
const BLOCK_BYTES = 4096;
const zeroes = Buffer.alloc(PIECE_BYTES);

function newBuffers(): readonly Buffer[] {
  return Array.from({ length: SLOTS }, () => Buffer.alloc(PIECE_BYTES));
}

function isZero(buffer: Buffer, start: number, end: number): boolean {
  return buffer.compare(zeroes, 0, end - start, start, end) === 0;
}

/** Runs of blocks that hold only zeroes, as ranges of the buffer. */
function* zeroRuns(buffer: Buffer, length: number): Generator<readonly [number, number]> {
  if (isZero(buffer, 0, length)) {
    yield [0, length];
    return;
  }
  let begin: number | null = null;
  for (let start = 0; start < length; start += BLOCK_BYTES) {
    const zero = isZero(buffer, start, Math.min(length, start + BLOCK_BYTES));
    if (zero) begin ??= start;
    else if (begin !== null) {
      yield [begin, start];
      begin = null;
    }
  }
  if (begin !== null) yield [begin, length];
}

/** What the file says stays the same, byte for byte: only blocks of zeroes become holes. Also those that were reserved and never written. */
export async function punchZeroes(fd: number, sizeBytes: bigint, onProgress: (bytesDone: bigint) => void): Promise<void> {
  const buffers = newBuffers();
  for await (const { slot, position, length } of readPieces(fd, { start: 0n, end: sizeBytes }, buffers, async () => Promise.resolve())) {
    const buffer = slot === null ? undefined : buffers[slot];
    // What was reserved and never written is a hole for the reader, and takes space all the same.
    const runs = buffer === undefined ? [[0, length] as const] : zeroRuns(buffer, length);
    for (const [start, end] of runs) punchHole(fd, position + BigInt(start), BigInt(end - start));
    onProgress(position + BigInt(length));
  }
}

/** Writes a range of one file to the start of another, which is empty; zeroes become holes. */
export async function copyRange(
  from: number,
  to: number,
  range: { readonly start: bigint; readonly end: bigint },
  onProgress: (bytesDone: bigint) => void,
): Promise<void> {
  const buffers = newBuffers();
  ftruncateSync(to, Number(range.end - range.start));
  for await (const { slot, position, length } of readPieces(from, range, buffers, async () => Promise.resolve())) {
    const target = Number(position - range.start);
    const buffer = slot === null ? undefined : buffers[slot];
    if (buffer !== undefined && !isZero(buffer, 0, length)) {
      for (let done = 0; done < length;) done += writeSync(to, buffer, done, length - done, target + done);
    }
    onProgress(BigInt(target + length));
  }
}

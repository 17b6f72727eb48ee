/** Reads a file once, a piece ahead of whoever works on it; holes are not read. */
import { fstatSync, read } from 'node:fs';
import { extentsOf } from './extents.ts';

export const PIECE_BYTES = 2 * 1024 * 1024;
/** One is worked on, one is being read; the rest lets workers fall behind each other. */
export const SLOTS = 4;

export interface Piece {
  /** Null: `length` zeroes. */
  readonly slot: number | null;
  readonly position: bigint;
  readonly length: number;
}

/** What there is to read, cut into pieces. */
function* planPieces(fd: number, start: bigint, end: bigint): Generator<Omit<Piece, 'slot'> & { readonly hole: boolean }> {
  for (const extent of extentsOf(fd, start, end)) {
    for (let position = extent.start; position < extent.end; position += BigInt(PIECE_BYTES)) {
      const left = extent.end - position;
      const length = left < BigInt(PIECE_BYTES) ? Number(left) : PIECE_BYTES;
      yield { position, length, hole: extent.kind === 'hole' };
    }
  }
}

/** Gives the pieces one by one; `isFree` says when the slot of an earlier piece may be written again. Throws when the file is shorter than `end`. */
export async function* readPieces(
  fd: number,
  range: { readonly start: bigint; readonly end: bigint },
  buffers: readonly Buffer[],
  isFree: (slot: number) => Promise<void>,
): AsyncGenerator<Piece> {
  let slot = 0;
  let ahead: Promise<Piece> | null = null;
  for (const { position, length, hole } of planPieces(fd, range.start, range.end)) {
    if (hole && isShorter(fd, position + BigInt(length))) throw shorter();
    const next = hole ? Promise.resolve<Piece>({ slot: null, position, length }) : readInto(fd, buffers, slot, position, length, isFree);
    // Its failure is met when it is its turn.
    next.catch(() => undefined);
    if (!hole) slot = (slot + 1) % buffers.length;
    if (ahead !== null) yield await ahead;
    ahead = next;
  }
  if (ahead !== null) yield await ahead;
}

function shorter(): Error {
  return Object.assign(new Error('the file became shorter'), { code: 'SHORTER' });
}

/** Behind the end of a file there is nothing to read, as in a hole. */
function isShorter(fd: number, end: bigint): boolean {
  return fstatSync(fd, { bigint: true }).size < end;
}

async function readInto(
  fd: number,
  buffers: readonly Buffer[],
  slot: number,
  position: bigint,
  length: number,
  isFree: (slot: number) => Promise<void>,
): Promise<Piece> {
  await isFree(slot);
  const buffer = buffers[slot] ?? Buffer.alloc(0);
  for (let done = 0; done < length;) {
    const count = await readAt(fd, buffer, done, length - done, position + BigInt(done));
    if (count === 0) throw shorter();
    done += count;
  }
  return { slot, position, length };
}

async function readAt(fd: number, buffer: Buffer, offset: number, length: number, position: bigint): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, buffer, offset, length, position, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

/**
 * Long texts of /proc in pieces of whole lines: how much memory they take, and how long one piece, is not up to whoever made them long.
 */
import { AT_FDCWD, close, openat, read } from './ffi.ts';

const O_RDONLY_CLOEXEC = 0o2_000_000;
/** The kernel gives about this much at a time. */
const PAGE_BYTES = 4096;
const LINE_END = 0x0a;

const piece = Buffer.alloc(262_144);

/** `cut`: longer than it may be, or with a line that no piece holds. `unread`: it cannot be opened. */
export type TextEnd = 'whole' | 'cut' | 'unread';

/** Each piece lies in a buffer of this module: it has to be done with before the next one is asked for, and before anything else has its turn. */
export function* readPieces(path: string, mostBytes: number): Generator<Buffer, TextEnd> {
  const file = openat(AT_FDCWD, path, O_RDONLY_CLOEXEC);
  if (file < 0) return 'unread';
  try {
    let rest = Buffer.alloc(0);
    for (let total = 0; total < mostBytes;) {
      rest.copy(piece);
      const { length, isEnd } = fill(file, rest.byteLength);
      const end = isEnd ? length : piece.lastIndexOf(LINE_END, length - 1) + 1;
      if (end === 0) return isEnd ? 'whole' : 'cut';
      rest = Buffer.from(piece.subarray(end, length));
      total += end;
      yield piece.subarray(0, end);
      if (isEnd) return 'whole';
    }
    return 'cut';
  } finally {
    close(file);
  }
}

function fill(file: number, from: number): { readonly length: number; readonly isEnd: boolean } {
  let length = from;
  while (piece.byteLength - length >= PAGE_BYTES) {
    const bytes = read(file, piece.subarray(length), piece.byteLength - length);
    if (bytes <= 0) return { length, isEnd: true };
    length += bytes;
  }
  return { length, isEnd: false };
}

/**
 * Prints where the file at descriptor 3 holds data: a line with start and end for each stretch between two holes (lseek(2), SEEK_DATA and
 * SEEK_HOLE, which Node does not offer). With the user's rights, in a process of its own.
 */
import koffi from 'koffi';

const FILE = 3;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
/** No data behind this place. */
const ENXIO = 6;

const libc = koffi.load('libc.so.6');
const lseek = libc.func('int64_t lseek(int, int64_t, int)') as (fd: number, offset: number, whence: number) => number;

/** Null: there is none. */
function seek(offset: number, whence: number): number | null {
  const found = lseek(FILE, offset, whence);
  if (found >= 0) return found;
  const errno = koffi.errno();
  if (errno === ENXIO) return null;
  throw new Error(`lseek failed with errno ${errno}`);
}

const lines: string[] = [];
for (let start = seek(0, SEEK_DATA); start !== null;) {
  const end = seek(start, SEEK_HOLE);
  if (end === null) break;
  lines.push(`${start} ${end}\n`);
  start = seek(end, SEEK_DATA);
}
process.stdout.write(lines.join(''));

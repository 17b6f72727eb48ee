/**
 * Prints where the file at descriptor 3 holds data: a line with start and end for each stretch between two holes (lseek(2), SEEK_DATA and
 * SEEK_HOLE, which Node does not offer). With the user's rights, in a process of its own.
 */
import { SEEK_DATA, SEEK_HOLE, callError, lastErrno, lseek } from '../libc.ts';

const FILE = 3;
/** No data behind this place. */
const ENXIO = 6;

/** Null: there is none. */
function seek(offset: number | bigint, whence: number): number | bigint | null {
  const found = lseek(FILE, BigInt(offset), whence);
  if (found >= 0) return found;
  if (lastErrno() === ENXIO) return null;
  throw callError('lseek');
}

const lines: string[] = [];
for (let start = seek(0, SEEK_DATA); start !== null;) {
  const end = seek(start, SEEK_HOLE);
  if (end === null) break;
  lines.push(`${start} ${end}\n`);
  start = seek(end, SEEK_DATA);
}
process.stdout.write(lines.join(''));

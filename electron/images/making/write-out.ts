/** Has what is written to a file go to the disk while the rest of it is still being made. Main process and command line. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** Small files are made before that, and are written at the end alone. */
const FIRST_PAUSE_MS = 8;
/** Each call may have the file system write its journal out, too: for a large file now and then is as good, and less work for the disk. */
const LONGEST_PAUSE_MS = 100;

/**
 * Each call holds one of Node's four threads for as long as the disk takes, a slow stick for minutes: one at a time in the whole program,
 * and who does not get it is written out at the end, as all were without this.
 */
let isWriting = false;

/**
 * Runs `work`, which fills `file`, and meanwhile writes to the disk what there is, again and again. Else the disk would do nothing until all
 * is in memory, and everybody would wait for it then.
 */
export async function writtenOut<T>(file: FileHandle, work: () => Promise<T>): Promise<T> {
  const done = new AbortController();
  // Not waited for: what is on its way to the disk is waited for by who writes the whole file out.
  void keepWriting(file, done.signal);
  try {
    return await work();
  } finally {
    done.abort();
  }
}

/** Never fails: the file is written out at the end by its own descriptor, which is told then of every error that came since it was opened (fsync(2)). */
async function keepWriting({ fd }: FileHandle, signal: AbortSignal): Promise<void> {
  const own = await open(`/proc/self/fd/${fd}`, constants.O_RDONLY).catch(() => null);
  try {
    for (let pauseMs = FIRST_PAUSE_MS; own !== null; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      await pause(pauseMs, undefined, { signal });
      if (isWriting) continue;
      isWriting = true;
      await own.datasync().finally(() => {
        isWriting = false;
      });
    }
  } catch {
    // The work is done, or the file system cannot do this.
  } finally {
    await own?.close();
  }
}

/**
 * A lock between the programs of one user: two windows, or a window and a command line. The kernel lets go of it with its
 * process, so that nothing is ever left locked. The only file of the settings that imports koffi. Main process and command line.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import koffi from 'koffi';

/** LOCK_EX | LOCK_NB, flock(2). */
const EXCLUSIVE_NOW = 2 | 4;
const EINTR = 4;
const EWOULDBLOCK = 11;
/** Whoever has it holds it for one small write. */
const ASK_AGAIN_AFTER_MS = 10;
/** After this the file is written all the same: whoever holds the lock was stopped in the middle of it. */
const LONGEST_WAIT_MS = 5000;

const libc = koffi.load('libc.so.6');
const flock = libc.func('int flock(int, int)') as (fd: number, operation: number) => number;

/** Runs `work` while no other program of Platter does so for the same path. Where the file system knows no locks, it just runs. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    await waitFor(handle.fd);
    return await work();
  } finally {
    await handle.close();
  }
}

async function waitFor(fd: number): Promise<void> {
  const giveUpAt = performance.now() + LONGEST_WAIT_MS;
  while (performance.now() < giveUpAt) {
    if (flock(fd, EXCLUSIVE_NOW) === 0) return;
    const errno = koffi.errno();
    if (errno !== EWOULDBLOCK && errno !== EINTR) return;
    await new Promise((resolve) => void setTimeout(resolve, ASK_AGAIN_AFTER_MS));
  }
}

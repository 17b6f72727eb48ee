/**
 * Calls that Node does not have: a lock between the programs of one user (two windows, a window and a command line), which the kernel
 * lets go of with its process; whether somebody writes to a file; and giving a file a name only if no other has it. Main process and
 * command line.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { callError, F_RDLCK, F_SETLEASE, F_UNLCK, fcntl, flock, lastErrno, renameat2 } from '../libc.ts';

/** LOCK_EX | LOCK_NB, LOCK_SH | LOCK_NB and LOCK_UN, flock(2). */
const EXCLUSIVE_NOW = 2 | 4;
const SHARED_NOW = 1 | 4;
const UNLOCK = 8;
const EINTR = 4;
/** The same as EAGAIN. */
const EWOULDBLOCK = 11;
/** Whoever has it holds it for one small write. */
const ASK_AGAIN_AFTER_MS = 10;
/** After this the file is written all the same: whoever holds the lock was stopped in the middle of it. */
const LONGEST_WAIT_MS = 5000;

/** AT_FDCWD and RENAME_NOREPLACE, renameat2(2). */
const WORKING_FOLDER = -100;
const NO_REPLACE = 1;

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
    const errno = lastErrno();
    if (errno !== EWOULDBLOCK && errno !== EINTR) return;
    await new Promise((resolve) => void setTimeout(resolve, ASK_AGAIN_AFTER_MS));
  }
}

/** `shared`: beside others that share it. */
export type LockKind = 'exclusive' | 'shared';

/**
 * Takes the lock of an open file, which goes when the file is closed. `taken`: another has it; `none` where the file system has no locks, so
 * that nobody can know of another program.
 */
export function lockNow(fd: number, kind: LockKind = 'exclusive'): 'ours' | 'taken' | 'none' {
  if (flock(fd, kind === 'shared' ? SHARED_NOW : EXCLUSIVE_NOW) === 0) return 'ours';
  const errno = lastErrno();
  if (errno === EINTR) return lockNow(fd, kind);
  return errno === EWOULDBLOCK ? 'taken' : 'none';
}

/** Gives the lock back, also where another process has got the descriptor and not closed it yet. */
export function unlock(fd: number): void {
  flock(fd, UNLOCK);
}

/**
 * True when somebody has a regular file open for writing, ourselves included: then nobody is given a lease to read it. `fd` is open for
 * reading only. False also where the file system, or not being the owner, does not allow to ask.
 */
export function isOpenForWriting(fd: number): boolean {
  if (fcntl(fd, F_SETLEASE, F_RDLCK) === 0) {
    fcntl(fd, F_SETLEASE, F_UNLCK);
    return false;
  }
  return lastErrno() === EWOULDBLOCK;
}

/** Renames a file, never over another one. Both paths are absolute. Throws the system's error: EEXIST, EINVAL where the file system cannot promise it. */
export function renameWithoutReplacing(from: Buffer, to: Buffer): void {
  const end = Buffer.alloc(1);
  if (renameat2(WORKING_FOLDER, Buffer.concat([from, end]), WORKING_FOLDER, Buffer.concat([to, end]), NO_REPLACE) === 0) return;
  throw callError('rename');
}

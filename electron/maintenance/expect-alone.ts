/** That nobody else has a file open that is about to be changed, and who it is if somebody has. Main process and command line, as the user. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../ipc/errors.ts';
import { runFileWork } from './file-worker.ts';

/**
 * Asked of the kernel by a lease that is given back at once: the tools that follow open the file themselves. Where the file system or its
 * owner does not allow to ask, nothing is refused. Throws FILE_IN_USE with the programs that this user may know of.
 */
export async function expectAlone(handle: FileHandle): Promise<void> {
  await namingUsers(handle, async () => runFileWork({ kind: 'ask-alone' }, [handle.fd]));
}

/** Runs `work`; a FILE_IN_USE of it gets the programs that have the file open. */
export async function namingUsers<T>({ fd }: FileHandle, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError) || error.data.code !== 'FILE_IN_USE') throw error;
    throw new AppError('FILE_IN_USE', { detail: { programs: findUsers(fd) } }, { cause: error });
  }
}

interface User {
  readonly pid: number;
  readonly name: string;
}

/** By the name that the kernel knows the file by. No link is followed: what others have open may lie on a file system that hangs. */
function findUsers(fd: number): readonly User[] {
  const path = readlinkSync(`/proc/self/fd/${fd}`, { encoding: 'buffer' });
  const pids = readdirSync('/proc').filter((name) => /^\d+$/u.test(name) && Number(name) !== process.pid);
  return pids.filter((pid) => hasOpen(pid, path) || hasMapped(pid, path)).map((pid) => ({ pid: Number(pid), name: nameOf(pid) }));
}

function hasOpen(pid: string, path: Buffer): boolean {
  return orNothing(() => readdirSync(`/proc/${pid}/fd`)).some((fd) =>
    orNothing(() => [readlinkSync(`/proc/${pid}/fd/${fd}`, { encoding: 'buffer' })]).some((target) => target.equals(path)),
  );
}

/** proc_pid_maps(5): the name is the last field, and what would break the line is written as `\012`. */
function hasMapped(pid: string, path: Buffer): boolean {
  const end = Buffer.from(` ${path.toString('latin1').replaceAll('\n', '\\012')}\n`, 'latin1');
  return orNothing(() => [readFileSync(`/proc/${pid}/maps`)]).some((maps) => maps.includes(end));
}

function nameOf(pid: string): string {
  return orNothing(() => [readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd()])[0] ?? '';
}

/** Processes end, and those of others are closed to us. */
function orNothing<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch {
    return [];
  }
}

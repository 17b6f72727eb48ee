/** Which programs have a file open or in their memory, as far as this user may know. Main process and command line, as the user. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ProgramInUse } from '../../native-helper/protocol/errors.ts';

/** `any`: also those that only read it. */
export type Using = 'any' | 'writing';

/**
 * By the name that the kernel knows the file by. No link is followed: what others have open may lie on a file system that hangs. One process
 * in a turn, because all of them take longer than the window may wait. `fd` stays open meanwhile.
 */
export async function findFileUsers(fd: number, using: Using): Promise<readonly ProgramInUse[]> {
  const path = readlinkSync(`/proc/self/fd/${fd}`, { encoding: 'buffer' });
  const pids = readdirSync('/proc').filter((name) => /^\d+$/u.test(name) && Number(name) !== process.pid);
  const users: ProgramInUse[] = [];
  for (const pid of pids) {
    if (hasOpen(pid, path, using) || hasMapped(pid, path, using)) users.push({ pid: Number(pid), name: nameOf(pid) });
    await nextTurn();
  }
  return users;
}

function hasOpen(pid: string, path: Buffer, using: Using): boolean {
  return orNothing(() => readdirSync(`/proc/${pid}/fd`)).some((fd) =>
    orNothing(() => [readlinkSync(`/proc/${pid}/fd/${fd}`, { encoding: 'buffer' })]).some(
      (target) => target.equals(path) && (using === 'any' || isForWriting(pid, fd)),
    ),
  );
}

/** O_ACCMODE is the last two bits of an octal number (proc_pid_fdinfo(5)); 0 is O_RDONLY. */
function isForWriting(pid: string, fd: string): boolean {
  const flags = orNothing(() => [/^flags:\t(\d+)$/mu.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1'))?.[1]])[0];
  return (Number(flags?.at(-1) ?? 0) & 3) !== 0;
}

/** proc_pid_maps(5): the name is the last field, and what would break the line is written as `\012`. */
function hasMapped(pid: string, path: Buffer, using: Using): boolean {
  const end = ` ${path.toString('latin1').replaceAll('\n', '\\012')}`;
  const lines = orNothing(() => readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n'));
  return lines.some((line) => line.endsWith(end) && (using === 'any' || /^\S+ .w.s /u.test(line)));
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

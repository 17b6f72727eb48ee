/** Whether a process of a list is still that process, from /proc/PID/stat (proc_pid_stat(5)), which everybody may read. Main process, command line. */
import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, decimal. */
  readonly startTime: string;
}

interface Stat {
  readonly startTime: string;
  readonly parent: number;
}

function readStat(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name before the last `)` may contain anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { startTime: fields[19] ?? '', parent: Number(fields[1]) };
  } catch {
    return null;
  }
}

/** Null: there is no such process. */
export function identityOf(pid: number): ProcessIdentity | null {
  const stat = readStat(pid);
  return stat === null ? null : { pid, startTime: stat.startTime };
}

export function isSameProcess({ pid, startTime }: ProcessIdentity): boolean {
  return readStat(pid)?.startTime === startTime;
}

/** This process and those that started it: a shell that stands in the image and runs the command line is not ended by it. */
export function ownAncestors(): ReadonlySet<number> {
  const found = new Set<number>();
  for (let { pid } = process; pid > 1 && !found.has(pid); pid = readStat(pid)?.parent ?? 0) found.add(pid);
  return found;
}

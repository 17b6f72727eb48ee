/** Whether the helper that wrote a record still runs. Runs as root. */
import { readFileSync } from 'node:fs';

/**
 * Start time of a process, field 22 of /proc/PID/stat (proc_pid_stat(5)): clock ticks since boot. Null when there is no such
 * process. The command name before it may contain anything, so fields are counted from the last `)`.
 */
export function readStartTime(pid: number): bigint | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  const field = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .at(19);
  return field !== undefined && /^\d{1,20}$/u.test(field) ? BigInt(field) : null;
}

/** True when the very process of that pid and start time runs. */
export function isRunning(process: { readonly pid: number; readonly startTime: string }): boolean {
  return readStartTime(process.pid)?.toString() === process.startTime;
}

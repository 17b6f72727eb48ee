/** Which process has a number now, and what it is, from /proc/PID/stat (proc_pid_stat(5)). Readable by everybody. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessStatus {
  /** The name it gave itself: any text; what is not printable is replaced. */
  readonly name: string;
  /** Clock ticks since boot. */
  readonly startTime: bigint;
  /** A thread of the kernel itself: it has no memory of its own and takes no signals. */
  readonly isKernelThread: boolean;
  /** It has ended, and nobody has asked how. */
  readonly isZombie: boolean;
  readonly parent: number;
}

/** PF_KTHREAD, linux/sched.h. */
const KERNEL_THREAD = 0x0020_0000;

/** Null when there is no such process. */
export function readProcessStatus(pid: number): ProcessStatus | null {
  try {
    return parseProcessStatus(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return null;
  }
}

/** Reads the text of /proc/PID/stat. The name in it may contain anything, so fields are counted from the last `)`. Pure. */
export function parseProcessStatus(text: string): ProcessStatus | null {
  const start = text.indexOf('(');
  const end = text.lastIndexOf(')');
  const [state, parent, , , , , flags] = text.slice(end + 2).split(' ');
  const startTime = text
    .slice(end + 2)
    .split(' ')
    .at(19);
  if (start === -1 || end === -1 || startTime === undefined || !/^\d{1,20}$/u.test(startTime)) return null;
  return {
    name: text.slice(start + 1, end).replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '\uFFFD'),
    startTime: BigInt(startTime),
    isKernelThread: (Number(flags) & KERNEL_THREAD) !== 0,
    isZombie: state === 'Z' || state === 'X',
    parent: Number(parent),
  };
}

/** Start time of a process; null when there is none. */
export function readStartTime(pid: number): bigint | null {
  return readProcessStatus(pid)?.startTime ?? null;
}

/** True when the very process of that pid and start time runs. */
export function isRunning(process: { readonly pid: number; readonly startTime: string }): boolean {
  return readStartTime(process.pid)?.toString() === process.startTime;
}

/** All processes of this PID namespace, ascending. */
export function listProcesses(): number[] {
  const numbers: number[] = [];
  for (const name of readdirSync('/proc')) if (/^[1-9]/u.test(name)) numbers.push(Number(name));
  return numbers.filter(Number.isInteger);
}

/** What the kernel counts about a process (proc(5)). */
import { readdirSync, readFileSync } from 'node:fs';

function statusField(path: string, name: string): number {
  const value = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(path, 'utf8'))?.[1];
  if (value === undefined) throw new Error(`${path} has no ${name}`);
  return Number(value);
}

/** Voluntary context switches of all threads: each is one time that a thread slept and was woken. */
export function voluntarySwitches(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce((sum, thread) => sum + statusField(`/proc/${pid}/task/${thread}/status`, 'voluntary_ctxt_switches'), 0);
}

/** Processor time that all threads of a process have used so far, in milliseconds (Documentation/scheduler/sched-stats.rst, schedstat). */
function processorMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const times = threads.map((thread) => {
    try {
      return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
    } catch {
      return 0; // it ended meanwhile
    }
  });
  return times.reduce((sum, one) => sum + one, 0);
}

/** The same of a process and everything it started, as far as it still runs. */
export function processorMsOfAll(pid: number): number {
  return processorMs(pid) + childProcesses(pid).reduce((sum, child) => sum + processorMsOfAll(child), 0);
}

/** Resident memory in MiB. */
export function residentMiB(pid: number): number {
  return statusField(`/proc/${pid}/status`, 'VmRSS') / 1024;
}

/** Processes that `pid` started, as far as they still are its children. */
export function childProcesses(pid: number): readonly number[] {
  const threads = readdirSync(`/proc/${pid}/task`);
  const lists = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8'));
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
}

/** Its words, each with a zero byte at its end. */
export function commandLine(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
}

/** Number of uevents since the kernel started: it grows when anything about a device changes, whoever changed it. */
export function ueventCount(): number {
  return Number(readFileSync('/sys/kernel/uevent_seqnum', 'utf8'));
}

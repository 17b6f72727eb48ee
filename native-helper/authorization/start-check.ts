/**
 * What must hold before the helper reads a byte: everything it inherited was chosen by the caller (SECURITY.md §3).
 * Runs as root, first thing after the arguments; any doubt ends the helper with 77.
 */
import { fstatSync, readFileSync, statSync } from 'node:fs';
import { getStatusFlags, closeDescriptor, pidfdOpen } from '../linux/descriptors.ts';
import { getPeerCredentials } from '../linux/messages.ts';
import { readStartTime } from '../linux/processes.ts';

/** Why the helper does not start; the exit status is 77. The text names no input. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}

/** The program that started the helper, known by more than its pid. */
export interface MainProcess {
  readonly pid: number;
  readonly startTime: bigint;
  /** Kept open as long as the helper runs, so that the pid cannot be given to another process unnoticed; readable when it ended. */
  readonly pidfd: number;
}

/** What is looked at; only tests give anything but the process's own. */
export interface StartSources {
  readonly parentPid: () => number;
  readonly peer: (fd: number) => { readonly pid: number; readonly uid: number };
  /** `dev:ino` of a namespace file, or null when it may not be seen. */
  readonly namespace: (path: string) => string | null;
  readonly read: (path: string) => string;
  readonly outputs: () => OutputFacts;
  readonly openProcess: (pid: number) => number;
  readonly startTime: (pid: number) => bigint | null;
}

/** What descriptors 1 and 2 are. */
export interface OutputFacts {
  /** 1 is a pipe or a socket and may be written. */
  readonly replies: boolean;
  /** 2 is there and may be written: what pkexec puts in place of a closed one may not. */
  readonly log: boolean;
}

/**
 * Checks the process the helper was started in, on behalf of `uid` (the parsed PKEXEC_UID). Throws {@link StartRefused}.
 *
 * Mount namespace: that of process 1 of this PID namespace, which only root can give us another of. A caller who is root gains
 * nothing by a namespace of its own, and some containers hide process 1 even from root, so for uid 0 it is not asked.
 */
export function checkStart(uid: number, sources: StartSources = system): MainProcess {
  const outputs = sources.outputs();
  if (!outputs.replies) throw new StartRefused('descriptor 1 is not a pipe or socket');
  if (!outputs.log) throw new StartRefused('descriptor 2 cannot be written');
  for (const map of ['uid_map', 'gid_map']) {
    if (!isWholeRange(sources.read(`/proc/self/${map}`))) throw new StartRefused('not in the first user namespace');
  }
  if (uid !== 0) {
    const own = sources.namespace('/proc/self/ns/mnt');
    if (own === null || own !== sources.namespace('/proc/1/ns/mnt')) throw new StartRefused('not in the mount namespace of the system');
  }
  return checkCaller(uid, sources);
}

/**
 * SO_PEERCRED tells who made the socket pair. It can be forged upward (a connection to a service of root has uid 0), so it
 * must be exactly the user of PKEXEC_UID and the very process that is our parent.
 */
function checkCaller(uid: number, sources: StartSources): MainProcess {
  const peer = sources.peer(0);
  if (peer.uid !== uid) throw new StartRefused('the peer of descriptor 0 is another user');
  const pid = sources.parentPid();
  if (peer.pid !== pid || pid <= 1) throw new StartRefused('the peer of descriptor 0 is not the parent process');
  const pidfd = sources.openProcess(pid);
  try {
    const startTime = sources.startTime(pid);
    // Still our parent after the pidfd was opened: it has not ended, so pidfd and start time are those of one process.
    if (startTime === null || sources.parentPid() !== pid) throw new StartRefused('the parent process has ended');
    return { pid, startTime, pidfd };
  } catch (error) {
    closeDescriptor(pidfd);
    throw error;
  }
}

/** `0 0 4294967295`: every id maps to itself, as in the first user namespace and in none that a user can make. */
function isWholeRange(map: string): boolean {
  return /^\s*0\s+0\s+4294967295\s*$/u.test(map);
}

const O_ACCMODE = 3;
const O_RDONLY = 0;

function readOutputs(): OutputFacts {
  const canWrite = (fd: number): boolean => (getStatusFlags(fd) & O_ACCMODE) !== O_RDONLY;
  const replies = fstatSync(1);
  return { replies: (replies.isFIFO() || replies.isSocket()) && canWrite(1), log: canWrite(2) && !fstatSync(2).isFile() };
}

function readNamespace(path: string): string | null {
  try {
    const facts = statSync(path, { bigint: true });
    return `${facts.dev}:${facts.ino}`;
  } catch {
    return null;
  }
}

const system: StartSources = {
  parentPid: () => process.ppid,
  peer: getPeerCredentials,
  namespace: readNamespace,
  read: (path) => readFileSync(path, 'latin1'),
  outputs: readOutputs,
  openProcess: pidfdOpen,
  startTime: readStartTime,
};

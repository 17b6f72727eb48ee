/** Whose a process is, from /proc. Readable by everybody. */
import { readFileSync, statSync } from 'node:fs';

/** Owner of /proc/PID: the effective user, or root for a process that keeps others out of it (prctl(2), PR_SET_DUMPABLE). Null: gone. */
export function uidOfProcess(pid: number): number | null {
  try {
    return statSync(`/proc/${pid}`).uid;
  } catch {
    return null;
  }
}

/** The real user, who may also send it signals (kill(2)). Null: gone. */
export function realUidOfProcess(pid: number): number | null {
  try {
    const uid = /^Uid:\t(\d+)/mu.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return uid === undefined ? null : Number(uid);
  } catch {
    return null;
  }
}

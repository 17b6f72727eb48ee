/**
 * Files on file systems that somebody else than this kernel answers for (FUSE, the network), and that may have stopped answering: a
 * call about one then sleeps until that program or machine is back or given up. One is asked at a time, on another thread and with a time limit,
 * so that at most one thread is ever lost. Runs in the helper.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { callSleeping, closeSleeping, fstatfsSleeping } from './ffi.ts';

let asking: Promise<unknown> | null = null;
/** Closing asks such a file system as well: these are closed when it has answered. */
const kept = new Set<number>();

/** True when the file system of this open file answers statfs(2), also with an error, within the limit. `fd` must be closed by its owner only if {@link mayBeClosedNow}. */
export async function answersWithin(fd: number, limitMs: number): Promise<boolean> {
  const limit = delay(limitMs, 'late' as const, { ref: false });
  while (asking !== null) {
    if ((await Promise.race([asking, limit])) === 'late') return keep(fd);
  }
  const answer = ask(fd);
  asking = answer;
  return (await Promise.race([answer, limit])) === 'late' ? keep(fd) : true;
}

async function ask(fd: number): Promise<'answered'> {
  try {
    await callSleeping('fstatfs', (done) => fstatfsSleeping(fd, Buffer.alloc(120), done));
  } catch {
    // An error is an answer.
  }
  asking = null;
  for (const other of kept) void callSleeping('close', (done) => closeSleeping(other, done)).catch(() => undefined);
  kept.clear();
  return 'answered';
}

function keep(fd: number): false {
  kept.add(fd);
  return false;
}

/** False for a descriptor whose file system did not answer: it is closed here, later. */
export function mayBeClosedNow(fd: number): boolean {
  return !kept.has(fd);
}

/**
 * Files on file systems that somebody else than this kernel answers for (FUSE, the network), and that may have stopped answering: a
 * call about one then sleeps until that program or machine is back or given up. One such call is made at a time, on another thread, so that
 * at most one thread is ever lost to them; whoever waits for the answer has a time limit. Runs in the helper.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { closeDescriptor } from './descriptors.ts';
import { callSleeping, closeSleeping, fstatfsSleeping } from './ffi.ts';

/** A healthy file system takes a thousandth. */
const ANSWER_LIMIT_MS = 5000;

export type Answer<Result> = { readonly kind: 'answered'; readonly result: Result } | { readonly kind: 'late' };

/** The end of the last call that was put into line. */
let line: Promise<unknown> = Promise.resolve();

function inLine<Result>(work: () => Promise<Result>): Promise<Result> {
  const result = line.then(work);
  line = result.catch(() => undefined);
  return result;
}

/**
 * Asks something that such a file system has to answer; `ask` sleeps on another thread, and whatever it opened is its own to close. Late, it may
 * still be under way, and is not begun any more. Rejects with what `ask` rejects with in time.
 */
export async function askSlowly<Result>(ask: () => Promise<Result>): Promise<Answer<Result>> {
  let isLate = false;
  const answer = inLine(async (): Promise<Answer<Result>> => (isLate ? { kind: 'late' } : { kind: 'answered', result: await ask() }));
  answer.catch(() => undefined);
  const limit = delay(ANSWER_LIMIT_MS, { kind: 'late' } as const, { ref: false });
  const outcome = await Promise.race([answer, limit]);
  isLate = outcome.kind === 'late';
  return outcome;
}

const slow = new Set<number>();

/** fileSystemMagic() of a file that lies on such a file system. From now on {@link closeFile} must close the descriptor: closing asks as well. */
export function askMagic(fd: number): Promise<Answer<bigint>> {
  slow.add(fd);
  return askSlowly(async () => {
    const information = Buffer.alloc(120); // struct statfs of 64-bit Linux
    await callSleeping('fstatfs', (done) => fstatfsSleeping(fd, information, done));
    return information.readBigUInt64LE(0);
  });
}

/** True for a descriptor that was given to {@link askMagic} and is still open. */
export function isSlow(fd: number): boolean {
  return slow.has(fd);
}

/** Closes a descriptor that came with a request: at once, or in line with what else its file system is asked. Throws SyscallError. */
export function closeFile(fd: number): void {
  if (!slow.delete(fd)) {
    closeDescriptor(fd);
    return;
  }
  // A late error of a network has nobody left to tell.
  inLine(() => callSleeping('close', (done) => closeSleeping(fd, done))).catch(() => undefined);
}

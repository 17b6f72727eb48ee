/**
 * Tells of jobs outside of the window: the launcher's bar, and a notification when one that took long, or that failed, has ended while
 * the person works in another window (UX.md §3.10). Main process.
 */
import type { Attention } from '../hosts/desktop.ts';
import type { Job } from '../ipc/state.ts';
import { foundTrouble } from '../ipc/job-verdict.ts';
import { endText } from './job-notice-words.ts';

/** Who starts shorter work waits for it. */
const LONG_MS = 10_000;

export class JobAttention {
  readonly #attention: Attention;
  readonly #running = new Set<number>();

  constructor(attention: Attention) {
    this.#attention = attention;
  }

  /** To be told of every change of the list. */
  update(jobs: readonly Job[]): void {
    for (const job of jobs) {
      if (job.state.kind === 'running') this.#running.add(job.id);
      else if (this.#running.delete(job.id)) this.#tellEnd(job);
    }
    this.#attention.showWork(partOf(jobs.filter(({ state }) => state.kind === 'running')));
  }

  #tellEnd(job: Job): void {
    const { state, title, startedAt, endedAt, result } = job;
    const tookLong = endedAt !== null && endedAt - startedAt > LONG_MS;
    const isNews = state.kind === 'failed' || (state.kind === 'done' && (tookLong || foundTrouble(result)));
    if (!isNews || this.#attention.isInFront()) return;
    this.#attention.notify(endText(job), toPlainName(title.fileName));
  }
}

/** The parts of all jobs that know theirs, taken together; null when none runs. */
function partOf(running: readonly Job[]): number | 'unknown' | null {
  if (running.length === 0) return null;
  const parts = running.flatMap(({ bytesDone, bytesTotal }) =>
    bytesDone === null || bytesTotal === null || bytesTotal === '0' ? [] : [Number(bytesDone) / Number(bytesTotal)],
  );
  return parts.length === 0 ? 'unknown' : Math.min(1, parts.reduce((sum, part) => sum + part, 0) / parts.length);
}

/** Desktops read some markup in the text of a notification, and a name may hold whatever looks like it. */
export function toPlainName(name: string): string {
  return name.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069<>&]/gu, '\ufffd');
}

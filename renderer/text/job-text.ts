/** A job in words: title, how far it is, how long it will take. */
import type { Job } from '../../electron/ipc/state.ts';
import { formatPercent, formatSize, formatTimeLeft, showText } from './format.ts';
import { jobWords } from './words.ts';

/** 0 to 100, or null while the total is not known. */
export function jobPercent(job: Job): number | null {
  if (job.bytesDone === null || job.bytesTotal === null || job.bytesTotal === '0') return null;
  return Number((BigInt(job.bytesDone) * 100n) / BigInt(job.bytesTotal));
}

export interface JobText {
  readonly title: string;
  /** `42 % · 3 min left`, or the end the job took. */
  readonly amount: string;
}

/** `nowMs` is milliseconds since the epoch. */
export function describeJob(job: Job, nowMs: number): JobText {
  const title = jobWords.title[job.title.kind](showText(job.title.fileName));
  switch (job.state.kind) {
    case 'done':
      return { title, amount: jobWords.done };
    case 'cancelled':
      return { title, amount: jobWords.cancelled };
    case 'failed':
      return { title, amount: jobWords.failed };
    case 'running':
      return { title, amount: amountOf(job, nowMs) };
  }
}

function amountOf(job: Job, nowMs: number): string {
  if (job.bytesDone === null) return '';
  const done = BigInt(job.bytesDone);
  if (job.bytesTotal === null || job.bytesTotal === '0') return formatSize(done);
  const total = BigInt(job.bytesTotal);
  const parts = [formatPercent(done, total), jobWords.ofTotal(formatSize(done), formatSize(total))];
  const seconds = (nowMs - job.startedAt) / 1000;
  // In the first seconds the rate says nothing yet.
  if (seconds > 2 && done > 0n) parts.push(formatTimeLeft((Number(total - done) / Number(done)) * seconds));
  return parts.join(' · ');
}

/** A job in words: title, how far it is, how long it will take. */
import type { Job } from '../../electron/ipc/state.ts';
import { formatPercent, formatSize, formatTimeLeft, showText } from './format.ts';
import { checkWords, verifyWords } from './maintenance-words.ts';
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
      return { title, amount: verdictText(job) ?? jobWords.done };
    case 'cancelled':
      return { title, amount: jobWords.cancelled };
    case 'failed':
      return { title, amount: jobWords.failed };
    case 'running':
      return { title, amount: amountOf(job, nowMs) };
  }
}

/** What was found in an image; null where the work was no look into one. */
function verdictText({ result }: Pick<Job, 'result'>): string | null {
  if (result?.kind === 'check') return checkWords.outcomes[result.outcome];
  return result?.kind === 'verify' ? verifyWords.verdicts[result.outcome] : null;
}

/** What has room in a row: the part that is done and the time left, or the step where no bytes are counted. */
export function rowAmount(job: Job): string {
  const { bytesDone, bytesTotal, bytesPerSecond } = job;
  const step = job.steps[job.step];
  if (bytesDone === null || bytesTotal === null || bytesTotal === '0') return step === undefined ? '' : jobWords.step[step];
  const [done, total] = [BigInt(bytesDone), BigInt(bytesTotal)];
  const rate = Number(bytesPerSecond ?? '0');
  const left = rate === 0 ? [] : [formatTimeLeft(Number(total - done) / rate)];
  return [formatPercent(done, total), ...left].join(' · ');
}

/** What is said aloud: at the start, at each further quarter of a step, and at the end; the same text in between. */
export function spokenJob(job: Job): string {
  const { title, amount } = describeJob(job, 0);
  if (job.state.kind !== 'running') return jobWords.spoken(title, amount);
  const step = job.steps[job.step];
  const named = step === undefined || job.steps.length < 2 ? [] : [jobWords.stepOf(job.step + 1, job.steps.length, jobWords.step[step])];
  const quarter = Math.floor((jobPercent(job) ?? 0) / 25) * 25;
  const part = quarter === 0 || quarter === 100 ? [] : [`${quarter} %`];
  return jobWords.spoken(title, [...named, ...part].join(', '));
}

function amountOf(job: Job, nowMs: number): string {
  const parts: string[] = [];
  const step = job.steps[job.step];
  if (step !== undefined) parts.push(jobWords.stepOf(job.step + 1, job.steps.length, jobWords.step[step]));
  if (job.bytesDone !== null) parts.push(...bytesOf(job, BigInt(job.bytesDone), nowMs));
  return parts.join(' · ');
}

function bytesOf(job: Job, done: bigint, nowMs: number): readonly string[] {
  const rate = job.bytesPerSecond === null ? null : BigInt(job.bytesPerSecond);
  const speed = rate === null || rate === 0n ? [] : [jobWords.perSecond(formatSize(rate))];
  if (job.bytesTotal === null || job.bytesTotal === '0') return [formatSize(done), ...speed];
  const total = BigInt(job.bytesTotal);
  return [
    formatPercent(done, total),
    jobWords.ofTotal(formatSize(done), formatSize(total)),
    ...speed,
    ...timeLeft(job, rate, total - done, nowMs),
  ];
}

/** By the rate of the last seconds; where none is known, by the average since the start. */
function timeLeft(job: Job, rate: bigint | null, bytesLeft: bigint, nowMs: number): readonly string[] {
  if (rate !== null) return rate === 0n ? [] : [formatTimeLeft(Number(bytesLeft) / Number(rate))];
  const seconds = (nowMs - job.startedAt) / 1000;
  const done = Number(job.bytesDone);
  // In the first seconds the average says nothing yet; with steps it would be of another one.
  return seconds > 2 && done > 0 && job.steps.length === 0 ? [formatTimeLeft((Number(bytesLeft) / done) * seconds)] : [];
}

/**
 * Long work as the window shows it. A job that ends within 300 ms is never shown; one that was shown is kept with its
 * last state until the person dismisses it. Main process.
 */
import { RateMeter } from './rate-meter.ts';
import { AppError, type AppErrorData } from '../ipc/errors.ts';
import type { Job, JobResult, JobState, JobStep, JobTitle } from '../ipc/state.ts';

/** Work that is over sooner than this needs no place in the window (UX.md §3.14). */
const SHOWN_AFTER_MS = 300;
/** Ended jobs that nobody dismissed; the oldest go first. */
const ENDED_JOBS_KEPT = 50;
/** DESIGN.md §3: at most ten reports a second. */
const REPORTED_EVERY_MS = 100;

export interface JobRequest {
  readonly title: JobTitle;
  readonly device: number | null;
  /** Id of the image file that it works on. */
  readonly image?: string;
  readonly cancellable: boolean;
  readonly steps?: readonly JobStep[];
  /** Shown from its start and kept however short it is: its end is news. */
  readonly always?: boolean;
}

/** What running work says of itself; what is left out stays as it was. */
export interface JobProgress {
  /** What is done one after another, where that is known only now. */
  readonly steps?: readonly JobStep[];
  /** Index of the step that begins; its bytes begin anew. */
  readonly step?: number;
  readonly bytesDone?: bigint;
  readonly bytesTotal?: bigint | null;
  /** From here on it can be, or can no longer be, cancelled. */
  readonly cancellable?: boolean;
  readonly result?: JobResult;
}
export type ReportProgress = (progress: JobProgress) => void;
type Work<T> = (signal: AbortSignal, report: ReportProgress) => Promise<T>;

interface Entry {
  job: Job;
  shown: boolean;
  /** Resolves when the work has ended, however it did. */
  ended: Promise<void>;
  readonly abort: AbortController;
  readonly rate: RateMeter;
}

export class Jobs {
  readonly #entries = new Map<number, Entry>();
  readonly #publish: (jobs: readonly Job[]) => void;
  readonly #toErrorData: (error: unknown) => AppErrorData;
  #nextId = 1;
  #publishing: NodeJS.Timeout | null = null;
  #isClosed = false;

  /** `publish` gets the whole list whenever it changed. */
  constructor(publish: (jobs: readonly Job[]) => void, toErrorData: (error: unknown) => AppErrorData) {
    this.#publish = publish;
    this.#toErrorData = toErrorData;
  }

  /** Runs `work` as a job; settles exactly as `work` does. Throws SHUTTING_DOWN after close(). */
  async run<T>(request: JobRequest, work: Work<T>): Promise<T> {
    return this.#perform(this.#start(request), request, work);
  }

  /** Starts `work` as a job that is shown at once, and returns its id; how it ends is told by the job alone. Throws as run does. */
  start(request: JobRequest, work: Work<void>): number {
    const entry = this.#start(request);
    void this.#perform(entry, { ...request, always: true }, work).catch(() => undefined);
    return entry.job.id;
  }

  /** Work that has not ended. */
  get running(): number {
    return this.#running().length;
  }

  /** Cancels what can be cancelled, and resolves when nothing runs any more. */
  async stopAll(): Promise<void> {
    const running = this.#running();
    for (const { job, abort } of running) if (job.cancellable) abort.abort();
    await Promise.all(running.map(async ({ ended }) => ended));
  }

  /** As stopAll, and takes no new work. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.stopAll();
  }

  #running(): readonly Entry[] {
    return [...this.#entries.values()].filter(({ job }) => job.state.kind === 'running');
  }

  async #perform<T>(entry: Entry, { always = false }: JobRequest, work: Work<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<void>();
    entry.ended = promise;
    const timer = setTimeout(() => this.#show(entry), SHOWN_AFTER_MS);
    if (always) this.#show(entry);
    try {
      const value = await work(entry.abort.signal, (progress) => this.#report(entry, progress));
      this.#end(entry, { kind: 'done' });
      return value;
    } catch (error) {
      const data = this.#toErrorData(error);
      this.#end(entry, data.code === 'CANCELLED' ? { kind: 'cancelled' } : { kind: 'failed', error: data });
      throw error;
    } finally {
      clearTimeout(timer);
      resolve();
    }
  }

  /** Asks a running job to stop; its state changes when it has. Throws JOB_GONE. */
  cancel(id: number): void {
    const entry = this.#shownEntry(id);
    if (entry.job.state.kind !== 'running' || !entry.job.cancellable) throw new AppError('JOB_GONE');
    entry.abort.abort();
  }

  /** Takes an ended job out of the list. Throws JOB_GONE, also for one that still runs. */
  dismiss(id: number): void {
    if (this.#shownEntry(id).job.state.kind === 'running') throw new AppError('JOB_GONE');
    this.#entries.delete(id);
    this.#publishShown();
  }

  #start({ title, device, image, cancellable, steps = [] }: JobRequest): Entry {
    if (this.#isClosed) throw new AppError('SHUTTING_DOWN');
    const id = this.#nextId;
    this.#nextId += 1;
    const job: Job = {
      id,
      title,
      device,
      image: image ?? null,
      state: { kind: 'running' },
      cancellable,
      steps,
      step: 0,
      bytesDone: null,
      bytesTotal: null,
      bytesPerSecond: null,
      startedAt: Date.now(),
      endedAt: null,
      result: null,
    };
    const entry = { job, shown: false, ended: Promise.resolve(), abort: new AbortController(), rate: new RateMeter() };
    this.#entries.set(id, entry);
    return entry;
  }

  /** Reports come as often as the work likes; they are shown at most ten times a second. */
  #report(entry: Entry, { steps, step, bytesDone, bytesTotal, cancellable, result }: JobProgress): void {
    if (entry.job.state.kind !== 'running') return;
    const begun = step !== undefined && step !== entry.job.step;
    if (begun) entry.rate.clear();
    const { job } = begun ? { job: { ...entry.job, step, bytesDone: null, bytesTotal: null, bytesPerSecond: null } } : entry;
    const rate = bytesDone === undefined ? null : entry.rate.add(bytesDone, performance.now());
    entry.job = {
      ...job,
      steps: steps ?? job.steps,
      cancellable: cancellable ?? job.cancellable,
      bytesDone: bytesDone?.toString() ?? job.bytesDone,
      bytesTotal: bytesTotal === undefined ? job.bytesTotal : (bytesTotal?.toString() ?? null),
      bytesPerSecond: rate?.toString() ?? job.bytesPerSecond,
      result: result ?? job.result,
    };
    if (!entry.shown || this.#publishing !== null) return;
    this.#publishing = setTimeout(() => this.#publishShown(), REPORTED_EVERY_MS);
  }

  #show(entry: Entry): void {
    if (entry.shown) return;
    entry.shown = true;
    this.#publishShown();
  }

  #end(entry: Entry, state: JobState): void {
    if (!entry.shown) {
      this.#entries.delete(entry.job.id);
      return;
    }
    entry.job = { ...entry.job, state, cancellable: false, endedAt: Date.now() };
    const ended = [...this.#entries.values()].filter((other) => other.job.state.kind !== 'running');
    for (const old of ended.slice(0, -ENDED_JOBS_KEPT)) this.#entries.delete(old.job.id);
    this.#publishShown();
  }

  #shownEntry(id: number): Entry {
    const entry = this.#entries.get(id);
    if (!entry?.shown) throw new AppError('JOB_GONE');
    return entry;
  }

  #publishShown(): void {
    if (this.#publishing !== null) clearTimeout(this.#publishing);
    this.#publishing = null;
    this.#publish([...this.#entries.values()].filter((entry) => entry.shown).map((entry) => entry.job));
  }
}

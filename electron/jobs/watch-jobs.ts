/** Follows the jobs of all of the user's windows and command lines by the files of job-files.ts. Command line. */
import { mkdirSync, readdirSync, readFileSync, unlinkSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { isSameProcess } from '../detach/process-identity.ts';
import type { JobFacts } from './job-facts.ts';

/** How soon it is seen that a process ended without a word. */
const LOOKED_EVERY_MS = 1000;
const fileName = /^((\d+)-(\d+)-\d+)\.(json|new|done|cancelled|failed-[A-Z_]+)$/u;

export interface SeenJob extends JobFacts {
  /** Of this run of this process only. */
  readonly id: string;
  readonly pid: number;
}

export type JobEvent =
  | { readonly event: 'job-started'; readonly job: SeenJob }
  | { readonly event: 'job-progress'; readonly job: SeenJob }
  | {
      readonly event: 'job-ended';
      /** As it was told last. */
      readonly job: SeenJob;
      /** `lost`: its process is gone without having said how the job ended. */
      readonly outcome: 'done' | 'cancelled' | 'failed' | 'lost';
      readonly code: string | null;
    };

const decimal = v.nullable(v.pipe(v.string(), v.regex(/^\d{1,20}$/u)));
const jobFile = v.object({
  kind: v.string(),
  fileName: v.string(),
  device: v.nullable(v.number()),
  cancellable: v.boolean(),
  steps: v.array(v.string()),
  step: v.number(),
  bytesDone: decimal,
  bytesTotal: decimal,
  bytesPerSecond: decimal,
  startedAt: v.number(),
});

export class JobWatch {
  readonly #folder: string;
  readonly #tell: (event: JobEvent) => void;
  readonly #jobs = new Map<string, SeenJob>();
  readonly #watcher: FSWatcher;
  #timer: NodeJS.Timeout | null = null;

  /** From now on `tell` hears of changes; what runs already is in {@link running}. Throws the system's error where nothing can be watched. */
  constructor(folder: string, tell: (event: JobEvent) => void) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folder = folder;
    this.#tell = tell;
    this.#watcher = watch(folder, (_type, name) => this.#look(name ?? ''));
    // The folder went with the session: there are no jobs to be told of any more.
    this.#watcher.on('error', () => this.close());
    for (const name of readdirSync(folder)) this.#take(name);
    this.#lookLater();
  }

  get running(): readonly SeenJob[] {
    return [...this.#jobs.values()];
  }

  close(): void {
    this.#watcher.close();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #look(name: string): void {
    const [, id = '', , , mark] = fileName.exec(name) ?? [];
    if (mark === undefined || mark === 'new') return;
    if (mark !== 'json') {
      const [outcome, code = null] = mark.split('-') as ['done' | 'cancelled' | 'failed', string?];
      this.#end(id, outcome, code);
      return;
    }
    const before = this.#jobs.get(id);
    const job = this.#take(name);
    if (job === null || JSON.stringify(job) === JSON.stringify(before)) return;
    this.#tell({ event: before === undefined ? 'job-started' : 'job-progress', job });
    this.#lookLater();
  }

  /** Null: nothing that runs. What a process left that is gone is removed. */
  #take(name: string): SeenJob | null {
    const [, id = '', pid = '', startTime = ''] = fileName.exec(name) ?? [];
    if (id === '') return null;
    if (!isSameProcess({ pid: Number(pid), startTime })) {
      if (!this.#jobs.has(id)) this.#remove(name);
      return null;
    }
    const job = name.endsWith('.json') ? this.#read(id, Number(pid)) : null;
    if (job !== null) this.#jobs.set(id, job);
    return job;
  }

  #read(id: string, pid: number): SeenJob | null {
    try {
      const { output, success } = v.safeParse(jobFile, JSON.parse(readFileSync(join(this.#folder, `${id}.json`), 'utf8')));
      return success ? ({ id, pid, ...output } as SeenJob) : null;
    } catch {
      // Gone meanwhile: that is told by the name it got. Or written by something else.
      return null;
    }
  }

  #end(id: string, outcome: 'done' | 'cancelled' | 'failed' | 'lost', code: string | null): void {
    const job = this.#jobs.get(id);
    if (job === undefined || !this.#jobs.delete(id)) return;
    this.#tell({ event: 'job-ended', job, outcome, code });
  }

  #lookLater(): void {
    if (this.#jobs.size === 0 || this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      for (const { id, pid } of this.running) {
        if (isSameProcess({ pid, startTime: id.split('-')[1] ?? '' })) continue;
        this.#remove(`${id}.json`);
        this.#end(id, 'lost', null);
      }
      this.#lookLater();
    }, LOOKED_EVERY_MS);
  }

  #remove(name: string): void {
    try {
      unlinkSync(join(this.#folder, name));
    } catch {
      // Another watcher was first.
    }
  }
}

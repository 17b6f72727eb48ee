/**
 * Where the user's other programs see the jobs that run: a small file for each in a folder that only he can enter. At its end a file gets a
 * name that says how it ended and is removed at once; watchers are told of names, also of files that are gone. Main process and command line.
 */
import { lstatSync, mkdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { identityOf } from '../detach/process-identity.ts';
import type { Job, JobState } from '../ipc/state.ts';
import { factsOf } from './job-facts.ts';

/** Each job is written anew at most this often; that it began or ended is told at once. */
const WRITTEN_EVERY_MS = 500;

/** Null where there is no place for what lasts as long as a session, or where it is not this user's. */
export function jobsFolder(environment: NodeJS.ProcessEnv): string | null {
  const configured = environment['XDG_RUNTIME_DIR'];
  const uid = process.geteuid?.() ?? 0;
  const runtime = configured !== undefined && isAbsolute(configured) ? configured : `/run/user/${uid}`;
  const facts = lstatSync(runtime, { throwIfNoEntry: false });
  return facts?.isDirectory() === true && facts.uid === uid ? join(runtime, 'platter/jobs') : null;
}

/** Ids of jobs count per list of jobs; names of files must not come twice from one process. */
let lastNumber = 0;

export class JobFiles {
  readonly #folder: string | null;
  readonly #names = new Map<number, string>();
  #jobs: readonly Job[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(folder: string | null) {
    this.#folder = folder;
  }

  /** To be given the whole list whenever it changed. */
  publish(jobs: readonly Job[]): void {
    if (this.#folder === null) return;
    this.#jobs = jobs;
    for (const job of jobs) {
      if (job.state.kind !== 'running') this.#end(job.id, job.state);
      else if (!this.#names.has(job.id)) this.#write(this.#folder, job);
    }
    if (this.#names.size === 0 || this.#timer !== null) return;
    this.#timer = setTimeout(() => this.#writeAll(), WRITTEN_EVERY_MS);
    this.#timer.unref();
  }

  #writeAll(): void {
    this.#timer = null;
    for (const job of this.#jobs) if (this.#folder !== null && this.#names.has(job.id)) this.#write(this.#folder, job);
  }

  #write(folder: string, job: Job): void {
    const path = this.#names.get(job.id) ?? newPath(folder);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(`${path}.new`, JSON.stringify(factsOf(job)), { mode: 0o600 });
      renameSync(`${path}.new`, `${path}.json`);
      this.#names.set(job.id, path);
    } catch {
      // Nobody sees the job from outside then; it runs all the same.
    }
  }

  #end(id: number, state: JobState): void {
    const path = this.#names.get(id);
    if (path === undefined) return;
    this.#names.delete(id);
    const mark = state.kind === 'failed' ? `failed-${state.error.code}` : state.kind;
    try {
      renameSync(`${path}.json`, `${path}.${mark}`);
      unlinkSync(`${path}.${mark}`);
    } catch {
      // Somebody took the folder away.
    }
  }
}

/** Process and its start name the writer: when it is gone, so is the job, whatever its file says. */
function newPath(folder: string): string {
  lastNumber += 1;
  return join(folder, `${process.pid}-${identityOf(process.pid)?.startTime ?? '0'}-${lastNumber}`);
}

/**
 * Long work of one command: a bar with its share, rate and time left on a terminal, lines of JSON with --json, and Ctrl+C that calls it off.
 * The user's other programs see it as they see the jobs of a window.
 */
import { toFailure } from './failures.ts';
import { AppError } from '../ipc/errors.ts';
import type { Job } from '../ipc/state.ts';
import { factsOf } from '../jobs/job-facts.ts';
import { JobFiles, jobsFolder } from '../jobs/job-files.ts';
import { Jobs } from '../jobs/jobs.ts';
import { printJson, type Context } from './context.ts';
import { formatSize } from './sizes.ts';
import { isTerminal, writeMessage } from './terminal.ts';

const BAR_CELLS = 20;

export interface BarFacts {
  readonly bytesDone: bigint;
  readonly bytesTotal: bigint | null;
  readonly bytesPerSecond: bigint | null;
}

/** `[====      ]  42 %  3.1 GiB of 7.4 GiB  210 MiB/s  20 s left`. */
export function formatBar({ bytesDone, bytesTotal, bytesPerSecond }: BarFacts): string {
  const rate = bytesPerSecond === null || bytesPerSecond === 0n ? [] : [`${formatSize(bytesPerSecond)}/s`];
  if (bytesTotal === null || bytesTotal === 0n) return [formatSize(bytesDone), ...rate].join('  ');
  const percent = (bytesDone * 100n) / bytesTotal;
  const full = Number((bytesDone * BigInt(BAR_CELLS)) / bytesTotal);
  const left = bytesPerSecond === null || bytesPerSecond === 0n ? [] : [`${(bytesTotal - bytesDone) / bytesPerSecond} s left`];
  const bar = `[${'='.repeat(full)}${' '.repeat(BAR_CELLS - full)}] ${String(percent).padStart(3)} %`;
  return [bar, `${formatSize(bytesDone)} of ${formatSize(bytesTotal)}`, ...rate, ...left].join('  ');
}

/** How far a job is, for whoever waits for it. */
interface Show {
  readonly take: (job: Job) => void;
  readonly end: () => void;
}

/**
 * Runs work as the window's jobs do. Work that cannot be called off goes on after Ctrl+C. `title` null: the caller draws what people see.
 * With --json the first line is written as the work begins, whether it takes long or not.
 */
export function commandJobs(title: string | null, context: Context): Pick<Jobs, 'run'> {
  return {
    run: async (request, work) => {
      const show = context.json ? jsonLines : new Bar(title, context);
      const files = new JobFiles(jobsFolder(process.env));
      const jobs = new Jobs((list) => {
        files.publish(list);
        for (const job of list) if (job.state.kind === 'running') show.take(job);
      }, toFailure);
      const interrupt = (): void => void jobs.stopAll();
      for (const signal of interrupts) process.on(signal, interrupt);
      try {
        return await jobs.run({ ...request, always: context.json }, async (signal, report) => {
          try {
            return await work(signal, report);
          } catch (error) {
            const isLasting = error instanceof AppError && lasting.has(error.data.code);
            if (signal.aborted && !isLasting) throw new AppError('CANCELLED', {}, { cause: error });
            throw error;
          }
        });
      } finally {
        for (const signal of interrupts) process.off(signal, interrupt);
        show.end();
      }
    },
  };
}

/** What these say of the state that was left matters more than that it was called off. */
const lasting: ReadonlySet<string> = new Set(['RESIZE_STOPPED', 'RESIZE_NOT_PUT_BACK', 'RESIZED_NOT_ATTACHED']);

const interrupts = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const jsonLines: Show = {
  take: (job) => printJson({ event: 'progress', ...factsOf(job) }),
  end: () => undefined,
};

/** What came of a job, as the last line of --json. */
export function printResult(result: object): void {
  printJson({ event: 'result', ...result });
}

class Bar implements Show {
  readonly #title: string | null;
  readonly #isShown: boolean;
  #isDrawn = false;

  constructor(title: string | null, { quiet }: Context) {
    this.#title = title;
    this.#isShown = !quiet && title !== null && isTerminal(2);
  }

  take({ bytesDone, bytesTotal, bytesPerSecond }: Job): void {
    if (!this.#isShown) return;
    this.#isDrawn = true;
    const facts = { bytesDone: toBytes(bytesDone) ?? 0n, bytesTotal: toBytes(bytesTotal), bytesPerSecond: toBytes(bytesPerSecond) };
    writeMessage(`\r${this.#title}: ${formatBar(facts)}\u001b[K`);
  }

  end(): void {
    if (this.#isDrawn) writeMessage('\r\u001b[K');
  }
}

function toBytes(decimal: string | null): bigint | null {
  return decimal === null ? null : BigInt(decimal);
}

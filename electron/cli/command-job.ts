/** Long work of one command: a bar with its share, rate and time left on a terminal, and Ctrl+C that calls it off. */
import { AppError } from '../ipc/errors.ts';
import type { JobProgress, Jobs } from '../jobs/jobs.ts';
import { RateMeter } from '../jobs/rate-meter.ts';
import type { Context } from './context.ts';
import { formatSize } from './sizes.ts';
import { isTerminal, writeMessage } from './terminal.ts';

const SHOWN_AFTER_MS = 400;
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

/** Runs work as the window's jobs do, for one command that nobody else sees. Work that cannot be called off goes on after Ctrl+C. */
export function commandJobs(title: string, context: Context): Pick<Jobs, 'run'> {
  return {
    run: async ({ cancellable }, work) => {
      const abort = new AbortController();
      let canCancel = cancellable;
      const interrupt = (): void => {
        if (canCancel) abort.abort();
      };
      const bar = new Bar(title, context);
      const report = (progress: JobProgress): void => {
        canCancel = progress.cancellable ?? canCancel;
        bar.take(progress);
      };
      process.on('SIGINT', interrupt);
      try {
        return await work(abort.signal, report);
      } catch (error) {
        if (abort.signal.aborted) throw new AppError('CANCELLED', {}, { cause: error });
        throw error;
      } finally {
        process.off('SIGINT', interrupt);
        bar.end();
      }
    },
  };
}

class Bar {
  readonly #title: string;
  readonly #startedAt = performance.now();
  readonly #isShown: boolean;
  #rate = new RateMeter();
  #facts: BarFacts = { bytesDone: 0n, bytesTotal: null, bytesPerSecond: null };
  #drawnAt = 0;

  constructor(title: string, { quiet, json }: Context) {
    this.#title = title;
    this.#isShown = !quiet && !json && isTerminal(2);
  }

  take({ step, bytesDone, bytesTotal }: JobProgress): void {
    if (!this.#isShown) return;
    if (step !== undefined) {
      this.#rate = new RateMeter();
      this.#facts = { bytesDone: 0n, bytesTotal: null, bytesPerSecond: null };
    }
    const now = performance.now();
    const rate = bytesDone === undefined ? this.#facts.bytesPerSecond : this.#rate.add(bytesDone, now);
    this.#facts = {
      bytesDone: bytesDone ?? this.#facts.bytesDone,
      bytesTotal: bytesTotal === undefined ? this.#facts.bytesTotal : bytesTotal,
      bytesPerSecond: rate,
    };
    if (now - this.#startedAt < SHOWN_AFTER_MS || now - this.#drawnAt < 100) return;
    this.#drawnAt = now;
    writeMessage(`\r${this.#title}: ${formatBar(this.#facts)}\u001b[K`);
  }

  end(): void {
    if (this.#drawnAt > 0) writeMessage('\r\u001b[K');
  }
}

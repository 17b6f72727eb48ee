/** The end of the helper: whatever is in flight, the process is gone within two seconds. Runs as root. */
import { exitCodes } from '../protocol/envelope.ts';
import type { Log } from './log.ts';

/** What is left of the two seconds of SECURITY.md §3 belongs to the kernel. */
const GRACE_MS = 1500;

export interface EndingOptions {
  /** Aborts what is in flight; resolves when all of it has ended. */
  readonly endRequests: () => Promise<void>;
  /** Resolves when the last replies are written or nobody reads them. */
  readonly flush: () => Promise<void>;
  /** Wakes the poller for the last time: a blocked call would keep the process (DESIGN.md §1.3). */
  readonly stopPoller: () => Promise<void>;
  readonly exitNow: (status: number) => never;
  readonly log: Log;
}

export class Ending {
  readonly #options: EndingOptions;
  #status: number | null = null;

  constructor(options: EndingOptions) {
    this.#options = options;
  }

  /** Ends in good order. Of several reasons the worst status counts. */
  begin(status: number, reason: string): void {
    const isFirst = this.#status === null;
    this.#status = Math.max(this.#status ?? exitCodes.done, status);
    if (!isFirst) return;
    this.#options.log('ending', { reason, status });
    setTimeout(() => this.#exit(), GRACE_MS);
    this.#finish().then(
      () => this.#exit(),
      (error: unknown) => this.fail(error),
    );
  }

  /** A fault of the helper itself: nothing can be relied on, so nothing is waited for. */
  fail(error: unknown): never {
    this.#options.log('fault', { fault: error instanceof Error ? (error.stack ?? error.message) : 'not an Error' });
    void this.#options.stopPoller(); // writes the event; the call that returns from it is not waited for
    return this.#options.exitNow(exitCodes.protocol);
  }

  async #finish(): Promise<void> {
    await this.#options.endRequests();
    await this.#options.flush();
    await this.#options.stopPoller();
  }

  #exit(): void {
    void this.#options.stopPoller();
    this.#options.exitNow(this.#status ?? exitCodes.protocol);
  }
}

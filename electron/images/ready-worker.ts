/**
 * Has an image worker running before anybody asks: starting one takes longer than all that is in an image takes to find. While a window can
 * be seen one waits, asleep in recvmsg(2); without one it ends like every other that is not used. Main process.
 */
import { ImageWorker, type ImageWorkerOptions } from './image-worker.ts';
import { inspectFile } from './inspect.ts';
import { openSample } from './sample-image.ts';

export interface ReadyWorkerOptions extends Omit<ImageWorkerOptions, 'onEnd'> {
  /** From the wish to the start: a window that has just come has more urgent things to do. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 1000;

export class ReadyWorker {
  readonly worker: ImageWorker;
  readonly #patienceMs: number;
  #isWanted = false;
  #start: NodeJS.Timeout | undefined;

  constructor({ patienceMs = PATIENCE_MS, ...options }: ReadyWorkerOptions = {}) {
    this.#patienceMs = patienceMs;
    this.worker = new ImageWorker({
      ...options,
      // One that has never answered would end again.
      onEnd: ({ hasAnswered }) => {
        if (hasAnswered) this.#startSoon();
      },
    });
  }

  setWanted(wanted: boolean): void {
    if (wanted === this.#isWanted) return;
    this.#isWanted = wanted;
    this.worker.setKept(wanted);
    this.#startSoon();
  }

  async close(): Promise<void> {
    this.setWanted(false);
    await this.worker.close();
  }

  #startSoon(): void {
    clearTimeout(this.#start);
    if (!this.#isWanted) return;
    this.#start = setTimeout(() => void this.prepare(), this.#patienceMs);
    this.#start.unref();
  }

  /**
   * Starts a worker unless one runs, and lets it and this process look at a sample, since code is slow when it runs for the first time.
   * Resolves when that is done. Never fails: what is wrong with the worker is said to whoever asks it something.
   */
  async prepare(): Promise<void> {
    if (this.worker.pid !== undefined) return;
    try {
      const sample = await openSample();
      try {
        const { sizeBytes } = await inspectFile({ worker: this.worker, devices: [] }, Buffer.from(`/proc/self/fd/${sample.fd}`));
        await this.worker.probe(sample, { offsetBytes: 0n, sizeBytes: BigInt(sizeBytes), sectorBytes: 512 });
      } finally {
        await sample.close();
      }
    } catch {
      // The comment above says why.
    }
  }
}

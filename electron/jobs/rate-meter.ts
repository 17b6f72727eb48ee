/** How fast something goes: the average over the last seconds, so that one stall or burst does not throw the time left about. Pure. */

const WINDOW_MS = 5000;
/** Before this the rate says more of the start than of the work. */
const FIRST_AFTER_MS = 1000;

interface Sample {
  readonly bytes: bigint;
  readonly atMs: number;
}

export class RateMeter {
  #samples: readonly Sample[] = [];

  /** Bytes per second, or null while it is too early to say. `atMs` never goes back. */
  add(bytes: bigint, atMs: number): bigint | null {
    const recent = this.#samples.filter((sample) => atMs - sample.atMs <= WINDOW_MS);
    // The newest of the old ones stays as the base, or a slow job would have none.
    const base = this.#samples.findLast((sample) => atMs - sample.atMs > WINDOW_MS);
    const last = recent.at(-1);
    const close = last !== undefined && atMs - last.atMs < 50;
    this.#samples = [...(base === undefined ? [] : [base]), ...recent, ...(close ? [] : [{ bytes, atMs }])];
    const first = this.#samples[0];
    if (first === undefined || atMs - first.atMs < FIRST_AFTER_MS) return null;
    const rate = (Number(bytes - first.bytes) / (atMs - first.atMs)) * 1000;
    return rate < 0 ? null : BigInt(Math.round(rate));
  }

  clear(): void {
    this.#samples = [];
  }
}

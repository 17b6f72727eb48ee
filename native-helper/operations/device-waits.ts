/** Whoever waits for something to happen to a device: looks at each of its events, and now and then by itself. Runs in the helper. */

/** For devices whose events are lost or switched off (LOOP.md §0.2). */
const RECHECK_MS = 250;

export class DeviceWaits {
  readonly #waiting = new Map<number, Set<() => void>>();

  /** The kernel told something about these devices. */
  check(numbers: Iterable<number>): void {
    for (const number of numbers) for (const check of this.#waiting.get(number) ?? []) check();
  }

  /** Waits until `done` holds, looking at every event of the device; false when the time is over first, or the request is withdrawn. */
  waitFor(number: number, done: () => boolean, capMs: number, signal: AbortSignal): Promise<boolean> {
    if (done()) return Promise.resolve(true);
    if (capMs <= 0 || signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const checks = this.#waiting.get(number) ?? new Set();
      this.#waiting.set(number, checks);
      const end = (result: boolean): void => {
        clearTimeout(timer);
        clearInterval(recheck);
        signal.removeEventListener('abort', withdraw);
        checks.delete(check);
        if (checks.size === 0 && this.#waiting.get(number) === checks) this.#waiting.delete(number);
        resolve(result);
      };
      const check = (): void => {
        if (done()) end(true);
      };
      const withdraw = (): void => end(done());
      const timer = setTimeout(withdraw, capMs);
      signal.addEventListener('abort', withdraw);
      const recheck = setInterval(check, RECHECK_MS);
      checks.add(check);
    });
  }
}

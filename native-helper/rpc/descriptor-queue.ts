/**
 * Descriptors that arrived and wait for the request that takes them. A request never names a number: it takes what came with
 * it, in order of arrival (SECURITY.md (c) 4; CVE-2025-8067 was an index chosen by the client). Runs as root.
 */

/** More messages with descriptors than this without a request that takes them are a fault of the peer. */
const MOST_WAITING = 4;

export class DescriptorQueue {
  readonly #close: (descriptor: number) => void;
  #groups: (readonly number[])[] = [];

  constructor(close: (descriptor: number) => void) {
    this.#close = close;
  }

  /** Number of messages whose descriptors nobody has taken. */
  get waiting(): number {
    return this.#groups.length;
  }

  get isOverfull(): boolean {
    return this.#groups.length > MOST_WAITING;
  }

  /** What came with one message; from here on the queue owns it. */
  add(descriptors: readonly number[]): void {
    if (descriptors.length > 0) this.#groups.push(descriptors);
  }

  /** Hands the oldest group over to the caller; empty when there is none. */
  take(): readonly number[] {
    return this.#groups.shift() ?? [];
  }

  closeAll(): void {
    const groups = this.#groups;
    this.#groups = [];
    for (const group of groups) for (const descriptor of group) this.#close(descriptor);
  }
}

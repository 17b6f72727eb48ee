/** Keeps the end of what a helper wrote to its standard error, for the Details view. Main process. */

const MOST_BYTES = 8 * 1024;

export class DetailLines {
  #kept = Buffer.alloc(0);
  #isCut = false;

  add(bytes: Uint8Array): void {
    const all = Buffer.concat([this.#kept, bytes]);
    this.#isCut ||= all.length > MOST_BYTES;
    this.#kept = all.subarray(Math.max(0, all.length - MOST_BYTES));
  }

  /** Whole lines only; what is not UTF-8 shows as U+FFFD. */
  get text(): string {
    const text = this.#kept.toString('utf8');
    return (this.#isCut ? text.slice(text.indexOf('\n') + 1) : text).trimEnd();
  }
}

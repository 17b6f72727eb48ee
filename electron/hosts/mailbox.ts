/** What comes before anybody takes it is kept for him. Pure. */
export class Mailbox<T> {
  readonly #early: T[] = [];
  #taker: ((item: T) => void) | null = null;

  add(item: T): void {
    if (this.#taker === null) this.#early.push(item);
    else this.#taker(item);
  }

  /** To be called once: `taker` gets what is there at once, in its order, and then whatever comes. */
  take(taker: (item: T) => void): void {
    this.#taker = taker;
    for (const item of this.#early.splice(0)) taker(item);
  }
}

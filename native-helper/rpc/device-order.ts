/** Requests on the same device run one after another, in order of arrival; all others run side by side. */

export class DeviceOrder<T> {
  readonly #lines = new Map<number, T[]>();

  /** True: nobody is before `item`, it starts now. False: {@link leave} will give it back in its turn. */
  enter(device: number, item: T): boolean {
    const line = this.#lines.get(device);
    if (line === undefined) {
      this.#lines.set(device, []);
      return true;
    }
    line.push(item);
    return false;
  }

  /** The one before has ended; gives the next, which starts now. */
  leave(device: number): T | undefined {
    const line = this.#lines.get(device);
    const next = line?.shift();
    if (next === undefined) this.#lines.delete(device);
    return next;
  }

  /** Takes `item` out again while it waits. False when it does not wait. */
  withdraw(device: number, item: T): boolean {
    const line = this.#lines.get(device);
    const index = line?.indexOf(item) ?? -1;
    if (line === undefined || index === -1) return false;
    line.splice(index, 1);
    return true;
  }
}

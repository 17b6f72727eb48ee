/**
 * Watches any number of descriptors with one poll(2) on one thread (DESIGN.md §1.3): Node itself cannot watch netlink
 * sockets, pidfds or POLLPRI. An eventfd wakes the call when the set changes and when it is to end.
 */
import { closeDescriptor, createEventDescriptor, signalEventDescriptor } from './descriptors.ts';
import { call, checkDescriptor, pollNow, pollSleeping, read } from './ffi.ts';
import { SyscallError, isErrno } from './syscall-error.ts';

/** Bits of poll(2), asm-generic/poll.h. The last three are reported without being asked for. */
export const pollEvents = { POLLIN: 1, POLLPRI: 2, POLLOUT: 4, POLLERR: 8, POLLHUP: 16, POLLNVAL: 32 } as const;

/** Gets the bits that poll(2) returned. Level-triggered: take what is there, or be called again at once. Must not throw. */
export type PollCallback = (returnedEvents: number) => void;

interface Registration {
  readonly fd: number;
  readonly events: number;
  readonly callback: PollCallback;
}

const POLLFD_BYTES = 8; // struct pollfd: int fd, short events, short revents

/** What one poll(2) is called with: the eventfd first, then the registrations in their order. */
interface Watched {
  readonly registrations: readonly Registration[];
  readonly entries: Buffer;
  readonly count: number;
}

/** One poll in flight at most. While anything is registered, the process stays alive; after `stop` it can end. */
export class DescriptorPoller {
  readonly #registrations = new Set<Registration>();
  readonly #wakeFd = createEventDescriptor();
  /** Made anew after a change of the registrations. */
  #watched: Watched | null = null;
  #inFlight = false;
  #stopped: (() => void)[] | null = null;
  #closed = false;

  /**
   * Calls `callback` whenever one of `events` (or an error) holds for `fd`. Returns the function that undoes it; the
   * descriptor may be closed right after. A descriptor that is not open is reported once with POLLNVAL and dropped.
   */
  register(fd: number, events: number, callback: PollCallback): () => void {
    if (this.#stopped !== null) throw new Error('the poller has stopped');
    if (!Number.isInteger(events) || events < 0 || events > 0x7fff) throw new RangeError('poll events are out of range');
    const registration: Registration = { fd: checkDescriptor(fd), events, callback };
    this.#registrations.add(registration);
    this.#watched = null;
    this.#wakeOrStart();
    return () => {
      if (this.#drop(registration)) this.#wakeOrStart();
    };
  }

  /** Ends the watching; no callback runs any more. Resolves after the call in flight has returned. */
  stop(): Promise<void> {
    this.#registrations.clear();
    this.#watched = null;
    return new Promise((resolve) => {
      this.#stopped = [...(this.#stopped ?? []), resolve];
      if (this.#inFlight) signalEventDescriptor(this.#wakeFd);
      else this.#finish();
    });
  }

  #wakeOrStart(): void {
    if (this.#inFlight) signalEventDescriptor(this.#wakeFd);
    else this.#start();
  }

  #drop(registration: Registration): boolean {
    this.#watched = null;
    return this.#registrations.delete(registration);
  }

  /** Null: there is nothing to watch, or no more. */
  #toWatch(): Watched | null {
    // A callback may have begun the next poll before its turn; whoever waits for the end waits for that one too.
    if (this.#inFlight) return null;
    if (this.#stopped !== null) {
      this.#finish();
      return null;
    }
    if (this.#registrations.size === 0) return null;
    this.#watched ??= this.#makeWatched();
    return this.#watched;
  }

  #makeWatched(): Watched {
    const registrations = [...this.#registrations];
    const entries = Buffer.alloc((registrations.length + 1) * POLLFD_BYTES);
    entries.writeInt32LE(this.#wakeFd, 0);
    entries.writeInt16LE(pollEvents.POLLIN, 4);
    registrations.forEach(({ fd, events }, index) => {
      entries.writeInt32LE(fd, (index + 1) * POLLFD_BYTES);
      entries.writeInt16LE(events, (index + 1) * POLLFD_BYTES + 4);
    });
    return { registrations, entries, count: registrations.length + 1 };
  }

  #start(): void {
    const watched = this.#toWatch();
    if (watched === null) return;
    this.#inFlight = true;
    pollSleeping(watched.entries, watched.count, (errno) => {
      this.#inFlight = false;
      try {
        if (errno === 0) this.#dispatch(watched);
        else if (!isErrno(new SyscallError('poll', errno), 'EINTR', 'EAGAIN')) throw new SyscallError('poll', errno);
      } finally {
        this.#continueLater();
      }
    });
  }

  /** What the callbacks began comes first: a request that is answered in this turn does not wait for the next poll to be set up. */
  #continueLater(): void {
    setImmediate(() => this.#continue());
  }

  /** Often something has come meanwhile, our own uevents for one; asking here is cheaper than waking another thread to be woken by it. */
  #continue(): void {
    const watched = this.#toWatch();
    if (watched === null) return;
    if (pollNow(watched.entries, watched.count) === 0) {
      this.#start();
      return;
    }
    try {
      this.#dispatch(watched);
    } finally {
      this.#continueLater();
    }
  }

  #dispatch({ registrations, entries }: Watched): void {
    if (entries.readInt16LE(6) !== 0) call('read eventfd', () => read(this.#wakeFd, Buffer.alloc(8), 8));
    registrations.forEach((registration, index) => {
      const returned = entries.readInt16LE((index + 1) * POLLFD_BYTES + 6);
      // An earlier callback of this round may have taken it out.
      if (returned === 0 || !this.#registrations.has(registration)) return;
      if ((returned & pollEvents.POLLNVAL) !== 0) this.#drop(registration);
      registration.callback(returned);
    });
  }

  #finish(): void {
    if (!this.#closed) closeDescriptor(this.#wakeFd);
    this.#closed = true;
    for (const resolve of this.#stopped ?? []) resolve();
    this.#stopped = [];
  }
}

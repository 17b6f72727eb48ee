/**
 * Watches any number of descriptors with one poll(2) on one thread (DESIGN.md §1.3): Node itself cannot watch netlink
 * sockets, pidfds or POLLPRI. An eventfd wakes the call when the set changes and when it is to end.
 */
import { closeDescriptor, createEventDescriptor, signalEventDescriptor } from './descriptors.ts';
import { call, checkDescriptor, pollSleeping, read } from './ffi.ts';
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

/** One poll in flight at most. While anything is registered, the process stays alive; after `stop` it can end. */
export class DescriptorPoller {
  readonly #registrations = new Set<Registration>();
  readonly #wakeFd = createEventDescriptor();
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
    this.#wakeOrStart();
    return () => {
      if (this.#registrations.delete(registration)) this.#wakeOrStart();
    };
  }

  /** Ends the watching; no callback runs any more. Resolves after the call in flight has returned. */
  stop(): Promise<void> {
    this.#registrations.clear();
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

  #start(): void {
    // A callback may have begun the next poll before its turn; whoever waits for the end waits for that one too.
    if (this.#inFlight) return;
    if (this.#stopped !== null) return this.#finish();
    if (this.#registrations.size === 0) return;
    const watched = [...this.#registrations];
    const entries = Buffer.alloc((watched.length + 1) * POLLFD_BYTES);
    entries.writeInt32LE(this.#wakeFd, 0);
    entries.writeInt16LE(pollEvents.POLLIN, 4);
    watched.forEach(({ fd, events }, index) => {
      entries.writeInt32LE(fd, (index + 1) * POLLFD_BYTES);
      entries.writeInt16LE(events, (index + 1) * POLLFD_BYTES + 4);
    });
    this.#inFlight = true;
    pollSleeping(entries, watched.length + 1, (errno) => {
      this.#inFlight = false;
      try {
        if (errno === 0) this.#dispatch(watched, entries);
        else if (!isErrno(new SyscallError('poll', errno), 'EINTR', 'EAGAIN')) throw new SyscallError('poll', errno);
      } finally {
        // What the callbacks began comes first: a request that is answered in this turn does not wait for the next poll to be set up.
        setImmediate(() => this.#start());
      }
    });
  }

  #dispatch(watched: readonly Registration[], entries: Buffer): void {
    if (entries.readInt16LE(6) !== 0) call('read eventfd', () => read(this.#wakeFd, Buffer.alloc(8), 8));
    watched.forEach((registration, index) => {
      const returned = entries.readInt16LE((index + 1) * POLLFD_BYTES + 6);
      // An earlier callback of this round may have taken it out.
      if (returned === 0 || !this.#registrations.has(registration)) return;
      if ((returned & pollEvents.POLLNVAL) !== 0) this.#registrations.delete(registration);
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

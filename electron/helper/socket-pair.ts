/**
 * The way to a helper: one end of a Unix socket pair, written with sendmsg because nothing in Node sends descriptors. Main process.
 * The only file of the main process that imports koffi. Never blocks: what the kernel does not take waits in a queue.
 */
import { closeSync } from 'node:fs';
import koffi, { type KoffiFunc } from 'koffi';

/** asm-generic values; the same on x86-64 and arm64. */
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2_000_000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const POLLOUT = 4;
const POLLIN = 1;
const EFD_CLOEXEC = 0o2_000_000;
const EINTR = 4;
const EAGAIN = 11;

/** struct pollfd; struct msghdr and struct iovec; struct cmsghdr with room for one descriptor, padded to 8 bytes (64-bit Linux). */
const POLLFD_BYTES = 8;
const MSGHDR_BYTES = 56;
const IOVEC_BYTES = 16;
const CMSGHDR_BYTES = 16;
const CMSG_SPACE_BYTES = 24;

type Async<F extends (...values: never[]) => number> = KoffiFunc<F>;

const libc = koffi.load('libc.so.6');
const native = {
  socketpair: libc.func('int socketpair(int, int, int, void *)') as (
    domain: number,
    type: number,
    protocol: number,
    pair: Buffer,
  ) => number,
  send: libc.func('long send(int, void *, size_t, int)') as (fd: number, bytes: Uint8Array, length: number, flags: number) => number,
  sendmsg: libc.func('long sendmsg(int, void *, int)') as (fd: number, header: Buffer, flags: number) => number,
  eventfd: libc.func('int eventfd(unsigned int, int)') as (initial: number, flags: number) => number,
  write: libc.func('long write(int, void *, size_t)') as (fd: number, bytes: Buffer, length: number) => number,
  poll: libc.func('int poll(void *, unsigned long, int)') as Async<(entries: Buffer, count: number, timeoutMs: number) => number>,
};

/** Both ends, close-on-exec. `ours` belongs to a {@link SocketWriter}; `theirs` is for the child and is closed after it started. */
export function createSocketPair(): { readonly ours: number; readonly theirs: number } {
  const pair = Buffer.alloc(8);
  if (native.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) !== 0) throw callError('socketpair', koffi.errno());
  return { ours: pair.readInt32LE(0), theirs: pair.readInt32LE(4) };
}

function callError(call: string, errno: number): Error & { readonly errno: number } {
  return Object.assign(new Error(`${call} failed with errno ${errno}`), { errno });
}

interface QueuedMessage {
  readonly bytes: Uint8Array;
  /** Sent with the first byte. Stays open until then; whoever queued it closes it. */
  descriptor: number | null;
  sent: number;
}

/** Owns our end of a pair. */
export class SocketWriter {
  readonly #socket: number;
  readonly #onBroken: (error: Error) => void;
  #queue: QueuedMessage[] = [];
  #wake: number | null = null;
  #closed = false;

  /** `onBroken` is called once when the peer has closed its end or sending fails. */
  constructor(socket: number, onBroken: (error: Error) => void) {
    this.#socket = socket;
    this.#onBroken = onBroken;
  }

  /** Number of messages that the kernel has not taken yet. */
  get queuedMessages(): number {
    return this.#queue.length;
  }

  /** `descriptor` must be open until it was sent: until the reply to the request, in practice. */
  send(bytes: Uint8Array, descriptor: number | null): void {
    if (this.#closed) return;
    this.#queue.push({ bytes, descriptor, sent: 0 });
    if (this.#queue.length === 1) this.#sendQueued();
  }

  /** Closes our end, which ends the helper. What still waits is dropped. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue = [];
    // A call that sleeps on the socket must return before the number may be used again.
    if (this.#wake === null) closeSync(this.#socket);
    else native.write(this.#wake, eventValue, eventValue.length);
  }

  #sendQueued(): void {
    for (let message = this.#queue[0]; message !== undefined; message = this.#queue[0]) {
      const outcome = sendOnce(this.#socket, message);
      if (outcome === EAGAIN) {
        this.#waitForRoom();
        return;
      }
      if (outcome !== 0) {
        this.close();
        this.#onBroken(callError('sendmsg', outcome));
        return;
      }
      if (message.sent === message.bytes.length) this.#queue.shift();
    }
  }

  /** One poll on another thread, only while something waits; the event descriptor ends it when the socket is closed. */
  #waitForRoom(): void {
    const wake = native.eventfd(0, EFD_CLOEXEC);
    if (wake < 0) throw callError('eventfd', koffi.errno());
    this.#wake = wake;
    const entries = Buffer.alloc(2 * POLLFD_BYTES);
    entries.writeInt32LE(this.#socket, 0);
    entries.writeInt16LE(POLLOUT, 4);
    entries.writeInt32LE(wake, POLLFD_BYTES);
    entries.writeInt16LE(POLLIN, POLLFD_BYTES + 4);
    pollsInFlight.add(entries);
    native.poll.async(entries, 2, -1, () => {
      pollsInFlight.delete(entries);
      this.#wake = null;
      closeSync(wake);
      if (this.#closed) closeSync(this.#socket);
      else this.#sendQueued();
    });
  }
}

/** Keeps what another thread writes to from being collected. */
const pollsInFlight = new Set<Buffer>();

const eventValue = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);

/** Sends as much as the kernel takes. 0: some was sent; else errno. */
function sendOnce(socket: number, message: QueuedMessage): number {
  for (;;) {
    const rest = message.sent === 0 ? message.bytes : message.bytes.subarray(message.sent);
    const taken =
      message.descriptor === null
        ? native.send(socket, rest, rest.length, MSG_DONTWAIT | MSG_NOSIGNAL)
        : sendWithDescriptor(socket, rest, message.descriptor);
    const errno = taken < 0 ? koffi.errno() : 0;
    if (errno === EINTR) continue;
    if (errno !== 0) return errno;
    message.descriptor = null;
    message.sent += taken;
    return 0;
  }
}

const header = Buffer.allocUnsafeSlow(MSGHDR_BYTES).fill(0);
const vector = Buffer.allocUnsafeSlow(IOVEC_BYTES).fill(0);
const control = Buffer.allocUnsafeSlow(CMSG_SPACE_BYTES).fill(0);
control.writeUInt32LE(CMSGHDR_BYTES + 4, 0);
control.writeInt32LE(SOL_SOCKET, 8);
control.writeInt32LE(SCM_RIGHTS, 12);
header.writeBigUInt64LE(koffi.address(vector), 16);
header.writeUInt32LE(1, 24);
header.writeBigUInt64LE(koffi.address(control), 32);
header.writeUInt32LE(CMSG_SPACE_BYTES, 40);

function sendWithDescriptor(socket: number, bytes: Uint8Array, descriptor: number): number {
  vector.writeBigUInt64LE(koffi.address(bytes), 0);
  vector.writeUInt32LE(bytes.length, 8);
  control.writeInt32LE(descriptor, CMSGHDR_BYTES);
  return native.sendmsg(socket, header, MSG_DONTWAIT | MSG_NOSIGNAL);
}

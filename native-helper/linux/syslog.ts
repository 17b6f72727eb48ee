/** Lines for the system's log, over the datagram socket that syslogd and journald offer. Runs as root; never blocks. */
import { constants } from 'node:os';
import { close, lastErrno, load, socket, type Memory } from './ffi.ts';

const native = {
  connect: load<(fd: number, address: Memory, bytes: number) => number>('int connect(int, void *, unsigned int)'),
  send: load<(fd: number, memory: Memory, bytes: number, flags: number) => number>('long send(int, void *, size_t, int)'),
};

/** The same on every distribution; with journald a link to its own socket. */
const SOCKET_PATH = '/dev/log';
const AF_UNIX = 1;
/** SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC. */
const DATAGRAM = 2 | 0o4000 | 0o2_000_000;
/** MSG_DONTWAIT | MSG_NOSIGNAL. */
const SEND_FLAGS = 0x40 | 0x4000;
/** Facility authpriv (10), severity informational (6): syslog(3). */
const PRIORITY = 10 * 8 + 6;
/** Where there is no log, it is looked for again only now and then. */
const LOOK_AGAIN_MS = 60_000;

/** `full`: any user can fill its queue, so that says nothing of the next line. */
type Delivery = 'sent' | 'full' | 'no-log';

const { EAGAIN, ENOBUFS } = constants.errno;

function isFull(errno: number): boolean {
  return errno === EAGAIN || errno === ENOBUFS;
}

/** A connection to the system's log, made when it is first needed. */
export class SystemLog {
  readonly #program: string;
  readonly #path: string;
  #descriptor = -1;
  #lookAgainAt = Number.NEGATIVE_INFINITY;
  #lostLines = 0;

  /** `path` is /dev/log, at most 107 bytes. */
  constructor(program: string, path: string = SOCKET_PATH) {
    this.#program = program;
    this.#path = path;
  }

  /**
   * Sends one line, made of printable ASCII by the caller, and not made at all where there is no log. False then, and when the log has
   * no room: a lost line is no reason to fail. How many were lost for want of room is said before the next one that finds some.
   */
  write(makeLine: () => string): boolean {
    if (this.#descriptor === -1 && performance.now() < this.#lookAgainAt) return false;
    const notice = this.#lostLines === 0 ? 'sent' : this.#deliver(JSON.stringify({ event: 'log-lines-lost', lines: this.#lostLines }));
    if (notice === 'sent') this.#lostLines = 0;
    const outcome = notice === 'sent' ? this.#deliver(makeLine()) : notice;
    if (outcome === 'full') this.#lostLines += 1;
    if (outcome === 'no-log') this.#lookAgainAt = performance.now() + LOOK_AGAIN_MS;
    return outcome === 'sent';
  }

  #deliver(line: string): Delivery {
    const message = Buffer.from(`<${PRIORITY}>${timestamp(new Date())} ${this.#program}[${process.pid}]: ${line}`);
    // Twice: the daemon may have been started anew since the last line.
    const first = this.#send(message);
    return first === 'no-log' ? this.#send(message) : first;
  }

  #send(message: Buffer): Delivery {
    if (this.#descriptor === -1) this.#descriptor = connectTo(this.#path);
    if (this.#descriptor === -1) return 'no-log';
    if (native.send(this.#descriptor, message, message.byteLength, SEND_FLAGS) >= 0) return 'sent';
    if (isFull(lastErrno())) return 'full';
    this.close();
    return 'no-log';
  }

  close(): void {
    if (this.#descriptor !== -1) close(this.#descriptor);
    this.#descriptor = -1;
  }
}

/** -1 when nobody listens there. */
function connectTo(path: string): number {
  const fd = socket(AF_UNIX, DATAGRAM, 0);
  if (fd < 0) return -1;
  const address = Buffer.alloc(110); // struct sockaddr_un
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(path, 2, 107, 'latin1');
  if (native.connect(fd, address, address.byteLength) >= 0) return fd;
  close(fd);
  return -1;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `Nov  2 09:05:00`, RFC 3164. */
function timestamp(now: Date): string {
  return `${months[now.getMonth()]} ${String(now.getDate()).padStart(2)} ${now.toTimeString().slice(0, 8)}`;
}

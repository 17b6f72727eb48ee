/** Lines for the system's log, over the datagram socket that syslogd and journald offer. Runs as root; never blocks. */
import { close, load, socket, type Memory } from './ffi.ts';

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

let descriptor = -1;
let lookAgainAt = Number.NEGATIVE_INFINITY;

/** Sends one line, made of printable ASCII by the caller. False when there is no log, or it has no room: a lost line is no reason to fail. */
export function writeSystemLog(program: string, line: string): boolean {
  if (descriptor === -1 && performance.now() < lookAgainAt) return false;
  const message = Buffer.from(`<${PRIORITY}>${timestamp(new Date())} ${program}[${process.pid}]: ${line}`);
  // Twice: the daemon may have been started anew since the last line.
  return sendOnce(message) || sendOnce(message);
}

function sendOnce(message: Buffer): boolean {
  if (descriptor === -1) descriptor = connectLog();
  if (descriptor === -1) {
    lookAgainAt = performance.now() + LOOK_AGAIN_MS;
    return false;
  }
  if (native.send(descriptor, message, message.byteLength, SEND_FLAGS) >= 0) return true;
  close(descriptor);
  descriptor = -1;
  return false;
}

/** -1 when there is no log. */
function connectLog(): number {
  const fd = socket(AF_UNIX, DATAGRAM, 0);
  if (fd < 0) return -1;
  const address = Buffer.alloc(110); // struct sockaddr_un
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(SOCKET_PATH, 2, 'latin1');
  if (native.connect(fd, address, address.byteLength) >= 0) return fd;
  close(fd);
  return -1;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `Nov  2 09:05:00`, RFC 3164. */
function timestamp(now: Date): string {
  return `${months[now.getMonth()]} ${String(now.getDate()).padStart(2)} ${now.toTimeString().slice(0, 8)}`;
}

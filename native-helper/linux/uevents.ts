/** Kernel uevents from netlink(7), group 1: readable by everybody, about 70 µs after the fact (LOOP.md §2.3). */
import { constants } from 'node:os';
import { bind, call, close, lastErrno, recvfrom, setsockopt, socket } from './ffi.ts';
import { SyscallError } from './syscall-error.ts';

/** sys/socket.h and linux/netlink.h. */
const AF_NETLINK = 16;
const SOCK_DGRAM_NONBLOCK_CLOEXEC = 0o2_004_002;
const NETLINK_KOBJECT_UEVENT = 15;
const KERNEL_GROUP = 1;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const MSG_DONTWAIT = 0x40;
const MSG_TRUNC = 0x20;

/** Room for thousands of events: a scan of many partitions comes in one burst. */
const RECEIVE_BUFFER_BYTES = 8 * 1024 * 1024;
/** The kernel's own limit is 2,048 bytes of variables (UEVENT_BUFFER_SIZE) and the path. */
const LARGEST_EVENT_BYTES = 16_384;

/** One event of the kernel. */
export interface Uevent {
  /** `add`, `change`, `remove` and others. */
  readonly action: string;
  /** Path below /sys, such as `/devices/virtual/block/loop0`. */
  readonly devicePath: string;
  readonly variables: ReadonlyMap<string, string>;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/** Opens the socket, non-blocking; the caller closes it. SyscallError where the kernel has no uevents (network namespaces are fine). */
export function openUeventSocket(): number {
  const fd = call('socket', () => socket(AF_NETLINK, SOCK_DGRAM_NONBLOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT));
  try {
    // Needs CAP_NET_ADMIN; without, the system's limit (net.core.rmem_max) is what can be had.
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, int32(RECEIVE_BUFFER_BYTES)) < 0) {
      call('SO_RCVBUF', () => setsockopt(fd, SOL_SOCKET, SO_RCVBUF, int32(RECEIVE_BUFFER_BYTES)));
    }
    const address = Buffer.alloc(12); // struct sockaddr_nl: family, padding, port id, groups
    address.writeUInt16LE(AF_NETLINK, 0);
    address.writeUInt32LE(KERNEL_GROUP, 8);
    call('bind', () => bind(fd, address));
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** Reads one event: `ACTION@PATH`, then `KEY=VALUE`, each ended by NUL. Null for anything else (udevd's form, rubbish). Pure. */
export function parseUevent(bytes: Uint8Array): Uevent | null {
  const parts = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').split('\0');
  const heading = /^([a-z]+)@(\/.*)$/su.exec(parts[0] ?? '');
  const [, action, devicePath] = heading ?? [];
  if (action === undefined || devicePath === undefined) return null;
  const variables = new Map<string, string>();
  for (const part of parts.slice(1)) {
    const equals = part.indexOf('=');
    if (equals > 0) variables.set(part.slice(0, equals), part.slice(equals + 1));
  }
  return { action, devicePath, variables };
}

/** What was waiting. After `overflowed` events were lost: read everything anew. */
export interface ReceivedUevents {
  readonly events: readonly Uevent[];
  readonly overflowed: boolean;
}

const message = Buffer.allocUnsafeSlow(LARGEST_EVENT_BYTES);
const sender = Buffer.alloc(12);
const senderBytes = Buffer.alloc(4);

/** Takes all waiting events without waiting for more. Messages of other processes (port id not 0) are dropped. */
export function receiveUevents(fd: number): ReceivedUevents {
  const events: Uevent[] = [];
  let overflowed = false;
  for (;;) {
    senderBytes.writeUInt32LE(12);
    const length = recvfrom(fd, message, MSG_DONTWAIT | MSG_TRUNC, sender, senderBytes);
    if (length < 0) {
      // Numbers, since an Error for the ordinary end of every batch would cost more than the call.
      const errno = lastErrno();
      if (errno === constants.errno.EAGAIN) return { events, overflowed };
      if (errno === constants.errno.ENOBUFS) overflowed = true;
      else if (errno !== constants.errno.EINTR) throw new SyscallError('recvfrom', errno);
    } else if (sender.readUInt16LE(0) === AF_NETLINK && sender.readUInt32LE(4) === 0) {
      const event = length <= message.byteLength ? parseUevent(message.subarray(0, length)) : null;
      if (event !== null) events.push(event);
      else overflowed = true;
    }
  }
}

/** A loop device, or one of its partitions. */
export interface LoopEventTarget {
  readonly number: number;
  readonly partition: number | null;
}

/** Which loop device an event is about; null for every other device. */
export function isLoopEvent(event: Uevent): LoopEventTarget | null {
  const match = /^\/devices\/virtual\/block\/loop(0|[1-9][0-9]{0,6})(?:\/loop\1p([1-9][0-9]{0,4}))?$/u.exec(event.devicePath);
  if (match === null || event.variables.get('SUBSYSTEM') !== 'block') return null;
  return { number: Number(match[1]), partition: match[2] === undefined ? null : Number(match[2]) };
}

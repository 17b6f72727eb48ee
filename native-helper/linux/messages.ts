/**
 * Receiving on a Unix socket together with descriptors (recvmsg(2), unix(7)). The peer is hostile by assumption: whatever
 * descriptors come are given to the caller, who closes them; nothing stays behind.
 */
import { constants } from 'node:os';
import { addressOf, call, checkDescriptor, close, getsockopt, lastErrno, recvmsg } from './ffi.ts';
import { SyscallError, isErrno } from './syscall-error.ts';

/** sys/socket.h of Linux. */
const SOL_SOCKET = 1;
const SO_TYPE = 3;
const SO_PEERCRED = 17;
const SO_DOMAIN = 39;
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SCM_RIGHTS = 1;
/** A descriptor too: of the sending process, when SO_PASSPIDFD was set on the shared socket. */
const SCM_PIDFD = 4;
const MSG_DONTWAIT = 0x40;
const MSG_CTRUNC = 0x08;
const MSG_CMSG_CLOEXEC = 0x4000_0000;

/** Room for more descriptors than any message may bring, so that too many are noticed and closed here. */
const CONTROL_BYTES = 256;
const CONTROL_HEADER_BYTES = 16; // struct cmsghdr: size_t length, int level, int type
const LARGEST_MESSAGE_BYTES = 1024 * 1024;

/** What one {@link receiveMessage} found. */
export type ReceivedMessage =
  | {
      readonly kind: 'data';
      readonly bytes: Buffer;
      /** Close-on-exec. Now the caller's, all of them, also when there are more than expected or the control data was cut. */
      readonly descriptors: readonly number[];
      /** MSG_CTRUNC: there were more descriptors than room or than the process may open. */
      readonly truncatedControl: boolean;
      /** Something else than SCM_RIGHTS came along (credentials, security labels, a pidfd). */
      readonly otherControl: boolean;
    }
  /** The peer has closed its end. */
  | { readonly kind: 'end' }
  /** Nothing there now. */
  | { readonly kind: 'empty' };

let data = Buffer.allocUnsafeSlow(64 * 1024);
const control = Buffer.allocUnsafeSlow(CONTROL_BYTES);
const vector = Buffer.allocUnsafeSlow(16); // struct iovec
const header = Buffer.allocUnsafeSlow(56); // struct msghdr

function prepare(maxBytes: number): void {
  if (!Number.isInteger(maxBytes) || maxBytes < 1 || maxBytes > LARGEST_MESSAGE_BYTES) {
    throw new RangeError('a message size is out of range');
  }
  if (maxBytes !== preparedBytes) prepareFor(maxBytes);
  // The two members that the kernel writes.
  header.writeUInt32LE(CONTROL_BYTES, 40);
  header.writeInt32LE(0, 48);
}

let preparedBytes = 0;

/** Writes what stays the same from call to call: asking for three addresses would cost more than the call. */
function prepareFor(maxBytes: number): void {
  if (data.byteLength < maxBytes) data = Buffer.allocUnsafeSlow(maxBytes);
  vector.writeBigUInt64LE(addressOf(data), 0);
  vector.writeBigUInt64LE(BigInt(maxBytes), 8);
  header.fill(0);
  header.writeBigUInt64LE(addressOf(vector), 16);
  header.writeBigUInt64LE(1n, 24);
  header.writeBigUInt64LE(addressOf(control), 32);
  preparedBytes = maxBytes;
}

/** What control data holds: descriptors, and whether anything else was there. */
export interface ControlContents {
  readonly descriptors: readonly number[];
  readonly otherControl: boolean;
}

const nothing: ControlContents = { descriptors: [], otherControl: false };

/** Reads control messages (cmsg(3)); stops at the first that does not fit. Pure. */
export function parseControl(bytes: Buffer): ControlContents {
  const descriptors: number[] = [];
  let otherControl = false;
  for (let at = 0; at + CONTROL_HEADER_BYTES <= bytes.byteLength;) {
    const length = Number(bytes.readBigUInt64LE(at));
    const level = bytes.readInt32LE(at + 8);
    const type = bytes.readInt32LE(at + 12);
    if (length < CONTROL_HEADER_BYTES || length > bytes.byteLength - at) break;
    const carriesDescriptors = level === SOL_SOCKET && (type === SCM_RIGHTS || type === SCM_PIDFD);
    if (carriesDescriptors) {
      for (let next = at + CONTROL_HEADER_BYTES; next + 4 <= at + length; next += 4) {
        const fd = bytes.readInt32LE(next);
        if (fd >= 0) descriptors.push(fd);
      }
    }
    if (level !== SOL_SOCKET || type !== SCM_RIGHTS) otherControl = true;
    at += Math.ceil(length / 8) * 8;
  }
  return { descriptors, otherControl };
}

/**
 * One recvmsg(2) without waiting, of at most `maxBytes` (1 to 1 MiB). A reset connection is the end, too.
 * Errors: SyscallError (ENOTSOCK, EBADF, ENOMEM), RangeError.
 */
export function receiveMessage(fd: number, maxBytes: number): ReceivedMessage {
  prepare(maxBytes);
  const length = recvmsg(fd, header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (length < 0) {
    const errno = lastErrno();
    // Every request ends with an empty read: an Error object for it would cost more than the call.
    if (errno === constants.errno.EAGAIN || errno === constants.errno.EINTR) return { kind: 'empty' };
    if (errno === constants.errno.ECONNRESET) return { kind: 'end' };
    throw new SyscallError('recvmsg', errno);
  }
  const controlBytes = header.readUInt32LE(40);
  const { descriptors, otherControl } = controlBytes === 0 ? nothing : parseControl(control.subarray(0, controlBytes));
  if (length === 0) {
    for (const stray of descriptors) close(stray); // an empty SOCK_SEQPACKET message can carry them
    return { kind: 'end' };
  }
  const truncatedControl = (header.readInt32LE(48) & MSG_CTRUNC) !== 0;
  return { kind: 'data', bytes: Buffer.from(data.subarray(0, length)), descriptors, truncatedControl, otherControl };
}

function readOption(fd: number, option: number, bytes: number): Buffer {
  checkDescriptor(fd);
  const value = Buffer.alloc(bytes);
  const valueBytes = Buffer.alloc(4);
  valueBytes.writeUInt32LE(bytes);
  call('getsockopt', () => getsockopt(fd, SOL_SOCKET, option, value, valueBytes));
  return value;
}

/** Who made the other end: process, user and group of that moment. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** SO_PEERCRED, unix(7). ENOTSOCK: not a socket. For a socketpair: whoever made the pair. */
export function getPeerCredentials(fd: number): PeerCredentials {
  const credentials = readOption(fd, SO_PEERCRED, 12);
  return { pid: credentials.readInt32LE(0), uid: credentials.readUInt32LE(4), gid: credentials.readUInt32LE(8) };
}

/** What a descriptor is for receiving; only `unix-stream` will do for requests. */
export type SocketType = 'unix-stream' | 'other-socket' | 'not-a-socket';

/** SO_DOMAIN and SO_TYPE. EBADF: not open. */
export function getSocketType(fd: number): SocketType {
  try {
    const domain = readOption(fd, SO_DOMAIN, 4).readInt32LE(0);
    const type = readOption(fd, SO_TYPE, 4).readInt32LE(0);
    return domain === AF_UNIX && type === SOCK_STREAM ? 'unix-stream' : 'other-socket';
  } catch (error) {
    if (isErrno(error, 'ENOTSOCK')) return 'not-a-socket';
    throw error;
  }
}

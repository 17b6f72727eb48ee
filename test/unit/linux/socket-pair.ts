/** The other end of a conversation: socketpair(2) and sendmsg(2) with control data, for tests of receiving. */
import koffi, { type KoffiFunc } from 'koffi';

const libc = koffi.load('libc.so.6');
const socketpair = libc.func('int socketpair(int, int, int, void *)') as KoffiFunc<
  (d: number, t: number, p: number, fds: Buffer) => number
>;
const sendmsg = libc.func('long sendmsg(int, void *, int)') as KoffiFunc<(fd: number, header: Buffer, flags: number) => number>;
const setsockopt = libc.func('int setsockopt(int, int, int, void *, unsigned int)') as KoffiFunc<
  (fd: number, level: number, option: number, value: Buffer, bytes: number) => number
>;

export const SOCK_STREAM = 1;
export const SOCK_SEQPACKET = 5;
export const SO_PASSCRED = 16;
export const SO_PASSPIDFD = 76;

/** Two connected Unix sockets. */
export function makeSocketPair(type = SOCK_STREAM): [number, number] {
  const fds = Buffer.alloc(8);
  if (socketpair(1, type, 0, fds) < 0) throw new Error(`socketpair: ${koffi.errno()}`);
  return [fds.readInt32LE(0), fds.readInt32LE(4)];
}

/** Switches a SOL_SOCKET option on; false when the kernel does not know it. */
export function switchOn(fd: number, option: number): boolean {
  return setsockopt(fd, 1, option, Buffer.from([1, 0, 0, 0]), 4) === 0;
}

/** Sends bytes with descriptors (SCM_RIGHTS). */
export function sendWithDescriptors(fd: number, text: string, descriptors: readonly number[]): void {
  const data = Buffer.from(text);
  const vector = Buffer.alloc(16);
  vector.writeBigUInt64LE(data.byteLength === 0 ? 0n : koffi.address(data), 0);
  vector.writeBigUInt64LE(BigInt(data.byteLength), 8);
  const control = Buffer.alloc(16 + Math.ceil((descriptors.length * 4) / 8) * 8);
  control.writeBigUInt64LE(BigInt(16 + descriptors.length * 4), 0);
  control.writeInt32LE(1, 8);
  control.writeInt32LE(1, 12);
  descriptors.forEach((descriptor, index) => control.writeInt32LE(descriptor, 16 + index * 4));
  const header = Buffer.alloc(56);
  header.writeBigUInt64LE(koffi.address(vector), 16);
  header.writeBigUInt64LE(1n, 24);
  if (descriptors.length > 0) {
    header.writeBigUInt64LE(koffi.address(control), 32);
    header.writeBigUInt64LE(BigInt(control.byteLength), 40);
  }
  const sent = sendmsg(fd, header, 0);
  if (sent !== data.byteLength) throw new Error(`sendmsg: ${sent} ${koffi.errno()}`);
  // Both must outlive the call.
  if (vector.byteLength + control.byteLength === 0) throw new Error('unreachable');
}

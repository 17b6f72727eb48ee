/**
 * The only file of the helper that imports koffi: libc's functions with fixed prototypes, and errno. Runs as root.
 * koffi wraps what does not fit (2^32 + 5 becomes 5, NaN becomes 0), so every argument is checked before the call.
 * Variadic prototypes have no asynchronous form, hence `ioctl`, `fcntl` and `syscall` with fixed ones.
 */
import koffi, { type KoffiFunc } from 'koffi';
import { whenPlace } from './sleeping-places.ts';
import { SyscallError } from './syscall-error.ts';

/** Memory that a call reads or writes; must stay referenced until the call returned. */
export type Memory = Uint8Array | null;

const libc = koffi.load('libc.so.6');

/** Declares a function of libc for the files of this folder. koffi gives no types for what it loads; this is where they are stated. */
export const load = <F extends (...values: never[]) => number>(definition: string) => libc.func(definition) as KoffiFunc<F>;

const native = {
  ioctlValue: load<(fd: number, request: number, value: number) => number>('int ioctl(int, unsigned long, long)'),
  ioctlMemory: load<(fd: number, request: number, memory: Memory) => number>('int ioctl(int, unsigned long, void *)'),
  fcntl: load<(fd: number, command: number, value: number) => number>('int fcntl(int, int, long)'),
  syscallValues: load<(number: number, a: number, b: number) => number>('long syscall(long, long, long)'),
  cachestat: load<(number: number, fd: number, range: Memory, result: Memory, flags: number) => number>(
    'long syscall(long, int, void *, void *, unsigned int)',
  ),
  openat: load<(directory: number, path: string, flags: number, mode: number) => number>('int openat(int, str, int, int)'),
  readlink: load<(path: string, memory: Memory, bytes: number) => number>('long readlink(str, void *, size_t)'),
  getdents: load<(fd: number, memory: Memory, bytes: number) => number>('long getdents64(int, void *, size_t)'),
  statx: load<(directory: number, path: string, flags: number, mask: number, memory: Memory) => number>(
    'int statx(int, str, int, unsigned int, void *)',
  ),
  pidfdCall: load<(number: number, pidfd: number, value: number, memory: Memory, flags: number) => number>(
    'long syscall(long, int, int, void *, unsigned int)',
  ),
  close: load<(fd: number) => number>('int close(int)'),
  read: load<(fd: number, memory: Memory, bytes: number) => number>('long read(int, void *, size_t)'),
  pread: load<(fd: number, memory: Memory, bytes: number, offset: number) => number>('long pread(int, void *, size_t, long)'),
  write: load<(fd: number, memory: Memory, bytes: number) => number>('long write(int, void *, size_t)'),
  fstatfs: load<(fd: number, memory: Memory) => number>('int fstatfs(int, void *)'),
  recvmsg: load<(fd: number, header: Memory, flags: number) => number>('long recvmsg(int, void *, int)'),
  recvfrom: load<(fd: number, memory: Memory, bytes: number, flags: number, address: Memory, addressBytes: Memory) => number>(
    'long recvfrom(int, void *, size_t, int, void *, void *)',
  ),
  socket: load<(domain: number, type: number, protocol: number) => number>('int socket(int, int, int)'),
  bind: load<(fd: number, address: Memory, bytes: number) => number>('int bind(int, void *, unsigned int)'),
  setsockopt: load<(fd: number, level: number, option: number, value: Memory, bytes: number) => number>(
    'int setsockopt(int, int, int, void *, unsigned int)',
  ),
  getsockopt: load<(fd: number, level: number, option: number, value: Memory, bytes: Memory) => number>(
    'int getsockopt(int, int, int, void *, void *)',
  ),
  eventfd: load<(initial: number, flags: number) => number>('int eventfd(unsigned int, int)'),
  memfdCreate: load<(name: string, flags: number) => number>('int memfd_create(str, unsigned int)'),
  poll: load<(entries: Memory, count: number, timeoutMs: number) => number>('int poll(void *, unsigned long, int)'),
  sysconf: load<(name: number) => number>('long sysconf(int)'),
};
const nativeExit: (status: number) => unknown = libc.func('void _exit(int)');

function whole(value: number, lowest: number, highest: number, what: string): number {
  if (!Number.isInteger(value) || value < lowest || value > highest) throw new RangeError(`${what} is out of range`);
  return value;
}

/** A descriptor number: 0 to 2^31 - 1. Throws RangeError. */
export function checkDescriptor(fd: number): number {
  return whole(fd, 0, 0x7fff_ffff, 'a descriptor');
}

/** A C `int`. Throws RangeError. */
export function checkInt(value: number, what = 'an int'): number {
  return whole(value, -0x8000_0000, 0x7fff_ffff, what);
}

/** A C `unsigned int`. Throws RangeError. */
export function checkUnsigned(value: number, what = 'an unsigned int'): number {
  return whole(value, 0, 0xffff_ffff, what);
}

/** An unsigned 64-bit quantity; `highest` narrows it. Throws RangeError. */
export function checkUnsigned64(value: bigint, what: string, highest = 0xffff_ffff_ffff_ffffn): bigint {
  if (typeof value !== 'bigint' || value < 0n || value > highest) throw new RangeError(`${what} is out of range`);
  return value;
}

/** A path for the kernel: no NUL (koffi would cut there), shorter than PATH_MAX. Throws RangeError. */
export function checkPath(path: string): string {
  if (path.includes('\0') || Buffer.byteLength(path) >= 4096) throw new RangeError('a path is out of range');
  return path;
}

/** At least `bytes` long: the kernel writes that much. Throws RangeError. */
export function checkMemory(memory: Uint8Array, bytes: number): Uint8Array {
  whole(bytes, 0, memory.byteLength, 'the length of a buffer');
  return memory;
}

/** Runs a call and throws SyscallError when its result is negative; nothing may come between the call and reading errno. */
export function call(name: string, invoke: () => number): number {
  const result = invoke();
  if (result < 0) throw new SyscallError(name, koffi.errno());
  return result;
}

/** errno of the last call; only meaningful in the expression right after a call that returned -1. */
export function lastErrno(): number {
  return koffi.errno();
}

/** What calls on other threads are using: keeps it from being collected. */
const heldMemory = new Set<Uint8Array>();

type Done = (fault: Error | null, result: number) => void;

/** Runs a call that may sleep on another thread, in order of arrival (sleeping-places.ts). Rejects with SyscallError. */
export function callSleeping(name: string, start: (done: Done) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    whenPlace((giveUp) => {
      start((fault, result) => {
        const error = result < 0 ? new SyscallError(name, koffi.errno()) : null;
        giveUp();
        if (fault !== null) reject(fault);
        else if (error === null) resolve(result);
        else reject(error);
      });
    });
  });
}

/** ioctl(2) with a number as argument; -1 and errno on failure. */
export function ioctlValue(fd: number, request: number, value: number): number {
  return native.ioctlValue(checkDescriptor(fd), checkUnsigned(request), whole(value, -0x8000_0000, 0xffff_ffff, 'an ioctl argument'));
}

/** ioctl(2) with a pointer; `bytes` is the size of the structure behind it. */
export function ioctlMemory(fd: number, request: number, memory: Uint8Array, bytes: number): number {
  return native.ioctlMemory(checkDescriptor(fd), checkUnsigned(request), checkMemory(memory, bytes));
}

/** {@link ioctlValue} on another thread, for calls that sleep. */
export async function ioctlValueSleeping(name: string, fd: number, request: number, value: number): Promise<number> {
  checkDescriptor(fd);
  checkUnsigned(request);
  whole(value, -0x8000_0000, 0xffff_ffff, 'an ioctl argument');
  return callSleeping(name, (done) => native.ioctlValue.async(fd, request, value, done));
}

/** {@link ioctlMemory} on another thread; `memory` stays referenced until the call returned. */
export async function ioctlMemorySleeping(name: string, fd: number, request: number, memory: Uint8Array, bytes: number): Promise<number> {
  checkDescriptor(fd);
  checkUnsigned(request);
  checkMemory(memory, bytes);
  heldMemory.add(memory);
  try {
    return await callSleeping(name, (done) => native.ioctlMemory.async(fd, request, memory, done));
  } finally {
    heldMemory.delete(memory);
  }
}

/** fcntl(2) with a number as argument. */
export function fcntl(fd: number, command: number, value: number): number {
  return native.fcntl(checkDescriptor(fd), checkInt(command), checkUnsigned(value));
}

/** syscall(2) with two numbers, for calls that glibc has no function for. */
export function syscallValues(number: number, a: number, b: number): number {
  return native.syscallValues(whole(number, 0, 4095, 'a system call number'), checkInt(a), checkInt(b));
}

/** cachestat(2), Linux 6.5: `range` is two u64 (offset, length), `result` five u64. */
export function cachestat(fd: number, range: Uint8Array, result: Uint8Array): number {
  return native.cachestat(451, checkDescriptor(fd), checkMemory(range, 16), checkMemory(result, 40), 0);
}

/** AT_FDCWD, fcntl.h: paths are relative to the working directory. */
export const AT_FDCWD = -100;

/** openat(2) without O_CREAT. `directory` is a descriptor or AT_FDCWD. */
export function openat(directory: number, path: string, flags: number): number {
  return native.openat(directory === AT_FDCWD ? AT_FDCWD : checkDescriptor(directory), checkPath(path), checkInt(flags), 0);
}

/** readlink(2); the number of bytes, without a NUL. A link longer than `memory` comes cut. */
export function readlink(path: string, memory: Uint8Array): number {
  return native.readlink(checkPath(path), memory, memory.byteLength);
}

/** getdents64(2); the number of bytes, 0 at the end. */
export function getdents(fd: number, memory: Uint8Array): number {
  return native.getdents(checkDescriptor(fd), memory, memory.byteLength);
}

/** statx(2); struct statx is 256 bytes. `directory` is a descriptor or AT_FDCWD. */
export function statx(directory: number, path: string, flags: number, mask: number, memory: Uint8Array): number {
  const from = directory === AT_FDCWD ? AT_FDCWD : checkDescriptor(directory);
  return native.statx(from, checkPath(path), checkInt(flags), checkUnsigned(mask), checkMemory(memory, 256));
}

/** syscall(2) for the calls that take a pidfd and a number: pidfd_send_signal(2), pidfd_getfd(2). No pointer, no flags. */
export function pidfdCall(number: number, pidfd: number, value: number): number {
  return native.pidfdCall(whole(number, 0, 4095, 'a system call number'), checkDescriptor(pidfd), checkInt(value), null, 0);
}

export function close(fd: number): number {
  return native.close(checkDescriptor(fd));
}

/** read(2); the number of bytes, 0 at the end. */
export function read(fd: number, memory: Uint8Array, bytes: number): number {
  return native.read(checkDescriptor(fd), checkMemory(memory, bytes), bytes);
}

/** pread(2) at the beginning: for attributes of /sys, which are made anew by every such read. */
export function readFromStart(fd: number, memory: Uint8Array, bytes: number): number {
  return native.pread(checkDescriptor(fd), checkMemory(memory, bytes), bytes, 0);
}

/** pread(2) into the whole of `memory`, on another thread. `position` is below 2^53. */
export async function preadSleeping(name: string, fd: number, memory: Uint8Array, position: bigint): Promise<number> {
  checkDescriptor(fd);
  const at = whole(Number(position), 0, Number.MAX_SAFE_INTEGER, 'a position');
  heldMemory.add(memory);
  try {
    return await callSleeping(name, (done) => native.pread.async(fd, memory, memory.byteLength, at, done));
  } finally {
    heldMemory.delete(memory);
  }
}

export function write(fd: number, memory: Uint8Array, bytes: number): number {
  return native.write(checkDescriptor(fd), checkMemory(memory, bytes), bytes);
}

/** {@link fstatfs} on another thread, for {@link callSleeping}; `memory` stays referenced until the call returned. */
export function fstatfsSleeping(fd: number, memory: Uint8Array, done: Done): void {
  checkMemory(memory, 120);
  heldMemory.add(memory);
  native.fstatfs.async(checkDescriptor(fd), memory, (fault: Error | null, result: number) => {
    done(fault, result);
    heldMemory.delete(memory);
  });
}

/** close(2) on another thread, for {@link callSleeping}. */
export function closeSleeping(fd: number, done: Done): void {
  native.close.async(checkDescriptor(fd), done);
}

/** fstatfs(2); struct statfs is 120 bytes on 64-bit Linux. */
export function fstatfs(fd: number, memory: Uint8Array): number {
  return native.fstatfs(checkDescriptor(fd), checkMemory(memory, 120));
}

/** recvmsg(2); `header` is a struct msghdr (56 bytes) whose pointers the caller keeps alive. */
export function recvmsg(fd: number, header: Uint8Array, flags: number): number {
  return native.recvmsg(checkDescriptor(fd), checkMemory(header, 56), checkInt(flags));
}

/** recvfrom(2); `addressBytes` is a socklen_t, in and out. */
export function recvfrom(fd: number, memory: Uint8Array, flags: number, address: Uint8Array, addressBytes: Uint8Array): number {
  return native.recvfrom(checkDescriptor(fd), memory, memory.byteLength, checkInt(flags), address, checkMemory(addressBytes, 4));
}

export function socket(domain: number, type: number, protocol: number): number {
  return native.socket(checkInt(domain), checkInt(type), checkInt(protocol));
}

export function bind(fd: number, address: Uint8Array): number {
  return native.bind(checkDescriptor(fd), address, address.byteLength);
}

export function setsockopt(fd: number, level: number, option: number, value: Uint8Array): number {
  return native.setsockopt(checkDescriptor(fd), checkInt(level), checkInt(option), value, value.byteLength);
}

/** getsockopt(2); `valueBytes` is a socklen_t, in and out. */
export function getsockopt(fd: number, level: number, option: number, value: Uint8Array, valueBytes: Uint8Array): number {
  return native.getsockopt(checkDescriptor(fd), checkInt(level), checkInt(option), value, checkMemory(valueBytes, 4));
}

export function eventfd(initial: number, flags: number): number {
  return native.eventfd(checkUnsigned(initial), checkInt(flags));
}

export function memfdCreate(name: string, flags: number): number {
  return native.memfdCreate(checkPath(name), checkUnsigned(flags));
}

/** poll(2) on another thread, outside the limit of {@link callSleeping}. `errno` is 0 when the call succeeded. */
export function pollSleeping(entries: Uint8Array, count: number, done: (errno: number) => void): void {
  checkMemory(entries, whole(count, 1, 65_536, 'a number of descriptors') * 8);
  heldMemory.add(entries);
  native.poll.async(entries, count, -1, (fault: Error | null, result: number) => {
    const errno = result < 0 ? koffi.errno() : 0;
    heldMemory.delete(entries);
    if (fault !== null) throw fault;
    done(errno);
  });
}

/** poll(2) without waiting: how many descriptors have something; 0 also where the call failed, which {@link pollSleeping} tells then. */
export function pollNow(entries: Uint8Array, count: number): number {
  checkMemory(entries, whole(count, 1, 65_536, 'a number of descriptors') * 8);
  return Math.max(0, native.poll(entries, count, 0));
}

/** Size of a memory page in bytes. */
export function getPageBytes(): number {
  return native.sysconf(30); // _SC_PAGESIZE, bits/confname.h
}

/** Ends the process at once: no exit handlers, no waiting for calls that sleep. */
export function exitProcess(status: number): never {
  nativeExit(whole(status, 0, 255, 'an exit status'));
  throw new Error('_exit returned');
}

/** Address of a buffer for a pointer inside a structure. The caller keeps the buffer alive as long as the kernel may use it. */
export function addressOf(memory: Uint8Array): bigint {
  return koffi.address(memory);
}

/** Size of a C structure by this machine's rules, for comparison with the constants of loop-structures.ts. */
export function sizeOfStructure(members: Readonly<Record<string, string>>): number {
  return koffi.sizeof(koffi.struct({ ...members }));
}

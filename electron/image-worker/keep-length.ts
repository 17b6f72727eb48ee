/**
 * Becomes another program that cannot change the length of any file: truncate and ftruncate answer success and do nothing. resize2fs cuts
 * a file after the new size of its file system even where that file system lies inside a larger image (resize/main.c, "shrink"); the length
 * of an image is ours to set. Used as `node keep-length DESCRIPTORS PROGRAM WORD…`, with the user's rights, in a process of its own.
 */
import { F_SETFD, addressOf, callError, execve, fcntl, prctl } from '../libc.ts';

const PR_SET_NO_NEW_PRIVS = 38;
const PR_SET_SECCOMP = 22;
const SECCOMP_MODE_FILTER = 2;
/** linux/filter.h: load a word, jump if equal, return. */
const BPF_LOAD = 0x20;
const BPF_JUMP_EQUAL = 0x15;
const BPF_RETURN = 0x06;
const SECCOMP_RET_ALLOW = 0x7fff_0000;
/** With 0 for errno the call is not made, and answers 0. */
const SECCOMP_RET_ERRNO = 0x0005_0000;
/** struct seccomp_data: nr, arch. */
const OFFSET_OF_NUMBER = 0;
const OFFSET_OF_MACHINE = 4;

/** AUDIT_ARCH_* of linux/audit.h; numbers of truncate and ftruncate. */
const machines: Readonly<Record<string, readonly [machine: number, truncate: number, ftruncate: number]>> = {
  x64: [0xc000_003e, 76, 77],
  arm64: [0xc000_00b7, 45, 46],
};

function instruction(code: number, value: number, ifTrue = 0, ifFalse = 0): Buffer {
  const bytes = Buffer.alloc(8); // struct sock_filter: u16 code, u8 jt, u8 jf, u32 k
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(ifTrue, 2);
  bytes.writeUInt8(ifFalse, 3);
  bytes.writeUInt32LE(value, 4);
  return bytes;
}

function confine(): void {
  const found = machines[process.arch];
  if (found === undefined) throw new Error(`unknown machine ${process.arch}`);
  const [machine, truncate, ftruncate] = found;
  const filter = Buffer.concat([
    instruction(BPF_LOAD, OFFSET_OF_MACHINE),
    instruction(BPF_JUMP_EQUAL, machine, 0, 4),
    instruction(BPF_LOAD, OFFSET_OF_NUMBER),
    instruction(BPF_JUMP_EQUAL, truncate, 1, 0),
    instruction(BPF_JUMP_EQUAL, ftruncate, 0, 1),
    instruction(BPF_RETURN, SECCOMP_RET_ERRNO),
    instruction(BPF_RETURN, SECCOMP_RET_ALLOW),
  ]);
  const program = Buffer.alloc(16); // struct sock_fprog: u16 len, pointer
  program.writeUInt16LE(filter.length / 8, 0);
  program.writeBigUInt64LE(addressOf(filter), 8);
  check('no_new_privs', prctl(PR_SET_NO_NEW_PRIVS, 1, null, 0, 0));
  check('seccomp', prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0));
  // The garbage collector must leave it alone until the kernel has copied it.
  if (filter.length === 0) throw new Error('no filter');
}

function check(name: string, result: number): void {
  if (result !== 0) throw callError(name);
}

/** Node marks everything it inherits as to be closed by execve (uv_disable_stdio_inheritance). */
function keepOpen(count: number): void {
  for (let fd = 0; fd < count; fd += 1) check('fcntl', fcntl(fd, F_SETFD, 0));
}

const [descriptors, program, ...words] = process.argv.slice(2);
if (program === undefined || !program.startsWith('/')) throw new Error('the program has to be an absolute path');
keepOpen(3 + Number(descriptors));
confine();
const environment = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
execve(program, [program, ...words, null], [...environment, null]);
throw callError(program);

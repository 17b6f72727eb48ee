/**
 * Ends this process, as SIGKILL would, at the moment it enters a certain system call: a seccomp filter. Put in front of the real
 * helper by killed.test.ts. Without any hook in the helper itself, every step between two calls can be hit.
 */
import koffi from 'koffi';

/** A system call by number, or an ioctl by its request. */
export type KillPoint = { readonly call: number } | { readonly ioctl: number };

const isArm = process.arch === 'arm64';
const SYS_IOCTL = isArm ? 29 : 16;
const SYS_SECCOMP = isArm ? 277 : 317;
const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_SET_MODE_FILTER = 1;
const SECCOMP_FILTER_FLAG_TSYNC = 1;
const KILL_PROCESS = 0x8000_0000;
const ALLOW = 0x7fff_0000;
/** struct seccomp_data: nr at 0, args[1] at 24 (low half). */
const NUMBER = 0;
const SECOND_ARGUMENT = 24;
/** Classic BPF: load a word, jump if equal, return. */
const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const RETURN = 0x06;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

function programFor(point: KillPoint): readonly Instruction[] {
  const end: readonly Instruction[] = [
    [RETURN, 0, 0, KILL_PROCESS],
    [RETURN, 0, 0, ALLOW],
  ];
  if ('call' in point) return [[LOAD, 0, 0, NUMBER], [JUMP_EQUAL, 0, 1, point.call], ...end];
  return [[LOAD, 0, 0, NUMBER], [JUMP_EQUAL, 0, 3, SYS_IOCTL], [LOAD, 0, 0, SECOND_ARGUMENT], [JUMP_EQUAL, 0, 1, point.ioctl], ...end];
}

export function killAt(point: KillPoint): void {
  const program = programFor(point);
  const code = Buffer.alloc(program.length * 8);
  for (const [index, [operation, ifTrue, ifFalse, value]] of program.entries()) {
    code.writeUInt16LE(operation, index * 8);
    code.writeUInt8(ifTrue, index * 8 + 2);
    code.writeUInt8(ifFalse, index * 8 + 3);
    code.writeUInt32LE(value, index * 8 + 4);
  }
  const header = Buffer.alloc(16);
  header.writeUInt16LE(program.length, 0);
  header.writeBigUInt64LE(koffi.address(code), 8);
  const libc = koffi.load('libc.so.6');
  const prctl = libc.func('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)') as (...values: number[]) => number;
  const seccomp = libc.func('long syscall(long, unsigned int, unsigned int, void *)') as (...values: (number | Buffer)[]) => number;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) !== 0) throw new Error('prctl');
  if (seccomp(SYS_SECCOMP, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, header) !== 0) throw new Error('seccomp');
}

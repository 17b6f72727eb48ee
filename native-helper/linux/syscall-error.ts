/** The one error type of this folder: a system call that failed, with its name and errno. Runs in the helper. */
import { constants } from 'node:os';

const errnoNames: ReadonlyMap<number, string> = new Map(Object.entries(constants.errno).map(([name, value]) => [value, name]));

/** Names of node:os `constants.errno`, such as `EBUSY`. */
export type ErrnoName = keyof typeof constants.errno;

/** `EBUSY` for 16 and so on; `errno N` for numbers Node has no name for. */
export function errnoName(errno: number): string {
  return errnoNames.get(errno) ?? `errno ${errno}`;
}

/** A failed system call. `errno` is positive; `call` is the name of the call or ioctl, such as `LOOP_CONFIGURE`. */
export class SyscallError extends Error {
  override readonly name = 'SyscallError';
  readonly call: string;
  readonly errno: number;
  readonly errnoName: string;

  constructor(call: string, errno: number) {
    super(`${call}: ${errnoName(errno)}`);
    this.call = call;
    this.errno = errno;
    this.errnoName = errnoName(errno);
  }
}

/** True when `error` is a SyscallError with one of the named numbers. */
export function isErrno(error: SyscallError, ...names: readonly ErrnoName[]): boolean;
export function isErrno(error: unknown, ...names: readonly ErrnoName[]): error is SyscallError;
export function isErrno(error: unknown, ...names: readonly ErrnoName[]): boolean {
  return error instanceof SyscallError && names.some((name) => constants.errno[name] === error.errno);
}

/** Runs a function of node:fs and turns its error into a SyscallError (libuv numbers are negative errno values). */
export function callNode<Result>(call: string, invoke: () => Result): Result {
  try {
    return invoke();
  } catch (error) {
    if (error instanceof Error && 'errno' in error && typeof error.errno === 'number') throw new SyscallError(call, -error.errno);
    throw error;
  }
}

/** Reading from a loop device past the page cache, on another thread: it may take as long as a disk or a network does. Runs as root. */
import { closeSync, constants, openSync } from 'node:fs';
import { checkLoopNumber } from './loop-control.ts';
import { addressOf, preadSleeping } from './ffi.ts';
import { callNode, isErrno } from './syscall-error.ts';

/** Covers the memory alignment that any device asks for. */
const ALIGNMENT = 4096;

/**
 * True when `bytes` (a multiple of the logical block size, at most 65,536) can be read at `startBytes`; false for EIO, which
 * a loop device answers where its file has ended (LOOP.md §3). The device must be known to exist. Throws SyscallError for
 * everything else.
 */
export async function canReadDirectly(number: number, startBytes: bigint, bytes: number): Promise<boolean> {
  if (!Number.isInteger(bytes) || bytes < 512 || bytes > 65_536) throw new RangeError('a length is out of range');
  if (startBytes < 0n || startBytes >= 2n ** 63n - 65_536n) throw new RangeError('a position is out of range');
  const path = `/dev/loop${checkLoopNumber(number)}`;
  const memory = Buffer.alloc(bytes + ALIGNMENT);
  const skip = Number((BigInt(ALIGNMENT) - (addressOf(memory) % BigInt(ALIGNMENT))) % BigInt(ALIGNMENT));
  // node:fs opens close-on-exec.
  const fd = callNode(`open ${path}`, () =>
    openSync(path, constants.O_RDONLY | constants.O_DIRECT | constants.O_NOFOLLOW | constants.O_NONBLOCK),
  );
  try {
    return (await preadSleeping(`read ${path}`, fd, memory.subarray(skip, skip + bytes), startBytes)) === bytes;
  } catch (error) {
    if (isErrno(error, 'EIO')) return false;
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Room for a new file: whether it is there, taking it at once, and giving back what holds only zeroes. Main process and command line. */
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../../ipc/errors.ts';
import { descriptorArgument } from '../../tools/run-tool.ts';
import { freeBytes } from '../describe-image.ts';
import { runMaker } from './maker-tool.ts';
import { refusePlace } from './new-file.ts';

/** Largest size Node can pass to ftruncate without rounding; far above what file systems of today hold. */
export const LARGEST_FILE_BYTES = BigInt(Number.MAX_SAFE_INTEGER);

/** Structures of a small file system: less than that is no room at all. */
export const SMALLEST_ROOM_BYTES = 256n * 1024n;

/** Throws NO_SPACE where the folder has less room than `neededBytes` for this user. */
export async function checkSpace(folder: Buffer, neededBytes: bigint): Promise<void> {
  const free = await freeBytes(folder);
  if (neededBytes > free) throw new AppError('NO_SPACE', { detail: { limitBytes: free.toString() } });
}

/** Makes the file as long as that, without blocks. Throws FILE_TOO_LARGE. */
export async function setLength(file: FileHandle, sizeBytes: bigint): Promise<void> {
  if (sizeBytes > LARGEST_FILE_BYTES) throw new AppError('FILE_TOO_LARGE');
  await file.truncate(Number(sizeBytes)).catch(refusePlace);
}

/** Takes the room for every byte of the file; what is in it stays. Throws NO_SPACE, RESERVE_UNSUPPORTED. */
export async function reserve(file: FileHandle, sizeBytes: bigint, signal: AbortSignal): Promise<void> {
  const args = ['--length', sizeBytes.toString(), descriptorArgument(0)];
  try {
    await runMaker({ program: 'fallocate', signal, descriptors: [file.fd], args });
  } catch (error) {
    const details = error instanceof AppError ? error.data.details : undefined;
    if (details !== undefined && /not supported/u.test(details)) throw new AppError('RESERVE_UNSUPPORTED', { details }, { cause: error });
    throw error;
  }
}

/** Turns blocks of zeroes into holes; where the file system has none, everything stays as it is. */
export async function digHoles(file: FileHandle, signal: AbortSignal): Promise<void> {
  try {
    await runMaker({ program: 'fallocate', signal, descriptors: [file.fd], args: ['--dig-holes', descriptorArgument(0)] });
  } catch (error) {
    if (error instanceof AppError && error.data.code === 'TOOL_FAILED') return;
    throw error;
  }
}

/** What e2fsprogs may overwrite, copied beside the image into a sparse file in which everything has the place it has in the image. Main process. */
import { open, rm, type FileHandle } from 'node:fs/promises';
import { AppError } from '../ipc/errors.ts';
import { readUpTo, writeAll } from './saved-writes.ts';
import type { Stretch } from './stretches.ts';

const CHUNK_BYTES = 1n << 20n;
const zeros = Buffer.alloc(Number(CHUNK_BYTES));

export interface CopyOptions {
  readonly signal: AbortSignal;
  readonly onBytes?: (done: bigint, total: bigint) => void;
}

/** Throws UNDO_NOT_SAVED, CANCELLED; then the copy is gone again. */
export async function saveData(image: FileHandle, path: Buffer, stretches: readonly Stretch[], options: CopyOptions): Promise<void> {
  try {
    await rm(path, { force: true });
    const copy = await open(path, 'wx', 0o600);
    try {
      // Zeros stay holes: an inode table is mostly that.
      await copyStretches(image, copy, stretches, { ...options, writeZeros: false });
      const end = stretches.at(-1)?.end ?? 0n;
      await copy.truncate(Number(end));
      await copy.sync();
    } finally {
      await copy.close();
    }
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined);
    if (error instanceof AppError) throw error;
    throw new AppError('UNDO_NOT_SAVED', { details: String(error) }, { cause: error });
  }
}

/** Puts everything back, zeros too. */
export async function restoreData(image: FileHandle, path: Buffer, stretches: readonly Stretch[]): Promise<void> {
  const copy = await open(path, 'r');
  try {
    const options = { signal: new AbortController().signal, writeZeros: true };
    await copyStretches(copy, image, stretches, options);
    await image.sync();
  } finally {
    await copy.close();
  }
}

/** To the same place, or `shift` bytes before. */
export async function copyStretches(
  from: FileHandle,
  to: FileHandle,
  stretches: readonly Stretch[],
  { signal, onBytes, writeZeros, shift = 0n }: CopyOptions & { readonly writeZeros: boolean; readonly shift?: bigint },
): Promise<void> {
  const total = stretches.reduce((sum, { start, end }) => sum + end - start, 0n);
  let done = 0n;
  for (const { start, end } of stretches) {
    for (let at = start; at < end; at += CHUNK_BYTES) {
      if (signal.aborted) throw new AppError('CANCELLED');
      const size = end - at < CHUNK_BYTES ? end - at : CHUNK_BYTES;
      const bytes = await readUpTo(from, at + shift, Number(size));
      if (writeZeros || !bytes.equals(zeros.subarray(0, bytes.length))) await writeAll(to, bytes, at);
      done += size;
      onBytes?.(done, total);
    }
  }
}

/** Looks through a folder before it is packed: how much is in it, and whether all of it can be read. Main process and command line. */
import { constants } from 'node:fs';
import { access, lstat, readdir } from 'node:fs/promises';
import { AppError } from '../../ipc/errors.ts';
import { errnoOf } from '../open-image.ts';
import { joinPath } from './new-file.ts';

const BLOCK_BYTES = 4096n;

export interface FolderSize {
  /** Bytes in regular files. */
  readonly fileBytes: bigint;
  /** The same with each file rounded up to whole blocks, and one block for each folder. */
  readonly blockBytes: bigint;
  /** Files, folders and all else. */
  readonly entries: number;
}

/** Throws FOLDER_NOT_READABLE, which names what may not be read in its details. Links are not followed. */
export async function measureFolder(folder: Buffer, signal: AbortSignal): Promise<FolderSize> {
  let fileBytes = 0n;
  let blockBytes = 0n;
  let entries = 0;
  const waiting: Buffer[] = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (signal.aborted) throw new AppError('CANCELLED');
    const here = next;
    const found = await readdir(here, { withFileTypes: true, encoding: 'buffer' }).catch(refuseReading(here));
    entries += found.length;
    blockBytes += BLOCK_BYTES * (1n + BigInt(found.length) / 32n);
    for (const entry of found) {
      const path = joinPath(here, entry.name);
      if (entry.isDirectory()) waiting.push(path);
      if (!entry.isFile()) continue;
      await access(path, constants.R_OK).catch(refuseReading(path));
      const { size } = await lstat(path, { bigint: true }).catch(refuseReading(path));
      fileBytes += size;
      blockBytes += ((size + BLOCK_BYTES - 1n) / BLOCK_BYTES) * BLOCK_BYTES;
    }
  }
  return { fileBytes, blockBytes, entries };
}

function refuseReading(path: Buffer): (error: unknown) => never {
  return (error) => {
    throw new AppError('FOLDER_NOT_READABLE', { ...errnoOf(error), details: path.toString('utf8') }, { cause: error });
  };
}

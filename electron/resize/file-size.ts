/** Makes the file of an image longer or shorter. Main process, as the user. */
import type { FileHandle } from 'node:fs/promises';
import { errnoOf, errorName } from '../images/open-image.ts';
import { AppError } from '../ipc/errors.ts';
import { descriptorArgument, runTool, toolFailure } from '../tools/run-tool.ts';
import type { UndoRecord } from './undo-file.ts';

const RESERVE_LIMIT_MS = 3_600_000;

/** Sparse, or with `reserve` every byte taken at once. Throws NO_SPACE, FILE_TOO_LARGE, SYSTEM_REFUSED, TOOL_FAILED. */
export async function setFileSize(
  file: FileHandle,
  { fileFromBytes, fileToBytes, reserve }: Pick<UndoRecord, 'fileFromBytes' | 'fileToBytes' | 'reserve'>,
): Promise<void> {
  const [from, to] = [BigInt(fileFromBytes), BigInt(fileToBytes)];
  try {
    if (reserve && to > from) await reserveSpace(file, from, to - from);
    await file.truncate(Number(to));
    await file.sync();
  } catch (error) {
    throw toSizeError(error);
  }
}

async function reserveSpace(file: FileHandle, offset: bigint, length: bigint): Promise<void> {
  const args = ['--offset', String(offset), '--length', String(length), descriptorArgument(0)];
  const result = await runTool({ program: 'fallocate', args, descriptors: [file.fd], timeLimitMs: RESERVE_LIMIT_MS });
  if (result.status === 0) return;
  throw /No space/iu.test(result.stderr) ? new AppError('NO_SPACE') : toolFailure('fallocate', result);
}

function toSizeError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const name = errorName(error);
  if (name === 'EFBIG' || name === 'EINVAL') return new AppError('FILE_TOO_LARGE', errnoOf(error), { cause: error });
  if (name === 'ENOSPC' || name === 'EDQUOT') return new AppError('NO_SPACE', errnoOf(error), { cause: error });
  return new AppError('SYSTEM_REFUSED', errnoOf(error), { cause: error });
}

/** What changes file systems in the file with the user's rights: e2fsprogs, and the one number of a swap header. Main process. */
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../ipc/errors.ts';
import type { PlannedFileSystem } from '../ipc/resize.ts';
import { descriptorArgument, runTool, toolFailure } from '../tools/run-tool.ts';
import { LARGE_MEMORY_BYTES } from '../tools/tool-process.ts';
import { readUpTo } from './saved-writes.ts';
import type { WriteGroups } from './table-writes.ts';

/** A day: it lasts as long as moving all files may. */
const LIMIT_MS = 24 * 3_600_000;
/** e2fsck(8): bits of its exit status; beyond them it was ended by a signal. */
const CORRECTED = 1;
const UNCORRECTED = 4;
const MOST_BITS = 127;

export interface ToolPlace {
  readonly file: FileHandle;
  readonly offsetBytes: bigint;
  readonly signal: AbortSignal;
}

/** What io managers of e2fsprogs take for a file system inside a file. */
export function extName(offset: bigint): string {
  return offset === 0n ? descriptorArgument(0) : `${descriptorArgument(0)}?offset=${offset}`;
}

/** Replays the journal and mends what needs no question. Throws FILE_SYSTEM_DAMAGED, TOOL_FAILED. */
export async function checkExt({ file, offsetBytes, signal }: ToolPlace): Promise<void> {
  const args = ['-f', '-p', extName(offsetBytes)];
  const result = await runTool({
    program: 'e2fsck',
    args,
    descriptors: [file.fd],
    signal,
    timeLimitMs: LIMIT_MS,
    memoryBytes: LARGE_MEMORY_BYTES,
  });
  await file.sync();
  if (result.status <= CORRECTED) return;
  // It says nothing of the file system where it could not look at all of it.
  const isEnded =
    result.status > MOST_BITS ||
    ((result.status & UNCORRECTED) === 0 && /memory|unsupported feature/iu.test(result.stdout + result.stderr));
  if (isEnded) throw toolFailure('e2fsck', result);
  throw new AppError('FILE_SYSTEM_DAMAGED', {
    details: `e2fsck ended with ${result.status}\n${result.stdout}${result.stderr}`.slice(-4000),
  });
}

/** Always to a size that is said: left alone it takes all that the file has. Throws FILE_SYSTEM_FULL, TOOL_FAILED. */
export async function resizeExt({ file, offsetBytes, signal }: ToolPlace, { toBytes }: Pick<PlannedFileSystem, 'toBytes'>): Promise<void> {
  const args = [extName(offsetBytes), `${BigInt(toBytes) / 512n}s`];
  const request = { descriptors: [file.fd], signal, timeLimitMs: LIMIT_MS, memoryBytes: LARGE_MEMORY_BYTES, keepsLengths: true };
  const result = await runTool({ program: 'resize2fs', args, ...request });
  await file.sync();
  if (result.status === 0) return;
  const isFull = /smaller than minimum|No space left|not enough space/iu.test(result.stderr);
  const failure = toolFailure('resize2fs', result);
  throw isFull ? new AppError('FILE_SYSTEM_FULL', { details: failure.data.details ?? '' }) : failure;
}

const SWAP_MAGIC = 'SWAPSPACE2';
const SWAP_LAST_PAGE = 1028;

/**
 * A swap area of another size is one with another number of pages (union swap_header, linux/swap.h): uuid, label and the pages that are
 * known to be bad stay. Throws FILE_SYSTEM_DAMAGED for what is none, or holds the image of a suspended system.
 */
export async function planSwap(file: FileHandle, offsetBytes: bigint, { startBytes, toBytes }: PlannedFileSystem): Promise<WriteGroups> {
  const start = BigInt(startBytes);
  for (const pageBytes of [4096, 16_384, 65_536]) {
    const header = await readUpTo(file, offsetBytes + start, pageBytes);
    if (header.length < pageBytes || header.toString('latin1', pageBytes - 10, pageBytes) !== SWAP_MAGIC) continue;
    const last = BigInt(toBytes) / BigInt(pageBytes) - 1n;
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(Number(last > 0xffff_fffen ? 0xffff_fffen : last));
    return [[{ offset: start + BigInt(SWAP_LAST_PAGE), bytes }]];
  }
  throw new AppError('FILE_SYSTEM_DAMAGED', { details: 'no SWAPSPACE2 header' });
}

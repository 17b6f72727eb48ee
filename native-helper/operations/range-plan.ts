/**
 * Which part of a file a loop device may show: checks of offset, size limit and logical block size, and how two ranges of
 * one file lie to each other. Pure; the kernel accepts almost everything here (LOOP.md §1.3), so these are the only checks.
 */
import { HelperError } from '../protocol/errors.ts';

/** What a device shows of its file, in bytes; limit 0 is up to the end. */
export interface FileRange {
  readonly offsetBytes: bigint;
  readonly sizeLimitBytes: bigint;
}

/** Smallest logical block, and the unit the kernel rounds sizes down to. */
export const SECTOR_BYTES = 512;

/**
 * Refuses a logical block size the kernel would not take. It must not learn of one: a LOOP_CONFIGURE that fails for it
 * leaves the device without uevents (LOOP.md §0.2).
 */
export function checkBlockSize(bytes: number, largestBytes: number): void {
  if (bytes === 0) return;
  const isPowerOfTwo = Number.isInteger(bytes) && bytes > 0 && bytes <= 0x8000_0000 && (bytes & (bytes - 1)) === 0;
  if (!isPowerOfTwo || bytes < SECTOR_BYTES || bytes > largestBytes) {
    throw new HelperError('BLOCK_SIZE_INVALID', { detail: { limitBytes: String(largestBytes) } });
  }
}

/** The alignment that goes with a logical block size; 0 (the kernel's choice) asks for sectors only. */
export function alignmentOf(blockSizeBytes: number): bigint {
  return BigInt(blockSizeBytes === 0 ? SECTOR_BYTES : blockSizeBytes);
}

/** Refuses an offset or limit that is not made of whole blocks. */
export function checkAlignment(range: FileRange, blockSizeBytes: number): void {
  const alignment = alignmentOf(blockSizeBytes);
  const detail = { limitBytes: alignment.toString() };
  if (range.offsetBytes % alignment !== 0n) throw new HelperError('OFFSET_UNALIGNED', { detail });
  if (range.sizeLimitBytes % alignment !== 0n) throw new HelperError('SIZE_LIMIT_UNALIGNED', { detail });
}

/** Refuses a range that is unaligned, leaves the file, or holds less than one block. Returns its size before rounding. */
export function checkRange(range: FileRange, fileBytes: bigint, blockSizeBytes: number): bigint {
  if (fileBytes < BigInt(SECTOR_BYTES)) throw new HelperError('IMAGE_TOO_SMALL', { detail: { limitBytes: String(SECTOR_BYTES) } });
  const detail = { limitBytes: fileBytes.toString() };
  if (range.offsetBytes >= fileBytes) throw new HelperError('OFFSET_BEYOND_END', { detail });
  checkAlignment(range, blockSizeBytes);
  if (range.offsetBytes + range.sizeLimitBytes > fileBytes) throw new HelperError('SIZE_LIMIT_BEYOND_END', { detail });
  const rest = fileBytes - range.offsetBytes;
  const bytes = range.sizeLimitBytes === 0n ? rest : range.sizeLimitBytes;
  const needed = alignmentOf(blockSizeBytes);
  if (bytes < needed) throw new HelperError('IMAGE_TOO_SMALL', { detail: { limitBytes: (range.offsetBytes + needed).toString() } });
  return bytes;
}

/** Size that the kernel gives a device over this range: whole sectors (LOOP.md §3). */
export function deviceBytes(range: FileRange, fileBytes: bigint): bigint {
  if (range.offsetBytes >= fileBytes) return 0n;
  const rest = fileBytes - range.offsetBytes;
  const bytes = range.sizeLimitBytes > 0n && range.sizeLimitBytes < rest ? range.sizeLimitBytes : rest;
  return bytes - (bytes % BigInt(SECTOR_BYTES));
}

/** How two ranges of one file lie to each other. Without a limit a range follows the growing file, so it has no end. */
export function compareRanges(first: FileRange, second: FileRange, fileBytes: bigint): 'same' | 'overlapping' | 'apart' {
  if (first.offsetBytes === second.offsetBytes && deviceBytes(first, fileBytes) === deviceBytes(second, fileBytes)) return 'same';
  const startsBeforeEnd = (a: FileRange, b: FileRange): boolean =>
    b.sizeLimitBytes === 0n || a.offsetBytes < b.offsetBytes + b.sizeLimitBytes;
  return startsBeforeEnd(first, second) && startsBeforeEnd(second, first) ? 'overlapping' : 'apart';
}

/** Small changes of the image with what was there before, so that they can be made again and taken back. Main process. */
import type { FileHandle } from 'node:fs/promises';
import * as v from 'valibot';
import { AppError } from '../ipc/errors.ts';
import type { ReadImage, WriteGroups } from './table-writes.ts';

const base64 = v.pipe(v.string(), v.maxLength(4 << 20), v.regex(/^[A-Za-z0-9+/]*={0,2}$/u));
/** Offsets count from the start of the file. Where the file was shorter `before` is shorter too, and its length is put back with the file's. */
export const writesSchema = v.array(
  v.array(v.object({ offset: v.pipe(v.string(), v.regex(/^(0|[1-9][0-9]{0,18})$/u)), before: base64, after: base64 })),
);
export type SavedGroups = v.InferOutput<typeof writesSchema>;

/** Reads all that is there, which is less than `size` at the end of the file. */
export async function readUpTo(file: FileHandle, offset: bigint, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await file.read({ buffer: bytes, offset: filled, length: size - filled, position: Number(offset) + filled });
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

export function imageReader(file: FileHandle, imageOffset: bigint): ReadImage {
  return async (offset, size) => {
    const bytes = await readUpTo(file, imageOffset + offset, size);
    if (bytes.length < size) throw new AppError('TABLE_UNREADABLE');
    return bytes;
  };
}

export async function writeAll(file: FileHandle, bytes: Buffer, offset: bigint): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, Number(offset) + written);
    written += bytesWritten;
  }
}

/** Looks up what each write will overwrite. */
export async function saveWrites(file: FileHandle, groups: WriteGroups, imageOffset: bigint): Promise<SavedGroups> {
  const saved: SavedGroups = [];
  for (const group of groups.filter(({ length }) => length > 0)) {
    const entries: SavedGroups[number] = [];
    for (const { offset, bytes } of group) {
      const at = imageOffset + offset;
      const before = await readUpTo(file, at, bytes.length);
      entries.push({ offset: String(at), before: before.toString('base64'), after: bytes.toString('base64') });
    }
    saved.push(entries);
  }
  return saved;
}

/** Group after group, each on the disk before the next. Doing it twice is doing it once. */
export async function applyWrites(file: FileHandle, groups: SavedGroups): Promise<void> {
  for (const group of groups) {
    for (const { offset, after } of group) await writeAll(file, Buffer.from(after, 'base64'), BigInt(offset));
    await file.sync();
  }
}

export async function revertWrites(file: FileHandle, groups: SavedGroups): Promise<void> {
  for (const group of groups.toReversed()) {
    for (const { offset, before } of group.toReversed()) await writeAll(file, Buffer.from(before, 'base64'), BigInt(offset));
    await file.sync();
  }
}

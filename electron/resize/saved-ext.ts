/** What resize2fs may overwrite of an ext2, ext3 or ext4, saved beside the image and put back. Main process, as the user. */
import type { FileHandle } from 'node:fs/promises';
import type { PlannedFileSystem } from '../ipc/resize.ts';
import { findExtMetadata } from './ext-metadata.ts';
import type { ToolPlace } from './file-system-tools.ts';
import { restoreData, saveData, type CopyOptions } from './saved-data.ts';
import { dataPath, type UndoRecord } from './undo-file.ts';

export interface SavedImage {
  readonly file: FileHandle;
  readonly path: Buffer;
  readonly record: UndoRecord;
}

export type Sizes = Pick<PlannedFileSystem, 'fromBytes' | 'toBytes'>;

/** The file system of a resize. */
export function placeOf({ file, record }: SavedImage, signal: AbortSignal): ToolPlace {
  return { file, offsetBytes: BigInt(record.offsetBytes) + BigInt(record.fileSystem?.startBytes ?? 0), signal };
}

/** For the change of size that is said; in place of what was saved before. Throws as {@link findExtMetadata} and {@link saveData}. */
export async function saveExt(image: SavedImage, sizes: Sizes, options: CopyOptions): Promise<UndoRecord['saved']> {
  const { file, path, record } = image;
  const { signal } = options;
  const scratch = await dataPath(path, record.inode);
  const { offsetBytes: offset } = placeOf(image, signal);
  const [fromBytes, toBytes] = [BigInt(sizes.fromBytes), BigInt(sizes.toBytes)];
  const stretches = await findExtMetadata({ file, offset, fromBytes, toBytes, scratch, signal });
  await saveData(file, scratch, stretches, options);
  return stretches.map(({ start, end }) => [String(start), String(end - start)]);
}

export async function restoreExt({ file, path, record: { saved, inode } }: SavedImage): Promise<void> {
  const stretches = saved.map(([start, size]) => ({ start: BigInt(start), end: BigInt(start) + BigInt(size) }));
  await restoreData(file, await dataPath(path, inode), stretches);
}

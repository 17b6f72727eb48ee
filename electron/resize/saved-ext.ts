/** What resize2fs may overwrite of an ext2, ext3 or ext4, saved beside the image and put back. Main process, as the user. */
import type { FileHandle } from 'node:fs/promises';
import type { PlannedFileSystem } from '../ipc/resize.ts';
import { findExtMetadata } from './ext-metadata.ts';
import { restoreData, saveData, type CopyOptions } from './saved-data.ts';
import { dataPath, fileSystemOffset, type UndoRecord } from './undo-file.ts';

export interface SavedImage {
  readonly file: FileHandle;
  readonly path: Buffer;
  readonly record: UndoRecord;
}

type Sizes = Pick<PlannedFileSystem, 'fromBytes' | 'toBytes'>;

/** For the change of size that is said; in place of what was saved before. Throws as {@link findExtMetadata} and {@link saveData}. */
export async function saveExt({ file, path, record }: SavedImage, sizes: Sizes, options: CopyOptions): Promise<UndoRecord['saved']> {
  const { signal } = options;
  const scratch = await dataPath(path, record.inode);
  const offset = fileSystemOffset(record);
  const [fromBytes, toBytes] = [BigInt(sizes.fromBytes), BigInt(sizes.toBytes)];
  const stretches = await findExtMetadata({ file, offset, fromBytes, toBytes, scratch, signal });
  await saveData(file, scratch, stretches, options);
  return stretches.map(({ start, end }) => [String(start), String(end - start)]);
}

export async function restoreExt({ file, path, record: { saved, inode } }: SavedImage): Promise<void> {
  const stretches = saved.map(([start, size]) => ({ start: BigInt(start), end: BigInt(start) + BigInt(size) }));
  await restoreData(file, await dataPath(path, inode), stretches);
}

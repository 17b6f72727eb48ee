/** Finds the images in a folder and the folders right in it. Main process, as the user. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { judgeName, looksLikeImage } from './recognise.ts';

/** What one folder of the library may hold before only its beginning is followed. */
export const FOLDER_LIMITS = { files: 10_000, subfolders: 100, looked: 200 } as const;
/** Smaller ones are no disk, larger ones of an unknown name are more likely something else, and reading them may wake a slow disk. */
const SMALLEST_IMAGE_BYTES = 32 * 1024;
const LARGEST_LOOKED_BYTES = 64 * 1024 * 1024 * 1024;
const DOT = 0x2e;

export interface FolderScan {
  readonly images: readonly Buffer[];
  /** Right in it; not looked into. */
  readonly subfolders: readonly Buffer[];
  /** There was more than the limits allow. */
  readonly cut: boolean;
}

export function joinPath(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, Buffer.from(folder.at(-1) === 0x2f ? '' : '/'), name]);
}

/** Throws the system's error when the folder cannot be listed. Hidden files and folders are passed over. */
export async function scanFolder(folder: Buffer, signal: AbortSignal): Promise<FolderScan> {
  const entries: Dirent<Buffer>[] = await readdir(folder, { withFileTypes: true, encoding: 'buffer' });
  const seen = entries.filter((entry) => entry.name[0] !== DOT);
  const files = seen.filter((entry) => entry.isFile() || entry.isSymbolicLink());
  const subfolders = seen.filter((entry) => entry.isDirectory()).map((entry) => joinPath(folder, entry.name));
  const images: Buffer[] = [];
  let looked = 0;
  for (const { name } of files.slice(0, FOLDER_LIMITS.files)) {
    if (signal.aborted) break;
    const path = joinPath(folder, name);
    const verdict = judgeName(name.toString('utf8'));
    if (verdict === 'image') images.push(path);
    else if (verdict === 'perhaps' && looked < FOLDER_LIMITS.looked) {
      looked += 1;
      if (await isImageByContent(path)) images.push(path);
    }
  }
  return {
    images: await onlyFiles(images, files),
    subfolders: subfolders.slice(0, FOLDER_LIMITS.subfolders),
    cut: files.length > FOLDER_LIMITS.files || subfolders.length > FOLDER_LIMITS.subfolders || looked >= FOLDER_LIMITS.looked,
  };
}

/** Whether one file belongs into the list. */
export async function isImageFile(path: Buffer, name: Buffer): Promise<boolean> {
  if (name[0] === DOT) return false;
  const verdict = judgeName(name.toString('utf8'));
  if (verdict === 'no') return false;
  return verdict === 'image' ? isFile(path) : isImageByContent(path);
}

async function isImageByContent(path: Buffer): Promise<boolean> {
  const facts = await stat(path).catch(() => null);
  if (facts === null || !facts.isFile() || facts.size < SMALLEST_IMAGE_BYTES || facts.size > LARGEST_LOOKED_BYTES) return false;
  return looksLikeImage(path);
}

async function isFile(path: Buffer): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isFile(),
    () => false,
  );
}

/** A link may lead to a folder or to nowhere; what readdir calls a file is one. */
async function onlyFiles(images: readonly Buffer[], entries: readonly Dirent<Buffer>[]): Promise<Buffer[]> {
  const links = new Set(entries.filter((entry) => entry.isSymbolicLink()).map((entry) => entry.name.toString('latin1')));
  if (links.size === 0) return [...images];
  const kept = await Promise.all(
    images.map(async (path) => {
      const name = path.subarray(path.lastIndexOf(0x2f) + 1).toString('latin1');
      return !links.has(name) || (await isFile(path)) ? [path] : [];
    }),
  );
  return kept.flat();
}

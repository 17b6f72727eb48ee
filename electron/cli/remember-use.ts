/** Tells the library of the user that an image was opened. Loaded only by commands that open one. */
import { resolve } from 'node:path';
import { realpath } from 'node:fs/promises';
import { fromFileNameBytes, toFileNameBytes } from '../images/file-name-bytes.ts';
import type { OpenImage } from '../images/open-image.ts';
import { withUse } from '../library/library-document.ts';
import { LibraryFile, libraryPath } from '../library/library-file.ts';

/** The whole path of a file as a person named it. */
export function wholePath(name: string): Buffer {
  // The lone surrogates that stand for bytes pass through `resolve` as they are.
  return toFileNameBytes(resolve(name));
}

/** That the library cannot be written is no reason to fail: the image is open. Devices are not files to keep. */
export async function rememberUse(name: string, { facts }: Pick<OpenImage, 'facts'>): Promise<void> {
  if (!facts.isFile()) return;
  const path = await realpath(wholePath(name), { encoding: 'buffer' }).catch(() => wholePath(name));
  await new LibraryFile(libraryPath(process.env))
    .update((document) => withUse(document, fromFileNameBytes(path), Date.now()))
    .catch(() => undefined);
}

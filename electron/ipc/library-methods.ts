/** Calls of the library and of what is done to an image that nobody uses: its name, its place, its checksums, its file systems. */
import * as v from 'valibot';
import { fileId, type ImageFile } from './images.ts';
import type { LibraryChanges } from './library.ts';
import { method } from './method.ts';

const anImage = v.strictObject({ image: fileId });
/** Rows that fit a screen, and some more. */
const IMAGES_LOOKED_AT = 128;

export const libraryMethods = {
  /** What changed after a revision of the library's state; 0 for everything. */
  'library/list': method<LibraryChanges>()(v.strictObject({ since: v.pipe(v.number(), v.integer(), v.minValue(0)) })),
  /** These are seen: what is in them is found out, and comes with the next change. */
  'library/look': method<null>()(v.strictObject({ images: v.pipe(v.array(fileId), v.maxLength(IMAGES_LOOKED_AT)) })),
  /** Null: the desktop's chooser asks (Electron host only); the result is null when it was dismissed. Errors: FOLDER_NOT_READABLE, SYSTEM_REFUSED where it cannot be kept. */
  'library/add-folder': method<ImageFile | null>()(v.strictObject({ folder: v.nullable(fileId) })),
  /** Its images leave the library, but those that were opened; no file is touched. */
  'library/remove-folder': method<null>()(v.strictObject({ folder: fileId })),
  /** Takes an image out of the list; its file stays. */
  'library/forget': method<null>()(anImage),
  /** Never over another file. Errors: IMAGE_ATTACHED, FILE_EXISTS, FILE_NAME_INVALID, FILE_NOT_FOUND. */
  'library/rename': method<ImageFile>()(v.strictObject({ image: fileId, name: v.pipe(v.string(), v.maxLength(1024)) })),
  /** Errors: IMAGE_ATTACHED, TRASH_UNSUPPORTED, FILE_NOT_FOUND. */
  'library/trash': method<null>()(anImage),
  /** Electron host only. */
  'library/show-in-folder': method<null>()(anImage),
} as const;

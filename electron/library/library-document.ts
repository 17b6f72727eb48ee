/** What the library keeps between starts, as versioned JSON; paths as in images/file-name-bytes.ts. Pure. */
import * as v from 'valibot';
import type { Checksums, VerifyOutcome } from '../ipc/library.ts';
import type { FilePrint } from '../images/file-print.ts';

const LIBRARY_VERSION = 1;
/** Images remembered; those used longest ago go first. Folders have no such limit of their own. */
const IMAGES_KEPT = 5000;
/** PATH_MAX; each byte is at most one character. */
const path = v.pipe(v.string(), v.startsWith('/'), v.maxLength(4096));
const milliseconds = v.pipe(v.number(), v.integer(), v.minValue(0));
const decimal = v.pipe(v.string(), v.regex(/^\d{1,20}$/u));
const sum = (digits: number) => v.optional(v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${digits}}$`, 'u'))));

const verification = v.object({
  at: milliseconds,
  outcome: v.picklist(['matches', 'differs', 'computed']),
  against: v.nullable(v.pipe(v.string(), v.maxLength(1024))),
  sums: v.object({ md5: sum(32), sha256: sum(64), sha512: sum(128) }),
  /** What the file was then. */
  print: v.object({ device: decimal, inode: decimal, sizeBytes: decimal, modifiedNs: decimal }),
});

/** A field that is not there has its default, so that a later version may add some; a wrong one spoils the file. */
const libraryDocument = v.object({
  version: v.literal(LIBRARY_VERSION),
  folders: v.pipe(v.array(v.object({ path })), v.maxLength(1000)),
  images: v.pipe(
    v.array(
      v.object({
        path,
        lastUsedAt: v.optional(v.nullable(milliseconds), null),
        hidden: v.optional(v.boolean(), false),
        verified: v.optional(v.nullable(verification), null),
      }),
    ),
    v.maxLength(100_000),
  ),
});

export interface StoredVerification {
  readonly at: number;
  readonly outcome: VerifyOutcome;
  readonly against: string | null;
  readonly sums: Checksums;
  readonly print: FilePrint;
}

export interface StoredImage {
  /** Null: found in a folder, never opened. */
  readonly lastUsedAt: number | null;
  /** Taken out of the library although it lies in one of its folders. */
  readonly hidden: boolean;
  readonly verified: StoredVerification | null;
}

/** Keys are paths. */
export interface LibraryDocument {
  readonly folders: readonly string[];
  readonly images: ReadonlyMap<string, StoredImage>;
}

export const emptyLibrary: LibraryDocument = { folders: [], images: new Map() };

/** Text of the file to what it says; null when it cannot be understood. */
export function parseLibrary(text: string): LibraryDocument | null {
  try {
    const { folders, images } = v.parse(libraryDocument, JSON.parse(text));
    return {
      folders: [...new Set(folders.map((folder) => folder.path))],
      images: new Map(images.map(({ path: key, ...image }) => [key, image as StoredImage])),
    };
  } catch {
    return null;
  }
}

export function printLibrary({ folders, images }: LibraryDocument): string {
  const document = {
    version: LIBRARY_VERSION,
    folders: folders.map((folder) => ({ path: folder })),
    images: [...images].map(([key, image]) => ({ path: key, ...image })),
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

/** The document with one image changed; `change` gets what is known of it, null for nothing, and returns null to forget it. */
export function withImage(
  document: LibraryDocument,
  key: string,
  change: (image: StoredImage | null) => StoredImage | null,
): LibraryDocument {
  const before = document.images.get(key) ?? null;
  const after = change(before);
  if (after === before) return document;
  const images = new Map(document.images);
  images.delete(key);
  if (after !== null) images.set(key, after);
  return { ...document, images: withoutOldest(images) };
}

function withoutOldest(images: ReadonlyMap<string, StoredImage>): ReadonlyMap<string, StoredImage> {
  if (images.size <= IMAGES_KEPT) return images;
  const byAge = [...images].toSorted(([, left], [, right]) => (right.lastUsedAt ?? 0) - (left.lastUsedAt ?? 0));
  return new Map(byAge.slice(0, IMAGES_KEPT));
}

export function withFolder(document: LibraryDocument, folder: string, present: boolean): LibraryDocument {
  if (document.folders.includes(folder) === present) return document;
  const folders = present ? [...document.folders, folder] : document.folders.filter((one) => one !== folder);
  return { ...document, folders };
}

/** Opened now, and wanted in the list again if it had been taken out. */
export function withUse(document: LibraryDocument, key: string, at: number): LibraryDocument {
  return withImage(document, key, (image) => ({ verified: image?.verified ?? null, hidden: false, lastUsedAt: at }));
}

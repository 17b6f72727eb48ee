/** Image files as the window knows them: by an id that main gave out, never by a path it made up. */
import * as v from 'valibot';

/** Id of a file or folder in main's table; unguessable, valid for this session. */
export const fileId = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/u));

export interface ImageFile {
  readonly id: string;
  /** For people: invalid bytes are U+FFFD. */
  readonly name: string;
  readonly folder: string;
}

/** What is known of an image before it is attached. */
export interface ImageDescription extends ImageFile {
  readonly sizeBytes: string;
  readonly allocatedBytes: string;
  readonly isBlockDevice: boolean;
  /** What the user's own rights on the file are. `running`: it is a program in execution (ETXTBSY). */
  readonly access: 'read-write' | 'read-only' | 'running' | 'none';
  /** Loop devices that have this very file attached. */
  readonly attachedAs: readonly number[];
  /** Free space of the file system the file lies on. */
  readonly freeBytes: string;
}

export interface FolderListing {
  readonly id: string;
  readonly path: string;
  /** Null at the root. */
  readonly parentId: string | null;
  readonly entries: readonly FolderEntry[];
  /** True when only the first entries are listed. */
  readonly cut: boolean;
}
export interface FolderEntry {
  readonly id: string;
  readonly name: string;
  readonly kind: 'folder' | 'file';
  readonly sizeBytes: string | null;
}

/** The backing file of an attached device as the user sees it now. */
export type BackingFileFacts =
  | {
      readonly kind: 'present';
      readonly path: string;
      readonly sizeBytes: string;
      readonly allocatedBytes: string;
      readonly freeBytes: string;
      readonly writable: boolean;
    }
  /** The name leads to another file, or to none. */
  | { readonly kind: 'replaced' | 'missing' | 'not-readable'; readonly path: string };

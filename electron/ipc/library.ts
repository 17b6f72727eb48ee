/** The library as the window sees it: image files the person has opened, and those in folders he added. */

/** How a file turned out when its checksums were computed. */
export type VerifyOutcome = 'matches' | 'differs' | 'computed';
export type ChecksumAlgorithm = 'md5' | 'sha256' | 'sha512';
/** Lower-case hexadecimal, by algorithm; at least one. */
export type Checksums = { readonly [A in ChecksumAlgorithm]?: string };

export interface LibraryVerification {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly outcome: VerifyOutcome;
  /** Name of the file with checksums that it was compared with: any text. Null: with a pasted value, or with nothing. */
  readonly against: string | null;
  readonly sums: Checksums;
  /** False when the file has changed since: another size, time of change or inode. */
  readonly current: boolean;
}

/** What is in an image, as far as a row tells. `unknown`: the look into it failed. */
export type LibraryContent =
  | {
      readonly kind: 'known';
      /** `raw`, or the name of a container or compression (`qcow2`, `xz`). */
      readonly format: string;
      /** Whether the format is one that Platter cannot read and only explains. */
      readonly explained: boolean;
      /** libblkid's type of the whole image, for a table its kind; empty: nothing recognised. */
      readonly type: string;
      /** Any text. Null: none. */
      readonly label: string | null;
      /** Null where there is no partition table. */
      readonly partitions: number | null;
    }
  | { readonly kind: 'unknown' };

export interface LibraryImage {
  /** As any file of main's table; `devices/attach` and all `images/…` calls take it. */
  readonly id: string;
  /** For people: invalid bytes are U+FFFD. */
  readonly name: string;
  readonly folder: string;
  readonly state: 'present' | 'missing' | 'unreachable';
  /** Decimal; null unless present. */
  readonly sizeBytes: string | null;
  readonly allocatedBytes: string | null;
  /** Identity of the file, for finding the devices that have it attached. Null unless present. */
  readonly device: string | null;
  readonly inode: string | null;
  /** Milliseconds since the epoch. Null unless present. */
  readonly modifiedAt: number | null;
  /** Milliseconds since the epoch; null: never opened through Platter. */
  readonly lastUsedAt: number | null;
  /** Lies in a folder of the library, so that it stays when it is not opened any more. */
  readonly inFolder: boolean;
  /** Null until somebody looked (`library/look`). */
  readonly content: LibraryContent | null;
  readonly verified: LibraryVerification | null;
}

export interface LibraryFolder {
  readonly id: string;
  readonly path: string;
  readonly state: 'scanning' | 'watched' | 'missing' | 'unreadable';
  /** Images found in it. */
  readonly images: number;
  /** True when there are more files, folders or watches than the library follows; then only the first ones are listed. */
  readonly cut: boolean;
}

/** Part of the window's state; the images themselves are fetched by `library/list` when somebody looks. */
export interface LibraryState {
  /** Rises with every change of any image. */
  readonly revision: number;
  readonly count: number;
  readonly folders: readonly LibraryFolder[];
  /** Name that a file of the library got which could not be understood; the library began anew. Null: nothing was wrong. */
  readonly setAside: string | null;
}

/** What changed after a revision; `since` 0 asks for everything. */
export interface LibraryChanges {
  readonly revision: number;
  readonly changed: readonly LibraryImage[];
  /** Ids. */
  readonly removed: readonly string[];
  /** True: `changed` is the whole library, whatever was known before. */
  readonly whole: boolean;
}

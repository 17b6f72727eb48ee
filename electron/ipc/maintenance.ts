/** What is done to an image that nobody uses: checksums, checking and repairing file systems, labels, giving back space. */
import type { Checksums, VerifyOutcome } from './library.ts';

/** A file beside an image that names its checksums. */
export interface ChecksumFile {
  /** Any text. */
  readonly name: string;
  readonly sums: Checksums;
}

export interface VerifyResult {
  readonly sums: Checksums;
  readonly outcome: VerifyOutcome;
  /** File that it was compared with; null: with what was pasted, or with nothing. */
  readonly against: string | null;
}

/** Why a file system that has errors is not repaired here; the words are the renderer's and the command line's. */
export type RepairRefusal =
  /** btrfs-progs' repair is for developers: it may make things worse. */
  | 'btrfs'
  /** Only Windows repairs NTFS wholly. */
  | 'ntfs'
  /** The format cannot be written. */
  | 'read-only-format'
  /** The tool does not reach into a partition of a file, and a repaired copy is no repaired image. */
  | 'partition';

/**
 * `clean`, `damaged`: found by a check. `repaired`: had errors and has none any more. `partly-repaired`: some are left.
 */
export type CheckOutcome = 'clean' | 'damaged' | 'repaired' | 'partly-repaired';

export interface CheckResult {
  readonly partition: number | null;
  /** libblkid's type. */
  readonly fileSystem: string;
  readonly outcome: CheckOutcome;
  /** Null: can be repaired here. */
  readonly refusal: RepairRefusal | null;
  /** The tool that said so, and all it said. */
  readonly program: string;
  readonly output: string;
}

export interface RelabelResult {
  readonly label: string | null;
  readonly uuid: string | null;
}

export interface SparsifyResult {
  /** Bytes on the disk, decimal. */
  readonly beforeBytes: string;
  readonly afterBytes: string;
}

/** What a new image shall be, checked for form only. Main process and command line. */
import type { FileSystemName, FolderFormat } from '../../ipc/file-systems.ts';
import type { PartitionContent, TableKind } from '../../ipc/partition-layout.ts';
import type { JobStep } from '../../ipc/state.ts';
import type { ReportProgress } from '../../jobs/jobs.ts';
import type { Draft, NewPlace } from './new-file.ts';

export interface WantedImagePartition {
  readonly sizeBytes: bigint | null;
  readonly content: PartitionContent;
  readonly label: string;
  readonly name: string;
}

export type WantedContents =
  | { readonly kind: 'empty'; readonly sizeBytes: bigint }
  | { readonly kind: 'file-system'; readonly sizeBytes: bigint; readonly fileSystem: FileSystemName; readonly label: string }
  | {
      readonly kind: 'partitions';
      readonly sizeBytes: bigint;
      readonly table: TableKind;
      readonly partitions: readonly WantedImagePartition[];
    }
  | { readonly kind: 'folder'; readonly folder: Buffer; readonly format: FolderFormat; readonly label: string }
  | { readonly kind: 'copy'; readonly source: Buffer };

export interface WantedImage {
  readonly place: NewPlace;
  readonly contents: WantedContents;
  /** Takes the room for all of it at once. */
  readonly reserved: boolean;
}

/** Checked, and ready to be made. */
export interface CreationPlan {
  readonly steps: readonly JobStep[];
  readonly run: (signal: AbortSignal, report: ReportProgress) => Promise<void>;
}

/** How the contents come into the draft, and in which steps. */
export interface ContentsPlan {
  readonly steps: readonly JobStep[];
  readonly fill: (draft: Draft, signal: AbortSignal, report: ReportProgress) => Promise<void>;
}

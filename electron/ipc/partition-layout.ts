/** Where the partitions of a new image lie: pure, the same for the picture in the window and for the table that is written. */
import { fileSystemRules, type FileSystemName } from './file-systems.ts';

export type TableKind = 'gpt' | 'mbr';
/** What a new partition is for: a file system, the same as `fat` with the type of an EFI system partition, or nothing yet. */
export type PartitionContent = FileSystemName | 'efi' | 'none';

/** Partitions begin at multiples of this, as every partitioning tool of today does it. */
export const ALIGNMENT_BYTES = 1024n * 1024n;
const SECTOR_BYTES = 512n;
/** A GPT ends with a copy of itself: header and 128 entries of 128 bytes. */
const BACKUP_SECTORS = 33n;
/** Primary partitions of an MBR; entries of a GPT as sfdisk makes it. */
export const mostPartitions: Readonly<Record<TableKind, number>> = { gpt: 128, mbr: 4 };
/** An MBR counts sectors with 32 bits. */
const MBR_REACH_BYTES = 2n ** 32n * SECTOR_BYTES;

export interface WantedPartition {
  /** Null: all that is left. At most one, and that the last. */
  readonly sizeBytes: bigint | null;
  readonly content: PartitionContent;
}
export interface PlacedPartition {
  readonly startBytes: bigint;
  readonly sizeBytes: bigint;
}

export type PartitionProblem =
  /** Not a multiple of 512 bytes. */
  | 'unaligned'
  | 'too-small'
  | 'too-large'
  /** No room is left for it, or not so much. */
  | 'no-room'
  /** Only the last one may take what is left. */
  | 'rest-not-last'
  | 'too-many';

export interface Layout {
  /** As far as they could be placed; null where one could not. */
  readonly placed: readonly (PlacedPartition | null)[];
  readonly problems: readonly (PartitionProblem | null)[];
  /** Between the last partition and the end of what partitions may use; never negative. */
  readonly freeBytes: bigint;
}

/** First byte behind what partitions may use of an image of this size. */
function usableEnd(imageBytes: bigint, table: TableKind): bigint {
  const whole = (imageBytes / SECTOR_BYTES) * SECTOR_BYTES;
  if (table === 'gpt') return whole - BACKUP_SECTORS * SECTOR_BYTES;
  return whole < MBR_REACH_BYTES ? whole : MBR_REACH_BYTES - SECTOR_BYTES;
}

function alignUp(bytes: bigint): bigint {
  return ((bytes + ALIGNMENT_BYTES - 1n) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}

/** Bytes that one more partition could have behind the given ones. */
export function roomBehind(endBytes: bigint, imageBytes: bigint, table: TableKind): bigint {
  const room = usableEnd(imageBytes, table) - alignUp(endBytes);
  // A size in whole mebibytes is one that people can read; the rest of less than one is nothing to anybody.
  return room < 0n ? 0n : (room / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}

function findSizeProblem(sizeBytes: bigint, content: PartitionContent): PartitionProblem | null {
  if (sizeBytes % SECTOR_BYTES !== 0n) return 'unaligned';
  if (sizeBytes < ALIGNMENT_BYTES) return 'too-small';
  if (content === 'none') return null;
  const rule = fileSystemRules[content === 'efi' ? 'fat' : content];
  if (sizeBytes < rule.smallestBytes) return 'too-small';
  return sizeBytes > rule.largestBytes ? 'too-large' : null;
}

/** Places the partitions one behind the other. A problem of one leaves those behind it where its size would put them. */
export function layOutPartitions(imageBytes: bigint, table: TableKind, wanted: readonly WantedPartition[]): Layout {
  const placed: (PlacedPartition | null)[] = [];
  const problems: (PartitionProblem | null)[] = [];
  let end = ALIGNMENT_BYTES;
  for (const [index, { sizeBytes, content }] of wanted.entries()) {
    const startBytes = alignUp(end);
    const room = roomBehind(end, imageBytes, table);
    const size = sizeBytes ?? room;
    const isMisplaced = sizeBytes === null && index < wanted.length - 1;
    const problem =
      index >= mostPartitions[table]
        ? 'too-many'
        : isMisplaced
          ? 'rest-not-last'
          : startBytes + size > usableEnd(imageBytes, table) || size === 0n
            ? 'no-room'
            : findSizeProblem(size, content);
    problems.push(problem);
    placed.push(problem === null ? { startBytes, sizeBytes: size } : null);
    if (problem !== 'too-many' && !isMisplaced) end = startBytes + size;
  }
  return { placed, problems, freeBytes: roomBehind(end, imageBytes, table) };
}

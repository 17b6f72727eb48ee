/** The picture of a device: its partitions and the gaps between them, in the order on the device. Pure. */
import type { Content, Contents } from '../../electron/ipc/contents.ts';
import type { LoopDevice, Partition } from '../../native-helper/protocol/devices.ts';

/** What a piece of the picture is coloured by. */
export type FillKind = 'ext' | 'btrfs' | 'xfs' | 'fat' | 'ntfs' | 'swap' | 'luks' | 'lvm' | 'iso' | 'other' | 'free';

export type Segment =
  | {
      readonly kind: 'partition';
      readonly id: string;
      readonly partition: Partition;
      readonly startBytes: bigint;
      readonly sizeBytes: bigint;
    }
  /** The device has no partitions: one piece for all of it. */
  | { readonly kind: 'whole'; readonly id: 'whole'; readonly startBytes: bigint; readonly sizeBytes: bigint }
  /** A partition that the table in the image names and the kernel has no device for. */
  | {
      readonly kind: 'unread';
      readonly id: string;
      readonly partition: number;
      readonly startBytes: bigint;
      readonly sizeBytes: bigint;
    }
  /** Room that no partition covers. */
  | { readonly kind: 'free'; readonly id: string; readonly startBytes: bigint; readonly sizeBytes: bigint };

/** Gaps below this are alignment, not room. */
const SMALLEST_GAP_BYTES = 1024n * 1024n + 1n;

/** Cuts the device into segments. Overlapping partitions are drawn one after the other; no gap is told between them. */
export function segmentsOf(device: LoopDevice, contents: Contents = []): readonly Segment[] {
  const total = BigInt(device.sizeBytes);
  const placed = placedSegments(device, contents);
  if (placed.length === 0) return [{ kind: 'whole', id: 'whole', startBytes: 0n, sizeBytes: total }];
  const segments: Segment[] = [];
  let reached = 0n;
  const free = (until: bigint): void => {
    if (until - reached >= SMALLEST_GAP_BYTES) {
      segments.push({ kind: 'free', id: `free-${reached}`, startBytes: reached, sizeBytes: until - reached });
    }
  };
  for (const segment of placed) {
    free(segment.startBytes);
    segments.push(segment);
    const end = segment.startBytes + segment.sizeBytes;
    if (end > reached) reached = end;
  }
  free(total);
  return segments;
}

/** Everything there is to list: the segments, and what holds others and is therefore not drawn beside them. */
export function listedSegments(device: LoopDevice, contents: Contents): readonly Segment[] {
  const containers = allPartitions(device, contents).filter((segment) => isContainer(segment, contents));
  return [...segmentsOf(device, contents), ...containers];
}

function placedSegments(device: LoopDevice, contents: Contents): readonly Segment[] {
  return allPartitions(device, contents)
    .filter((segment) => !isContainer(segment, contents))
    .toSorted((left, right) => (left.startBytes < right.startBytes ? -1 : 1));
}

type PartitionSegment = Extract<Segment, { kind: 'partition' | 'unread' }>;

function allPartitions(device: LoopDevice, contents: Contents): readonly PartitionSegment[] {
  const known = device.partitions.map((partition): PartitionSegment => {
    const { number, startBytes, sizeBytes } = partition;
    return { kind: 'partition', id: `p${number}`, partition, startBytes: BigInt(startBytes), sizeBytes: BigInt(sizeBytes) };
  });
  return [...known, ...unreadContents(device, contents).map(toUnread)];
}

/** Partitions of the table in the image that the kernel made no devices of. */
export function unreadContents(device: LoopDevice, contents: Contents): readonly PlacedContent[] {
  const present = new Set(device.partitions.map((one) => one.number));
  return contents.filter((content): content is PlacedContent => {
    return content.partition !== null && content.range !== null && !present.has(content.partition);
  });
}

export interface PlacedContent extends Content {
  readonly partition: number;
  readonly range: NonNullable<Content['range']>;
}

function toUnread({ partition, range }: PlacedContent): PartitionSegment {
  return { kind: 'unread', id: `p${partition}`, partition, startBytes: BigInt(range.startBytes), sizeBytes: BigInt(range.sizeBytes) };
}

/** An extended partition: the logical ones lie in it. */
function isContainer(segment: PartitionSegment, contents: Contents): boolean {
  const number = segment.kind === 'unread' ? segment.partition : segment.partition.number;
  return contents.find(({ partition }) => partition === number)?.kind === 'partition-table';
}

/** Fill of a file-system type as the kernel names it in mountinfo. */
export function fillOfType(type: string): FillKind {
  if (/^ext[234]$/u.test(type)) return 'ext';
  if (type === 'btrfs') return 'btrfs';
  if (type === 'xfs') return 'xfs';
  if (type === 'vfat' || type === 'exfat' || type === 'msdos') return 'fat';
  if (type === 'ntfs' || type === 'ntfs3' || type === 'fuseblk') return 'ntfs';
  if (type === 'iso9660' || type === 'udf' || type === 'squashfs' || type === 'erofs') return 'iso';
  return 'other';
}

/** The picture of a device: its partitions and the gaps between them, in the order on the device. Pure. */
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
  /** A partition that the table in the image names and the kernel has no device for; where it lies is not known here. */
  | { readonly kind: 'unread'; readonly id: string; readonly partition: number; readonly startBytes: 0n; readonly sizeBytes: 0n }
  /** Room that no partition the kernel knows of covers. */
  | { readonly kind: 'free'; readonly id: string; readonly startBytes: bigint; readonly sizeBytes: bigint };

/** Gaps below this are alignment, not room. */
const SMALLEST_GAP_BYTES = 1024n * 1024n + 1n;

/** Cuts the device into segments. Overlapping partitions are drawn one after the other; no gap is told between them. */
export function segmentsOf(device: LoopDevice): readonly Segment[] {
  const total = BigInt(device.sizeBytes);
  if (device.partitions.length === 0) return [{ kind: 'whole', id: 'whole', startBytes: 0n, sizeBytes: total }];
  const segments: Segment[] = [];
  let reached = 0n;
  const free = (until: bigint): void => {
    if (until - reached >= SMALLEST_GAP_BYTES) {
      segments.push({ kind: 'free', id: `free-${reached}`, startBytes: reached, sizeBytes: until - reached });
    }
  };
  const ordered = device.partitions.toSorted((left, right) => (BigInt(left.startBytes) < BigInt(right.startBytes) ? -1 : 1));
  for (const partition of ordered) {
    const startBytes = BigInt(partition.startBytes);
    const sizeBytes = BigInt(partition.sizeBytes);
    free(startBytes);
    segments.push({ kind: 'partition', id: `p${partition.number}`, partition, startBytes, sizeBytes });
    if (startBytes + sizeBytes > reached) reached = startBytes + sizeBytes;
  }
  free(total);
  return segments;
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

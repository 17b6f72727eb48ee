/** Checks of devices/set-partition. Pure; BLKPG itself checks little (LOOP.md §1.3, "Related block ioctls"). */
import { HelperError } from '../protocol/errors.ts';

/** A partition the kernel has, in bytes. */
export interface PartitionFacts {
  readonly number: number;
  readonly startBytes: bigint;
  readonly sizeBytes: bigint;
  readonly isMounted: boolean;
}

export interface PartitionedFacts {
  readonly sizeBytes: bigint;
  readonly logicalBlockSizeBytes: number;
  readonly partitions: readonly PartitionFacts[];
}

export type PartitionWish =
  | { readonly action: 'add'; readonly partition: number; readonly startBytes: bigint; readonly sizeBytes: bigint }
  | { readonly action: 'resize'; readonly partition: number; readonly sizeBytes: bigint }
  | { readonly action: 'delete'; readonly partition: number };

/** The BLKPG call to make. */
export interface PartitionPlan {
  readonly action: PartitionWish['action'];
  readonly partition: number;
  readonly startBytes: bigint;
  readonly sizeBytes: bigint;
}

/** Decides; throws PARTITION_INVALID, NO_SUCH_PARTITION, DEVICE_MOUNTED or DEVICE_TOO_SMALL. */
export function planPartition(wish: PartitionWish, device: PartitionedFacts): PartitionPlan {
  const present = device.partitions.find((partition) => partition.number === wish.partition);
  if (wish.action === 'add') {
    if (present !== undefined) throw new HelperError('PARTITION_INVALID');
    checkPlace(wish.startBytes, wish.sizeBytes, wish.partition, device);
    return wish;
  }
  if (present === undefined) throw new HelperError('NO_SUCH_PARTITION');
  if (wish.action === 'delete') {
    if (present.isMounted) throw new HelperError('DEVICE_MOUNTED');
    return { action: 'delete', partition: wish.partition, startBytes: present.startBytes, sizeBytes: present.sizeBytes };
  }
  checkPlace(present.startBytes, wish.sizeBytes, wish.partition, device);
  // Growing under a mounted file system is what resizing is for; taking blocks away from it is not.
  if (present.isMounted && wish.sizeBytes < present.sizeBytes) throw new HelperError('DEVICE_TOO_SMALL');
  return { action: 'resize', partition: wish.partition, startBytes: present.startBytes, sizeBytes: wish.sizeBytes };
}

/** Inside the device, in whole blocks, not over sector 0 and not over another partition. */
function checkPlace(startBytes: bigint, sizeBytes: bigint, number: number, device: PartitionedFacts): void {
  const block = BigInt(device.logicalBlockSizeBytes);
  const isPlaced = startBytes > 0n && sizeBytes > 0n && startBytes % block === 0n && sizeBytes % block === 0n;
  if (!isPlaced || startBytes + sizeBytes > device.sizeBytes) {
    throw new HelperError('PARTITION_INVALID', { detail: { limitBytes: device.sizeBytes.toString() } });
  }
  for (const other of device.partitions) {
    if (other.number === number) continue;
    if (startBytes < other.startBytes + other.sizeBytes && other.startBytes < startBytes + sizeBytes) {
      throw new HelperError('PARTITION_INVALID');
    }
  }
}

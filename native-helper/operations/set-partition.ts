/** devices/set-partition: tells the kernel of one partition by BLKPG, without touching the image. Runs as root. */
import {
  addPartition,
  deletePartition,
  flushBuffers,
  getLogicalBlockSizeBytes,
  getSizeBytes,
  resizePartition,
} from '../linux/block-device.ts';
import type { LoopDevice, SetPartitionParams } from '../protocol/devices.ts';
import { toTarget, withTarget } from './device-access.ts';
import { asHelperError, asHelperErrorLater, type ErrnoCodes } from './kernel-errors.ts';
import type { Operations } from './operations-context.ts';
import { planPartition, type PartitionPlan, type PartitionWish } from './partition-plan.ts';

/** What is left for the kernel to refuse: a number beyond its limit, a partition that came or went meanwhile. */
const refusals: ErrnoCodes = {
  EINVAL: 'PARTITION_INVALID',
  EBUSY: 'DEVICE_BUSY',
  ENXIO: 'NO_SUCH_PARTITION',
  EOVERFLOW: 'PARTITION_INVALID',
};

/** Errors: NO_SUCH_DEVICE, NOT_ATTACHED, STALE_DEVICE, PARTITION_INVALID, NO_SUCH_PARTITION, DEVICE_MOUNTED, DEVICE_BUSY, DEVICE_TOO_SMALL. */
export async function setPartition({ live }: Operations, params: SetPartitionParams): Promise<LoopDevice> {
  const target = toTarget(params);
  await withTarget(live, target, {}, async ({ fd }) => {
    live.drain();
    live.readMounts();
    const mounted = new Set(
      live
        .refresh(target.number)
        ?.wire.partitions.filter(({ mounts, usedAsSwap }) => mounts.length > 0 || usedAsSwap)
        .map(({ number }) => number),
    );
    const plan = planPartition(toWish(params), {
      sizeBytes: getSizeBytes(fd),
      logicalBlockSizeBytes: getLogicalBlockSizeBytes(fd),
      partitions: live.readPartitionRanges(target.number).map(({ partition, startBytes, sizeBytes }) => ({
        number: partition,
        startBytes,
        sizeBytes,
        isMounted: mounted.has(partition),
      })),
    });
    asHelperError(refusals, () => callBlkpg(fd, plan));
    await asHelperErrorLater({}, () => flushBuffers(fd));
  });
  // The event of the partition says that this device has some.
  live.drain();
  return live.refreshAttached(target);
}

function toWish(params: SetPartitionParams): PartitionWish {
  switch (params.action) {
    case 'add':
      return { ...params, startBytes: BigInt(params.startBytes), sizeBytes: BigInt(params.sizeBytes) };
    case 'resize':
      return { ...params, sizeBytes: BigInt(params.sizeBytes) };
    case 'delete':
      return params;
    default:
      return params satisfies never;
  }
}

function callBlkpg(fd: number, plan: PartitionPlan): void {
  switch (plan.action) {
    case 'add':
      return addPartition(fd, plan);
    case 'resize':
      return resizePartition(fd, plan);
    case 'delete':
      return deletePartition(fd, plan.partition);
    default:
      return plan.action satisfies never;
  }
}

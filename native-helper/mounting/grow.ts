/** mounts/grow, mounts/shrink and devices/trim: ioctls on a file system that the helper mounted. Runs as root; no tool reads the image. */
import { closeDescriptor } from '../linux/descriptors.ts';
import { fileSystemStatistics, growExt4, growXfs, readXfsGeometry, resizeBtrfs, trimFileSystem } from '../linux/file-system-calls.ts';
import { syncFileSystem } from '../linux/mount-calls.ts';
import { toTarget, withTarget, type SlowDevices } from '../operations/device-access.ts';
import { asHelperErrorLater } from '../operations/kernel-errors.ts';
import { HelperError } from '../protocol/errors.ts';
import type { GrowResult, MountTargetParams, ShrinkParams, TrimResult } from '../protocol/mounts.ts';
import { toDecimal } from '../protocol/scalars.ts';
import { openSource } from './mount-source.ts';
import { findRecord, openMounted } from './mounted.ts';
import type { Mounting } from './mounting-context.ts';
import type { MountRecord } from './mount-records.ts';

/** Errors: those of findRecord, FILE_SYSTEM_REFUSED (a type that cannot grow while mounted), DEVICE_READ_ONLY, KERNEL_REFUSED. */
export async function growMounted(mounting: Mounting, devices: SlowDevices, params: MountTargetParams): Promise<GrowResult> {
  const record = findRecord(mounting, params);
  const deviceBytes = await readSourceBytes(devices, params, record);
  return withMounted(mounting, record, async (fd) => {
    const { fileSystemType } = record.intent;
    const before = sizeOf(fd, fileSystemType);
    await asHelperErrorLater({ EROFS: 'DEVICE_READ_ONLY' }, () => callGrow(fd, fileSystemType, deviceBytes));
    return { oldSizeBytes: toDecimal(before), sizeBytes: toDecimal(sizeOf(fd, fileSystemType)) };
  });
}

/** statfs(2) leaves the log of an XFS out, which may be a large part of a small one. */
function sizeOf(fd: number, type: string): bigint {
  if (type !== 'xfs') return fileSystemStatistics(fd).sizeBytes;
  const { blockBytes, dataBlocks } = readXfsGeometry(fd);
  return blockBytes * dataBlocks;
}

async function readSourceBytes(devices: SlowDevices, params: MountTargetParams, record: MountRecord): Promise<bigint> {
  return withTarget(devices, toTarget(params), {}, ({ fd }) => {
    const source = openSource(params.device, record.intent.partition, fd);
    if (source.fd !== fd) closeDescriptor(source.fd);
    return source.sizeBytes;
  });
}

/** Never shrinks: a device that is not larger than the file system leaves it as it is. */
async function callGrow(fd: number, type: string, deviceBytes: bigint): Promise<void> {
  switch (type) {
    case 'ext2':
    case 'ext3':
    case 'ext4': {
      const { blockBytes } = fileSystemStatistics(fd);
      await growExt4(fd, deviceBytes / blockBytes);
      return;
    }
    case 'xfs': {
      const { blockBytes, dataBlocks, inodePercent } = readXfsGeometry(fd);
      const blocks = deviceBytes / blockBytes;
      // The same size again writes the copies of the superblock, which are as they were where the power failed just after a growth.
      if (blocks >= dataBlocks) await growXfs(fd, blocks, inodePercent);
      return;
    }
    case 'btrfs':
      // Asked for a size below 256 MiB, btrfs says EINVAL, even for the size it has.
      if (deviceBytes > fileSystemStatistics(fd).sizeBytes) await resizeBtrfs(fd, 'max');
      return;
    default:
      throw new HelperError('FILE_SYSTEM_REFUSED');
  }
}

/**
 * Errors: those of findRecord, FILE_SYSTEM_REFUSED (only btrfs gets smaller while mounted), FILE_SYSTEM_FULL, DEVICE_READ_ONLY, KERNEL_REFUSED.
 * Never grows: a size that is not below the present one leaves everything as it is.
 */
export async function shrinkMounted(mounting: Mounting, params: ShrinkParams): Promise<GrowResult> {
  const record = findRecord(mounting, params);
  if (record.intent.fileSystemType !== 'btrfs') throw new HelperError('FILE_SYSTEM_REFUSED');
  return withMounted(mounting, record, async (fd) => {
    const before = fileSystemStatistics(fd).sizeBytes;
    const wanted = BigInt(params.sizeBytes);
    const codes = { EROFS: 'DEVICE_READ_ONLY', ENOSPC: 'FILE_SYSTEM_FULL', EINVAL: 'FILE_SYSTEM_FULL' } as const;
    if (wanted < before) await asHelperErrorLater(codes, () => resizeBtrfs(fd, wanted));
    return { oldSizeBytes: toDecimal(before), sizeBytes: toDecimal(fileSystemStatistics(fd).sizeBytes) };
  });
}

/** Errors: those of findRecord, UNSUPPORTED_BY_KERNEL (the file system or the place of the image cannot), DEVICE_READ_ONLY. */
export async function trimMounted(mounting: Mounting, params: MountTargetParams): Promise<TrimResult> {
  const record = findRecord(mounting, params);
  return withMounted(mounting, record, async (fd) => {
    const codes = { EOPNOTSUPP: 'UNSUPPORTED_BY_KERNEL', ENOTTY: 'UNSUPPORTED_BY_KERNEL', EROFS: 'DEVICE_READ_ONLY' } as const;
    // What was deleted a moment ago is free for FITRIM only when it has been written down.
    await syncFileSystem(fd);
    return { trimmedBytes: toDecimal(await asHelperErrorLater(codes, () => trimFileSystem(fd))) };
  });
}

async function withMounted<Result>(mounting: Mounting, record: MountRecord, work: (fd: number) => Promise<Result>): Promise<Result> {
  const { userFolder, root } = openMounted(mounting, record, 'read');
  try {
    return await work(root);
  } finally {
    closeDescriptor(root);
    closeDescriptor(userFolder);
  }
}

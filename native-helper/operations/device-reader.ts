/** Reads one device from the kernel: by ioctl where we are root, by sysfs alone where we are not (LOOP.md §5.2). */
import { readPartition } from '../linux/sysfs.ts';
import { readLoopAttributes, type LoopAttributes } from '../linux/sysfs.ts';
import { scanLoopDevice, scanOpenDevice } from '../linux/loop-scan.ts';
import { SyscallError } from '../linux/syscall-error.ts';
import type { Partition } from '../protocol/devices.ts';
import { toDecimal } from '../protocol/scalars.ts';
import type { DeviceFacts } from './device-facts.ts';
import { useOf, type MountTable } from './mount-table.ts';

function fromAttributes(attributes: LoopAttributes): Omit<DeviceFacts, 'identity' | 'reference'> {
  const { backingFile } = attributes;
  return { ...attributes, backingFile: backingFile.kind === 'bytes' ? backingFile.bytes : null };
}

/** Without root: no identity, no reference. Null: nothing is attached. */
export function readPublicFacts(number: number): DeviceFacts | null {
  const attributes = readLoopAttributes(number);
  return attributes === null ? null : { ...fromAttributes(attributes), identity: null, reference: null };
}

/** As root. The device must be known to exist; `fd` is for a caller who has it open. Null: nothing is attached. */
export function readFacts(number: number, fd: number | null = null): DeviceFacts | null {
  try {
    const scanned = fd === null ? scanLoopDevice(number) : scanOpenDevice(number, fd);
    if (scanned === null) return null;
    return {
      number,
      diskseq: scanned.diskseq,
      sizeBytes: scanned.sizeBytes,
      readOnly: scanned.readOnly,
      autoclear: scanned.autoclear,
      partitionScan: scanned.partitionScan,
      directIo: scanned.directIo,
      offsetBytes: scanned.offsetBytes,
      sizeLimitBytes: scanned.sizeLimitBytes,
      logicalBlockSizeBytes: scanned.logicalBlockSizeBytes,
      backingFile: scanned.backingFile.kind === 'bytes' ? scanned.backingFile.bytes : null,
      identity: { device: scanned.device, inode: scanned.inode, rdevice: scanned.rdevice },
      reference: scanned.reference,
    };
  } catch (error) {
    // The file system of the backing file does not answer any more (LOOP.md §1.3, GET_STATUS64): the device is there all the same.
    if (error instanceof SyscallError) return readPublicFacts(number);
    throw error;
  }
}

/** The partitions of a device with who uses them. */
export function readPartitions(number: number, partitions: readonly number[], mounts: MountTable): readonly Partition[] {
  return partitions.flatMap((partition) => {
    const attributes = readPartition(number, partition);
    if (attributes === null) return [];
    const { deviceNumber, startBytes, sizeBytes, readOnly } = attributes;
    const use = useOf(mounts, deviceNumber, `/dev/loop${number}p${partition}`);
    return [
      {
        number: partition,
        deviceNumber,
        startBytes: toDecimal(startBytes),
        sizeBytes: toDecimal(sizeBytes),
        readOnly,
        mounts: use.mounts,
        usedAsSwap: use.usedAsSwap,
      },
    ];
  });
}

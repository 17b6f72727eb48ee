/** A loop device for tests of pure code. */
import type { BigIntStats } from 'node:fs';
import type { DeviceSnapshot, LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { toDecimal, toInode, toKernelText } from '../../../native-helper/protocol/scalars.ts';

export function sampleDevice(number: number, changes: Partial<LoopDevice> = {}): LoopDevice {
  return {
    number,
    diskseq: toDecimal(100 + number),
    sizeBytes: toDecimal(1_048_576),
    readOnly: false,
    autoclear: false,
    partitionScan: false,
    directIo: false,
    offsetBytes: toDecimal(0),
    sizeLimitBytes: toDecimal(0),
    logicalBlockSizeBytes: 512,
    backingFile: toKernelText(Buffer.from(`/images/disk${number}.img`)),
    backingFileState: 'named',
    identity: { device: toDecimal(65_024), inode: toInode(BigInt(1000 + number)), rdevice: toDecimal(0) },
    reference: toKernelText(Buffer.from(`name${number}`)),
    ownership: 'own',
    attachment: null,
    partitions: [],
    mounts: [],
    usedAsSwap: false,
    holders: [],
    ...changes,
  };
}

export function snapshotOf(devices: readonly LoopDevice[], unboundNumbers: readonly number[] = []): DeviceSnapshot {
  return { revision: 1, devices, unboundNumbers };
}

/** What stat says of a file or node. */
export function sampleFacts(facts: { device?: bigint; inode?: bigint; rdevice?: bigint }): BigIntStats {
  const { device = 65_024n, inode = 1n, rdevice = 0n } = facts;
  return { dev: device, ino: inode, rdev: rdevice, isBlockDevice: () => rdevice !== 0n } as BigIntStats;
}

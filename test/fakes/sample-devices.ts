/** Makers of devices and partitions for tests of the window. */
import type { LoopDevice, Mount, Partition } from '../../native-helper/protocol/devices.ts';
import { toInode, type DecimalString, type KernelText } from '../../native-helper/protocol/scalars.ts';

export const KIB = 1024n;
export const MIB = KIB * 1024n;
export const GIB = MIB * 1024n;

export function decimal(value: bigint | number): DecimalString {
  return value.toString() as DecimalString;
}

export function kernelText(text: string): KernelText {
  return { text, base64: null };
}

let lastMountId = 100;
export function mountAt(mountPoint: string, fileSystemType = 'ext4', readOnly = false): Mount {
  lastMountId += 1;
  return { mountId: lastMountId, mountPoint: kernelText(mountPoint), fileSystemType, readOnly };
}

export function partition(number: number, startBytes: bigint, sizeBytes: bigint, facts: Partial<Partition> = {}): Partition {
  return {
    number,
    deviceNumber: `259:${number}`,
    startBytes: decimal(startBytes),
    sizeBytes: decimal(sizeBytes),
    readOnly: false,
    mounts: [],
    usedAsSwap: false,
    ...facts,
  };
}

export function loopDevice(number: number, path: string | null, facts: Partial<LoopDevice> = {}): LoopDevice {
  return {
    number,
    diskseq: decimal(40 + number),
    sizeBytes: decimal(GIB),
    readOnly: false,
    autoclear: false,
    partitionScan: false,
    directIo: false,
    offsetBytes: decimal(0),
    sizeLimitBytes: decimal(0),
    logicalBlockSizeBytes: 512,
    backingFile: path === null ? null : kernelText(path),
    backingFileState: path === null ? 'unknown' : 'named',
    identity: { device: decimal(64_768), inode: toInode(BigInt(1000 + number)), rdevice: decimal(0) },
    reference: kernelText('platter:1000:5f2c'),
    ownership: 'own',
    attachment: (facts.ownership ?? 'own') === 'own' ? { uid: 1000, at: Date.now() - 180_000 } : null,
    partitions: [],
    mounts: [],
    usedAsSwap: false,
    holders: [],
    ...facts,
  };
}

/** A day at a desk: partitions, mounts, read-only, a deleted file, one in use, one that waits to be detached. */
export function typicalDevices(): LoopDevice[] {
  return [
    loopDevice(0, '/home/maria/images/debian-13.img', {
      sizeBytes: decimal(8n * GIB),
      partitionScan: true,
      partitions: [
        partition(1, MIB, 512n * MIB, { mounts: [mountAt('/run/media/maria/EFI', 'vfat')] }),
        partition(2, 513n * MIB, 5n * GIB, { mounts: [mountAt('/run/media/maria/debian')] }),
        partition(3, 513n * MIB + 5n * GIB, 1700n * MIB, { usedAsSwap: true }),
      ],
    }),
    loopDevice(1, '/home/maria/images/rpi-rootfs-2026-11-03-arm64-lite.img', {
      sizeBytes: decimal(32n * GIB),
      readOnly: true,
      mounts: [mountAt('/run/media/maria/rootfs', 'btrfs', true)],
    }),
    loopDevice(2, '/home/maria/backup/backup.img', { sizeBytes: decimal(20n * GIB) }),
    loopDevice(3, '/srv/vm/win11.img', {
      sizeBytes: decimal(64n * GIB),
      holders: ['dm-4'],
      ownership: 'unknown',
      partitionScan: true,
      partitions: [partition(1, MIB, 100n * MIB), partition(2, 101n * MIB, 60n * GIB)],
    }),
    loopDevice(4, '/home/maria/Downloads/old-install.iso', {
      sizeBytes: decimal(663n * MIB),
      readOnly: true,
      backingFileState: 'deleted',
    }),
    loopDevice(5, '/var/tmp/scratch.img', {
      sizeBytes: decimal(512n * MIB),
      autoclear: true,
      mounts: [mountAt('/mnt/scratch', 'xfs')],
    }),
  ];
}

/** What snapd leaves on an Ubuntu desktop. */
export function snapDevices(firstNumber: number, many: number): LoopDevice[] {
  return Array.from({ length: many }, (_, index) =>
    loopDevice(firstNumber + index, `/var/lib/snapd/snaps/core${index}_${1000 + index}.snap`, {
      sizeBytes: decimal(64n * MIB),
      readOnly: true,
      autoclear: true,
      ownership: 'unknown',
      mounts: [mountAt(`/snap/core${index}/${1000 + index}`, 'squashfs', true)],
    }),
  );
}

/** Many devices for the tests of long lists. */
export function manyDevices(many: number): LoopDevice[] {
  return Array.from({ length: many }, (_, index) =>
    loopDevice(index, `/srv/images/machine-${index.toString().padStart(4, '0')}.img`, { sizeBytes: decimal(BigInt(index + 1) * GIB) }),
  );
}

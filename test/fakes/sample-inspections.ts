/** What inspections of sample images say, for the tests of the window. */
import type { InspectedContent, InspectedPartition, Inspection } from '../../electron/ipc/inspection.ts';
import { GIB, MIB } from './sample-devices.ts';

export function inspected(changes: Partial<InspectedContent> = {}): InspectedContent {
  return {
    kind: 'file-system',
    type: 'ext4',
    version: '1.0',
    label: null,
    uuid: '0f8fad5b-d9cb-469f-a165-70867728950e',
    mountable: true,
    fileSystemBytes: null,
    usedBytes: null,
    freeBytes: null,
    blockBytes: 4096,
    state: 'clean',
    ...changes,
  };
}

export function inspectedPartition(
  number: number,
  startBytes: bigint,
  sizeBytes: bigint,
  content: InspectedContent,
  changes: Partial<InspectedPartition> = {},
): InspectedPartition {
  return {
    number,
    typeCode: '0fc63daf-8483-4772-8e79-3d69d8477de4',
    name: null,
    uuid: `5731923${number}-2f7a-7842-9884-1517d6c7b6a6`,
    startBytes: startBytes.toString(),
    sizeBytes: sizeBytes.toString(),
    bootable: false,
    role: 'primary',
    content,
    ...changes,
  };
}

/** A file of this size that holds one ext4 file system. */
export function inspection(sizeBytes: bigint, changes: Partial<Inspection> = {}): Inspection {
  const used = sizeBytes / 3n;
  return {
    sizeBytes: sizeBytes.toString(),
    allocatedBytes: (sizeBytes / 2n).toString(),
    format: { kind: 'raw' },
    whole: inspected({
      label: 'photos',
      fileSystemBytes: sizeBytes.toString(),
      usedBytes: used.toString(),
      freeBytes: (sizeBytes - used).toString(),
    }),
    table: null,
    findings: [],
    attachedAs: [],
    missingTools: [],
    ...changes,
  };
}

/** A disk as an installer makes it: EFI, a boot file system, an encrypted one, and space that is left. */
export function partedInspection(sizeBytes = 8n * GIB, changes: Partial<Inspection> = {}): Inspection {
  const space = (total: bigint, used: bigint) => ({
    fileSystemBytes: total.toString(),
    usedBytes: used.toString(),
    freeBytes: (total - used).toString(),
  });
  return inspection(sizeBytes, {
    whole: inspected({
      kind: 'partition-table',
      type: 'gpt',
      version: null,
      uuid: null,
      mountable: false,
      blockBytes: null,
      state: 'unknown',
    }),
    table: {
      type: 'gpt',
      id: '80c7e829-056f-a14d-97c0-f727f1be9eda',
      sectorBytes: 512,
      usable: { startBytes: MIB.toString(), endBytes: (sizeBytes - 17n * 1024n).toString() },
      partitions: [
        inspectedPartition(
          1,
          MIB,
          512n * MIB,
          inspected({ type: 'vfat', version: 'FAT32', label: 'EFI', ...space(512n * MIB, 6n * MIB) }),
          {
            typeCode: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
            name: 'EFI System Partition',
          },
        ),
        inspectedPartition(2, 513n * MIB, 5n * GIB, inspected({ label: 'rootfs', ...space(5n * GIB, 3n * GIB) })),
        inspectedPartition(
          3,
          513n * MIB + 5n * GIB,
          GIB,
          inspected({ kind: 'encrypted', type: 'crypto_LUKS', mountable: false, blockBytes: null, state: 'unknown' }),
        ),
      ],
    },
    ...changes,
  });
}

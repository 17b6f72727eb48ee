/** What may be on the typical devices: every kind of contents, with labels as people give them. */
import { GIB, MIB } from './sample-devices.ts';
import type { Content, ContentKind, Contents } from '../../electron/ipc/contents.ts';

let lastUuid = 0;
/** No two things have the same, as it should be. */
export function nextUuid(): string {
  lastUuid += 1;
  return `6c2f3a1e-5b0d-4c59-9a53-2f8e7d1b${(0x4a60 + lastUuid).toString(16)}`;
}

export function content(
  partition: number | null,
  kind: ContentKind,
  type: string,
  label: string | null = null,
  facts: Partial<Content> = {},
): Content {
  return {
    partition,
    partitionName: null,
    range: null,
    space: null,
    kind,
    type,
    label,
    uuid: kind === 'file-system' || kind === 'encrypted' ? nextUuid() : null,
    mountable: kind === 'file-system',
    ...facts,
  };
}

/** By the numbers of `typicalDevices`. */
export const typicalContents: Readonly<Record<number, Contents>> = {
  0: [
    content(null, 'partition-table', 'gpt'),
    content(1, 'file-system', 'vfat', 'EFI'),
    content(2, 'file-system', 'ext4', 'debian'),
    content(3, 'swap', 'swap'),
  ],
  1: [content(null, 'file-system', 'btrfs', 'rootfs')],
  2: [content(null, 'file-system', 'ext4', 'Backup 2026')],
  3: [
    content(null, 'partition-table', 'gpt'),
    content(1, 'file-system', 'vfat', 'SYSTEM'),
    content(2, 'encrypted', 'BitLocker'),
    content(3, 'file-system', 'ntfs', 'Recovery', {
      range: { startBytes: (101n * MIB + 60n * GIB).toString(), sizeBytes: (3n * GIB).toString() },
    }),
  ],
  4: [content(null, 'nothing', '')],
  5: [content(null, 'file-system', 'xfs', 'scratch')],
};

/** The file systems in an image that something can be done to. */
import type { InspectedContent, Inspection } from '../../../electron/ipc/inspection.ts';
import { typeName } from '../../text/mount-words.ts';
import { showText } from '../../text/format.ts';
import { checkWords } from '../../text/maintenance-words.ts';

export interface FileSystemPlace {
  /** For lists: `whole`, or the number of the partition. */
  readonly id: string;
  readonly partition: number | null;
  readonly content: InspectedContent;
}

/** Those of one of the types; the whole image first. */
export function placesOf(inspection: Inspection, types: ReadonlySet<string>): readonly FileSystemPlace[] {
  const { whole, table } = inspection;
  const first = whole !== null && types.has(whole.type) ? [{ id: 'whole', partition: null, content: whole }] : [];
  const parts = (table?.partitions ?? []).filter((one) => types.has(one.content.type));
  return [...first, ...parts.map((one) => ({ id: String(one.number), partition: one.number, content: one.content }))];
}

/** `Partition 2: ext4 “root”`. */
export function placeText({ partition, content }: FileSystemPlace): string {
  const label = content.label === null || content.label === '' ? '' : ` “${showText(content.label)}”`;
  const place = partition === null ? checkWords.whole : checkWords.partition(partition);
  return `${place}: ${typeName(content.type)}${label}`;
}

export const checkableTypes: ReadonlySet<string> = new Set([
  ...['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'vfat', 'exfat', 'ntfs', 'squashfs', 'erofs'],
]);
/** Their tools reach into partitions of a file. */
export const reachableTypes: ReadonlySet<string> = new Set(['ext2', 'ext3', 'ext4', 'squashfs']);
export const labelledTypes: ReadonlySet<string> = new Set(['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'vfat', 'exfat', 'ntfs', 'swap']);
export const labelledInPartitions: ReadonlySet<string> = new Set(['ext2', 'ext3', 'ext4']);

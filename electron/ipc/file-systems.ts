/**
 * The file systems that Platter makes, with what their tools and formats allow. Both page and main check against this table: the page
 * to tell at the field, main because it trusts nobody. Limits are those of the mkfs programs named (Debian 12) and of the formats.
 */
const MIB = 1024n * 1024n;
const TIB = 1024n * 1024n * MIB;

export const fileSystemNames = ['ext4', 'ext3', 'ext2', 'xfs', 'btrfs', 'fat', 'exfat', 'ntfs', 'swap'] as const;
export type FileSystemName = (typeof fileSystemNames)[number];

/** What a label is counted in: bytes of UTF-8, or UTF-16 units. */
export interface LabelRule {
  readonly most: number;
  readonly unit: 'bytes' | 'utf-16';
  /** What a label must not hold besides control characters. */
  readonly refused: RegExp | null;
}

export interface FileSystemRule {
  readonly smallestBytes: bigint;
  readonly largestBytes: bigint;
  readonly label: LabelRule;
}

const EXT: FileSystemRule = { smallestBytes: MIB, largestBytes: 16n * TIB, label: { most: 16, unit: 'bytes', refused: null } };

export const fileSystemRules: Readonly<Record<FileSystemName, FileSystemRule>> = {
  // Below 2 MiB mke2fs leaves the journal out.
  ext4: { ...EXT, smallestBytes: 2n * MIB },
  ext3: { ...EXT, smallestBytes: 2n * MIB },
  ext2: EXT,
  xfs: { smallestBytes: 300n * MIB, largestBytes: 1024n * TIB, label: { most: 12, unit: 'bytes', refused: /\s/u } },
  btrfs: { smallestBytes: 128n * MIB, largestBytes: 1024n * TIB, label: { most: 255, unit: 'bytes', refused: /\//u } },
  // 32-bit count of 512-byte sectors. Capitals only: mkfs.fat warns of others, and Windows shows capitals anyway.
  fat: { smallestBytes: MIB, largestBytes: 2n * TIB - MIB, label: { most: 11, unit: 'bytes', refused: /[^ !#$%&'()@^_`{}~0-9A-Za-z-]/u } },
  exfat: { smallestBytes: 8n * MIB, largestBytes: 1024n * TIB, label: { most: 11, unit: 'utf-16', refused: /["*/:<>?\\|]/u } },
  ntfs: { smallestBytes: 2n * MIB, largestBytes: 256n * TIB, label: { most: 32, unit: 'utf-16', refused: /["*/:<>?\\|]/u } },
  swap: { smallestBytes: MIB, largestBytes: 16n * TIB, label: { most: 15, unit: 'bytes', refused: null } },
};

/** Labels of what is made from a folder: of the ISO 9660 volume (xorriso), of ext4; the others have none. */
export const folderFormats = ['iso', 'squashfs', 'ext4', 'erofs'] as const;
export type FolderFormat = (typeof folderFormats)[number];
export const folderLabelRules: Readonly<Record<FolderFormat, LabelRule | null>> = {
  iso: { most: 32, unit: 'bytes', refused: /[^ -~]/u },
  squashfs: null,
  ext4: EXT.label,
  erofs: null,
};

/** Name of a GPT partition: 36 UTF-16 units. */
export const partitionNameRule: LabelRule = { most: 36, unit: 'utf-16', refused: null };

export type LabelProblem = 'too-long' | 'characters' | 'leading-dash';

/** Why a label cannot be taken, or null. An empty label is none. */
export function findLabelProblem(label: string, rule: LabelRule): LabelProblem | null {
  // Tools take such a word for an option where they are not careful (CVE-2026-111581).
  if (label.startsWith('-')) return 'leading-dash';
  if (/\p{Cc}/u.test(label) || !label.isWellFormed() || rule.refused?.test(label) === true) return 'characters';
  const length = rule.unit === 'bytes' ? new TextEncoder().encode(label).length : label.length;
  return length > rule.most ? 'too-long' : null;
}

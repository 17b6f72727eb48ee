/** The words of the command line for what an inspection says. Exhaustive by type. */
import { partitionTypeNames } from '../ipc/partition-types.ts';
import type { ImageFormat, InspectedContent, InspectedPartition, InspectedTable, InspectionFinding } from '../ipc/inspection.ts';
import { showText, type Context } from './context.ts';
import { formatSize } from './sizes.ts';

const compressions = { gzip: 'gzip', xz: 'xz', zstd: 'Zstandard', bzip2: 'bzip2', zip: 'zip' } as const;

/** What to do with formats that Platter knows and does not convert. */
export const explainedFormats = {
  cue: 'sectors of a CD as they are on the disc, or the cue sheet beside them (.cue, .bin): convert to ISO with bchunk',
  nrg: 'a Nero CD image: convert to ISO with nrg2iso',
  mdf: 'an Alcohol 120% image (.mdf, .mds): convert to ISO with mdf2iso',
  dmg: 'a compressed macOS disk image: convert with dmg2img',
  parallels: 'a Parallels disk: convert with qemu-img convert -f parallels -O raw',
} as const;

export function describeFormat(format: ImageFormat, context: Context): string {
  switch (format.kind) {
    case 'raw':
      return 'raw: can be attached as it is';
    case 'container': {
      const parts = [
        format.name,
        ...(format.virtualSizeBytes === null ? [] : [`a disk of ${formatSize(BigInt(format.virtualSizeBytes))}`]),
      ];
      const { parentName } = format;
      const parent = parentName === null || parentName === '' ? 'another file' : showText(parentName, context);
      if (parentName !== null) parts.push(`differences to ${parent}`);
      return `${parts.join(', ')}: has to be converted before it can be attached`;
    }
    case 'compressed': {
      const inside = format.unpackedBytes === null ? '' : `, ${formatSize(BigInt(format.unpackedBytes))} unpacked`;
      return `compressed with ${compressions[format.name]}${inside}: has to be unpacked before it can be attached`;
    }
    case 'explained':
      return explainedFormats[format.name];
  }
}

const tables = { gpt: 'GPT', mbr: 'MBR', hybrid: 'of an ISO image that is also a disk', other: 'of another kind' } as const;

export function describeTable({ type, id, sectorBytes, partitions }: InspectedTable, context: Context): string {
  const count = partitions.length === 1 ? '1 partition' : `${partitions.length} partitions`;
  return [tables[type], count, `sectors of ${sectorBytes}`, ...(id === null ? [] : [`id ${showText(id, context)}`])].join(', ');
}

const kinds = {
  'file-system': '',
  swap: '',
  encrypted: 'encrypted',
  'raid-or-volume': 'part of a volume',
  'partition-table': 'partition table',
  other: 'something else',
  nothing: 'nothing that is known',
} as const;

/** `LUKS 2 encrypted`, `ext4 "backup"`, `vfat FAT16 "BOOT"`. Version 1.0 is that of everything which knows one only. */
export function describeContent(content: InspectedContent, context: Context): string {
  const { kind, type, version, label } = content;
  const told = version === null || version === '1.0' ? '' : showText(version, context);
  const words = [showText(type === 'crypto_LUKS' ? 'LUKS' : type, context), told, kinds[kind]].filter((word) => word !== '');
  return [...words, ...(label === null ? [] : [`"${showText(label, context)}"`])].join(' ');
}

export function partitionType({ typeCode, role, bootable }: InspectedPartition): string {
  const name = Object.hasOwn(partitionTypeNames, typeCode) ? (partitionTypeNames[typeCode] ?? typeCode) : typeCode;
  return `${role === 'logical' ? `${name} (logical)` : name}${bootable ? ', boot' : ''}`;
}

/** What each finding means; `where` and `what` are put in after it. */
const findings = {
  'resize-unfinished': 'A resize of it was stopped on the way: go on with platter resize --continue, or put the size back with --undo',
  'shorter-than-table': 'The file ends before its partition table says',
  'shorter-than-file-system': 'The file system is larger than its place',
  'gpt-backup-missing': 'The second copy of the partition table is missing',
  'gpt-backup-damaged': 'The second copy of the partition table is damaged',
  'gpt-backup-misplaced': 'The second copy of the partition table is not at the end, as after growing the file',
  'gpt-primary-damaged': 'The partition table is damaged; its second copy was read',
  'overlapping-partitions': 'The partition overlaps another',
  'journal-unclean': 'It was not unmounted cleanly; its journal is replayed when it is mounted writable',
  'file-system-errors': 'The file system has noted errors; check it',
  ambiguous: 'It has the signatures of several things that exclude each other',
  'uuid-clash': 'It has the UUID of something that is attached',
  'label-clash': 'It has the label of something that is attached',
  'volume-group-clash': 'Its volume group has the name of one that is in use',
  'sectors-4096': 'The partition table counts in sectors of 4096 bytes: attach it with --block-size 4096',
} as const satisfies Record<InspectionFinding['code'], string>;

export function describeFinding({ code, partition, bytes, what, where }: InspectionFinding, context: Context): string {
  const facts = [
    ...(bytes === undefined ? [] : [`${formatSize(BigInt(bytes))} are missing`]),
    ...(what === undefined ? [] : [showText(what, context)]),
    ...(where === undefined ? [] : [showText(where, context)]),
  ];
  const place = partition === null ? '' : `Partition ${partition}: `;
  return `${place}${findings[code]}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}.`;
}

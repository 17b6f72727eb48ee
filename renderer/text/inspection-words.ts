/** The words for what an inspection says: formats, tables, contents, findings. Exhaustive by type. */
import type {
  ImageFormat,
  InspectedContent,
  InspectedPartition,
  InspectedTable,
  InspectionFinding,
} from '../../electron/ipc/inspection.ts';
import { partitionTypeNames } from '../../electron/ipc/partition-types.ts';
import { count, formatPercent, formatSize, showText } from './format.ts';
import { typeName } from './mount-words.ts';

const containers = {
  qcow2: { name: 'qcow2', of: 'a virtual disk of QEMU' },
  vhd: { name: 'VHD', of: 'a virtual disk of Hyper-V or Virtual PC' },
  vhdx: { name: 'VHDX', of: 'a virtual disk of Hyper-V' },
  vmdk: { name: 'VMDK', of: 'a virtual disk of VMware' },
  vdi: { name: 'VDI', of: 'a virtual disk of VirtualBox' },
} as const;

const compressions = { gzip: 'gzip', xz: 'xz', zstd: 'Zstandard', bzip2: 'bzip2', zip: 'ZIP' } as const;

const explained = {
  cue: {
    title: 'Copy of a CD',
    text: 'The file holds the sectors of a CD as they are on the disc (or is the cue sheet that describes them). Its data has to be taken out first, for example with the program “bchunk”.',
  },
  nrg: { title: 'Nero CD image', text: 'Convert it to an ISO image first, for example with the program “nrg2iso”.' },
  mdf: { title: 'Alcohol 120% CD image', text: 'Convert it to an ISO image first, for example with the program “mdf2iso”.' },
  dmg: {
    title: 'macOS disk image',
    text: 'Its contents are packed. Convert it to a raw image first, for example with the program “dmg2img”.',
  },
  parallels: { title: 'Parallels disk', text: 'Convert it to a raw image first, for example with “qemu-img convert -f parallels -O raw”.' },
} as const;

export interface FormatWords {
  readonly title: string;
  readonly text: string;
  /** Whether Platter can make a raw image of it, and what that is called. */
  readonly convert: 'convert' | 'unpack' | null;
}

/** What a file that is no raw image is, and what that means. */
export function formatWords(format: Exclude<ImageFormat, { readonly kind: 'raw' }>): FormatWords {
  switch (format.kind) {
    case 'container': {
      const { name, of } = containers[format.name];
      const size = format.virtualSizeBytes === null ? '' : ` with ${formatSize(BigInt(format.virtualSizeBytes))}`;
      const parent = format.parentName === null ? '' : ` It holds only what differs from another file${parentText(format.parentName)}.`;
      return {
        title: `${name}: ${of}${size}`,
        text: `The disk inside is stored in a format of its own, so the file cannot be attached as it is. Converting makes a raw image beside it.${parent}`,
        convert: 'convert',
      };
    }
    case 'compressed': {
      const size = format.unpackedBytes === null ? '' : `, ${formatSize(BigInt(format.unpackedBytes))} unpacked`;
      return {
        title: `Compressed with ${compressions[format.name]}${size}`,
        text: 'A compressed file cannot be attached. Unpacking makes a raw image beside it.',
        convert: 'unpack',
      };
    }
    case 'explained':
      return { ...explained[format.name], convert: null };
  }
}

function parentText(name: string): string {
  return name === '' ? '' : `, “${showText(name)}”`;
}

const tables = { gpt: 'GPT', mbr: 'MBR', hybrid: 'ISO image that is also a disk', other: 'Partition table' } as const;

export function tableName({ type }: InspectedTable): string {
  return tables[type];
}

export const inspectWords = {
  title: 'Image Details',
  looking: 'Looking into the image…',
  details: 'Details…',
  imageDetails: 'Image Details…',
  convert: 'Convert…',
  unpack: 'Unpack…',
  copy: 'Copy…',
  file: 'File',
  folder: 'Folder',
  size: 'Size',
  onDisk: 'On disk',
  format: 'Format',
  raw: 'Raw disk image',
  table: 'Partition table',
  tableId: 'Disk ID',
  sectors: 'Sector size',
  sectorBytes: (bytes: string) => `${bytes} bytes`,
  usable: 'Usable for partitions',
  contents: 'Contents',
  label: 'Label',
  uuid: 'UUID',
  version: 'Version',
  startsAt: (start: string) => `starts at ${start}`,
  uuidOf: (uuid: string) => `UUID ${showText(uuid)}`,
  used: 'Used',
  state: 'State',
  attachedAs: 'Attached as',
  partitions: 'Partitions',
  noPartitions: 'The table has no partitions.',
  findings: 'What was found',
  free: 'Free space',
  boot: 'Boot',
  logical: 'Logical',
  volumeGroup: 'Volume group',
  partition: (number: number) => `Partition ${number}`,
  usedOf: (used: string, total: string, percent: string) => `${used} of ${total} (${percent})`,
  mapName: 'Map of the partitions',
  attach: 'Attach…',
  missingTools: (programs: string) => `With ${programs} installed, more could be said.`,
} as const;

const contentKinds = {
  'file-system': '',
  swap: '',
  encrypted: 'encrypted',
  'raid-or-volume': 'member of a volume',
  'partition-table': '',
  other: 'unknown',
  nothing: 'no file system found',
} as const;

/** `ext4`, `LUKS, encrypted`, `no file system found`. */
export function contentText({ kind, type }: Pick<InspectedContent, 'kind' | 'type'>): string {
  const words = [type === '' ? '' : typeName(type), contentKinds[kind]].filter((word) => word !== '');
  return words.length === 0 ? contentKinds.nothing : words.join(', ');
}

export const stateWords = {
  clean: 'Clean',
  unclean: 'Was not unmounted cleanly',
  errors: 'Has errors',
  unknown: '',
} as const satisfies Record<InspectedContent['state'], string>;

export function partitionTypeText({ typeCode }: InspectedPartition): string {
  return Object.hasOwn(partitionTypeNames, typeCode) ? (partitionTypeNames[typeCode] ?? typeCode) : showText(typeCode);
}

/** One line under the name of a file: `32 GiB · GPT · NTFS · 3 partitions` without the size. */
export function summaryParts({
  whole,
  table,
}: {
  readonly whole: InspectedContent | null;
  readonly table: InspectedTable | null;
}): readonly string[] {
  if (table === null) return whole === null ? [] : [contentText(whole)];
  const held = table.partitions.filter(({ role }) => role !== 'extended').map(({ content }) => content);
  const types = [...new Set(held.filter(({ kind }) => kind !== 'nothing').map(({ type }) => typeName(type)))];
  const shown = whole !== null && whole.kind === 'file-system' ? [typeName(whole.type)] : types.slice(0, 3);
  return [tableName(table), ...(shown.length === 0 ? [] : [shown.join(', ')]), count(held.length, 'partition', 'partitions')];
}

interface FindingWords {
  readonly title: string;
  readonly text: string;
  /** `info`: worth knowing, nothing is wrong. */
  readonly tone: 'info' | 'warn';
}

const findings: Readonly<Record<InspectionFinding['code'], FindingWords>> = {
  'resize-unfinished': {
    title: 'A resize of this image was stopped',
    text: 'Resize goes on with it or puts the size back; what else is wrong here may come from that.',
    tone: 'warn',
  },
  'shorter-than-table': {
    title: 'The file is too short for its partitions',
    text: 'Its partition table tells of more than the file holds, as after a download or a copy that stopped half-way.',
    tone: 'warn',
  },
  'shorter-than-file-system': {
    title: 'The file system is larger than its place',
    text: 'What it holds beyond the end cannot be read, and mounting it will most likely fail.',
    tone: 'warn',
  },
  'gpt-backup-missing': {
    title: 'The second copy of the partition table is missing',
    text: 'The first one is used. Partitioning programs write the second anew.',
    tone: 'warn',
  },
  'gpt-backup-damaged': {
    title: 'The second copy of the partition table is damaged',
    text: 'The first one is used. Partitioning programs write the second anew.',
    tone: 'warn',
  },
  'gpt-backup-misplaced': {
    title: 'The second copy of the partition table is not at the end',
    text: 'So it is after an image has grown. The new space can be used once it is moved; Resize does that.',
    tone: 'info',
  },
  'gpt-primary-damaged': {
    title: 'The partition table is damaged',
    text: 'Its second copy was read instead. The kernel may not show the partitions.',
    tone: 'warn',
  },
  'overlapping-partitions': {
    title: 'Partitions overlap',
    text: 'They share bytes: writing to one damages another.',
    tone: 'warn',
  },
  'journal-unclean': {
    title: 'It was not unmounted cleanly',
    text: 'The file system is put in order when it is mounted writable; read-only it may look older than it is.',
    tone: 'info',
  },
  'file-system-errors': {
    title: 'The file system has noted errors',
    text: 'Check it before you use it.',
    tone: 'warn',
  },
  ambiguous: {
    title: 'It is not certain what this is',
    text: 'There are the marks of several things that exclude each other, so nothing is mounted by itself.',
    tone: 'warn',
  },
  'uuid-clash': {
    title: 'It has the UUID of something that is attached',
    text: 'It is a copy, or the other one is. XFS and Btrfs refuse to mount both at a time; other programs may take one for the other.',
    tone: 'warn',
  },
  'label-clash': {
    title: 'It has the label of something that is attached',
    text: 'Programs that go by labels may take one for the other.',
    tone: 'info',
  },
  'volume-group-clash': {
    title: 'Its volume group has the name of one in use',
    text: 'LVM can activate only one of them.',
    tone: 'warn',
  },
  'sectors-4096': {
    title: 'It is made for sectors of 4,096 bytes',
    text: 'Its partitions can be seen only with that sector size, which is chosen by itself here.',
    tone: 'info',
  },
};

export interface FindingText extends FindingWords {
  /** Facts of this one: place, bytes, the other's name. */
  readonly facts: string;
}

export function findingText({ code, partition, bytes, what, where }: InspectionFinding): FindingText {
  const facts = [
    ...(partition === null ? [] : [inspectWords.partition(partition)]),
    ...(bytes === undefined ? [] : [`${formatSize(BigInt(bytes))} missing`]),
    ...(what === undefined ? [] : [showText(what)]),
    ...(where === undefined ? [] : [showText(where)]),
  ];
  return { ...findings[code], facts: facts.join(' · ') };
}

/** `3 GiB of 5 GiB (60 %)`; null where the file system does not say. */
export function usedText({ usedBytes, fileSystemBytes }: InspectedContent): string | null {
  if (usedBytes === null || fileSystemBytes === null) return null;
  const [used, total] = [BigInt(usedBytes), BigInt(fileSystemBytes)];
  return inspectWords.usedOf(formatSize(used), formatSize(total), formatPercent(used, total));
}

/** Which program writes a label or a UUID, and which ones a file system can have. Pure. */
import { fileSystemRules, findLabelProblem, type FileSystemName } from '../ipc/file-systems.ts';
import type { ToolName } from '../tools/tool-packages.ts';

export interface Writing {
  readonly program: ToolName;
  readonly args: readonly string[];
}

interface Relabeller {
  /** Whose rules labels follow. */
  readonly rules: FileSystemName;
  readonly uuid: RegExp;
  readonly label: (file: string, label: string) => Writing;
  readonly setUuid: (file: string, uuid: string) => Writing;
  /** Takes a place inside a file as `file?offset=N`. */
  readonly reachesPartitions?: boolean;
}

const RFC = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu;
const SERIAL = /^[0-9a-f]{4}-[0-9a-f]{4}$/iu;
const LONG_SERIAL = /^[0-9a-f]{16}$/iu;

function extRelabeller(rules: FileSystemName): Relabeller {
  return {
    rules,
    uuid: RFC,
    label: (file, label) => ({ program: 'tune2fs', args: ['-L', label, file] }),
    setUuid: (file, uuid) => ({ program: 'tune2fs', args: ['-U', uuid, file] }),
    reachesPartitions: true,
  };
}

/** A label never stands where an option could: `-L` takes the next word whatever it is, and labels that begin with a dash are refused before. */
const relabellers: Readonly<Record<string, Relabeller>> = {
  ext2: extRelabeller('ext2'),
  ext3: extRelabeller('ext3'),
  ext4: extRelabeller('ext4'),
  xfs: {
    rules: 'xfs',
    uuid: RFC,
    // xfs_admin is a shell script that evaluates its words; xfs_db is the program behind it. `--` stands for no label.
    label: (file, label) => ({ program: 'xfs_db', args: ['-x', '-p', 'xfs_admin', '-c', `label ${label === '' ? '--' : label}`, file] }),
    setUuid: (file, uuid) => ({ program: 'xfs_db', args: ['-x', '-p', 'xfs_admin', '-c', `uuid ${uuid}`, file] }),
  },
  btrfs: {
    rules: 'btrfs',
    uuid: RFC,
    label: (file, label) => ({ program: 'btrfs', args: ['filesystem', 'label', '--', file, label] }),
    // -M writes only the superblocks; -U would write every block of metadata anew, and must not be interrupted.
    setUuid: (file, uuid) => ({ program: 'btrfstune', args: ['-f', '-M', uuid, file] }),
  },
  vfat: {
    rules: 'fat',
    uuid: SERIAL,
    label: (file, label) => ({ program: 'fatlabel', args: label === '' ? ['--reset', file] : [file, label.toUpperCase()] }),
    setUuid: (file, uuid) => ({ program: 'fatlabel', args: ['--volume-id', file, uuid.replace('-', '').toLowerCase()] }),
  },
  exfat: {
    rules: 'exfat',
    uuid: SERIAL,
    label: (file, label) => ({ program: 'tune.exfat', args: ['-L', label, file] }),
    setUuid: (file, uuid) => ({ program: 'tune.exfat', args: ['-I', `0x${uuid.replace('-', '')}`, file] }),
  },
  ntfs: {
    rules: 'ntfs',
    uuid: LONG_SERIAL,
    label: (file, label) => ({ program: 'ntfslabel', args: [file, label] }),
    setUuid: (file, uuid) => ({ program: 'ntfslabel', args: [`--new-serial=${uuid}`, file] }),
  },
  swap: {
    rules: 'swap',
    uuid: RFC,
    label: (file, label) => ({ program: 'swaplabel', args: ['-L', label, file] }),
    setUuid: (file, uuid) => ({ program: 'swaplabel', args: ['-U', uuid, file] }),
  },
};

export type LabelVerdict = ReturnType<typeof findLabelProblem> | 'unsupported';

export function relabellerOf(type: string): Relabeller | null {
  return Object.hasOwn(relabellers, type) ? (relabellers[type] ?? null) : null;
}

/** Quotes and backslashes mean something to xfs_db's own command line. */
const XFS_WORDS = /["'\\;]/u;

/** Why a label cannot be had, or null. */
export function labelProblem(type: string, label: string): LabelVerdict {
  const relabeller = relabellerOf(type);
  if (relabeller === null) return 'unsupported';
  if (type === 'xfs' && XFS_WORDS.test(label)) return 'characters';
  return findLabelProblem(label, fileSystemRules[relabeller.rules].label);
}

export function isUuidOf(type: string, uuid: string): boolean {
  return relabellerOf(type)?.uuid.test(uuid) ?? false;
}

/** As libblkid will show it afterwards. */
export function shownLabel(type: string, label: string): string | null {
  if (label === '') return null;
  return type === 'vfat' ? label.toUpperCase() : label;
}

/** A new one from random bytes (at least 16), in the form that the type has. */
export function uuidFrom(type: string, bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  const pattern = relabellerOf(type)?.uuid;
  if (pattern === SERIAL) return `${hex.slice(0, 4)}-${hex.slice(4, 8)}`.toUpperCase();
  if (pattern === LONG_SERIAL) return hex.slice(0, 16).toUpperCase();
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16).padStart(2, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
}

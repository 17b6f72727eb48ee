/** Options of create and convert, from text to what is made. Pure. */
import {
  fileSystemNames,
  fileSystemRules,
  findLabelProblem,
  folderFormats,
  folderLabelRules,
  type FileSystemName,
  type FolderFormat,
  type LabelRule,
} from '../ipc/file-systems.ts';
import { exportEndings, exportFormats, type ExportFormat } from '../ipc/new-image.ts';
import type { PartitionContent, TableKind } from '../ipc/partition-layout.ts';
import type { WantedContents, WantedImagePartition } from '../images/making/wanted-image.ts';
import { UsageFailure } from './failures.ts';
import { parseSize } from './sizes.ts';

/** As commander gives them: names of files as they were typed. */
export interface CreateFlags {
  readonly size?: bigint;
  readonly type?: string;
  readonly label?: string;
  readonly table?: string;
  readonly partition?: readonly string[];
  readonly fromFolder?: string;
  readonly format?: string;
  readonly copy?: string;
  readonly reserve?: boolean;
  readonly mount?: boolean;
}

export interface CreateOptions {
  readonly contents: WantedContents;
  readonly reserved: boolean;
  readonly mount: boolean;
}

export const createTypes = ['empty', ...fileSystemNames] as const;
const contents: readonly PartitionContent[] = [...fileSystemNames, 'efi', 'none'];

/** `toPath` makes a whole path of a name. Throws UsageFailure. */
export function createOptions(flags: CreateFlags, toPath: (name: string) => Buffer): CreateOptions {
  const { reserve = false, mount = false } = flags;
  return { contents: toContents(flags, toPath), reserved: reserve, mount };
}

function toContents(flags: CreateFlags, toPath: (name: string) => Buffer): WantedContents {
  const { type, table, partition, fromFolder, format, copy, label = '' } = flags;
  const kinds = [type, table ?? partition, fromFolder, copy].filter((one) => one !== undefined);
  if (kinds.length > 1) throw new UsageFailure('--type, --table, --from-folder and --copy exclude each other');
  if (format !== undefined && fromFolder === undefined) throw new UsageFailure('--format goes with --from-folder');
  if (copy !== undefined) return withoutSize(flags, { kind: 'copy', source: toPath(copy) });
  if (fromFolder !== undefined) {
    const chosen = pick(folderFormats, format ?? 'iso', '--format');
    checkLabel(label, folderLabelRules[chosen], chosen);
    return withoutSize(flags, { kind: 'folder', folder: toPath(fromFolder), format: chosen, label });
  }
  const { size } = flags;
  if (size === undefined) throw new UsageFailure('create needs --size SIZE, --from-folder DIR or --copy FILE');
  if (table !== undefined || partition !== undefined) return { kind: 'partitions', sizeBytes: size, ...toPartitions(flags) };
  if (type === undefined || type === 'empty') {
    if (label !== '') throw new UsageFailure('--label goes with a file system');
    return { kind: 'empty', sizeBytes: size };
  }
  const fileSystem = pick(fileSystemNames, type, '--type');
  checkLabel(label, fileSystemRules[fileSystem].label, fileSystem);
  return { kind: 'file-system', sizeBytes: size, fileSystem, label };
}

function withoutSize(flags: CreateFlags, wanted: WantedContents): WantedContents {
  if (flags.size !== undefined) throw new UsageFailure('--size does not go with --from-folder or --copy, which have their own');
  if (flags.label !== undefined && wanted.kind === 'copy') throw new UsageFailure('--label does not go with --copy');
  return wanted;
}

function toPartitions({ table = 'gpt', partition = [], label }: CreateFlags): {
  readonly table: TableKind;
  readonly partitions: readonly WantedImagePartition[];
} {
  if (label !== undefined) throw new UsageFailure('a label of a partition is part of --partition CONTENT:SIZE:LABEL');
  const kind = pick(['gpt', 'mbr'] as const, table, '--table');
  return { table: kind, partitions: partition.map((text) => parsePartition(text, kind)) };
}

/** `ext4:4G:home:Home files`: what it holds, its size or `rest`, label and name, of which the last two may be left out. */
export function parsePartition(text: string, table: TableKind): WantedImagePartition {
  const [holds = '', size = 'rest', label = '', ...rest] = text.split(':');
  const name = rest.join(':');
  const content = pick(contents, holds, '--partition');
  const parsed = size === 'rest' || size === '' ? null : parseSize(size);
  if (parsed !== null && parsed.kind !== 'ok') throw new UsageFailure(`--partition ${text}: ${size} is no size such as 512M, and not rest`);
  if (name !== '' && table === 'mbr') throw new UsageFailure('partitions of an MBR have no names');
  if (content !== 'none') checkLabel(label, fileSystemRules[content === 'efi' ? 'fat' : content].label, content);
  return { sizeBytes: parsed === null ? null : parsed.bytes, content, label, name };
}

function checkLabel(label: string, rule: LabelRule | null, what: FileSystemName | FolderFormat | 'efi'): void {
  if (rule === null && label !== '') throw new UsageFailure(`${what} has no label`);
  const problem = rule === null ? null : findLabelProblem(label, rule);
  const unit = rule?.unit === 'bytes' ? 'bytes' : 'characters';
  if (problem === 'too-long') throw new UsageFailure(`a label of ${what} has at most ${rule?.most} ${unit}`);
  if (problem === 'leading-dash') throw new UsageFailure('a label cannot begin with a dash');
  if (problem === 'characters') throw new UsageFailure(`the label has characters that ${what} cannot hold`);
}

function pick<T extends string>(choices: readonly T[], text: string, option: string): T {
  const chosen = choices.find((one) => one === text);
  if (chosen === undefined) throw new UsageFailure(`${option} takes ${choices.join(', ')}, not ${text}`);
  return chosen;
}

export interface ConvertFlags {
  readonly to?: string;
  readonly compress?: boolean;
  readonly withOtherFiles?: boolean;
}

export interface ConvertOptions {
  /** `raw`, or what a raw image is exported to. */
  readonly to: 'raw' | ExportFormat;
  readonly compress: boolean;
  readonly otherFiles: boolean;
}

/** Names of formats as people type them. */
const aliases: Readonly<Record<string, ConvertOptions['to']>> = { gz: 'gzip', zst: 'zstd', vpc: 'vhd' };
export const convertTargets: readonly string[] = ['raw', ...exportFormats, ...Object.keys(aliases)];

function formatNamed(name: string): ConvertOptions['to'] {
  return (Object.hasOwn(aliases, name) ? aliases[name] : undefined) ?? pick(['raw', ...exportFormats] as const, name, '--to');
}

/** Without --to, `targetName` says what is made: the ending of a format that images are exported to, raw with any other. */
function formatOf(targetName: string): ConvertOptions['to'] {
  return exportFormats.find((format) => targetName.toLowerCase().endsWith(exportEndings[format])) ?? 'raw';
}

/** `targetName` is empty where none was given. Throws UsageFailure. */
export function convertOptions({ to, compress = false, withOtherFiles = false }: ConvertFlags, targetName: string): ConvertOptions {
  const target = to === undefined ? formatOf(targetName) : formatNamed(to);
  if (compress && target !== 'qcow2' && target !== 'vmdk') throw new UsageFailure('--compress goes with --to qcow2 and --to vmdk');
  if (withOtherFiles && target !== 'raw') throw new UsageFailure('--with-other-files goes with --to raw');
  return { to: target, compress, otherFiles: withOtherFiles };
}

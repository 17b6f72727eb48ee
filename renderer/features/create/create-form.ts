/** The fields of a new image and what they amount to. Pure. */
import {
  fileSystemRules,
  findLabelProblem,
  folderLabelRules,
  partitionNameRule,
  type FileSystemName,
  type FolderFormat,
  type LabelRule,
} from '../../../electron/ipc/file-systems.ts';
import type { ImageFile } from '../../../electron/ipc/images.ts';
import type { CreationFacts, FolderPlace, NewContents } from '../../../electron/ipc/new-image.ts';
import { layOutPartitions, type Layout, type PartitionContent, type TableKind } from '../../../electron/ipc/partition-layout.ts';
import { toDecimalText } from '../../state/decimal-text.ts';
import { createWords } from '../../text/create-words.ts';
import { formatSize } from '../../text/format.ts';
import { bytesOf, toSizeText, type SizeText } from '../../text/size-text.ts';
import { fieldWords } from '../../text/words.ts';

export interface PartitionForm {
  /** For the list only; stays when others come and go. */
  readonly id: number;
  readonly size: SizeText;
  readonly content: PartitionContent;
  readonly label: string;
  readonly name: string;
}

export interface CreateForm {
  readonly kind: NewContents['kind'];
  /** Null: the name that main proposes. */
  readonly name: string | null;
  readonly size: SizeText;
  readonly reserved: boolean;
  readonly fileSystem: FileSystemName;
  readonly label: string;
  readonly table: TableKind;
  readonly partitions: readonly PartitionForm[];
  readonly sourceFolder: FolderPlace | null;
  readonly format: FolderFormat;
  readonly source: ImageFile | null;
  readonly attach: boolean;
}

export interface PartitionErrors {
  readonly size?: string | undefined;
  readonly label?: string | undefined;
  readonly name?: string | undefined;
}

export interface CheckedCreation {
  /** Null as long as something does not fit. */
  readonly contents: NewContents | null;
  readonly errors: {
    readonly size?: string | undefined;
    readonly label?: string | undefined;
    readonly partitions: readonly PartitionErrors[];
  };
  /** The first thing that does not fit. */
  readonly problem: string | undefined;
  /** Null where no partitions are wanted or the size is none. */
  readonly layout: Layout | null;
}

const GIB = 1024n ** 3n;

export const firstForm: CreateForm = {
  kind: 'file-system',
  name: null,
  size: toSizeText(10n * GIB),
  reserved: false,
  fileSystem: 'ext4',
  label: '',
  table: 'gpt',
  partitions: [],
  sourceFolder: null,
  format: 'iso',
  source: null,
  attach: true,
};

/** What the file would be called if nobody says otherwise. */
export function proposedName({ kind, format, sourceFolder, source }: CreateForm): string {
  if (kind === 'copy' && source !== null) return source.name;
  if (kind !== 'folder') return 'disk.img';
  const ending = format === 'ext4' ? 'img' : format;
  const stem = sourceFolder?.path.split('/').findLast((part) => part !== '') ?? 'files';
  return `${stem}.${ending}`;
}

/** True for contents whose size the person gives. */
export function isSized(kind: NewContents['kind']): boolean {
  return kind === 'empty' || kind === 'file-system' || kind === 'partitions';
}

export function labelError(label: string, { most, unit, refused }: LabelRule): string | undefined {
  const problem = findLabelProblem(label, { most, unit, refused });
  return problem === null ? undefined : createWords.labelProblems[problem](most, unit);
}

export function checkCreation(form: CreateForm, facts: CreationFacts | null): CheckedCreation {
  switch (form.kind) {
    case 'empty':
    case 'file-system':
      return checkSized(form, facts);
    case 'partitions':
      return checkPartitions(form, facts);
    case 'folder':
      return checkFolder(form);
    case 'copy':
      return form.source === null
        ? refuse(createWords.noSource)
        : { contents: { kind: 'copy', image: form.source.id }, errors: { partitions: [] }, problem: undefined, layout: null };
  }
}

function refuse(problem: string): CheckedCreation {
  return { contents: null, errors: { partitions: [] }, problem, layout: null };
}

function sizeError(
  size: bigint | null,
  smallest: bigint,
  largest: bigint | null,
  reserved: boolean,
  facts: CreationFacts | null,
): string | undefined {
  if (size === null) return fieldWords.notASize;
  if (size < smallest) return createWords.tooSmall(formatSize(smallest));
  if (largest !== null && size > largest) return createWords.tooLarge(formatSize(largest));
  if (size % 512n !== 0n) return createWords.sectors;
  const free = facts === null ? null : BigInt(facts.freeBytes);
  return reserved && free !== null && size > free ? createWords.noSpace(formatSize(free)) : undefined;
}

function checkSized(form: CreateForm, facts: CreationFacts | null): CheckedCreation {
  const bytes = bytesOf(form.size);
  const rule = form.kind === 'file-system' ? fileSystemRules[form.fileSystem] : null;
  const size = sizeError(bytes, rule?.smallestBytes ?? 512n, rule?.largestBytes ?? null, form.reserved, facts);
  const label = rule === null ? undefined : labelError(form.label, rule.label);
  const errors = { size, label, partitions: [] };
  const problem = size ?? label;
  if (problem !== undefined || bytes === null) return { contents: null, errors, problem, layout: null };
  const sizeBytes = toDecimalText(bytes);
  const contents: NewContents =
    form.kind === 'file-system'
      ? { kind: 'file-system', sizeBytes, fileSystem: form.fileSystem, label: form.label }
      : { kind: 'empty', sizeBytes };
  return { contents, errors, problem, layout: null };
}

function checkPartitions(form: CreateForm, facts: CreationFacts | null): CheckedCreation {
  const bytes = bytesOf(form.size);
  const size = sizeError(bytes, 3n * 1024n * 1024n, null, form.reserved, facts);
  if (bytes === null) return { contents: null, errors: { size, partitions: [] }, problem: size, layout: null };
  const wanted = form.partitions.map(({ size: text, content }) => ({ sizeBytes: bytesOf(text) ?? 0n, content }));
  const layout = layOutPartitions(bytes, form.table, wanted);
  const partitions = form.partitions.map((partition, index) => partitionErrors(partition, form.table, layout.problems[index] ?? null));
  const inside = partitions.flatMap((one) => [one.size, one.label, one.name]).find((error) => error !== undefined);
  const problem = size ?? (form.partitions.length === 0 ? createWords.noPartitions : undefined) ?? inside;
  const contents: NewContents = {
    kind: 'partitions',
    sizeBytes: toDecimalText(bytes),
    table: form.table,
    partitions: form.partitions.map(({ size: text, content, label, name }) => ({
      sizeBytes: toDecimalText(bytesOf(text) ?? 0n),
      content,
      label: content === 'none' ? '' : label,
      name: form.table === 'gpt' ? name : '',
    })),
  };
  return { contents: problem === undefined ? contents : null, errors: { size, partitions }, problem, layout };
}

function partitionErrors(
  { size, content, label, name }: PartitionForm,
  table: TableKind,
  problem: Layout['problems'][number],
): PartitionErrors {
  return {
    size: bytesOf(size) === null ? fieldWords.notASize : problem === null ? undefined : sizeProblem(problem, content),
    label: content === 'none' ? undefined : labelError(label, fileSystemRules[content === 'efi' ? 'fat' : content].label),
    name: table === 'gpt' ? labelError(name, partitionNameRule) : undefined,
  };
}

function sizeProblem(problem: NonNullable<Layout['problems'][number]>, content: PartitionContent): string {
  if (problem !== 'too-small' || content === 'none') return createWords.partitionProblems[problem];
  return createWords.tooSmall(formatSize(fileSystemRules[content === 'efi' ? 'fat' : content].smallestBytes));
}

function checkFolder({ sourceFolder, format, label: given }: CreateForm): CheckedCreation {
  const rule = folderLabelRules[format];
  const label = rule === null ? undefined : labelError(given, rule);
  const problem = label ?? (sourceFolder === null ? createWords.noSourceFolder : undefined);
  const contents: NewContents | null =
    problem !== undefined || sourceFolder === null
      ? null
      : { kind: 'folder', folder: sourceFolder.id, format, label: rule === null ? '' : given };
  return { contents, errors: { label, partitions: [] }, problem, layout: null };
}

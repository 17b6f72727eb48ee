/** What a new image can be, and what main says before one is made. */
import * as v from 'valibot';
import { decimalString } from '../../native-helper/protocol/scalar-parsers.ts';
import { fileSystemNames, folderFormats, type FileSystemName, type FolderFormat } from './file-systems.ts';
import { fileId } from './images.ts';
import type { ContainerFormat } from './inspection.ts';

const label = v.pipe(v.string(), v.maxLength(255));
const partitionContent = v.picklist([...fileSystemNames, 'efi', 'none']);

const newPartition = v.strictObject({
  /** Null: all that is left; the last one only. */
  sizeBytes: v.nullable(decimalString),
  content: partitionContent,
  /** Of the file system. */
  label,
  /** Of the partition itself; a GPT only. */
  name: v.pipe(v.string(), v.maxLength(36)),
});
export type NewPartition = v.InferOutput<typeof newPartition>;

/** `sizeBytes` is of the whole image. */
export const newContents = v.variant('kind', [
  v.strictObject({ kind: v.literal('empty'), sizeBytes: decimalString }),
  v.strictObject({ kind: v.literal('file-system'), sizeBytes: decimalString, fileSystem: v.picklist(fileSystemNames), label }),
  v.strictObject({
    kind: v.literal('partitions'),
    sizeBytes: decimalString,
    table: v.picklist(['gpt', 'mbr']),
    partitions: v.pipe(v.array(newPartition), v.maxLength(128)),
  }),
  /** As large as the files need it. */
  v.strictObject({ kind: v.literal('folder'), folder: fileId, format: v.picklist(folderFormats), label }),
  /** Of a file or a device that may be read. */
  v.strictObject({ kind: v.literal('copy'), image: fileId }),
]);
export type NewContents = v.InferOutput<typeof newContents>;

/** Name of a file in a folder, no path. Main checks it again as bytes. */
export const newName = v.pipe(v.string(), v.minLength(1), v.maxLength(255));
/** Where a new file goes. */
export const newPlace = v.strictObject({ folder: fileId, name: newName });

/** What an image is exported to. */
export const exportFormats = ['qcow2', 'vhd', 'vhdx', 'vmdk', 'vdi', 'gzip', 'xz', 'zstd'] as const;
export type ExportFormat = (typeof exportFormats)[number];
/** Those that qemu-img can also pack while it writes. */
export const compressibleFormats: readonly ExportFormat[] = ['qcow2', 'vmdk'];
/** What the name of an exported file ends with; a compressed raw image keeps its own ending before it. */
export const exportEndings: Readonly<Record<ExportFormat, string>> = {
  qcow2: '.qcow2',
  vhd: '.vhd',
  vhdx: '.vhdx',
  vmdk: '.vmdk',
  vdi: '.vdi',
  gzip: '.gz',
  xz: '.xz',
  zstd: '.zst',
};

/** What an exported file is called: compressed, it keeps the name of what is in it; a container takes the place of the ending. */
export function exportNameOf(name: string, format: ExportFormat): string {
  const isPacked = format === 'gzip' || format === 'xz' || format === 'zstd';
  return `${isPacked ? name : name.replace(/\.(?:img|raw|iso|bin|dd)$/iu, '')}${exportEndings[format]}`;
}

export interface FolderPlace {
  readonly id: string;
  /** For people. */
  readonly path: string;
}

/** A program that something needs. */
export interface NeededTool {
  readonly program: string;
  /** Debian and Ubuntu package that has it. */
  readonly package: string;
}

/** What can be made here, and where. */
export interface CreationFacts {
  readonly folder: FolderPlace;
  readonly writable: boolean;
  readonly freeBytes: string;
  /** A name that no file of the folder has. */
  readonly freeName: string;
  /** The tools that are not installed, by what they would make; what is not named here can be made. */
  readonly missing: {
    readonly fileSystems: Readonly<Partial<Record<FileSystemName, NeededTool>>>;
    readonly folders: Readonly<Partial<Record<FolderFormat, NeededTool>>>;
    readonly exports: Readonly<Partial<Record<ExportFormat, NeededTool>>>;
    readonly tables: NeededTool | null;
  };
}

/** Whether a file can have a name. */
export type NameFinding =
  | { readonly kind: 'free' }
  /** `suggestion` is a like name that is free. */
  | { readonly kind: 'taken'; readonly suggestion: string }
  | { readonly kind: 'invalid' };

/** What converting an image to a raw one takes, before it begins. */
export interface ConversionFacts {
  /** Null where the format is none that can be converted. */
  readonly from: ContainerFormat | 'gzip' | 'xz' | 'zstd' | 'bzip2' | 'zip' | null;
  /** Of the raw image; null where only unpacking tells. */
  readonly sizeBytes: string | null;
  /** Other files that the image takes data from, as it names them: any text. */
  readonly otherFiles: readonly string[];
  readonly missing: NeededTool | null;
  /** A free name for the raw image beside it. */
  readonly place: FolderPlace & { readonly freeName: string };
  readonly freeBytes: string;
}

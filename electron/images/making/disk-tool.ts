/** qemu-img(1): what a container holds, and converting it. The format is always named, never guessed. Main process and command line. */
import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { AppError } from '../../ipc/errors.ts';
import type { ContainerFormat, ImageFormat } from '../../ipc/inspection.ts';
import { descriptorArgument } from '../../tools/run-tool.ts';
import { expectUnchanged } from '../file-print.ts';
import { toDisplayNames } from '../file-table.ts';
import { openImage, refuseOpening } from '../open-image.ts';
import { runMaker } from './maker-tool.ts';

/** QEMU's names (qemu-img --help). */
export const diskFormats: Readonly<Record<ContainerFormat, string>> = {
  qcow2: 'qcow2',
  vhd: 'vpc',
  vhdx: 'vhdx',
  vmdk: 'vmdk',
  vdi: 'vdi',
};

/** A hostile header shall not fill the memory. */
const MEMORY_BYTES = 2 * 1024 ** 3;

/** An image opened so that qemu-img also finds the files beside it that it names. */
export interface DiskSource {
  readonly descriptors: readonly number[];
  /** Its word in the command; the first descriptor of the request. */
  readonly argument: string;
}

/**
 * By its folder, since names in an image are relative to it; a name that is not UTF-8 only by itself. Throws FILE_CHANGED when somebody
 * wrote to it meanwhile or gave its name to another file.
 */
export async function withDiskSource<T>(path: Buffer, work: (source: DiskSource) => Promise<T>): Promise<T> {
  const image = await openImage(path, 'read-only');
  try {
    const slash = path.lastIndexOf(0x2f);
    const name = toDisplayNames(path).name;
    if (!Buffer.from(name).equals(path.subarray(slash + 1))) {
      const result = await work({ descriptors: [image.handle.fd], argument: descriptorArgument(0) });
      await expectUnchanged(image);
      return result;
    }
    const folder = await open(path.subarray(0, slash + 1), constants.O_RDONLY | constants.O_DIRECTORY).catch(refuseOpening);
    try {
      const result = await work({ descriptors: [folder.fd], argument: `${descriptorArgument(0)}/${name}` });
      await expectUnchanged({ handle: image.handle, facts: await stat(path, { bigint: true }).catch(refuseOpening) });
      await expectUnchanged(image);
      return result;
    } finally {
      await folder.close();
    }
  } finally {
    await image.handle.close();
  }
}

/**
 * A VHD says its size twice, and QEMU goes by cylinders, heads and sectors unless it knows the program that made it (block/vpc.c): up to a
 * cylinder less than the disk has. The size itself is what the specification means, and for the programs that QEMU knows by name it is the same or
 * larger.
 */
function sourceWords({ argument }: DiskSource, format: ContainerFormat | 'raw'): readonly string[] {
  if (format === 'raw') return ['-f', 'raw', argument];
  if (format !== 'vhd') return ['-f', diskFormats[format], argument];
  return [`json:${JSON.stringify({ driver: diskFormats.vhd, force_size_calc: 'current_size', file: { filename: argument } })}`];
}

export interface DiskFacts {
  readonly sizeBytes: bigint;
  /** Further files that data comes from, as the image names them: any text. */
  readonly otherFiles: readonly string[];
}

export type Container = Extract<ImageFormat, { kind: 'container' }>;

/**
 * Looks at the image alone; files that it names are not opened. Throws NOT_CONVERTIBLE where qemu-img cannot read it, or would leave out the end of
 * the disk.
 */
export async function readDiskFacts(source: DiskSource, format: Container, signal: AbortSignal): Promise<DiskFacts> {
  const { name, virtualSizeBytes, parentName } = format;
  // QEMU does not know of its parent, and reads zeroes where the data is in there.
  if (name === 'vhd' && parentName !== null) throw new AppError('NOT_CONVERTIBLE', { format });
  const { argument, descriptors } = source;
  const args = ['info', '--output=json', ...sourceWords(source, name)];
  try {
    const { stdout } = await runMaker({ program: 'qemu-img', signal, descriptors, args, memoryBytes: MEMORY_BYTES });
    const facts = parseDiskFacts(stdout, argument);
    if (facts.sizeBytes >= BigInt(virtualSizeBytes ?? 0)) return facts;
    throw new AppError('NOT_CONVERTIBLE', { details: `qemu-img reads ${facts.sizeBytes} bytes of a disk of ${virtualSizeBytes} bytes.` });
  } catch (error) {
    if (!(error instanceof AppError) || error.data.code !== 'TOOL_FAILED') throw error;
    const { details } = error.data;
    throw new AppError('NOT_CONVERTIBLE', details === undefined ? {} : { details }, { cause: error });
  }
}

interface DiskInfo {
  readonly 'virtual-size'?: unknown;
  readonly 'backing-filename'?: unknown;
  readonly 'format-specific'?: { readonly data?: { readonly 'data-file'?: unknown; readonly extents?: unknown } };
}

/** `argument`: an extent of that name is the image itself. */
export function parseDiskFacts(json: string, argument: string): DiskFacts {
  const info = JSON.parse(json) as DiskInfo;
  const data = info['format-specific']?.data;
  const extents = Array.isArray(data?.extents) ? (data.extents as readonly { readonly filename?: unknown }[]) : [];
  const named = [info['backing-filename'], data?.['data-file'], ...extents.map(({ filename }) => filename)];
  const otherFiles = named.filter((name): name is string => typeof name === 'string' && name !== argument);
  const size = info['virtual-size'];
  if (typeof size !== 'number' || size < 0) throw new AppError('NOT_CONVERTIBLE', { details: json });
  return { sizeBytes: BigInt(Math.round(size)), otherFiles };
}

export interface DiskConversion {
  readonly source: DiskSource;
  readonly from: ContainerFormat | 'raw';
  readonly to: string;
  /** Further words, from fixed lists. */
  readonly options: readonly string[];
  /** Descriptor that the word for the new file is of, and that word for its place among the descriptors. */
  readonly target: { readonly descriptor: number; readonly toArgument: (index: number) => string };
}

/** `onPart` is told what part of the work is done, 0 to 1. */
export async function convertDisk(conversion: DiskConversion, signal: AbortSignal, onPart: (part: number) => void): Promise<void> {
  const { source, from, to, options, target } = conversion;
  const descriptors = [...source.descriptors, target.descriptor];
  const args = ['convert', '-p', '-O', to, ...options, ...sourceWords(source, from), target.toArgument(descriptors.length - 1)];
  const onStdout = (chunk: Buffer): void => {
    const part = parsePart(chunk.toString('latin1'));
    if (part !== null) onPart(part);
  };
  await runMaker({ program: 'qemu-img', signal, descriptors, args, memoryBytes: MEMORY_BYTES, onStdout });
}

/** The last of `    (12.34/100%)` in what was said. */
export function parsePart(said: string): number | null {
  const percent = [...said.matchAll(/\((?<percent>[0-9]+\.[0-9]+)\/100%\)/gu)].at(-1)?.groups?.['percent'];
  return percent === undefined ? null : Math.min(1, Number(percent) / 100);
}

/** Writes a raw image in another format: a container by qemu-img, or compressed. Main process and command line. */
import { AppError } from '../../ipc/errors.ts';
import type { ImageFormat } from '../../ipc/inspection.ts';
import { compressibleFormats, type ExportFormat } from '../../ipc/new-image.ts';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { ToolName } from '../../tools/tool-packages.ts';
import { descriptorArgument, expectTool } from '../../tools/run-tool.ts';
import { partOf } from './convert-image.ts';
import { convertDisk, diskFormats, withDiskSource } from './disk-tool.ts';
import { runMaker } from './maker-tool.ts';
import { checkPlace, makeNewFile, refusePlace, type Draft, type NewPlace } from './new-file.ts';
import { withSource } from './plan-copy.ts';
import { checkSpace, SMALLEST_ROOM_BYTES } from './space.ts';
import type { ContentsPlan, CreationPlan } from './wanted-image.ts';
import { LARGE_MEMORY_BYTES } from '../../tools/tool-process.ts';

export interface WantedExport {
  readonly source: Buffer;
  /** As the inspection says it; only a raw image can be exported. */
  readonly sourceFormat: ImageFormat;
  readonly place: NewPlace;
  readonly format: ExportFormat;
  readonly compress: boolean;
}

type Packing = Extract<ExportFormat, 'gzip' | 'xz' | 'zstd'>;
type Container = Exclude<ExportFormat, Packing>;

/** Reads standard input, writes standard output; all processors where the program can. zstd writes the size down if it is told. */
const packers: Readonly<Record<Packing, readonly string[]>> = { gzip: ['-c', '-n'], xz: ['-c', '-T0'], zstd: ['-c', '-q', '-T0'] };

export function exporterOf(format: ExportFormat): ToolName {
  return isPacking(format) ? format : 'qemu-img';
}

function isPacking(format: ExportFormat): format is Packing {
  return Object.hasOwn(packers, format);
}

/** Throws what makeNewFile throws, TOOL_MISSING, NOT_CONVERTIBLE, and what opening the image may meet; nothing is made yet. */
export async function planExport({ source, sourceFormat, place, format, compress }: WantedExport): Promise<CreationPlan> {
  if (sourceFormat.kind !== 'raw') throw new AppError('NOT_CONVERTIBLE', { format: sourceFormat });
  if (compress && !compressibleFormats.includes(format)) throw new AppError('INVALID_CALL');
  // The name stands in a VMDK itself.
  if (format === 'vmdk' && !Buffer.from(place.name.toString('utf8')).equals(place.name)) throw new AppError('FILE_NAME_INVALID');
  await checkPlace(place);
  expectTool(exporterOf(format));
  await withSource(source, async () => Promise.resolve());
  await checkSpace(place.folder, SMALLEST_ROOM_BYTES);
  const fill = isPacking(format) ? fillPacked(source, format) : fillContainer(source, place, format, compress);
  return { steps: [], run: async (signal, report) => makeNewFile(place, signal, async (draft) => fill(draft, signal, report)) };
}

function fillPacked(path: Buffer, format: Packing): ContentsPlan['fill'] {
  return async ({ file }, signal, report) =>
    withSource(path, async (source, { sizeBytes }) => {
      report({ bytesDone: 0n, bytesTotal: sizeBytes });
      const onRead = (bytes: bigint): void => report({ bytesDone: bytes > sizeBytes ? sizeBytes : bytes, bytesTotal: sizeBytes });
      const request = {
        program: format,
        signal,
        stdin: source.fd,
        stdout: file.fd,
        args: [...packers[format], ...(format === 'zstd' ? [`--stream-size=${sizeBytes}`] : [])],
        memoryBytes: LARGE_MEMORY_BYTES,
      };
      await runMaker(request, { onRead });
    });
}

function fillContainer(path: Buffer, { name }: NewPlace, format: Container, compress: boolean): ContentsPlan['fill'] {
  return async (draft, signal, report) =>
    withSource(path, async (_handle, { sizeBytes }) => {
      report({ bytesDone: 0n, bytesTotal: sizeBytes });
      await withTarget(draft, format === 'vmdk' ? name : null, async (target) =>
        withDiskSource(path, async (source) =>
          convertDisk(
            { source, from: 'raw', to: diskFormats[format], options: containerOptions(format, compress), target },
            signal,
            (part) => report({ bytesDone: partOf(sizeBytes, part), bytesTotal: sizeBytes }),
          ),
        ),
      );
    });
}

type Target = Parameters<typeof convertDisk>[0]['target'];

/** By its descriptor; or with a name by the folder it is in, for a format that has the name inside. */
async function withTarget(draft: Draft, name: Buffer | null, work: (target: Target) => Promise<void>): Promise<void> {
  if (name === null) return work({ descriptor: draft.file.fd, toArgument: descriptorArgument });
  const folder = await open(draft.folder, constants.O_RDONLY | constants.O_DIRECTORY).catch(refusePlace);
  try {
    await work({ descriptor: folder.fd, toArgument: (index) => `${descriptorArgument(index)}/${name.toString('utf8')}` });
  } finally {
    await folder.close();
  }
}

function containerOptions(format: Container, compress: boolean): readonly string[] {
  const packed = compress ? ['-c'] : [];
  switch (format) {
    case 'vhd':
      // The exact size, not the next one that cylinders, heads and sectors can say.
      return ['-o', 'subformat=dynamic,force_size=on'];
    case 'vhdx':
      return ['-o', 'subformat=dynamic'];
    case 'vmdk':
      return [...packed, '-o', `subformat=${compress ? 'streamOptimized' : 'monolithicSparse'}`];
    case 'qcow2':
    case 'vdi':
      return packed;
  }
}

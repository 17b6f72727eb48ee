/** Makes a raw image of a container or of a compressed one. Main process and command line. */
import { AppError } from '../../ipc/errors.ts';
import type { ImageFormat } from '../../ipc/inspection.ts';
import { expectTool } from '../../tools/run-tool.ts';
import { descriptorArgument } from '../../tools/run-tool.ts';
import { convertDisk, readDiskFacts, withDiskSource, type Container } from './disk-tool.ts';
import { checkPlace, makeNewFile, type NewPlace } from './new-file.ts';
import { checkSpace, SMALLEST_ROOM_BYTES } from './space.ts';
import { planUnpacking } from './unpack-image.ts';
import type { ContentsPlan, CreationPlan } from './wanted-image.ts';

export interface WantedConversion {
  readonly source: Buffer;
  /** As the inspection says it. */
  readonly format: ImageFormat;
  readonly place: NewPlace;
  /** Whether it may take data from further files that it names. */
  readonly otherFiles: boolean;
}

/** Throws IMAGE_HAS_PARENTS, NOT_CONVERTIBLE, ARCHIVE_NOT_ONE_FILE, TOOL_MISSING and what makeNewFile throws; nothing is made yet. */
export async function planConversion({ source, format, place, otherFiles }: WantedConversion, signal: AbortSignal): Promise<CreationPlan> {
  await checkPlace(place);
  await checkSpace(place.folder, SMALLEST_ROOM_BYTES);
  const { steps, fill } = await planContents(source, format, otherFiles, signal);
  return { steps, run: async (running, report) => makeNewFile(place, running, async (draft) => fill(draft, running, report)) };
}

async function planContents(source: Buffer, format: ImageFormat, otherFiles: boolean, signal: AbortSignal): Promise<ContentsPlan> {
  switch (format.kind) {
    case 'container':
      return planContainer(source, format, otherFiles, signal);
    case 'compressed':
      return planUnpacking(source, format.name, signal);
    case 'raw':
    case 'explained':
      throw new AppError('NOT_CONVERTIBLE', { format });
  }
}

async function planContainer(path: Buffer, format: Container, otherFiles: boolean, planning: AbortSignal): Promise<ContentsPlan> {
  expectTool('qemu-img');
  const look = async (signal: AbortSignal): Promise<bigint> =>
    withDiskSource(path, async (source) => {
      const facts = await readDiskFacts(source, format, signal);
      // The files are read with the user's rights: an image from elsewhere could name one that he would not give away.
      if (facts.otherFiles.length > 0 && !otherFiles) throw new AppError('IMAGE_HAS_PARENTS', { details: facts.otherFiles.join('\n') });
      return facts.sizeBytes;
    });
  await look(planning);
  return {
    steps: [],
    fill: async ({ file }, signal, report) => {
      const sizeBytes = await look(signal);
      report({ bytesDone: 0n, bytesTotal: sizeBytes });
      const target = { descriptor: file.fd, toArgument: descriptorArgument };
      await withDiskSource(path, async (source) =>
        convertDisk({ source, from: format.name, to: 'raw', options: ['-S', '4k'], target }, signal, (part) =>
          report({ bytesDone: partOf(sizeBytes, part), bytesTotal: sizeBytes }),
        ),
      );
    },
  };
}

/** `part` of a size, to the 10,000th. */
export function partOf(sizeBytes: bigint, part: number): bigint {
  return (sizeBytes * BigInt(Math.round(part * 10_000))) / 10_000n;
}

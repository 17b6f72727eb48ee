/** Everything that can be said of an image before it is attached, found with the user's own rights. Main process and command line. */
import type { FileHandle } from 'node:fs/promises';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { ImageFindings } from '../image-worker/findings.ts';
import { AppError } from '../ipc/errors.ts';
import type { ImageFormat, Inspection, InspectionFinding } from '../ipc/inspection.ts';
import { mountsOf } from './contents.ts';
import { blockDeviceBytes, STAT_BLOCK_BYTES } from './describe-image.ts';
import { findClashes } from './clashes.ts';
import { findAttachments } from './identity.ts';
import type { ImageWorker } from './image-worker.ts';
import { toInspectedTable, toInspectedWhole } from './inspection-contents.ts';
import { findProblems } from './inspection-findings.ts';
import type { Neighbours } from './neighbours.ts';
import { openImage, type OpenImage } from './open-image.ts';
import { isBeingResized } from '../resize/alone.ts';
import { readUndo, removeLeftovers } from '../resize/undo-file.ts';

export interface InspectionContext {
  readonly worker: Pick<ImageWorker, 'inspect'>;
  /** All loop devices as last seen. */
  readonly devices: Iterable<LoopDevice>;
  /** Without them nobody asks whether something in the image has the name of something else. */
  readonly neighbours?: Neighbours;
}

/** Opens the file for reading. Throws AppError: what opening a file may meet, PROBE_FAILED where the image worker was lost over it. */
export async function inspectFile(context: InspectionContext, path: Buffer): Promise<Inspection> {
  const image = await openImage(path, 'read-only');
  try {
    return await inspectOpened(context, image, path);
  } finally {
    await image.handle.close();
  }
}

/** Of a file that is open already; `path` is looked at for its ending, and for what a killed resize left beside it. */
export async function inspectOpened(
  { worker, devices, neighbours }: InspectionContext,
  image: OpenImage,
  path: Buffer,
): Promise<Inspection> {
  const { handle, facts } = image;
  const isBlockDevice = facts.isBlockDevice();
  const sizeBytes = isBlockDevice ? await blockDeviceBytes(path) : facts.size;
  const known = [...devices];
  const [found, attachedAs, stopped] = await Promise.all([
    askWorker(worker, handle, sizeBytes),
    findAttachments(known, facts),
    lookBeside(path, facts),
  ]);
  const attached = known.filter(({ number }) => attachedAs.includes(number));
  const isInUse = attached.some((device) => mountsOf(device).length > 0);
  const contents = { whole: toInspectedWhole(found), table: toInspectedTable(found) };
  const identities = neighbours === undefined ? [] : await neighbours.list(known, attached);
  return {
    sizeBytes: String(sizeBytes),
    allocatedBytes: String(isBlockDevice ? sizeBytes : facts.blocks * STAT_BLOCK_BYTES),
    format: toFormat(found, path),
    ...contents,
    findings: [...stopped, ...findProblems(found, sizeBytes, isInUse), ...findClashes(contents, identities)],
    attachedAs,
    missingTools: [],
  };
}

/** A file that grew or shrank meanwhile is looked at as it was: the worker reads no further than it was told. */
async function askWorker(worker: InspectionContext['worker'], { fd }: FileHandle, sizeBytes: bigint): Promise<ImageFindings> {
  if (sizeBytes > LARGEST_FILE_BYTES) throw new AppError('FILE_TOO_LARGE');
  return worker.inspect(fd, sizeBytes);
}

/** What the wire of the worker takes; no file system of Linux holds more. */
const LARGEST_FILE_BYTES = 2n ** 63n - 1n;

/** Raw sectors of a CD are the content of .bin and of .mdf alike: only the name tells which. */
function toFormat({ format }: ImageFindings, path: Buffer): ImageFormat {
  const isMdf = /\.mdf$/iu.test(path.subarray(-4).toString('latin1'));
  return format.kind === 'explained' && format.name === 'cue' && isMdf ? { kind: 'explained', name: 'mdf' } : format;
}

/** What a resize left beside the image: takes away what nobody needs, and tells of one that can be gone on with. */
async function lookBeside(path: Buffer, facts: OpenImage['facts']): Promise<readonly InspectionFinding[]> {
  await removeLeftovers(path, facts);
  return findStopped(path, facts);
}

/** One that is on has a record too. A record that cannot be read is told by whoever resizes. */
async function findStopped(path: Buffer, facts: OpenImage['facts']): Promise<readonly InspectionFinding[]> {
  const record = facts.isFile() ? await readUndo(path, facts).catch(() => null) : null;
  if (record === null || (await isBeingResized(path))) return [];
  return [{ code: 'resize-unfinished', partition: null }];
}

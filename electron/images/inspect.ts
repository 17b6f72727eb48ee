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
import { isBeingChanged } from '../resize/alone.ts';
import { lookForUndo } from '../resize/undo-file.ts';

export interface InspectionContext {
  readonly worker: Pick<ImageWorker, 'inspect'>;
  /** All loop devices as last seen. */
  readonly devices: Iterable<LoopDevice>;
  /** Without them nobody asks whether something in the image has the name of something else. */
  readonly neighbours?: Neighbours;
}

/** Opens the file for reading. Throws AppError: what opening a file may meet, PROBE_FAILED where the image worker was lost over it. */
export async function inspectFile(context: InspectionContext, path: Buffer): Promise<Inspection> {
  let early: EarlyLook | null = null;
  const image = await openImage(path, 'read-only', (handle, seen) => {
    if (!seen.isFile()) return;
    const findings = askWorker(context.worker, handle, seen.size);
    // Nobody may wait for it in the end.
    findings.catch(() => undefined);
    early = { sizeBytes: seen.size, findings };
  });
  let closing: Promise<void> | undefined;
  try {
    const seen = await lookInto(context, image, path, early);
    closing = image.handle.close();
    return await describe(context, seen);
  } finally {
    await (closing ?? image.handle.close());
  }
}

/** Of a file that is open already; `path` is looked at for its ending, and for what a killed resize left beside it. */
export async function inspectOpened(context: InspectionContext, image: OpenImage, path: Buffer): Promise<Inspection> {
  return describe(context, await lookInto(context, image, path, null));
}

/** A look at a file that began while it was still being opened. */
interface EarlyLook {
  /** What the worker was told. */
  readonly sizeBytes: bigint;
  readonly findings: Promise<ImageFindings>;
}

/** All for which the file has to be open. */
interface Seen {
  readonly path: Buffer;
  readonly facts: OpenImage['facts'];
  readonly sizeBytes: bigint;
  readonly found: ImageFindings;
  readonly known: readonly LoopDevice[];
  readonly attachedAs: readonly number[];
  readonly stopped: readonly InspectionFinding[];
}

async function lookInto(
  { worker, devices }: InspectionContext,
  { handle, facts }: OpenImage,
  path: Buffer,
  early: EarlyLook | null,
): Promise<Seen> {
  const sizeBytes = facts.isBlockDevice() ? await blockDeviceBytes(path) : facts.size;
  const known = [...devices];
  const [found, attachedAs, stopped] = await Promise.all([
    early?.sizeBytes === sizeBytes ? early.findings : askWorker(worker, handle, sizeBytes),
    findAttachments(known, facts),
    findStopped(path, facts),
  ]);
  return { path, facts, sizeBytes, found, known, attachedAs, stopped };
}

async function describe({ neighbours }: InspectionContext, seen: Seen): Promise<Inspection> {
  const { path, facts, sizeBytes, found, known, attachedAs, stopped } = seen;
  const attached = known.filter(({ number }) => attachedAs.includes(number));
  const isInUse = attached.some((device) => mountsOf(device).length > 0);
  const contents = { whole: toInspectedWhole(found), table: toInspectedTable(found) };
  const identities = neighbours === undefined ? [] : await neighbours.list(known, attached);
  return {
    sizeBytes: String(sizeBytes),
    allocatedBytes: String(facts.isBlockDevice() ? sizeBytes : facts.blocks * STAT_BLOCK_BYTES),
    format: toFormat(found, path),
    ...contents,
    findings: [...stopped, ...findProblems(found, sizeBytes, isInUse), ...findClashes(contents, identities)],
    attachedAs,
    missingTools: [],
  };
}

/** A file that grew or shrank meanwhile is looked at as it was: the worker reads no further than it was told. */
async function askWorker(worker: InspectionContext['worker'], file: FileHandle, sizeBytes: bigint): Promise<ImageFindings> {
  if (sizeBytes > LARGEST_FILE_BYTES) throw new AppError('FILE_TOO_LARGE');
  return worker.inspect(file, sizeBytes);
}

/** What the wire of the worker takes; no file system of Linux holds more. */
const LARGEST_FILE_BYTES = 2n ** 63n - 1n;

/** Raw sectors of a CD are the content of .bin and of .mdf alike: only the name tells which. */
function toFormat({ format }: ImageFindings, path: Buffer): ImageFormat {
  const isMdf = /\.mdf$/iu.test(path.subarray(-4).toString('latin1'));
  return format.kind === 'explained' && format.name === 'cue' && isMdf ? { kind: 'explained', name: 'mdf' } : format;
}

/** A resize that stopped. One that is on has a record too. A record that cannot be read is told by whoever resizes. */
async function findStopped(path: Buffer, facts: OpenImage['facts']): Promise<readonly InspectionFinding[]> {
  const record = await lookForUndo(path, facts).catch(() => null);
  if (record === null || (await isBeingChanged(path))) return [];
  return [{ code: 'resize-unfinished', partition: null }];
}

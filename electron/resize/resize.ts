/** Starting, going on with and undoing a resize: looks at the image, plans, and has it carried out. Main process and command line. */
import { stat } from 'node:fs/promises';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { toInode, type InodeString } from '../../native-helper/protocol/scalars.ts';
import { isBackingFile } from '../images/identity.ts';
import type { ImageWorker } from '../images/image-worker.ts';
import { refuseOpening } from '../images/open-image.ts';
import { AppError } from '../ipc/errors.ts';
import type { PlannedFileSystem, ResizeFacts, ResizeOutcome, ResizePlace, ResizePlan, ResizeWish } from '../ipc/resize.ts';
import { refuseAttached, refuseLateWriters, refuseOtherWriters, withResizeLock } from './alone.ts';
import { readFacts } from './facts.ts';
import { isImageAsLeft } from './left-image.ts';
import { planResize } from './planning/plan.ts';
import { continueResize, undoResize } from './recover.ts';
import { shrinks } from './resize-mounted.ts';
import { ResizeRun } from './run.ts';
import type { RunContext, StepProgress } from './run-context.ts';
import { changing } from './step-kinds.ts';
import { forgetUndo, readUndo, writeUndo, type UndoRecord } from './undo-file.ts';

export interface ResizeSubject {
  readonly path: Buffer;
  /** The device that has the file attached, as the elevated helper knows it; null: none. */
  readonly device: LoopDevice | null;
}

export interface ResizeContext extends RunContext {
  readonly worker: Pick<ImageWorker, 'inspect'>;
  /** All loop devices as they are known now. */
  readonly devices: () => Iterable<LoopDevice>;
}

export interface ResizeRequest {
  readonly wish: ResizeWish;
  readonly place: ResizePlace | null;
  /** Takes the new space on the disk at once. */
  readonly reserve: boolean;
}

/**
 * Throws RESIZE_PLAN_CHANGED where `accept` does not take the plan as it is now, RESIZE_REFUSED, RESIZE_RUNNING, FILE_IN_USE, IMAGE_ATTACHED, and
 * what carrying out throws.
 */
export async function resize(
  context: ResizeContext,
  subject: ResizeSubject,
  request: ResizeRequest,
  accept: (plan: ResizePlan) => boolean | Promise<boolean> = () => true,
): Promise<ResizeOutcome> {
  return alone(subject, async (inode) => {
    const facts = await readFacts({ worker: context.worker, device: subject.device }, subject.path);
    const plan = planResize(facts, request);
    if (plan.refusal !== null) throw new AppError('RESIZE_REFUSED', { refusal: plan.refusal });
    if (!(await accept(plan))) throw new AppError('RESIZE_PLAN_CHANGED');
    await refuseWriters(context, subject, plan.fileSystem);
    const record = toRecord(facts, plan, { ...inode, reserve: request.reserve });
    const run: ResizeRun = await ResizeRun.open(
      askingAgain(context, plan, async () => refuseLate(context, subject, run, plan.fileSystem)),
      { ...subject, record, table: tableOf(facts) },
    );
    try {
      return await run.carryOut();
    } finally {
      await run.close();
    }
  });
}

/** Throws NOTHING_UNFINISHED, UNDO_UNUSABLE also where the image is not as the resize left it, and what carrying out throws. */
export async function finishResize(context: ResizeContext, subject: ResizeSubject, how: 'continue' | 'undo'): Promise<ResizeOutcome> {
  return alone(subject, async () => {
    const record = await readUndo(subject.path, await stat(subject.path, { bigint: true }).catch(refuseOpening));
    if (record === null) throw new AppError('NOTHING_UNFINISHED');
    await refuseWriters(context, subject, record.fileSystem);
    const intended = { ...record, undoing: how === 'undo' };
    if (!(await isImageAsLeft(subject.path, how === 'undo' ? record : intended))) throw new AppError('UNDO_UNUSABLE');
    const facts = await readFacts({ worker: context.worker, device: subject.device }, subject.path);
    const target = { ...subject, record: intended, facts };
    if (how === 'continue') return continueResize(context, target);
    // Without room for it undoing is still possible, and makes room.
    await writeUndo(subject.path, intended).catch(() => undefined);
    return undoResize(context, target);
  });
}

/**
 * Takes away what was saved; the image stays as it is. Throws NOTHING_UNFINISHED, and RESIZE_UNFINISHED for an image that is as the resize left
 * it: that could not be mended any more.
 */
export async function forgetResize(subject: ResizeSubject): Promise<ResizeOutcome> {
  const { path, device } = subject;
  return alone(subject, async ({ inode }) => {
    const facts = await stat(path, { bigint: true }).catch(refuseOpening);
    const record = await readUndo(path, facts).catch(() => null);
    if (record !== null && (await isImageAsLeft(path, record))) throw new AppError('RESIZE_UNFINISHED');
    await forgetUndo(path, inode);
    const attached = device === null ? null : { number: device.number, diskseq: device.diskseq };
    return { sizeBytes: device?.sizeBytes ?? String(facts.size), fileSystemBytes: null, device: attached };
  });
}

/** What carrying out begins with: a list of steps, for a job. Throws NOTHING_UNFINISHED, UNDO_UNUSABLE. */
export async function unfinishedSteps(path: Buffer): Promise<UndoRecord['steps']> {
  const record = await readUndo(path, await stat(path, { bigint: true }).catch(refuseOpening));
  if (record === null) throw new AppError('NOTHING_UNFINISHED');
  return record.steps;
}

/** Throws FILE_IN_USE, IMAGE_ATTACHED. */
async function refuseWriters(
  { session, devices }: ResizeContext,
  { path, device }: ResizeSubject,
  fileSystem: PlannedFileSystem | null,
): Promise<void> {
  if (device === null) await refuseAttached(await stat(path, { bigint: true }).catch(refuseOpening), null, devices);
  if (device === null || !growsMounted(fileSystem)) await refuseOtherWriters(session, path, device);
}

/** Asks when the next step is the first that changes something: the steps before it take minutes where an image is large. */
function askingAgain(context: ResizeContext, { steps }: ResizePlan, ask: () => Promise<void>): RunContext {
  const first = steps.findIndex(({ step }) => changing.includes(step));
  const onProgress = async (progress: StepProgress): Promise<void> => {
    await context.onProgress(progress);
    if (progress.phase === 'end' && progress.step === first - 1) await ask();
  };
  return { ...context, onProgress };
}

/** As {@link refuseWriters}, with the device that the run has by now. */
async function refuseLate(
  { session, devices }: ResizeContext,
  { device: before }: ResizeSubject,
  { file, device: { device } }: ResizeRun,
  fileSystem: PlannedFileSystem | null,
): Promise<void> {
  if (device === null) await refuseAttached(await file.stat({ bigint: true }), before, devices);
  if (device === null || !growsMounted(fileSystem)) await refuseLateWriters(session, file, device);
}

/** One that grows on its mount is told of its new size while others use it. */
function growsMounted(fileSystem: PlannedFileSystem | null): boolean {
  return fileSystem !== null && fileSystem.how === 'mounted' && !shrinks(fileSystem);
}

interface Inode {
  readonly device: string;
  readonly inode: InodeString;
}

async function alone<T>({ path, device }: ResizeSubject, work: (inode: Inode) => Promise<T>): Promise<T> {
  const facts = await stat(path, { bigint: true }).catch(refuseOpening);
  if (device !== null && device.identity !== null && !isBackingFile(device, facts)) throw new AppError('FILE_REPLACED');
  return withResizeLock(path, async () => work({ device: String(facts.dev), inode: toInode(facts.ino) }));
}

function tableOf({ table }: ResizeFacts) {
  return table === null ? null : ({ kind: table.type === 'gpt' ? 'gpt' : 'mbr', sectorBytes: table.sectorBytes } as const);
}

function sizeBefore({ table }: ResizeFacts, number: number): string {
  return table?.partitions.find((partition) => partition.number === number)?.sizeBytes ?? '0';
}

function toRecord(facts: ResizeFacts, plan: ResizePlan, { device, inode, reserve }: Inode & { readonly reserve: boolean }): UndoRecord {
  const { steps, partitions, fileSystem, place, sizeBytes, fileBytes } = plan;
  return {
    format: 'platter-undo',
    version: 1,
    device,
    inode,
    offsetBytes: facts.offsetBytes,
    fileFromBytes: facts.fileBytes,
    fileToBytes: fileBytes,
    fromBytes: facts.sizeBytes,
    toBytes: sizeBytes,
    reserve,
    limited: facts.device?.limited === true,
    place,
    partitions: partitions.map((partition) => ({ ...partition, beforeBytes: sizeBefore(facts, partition.number) })),
    fileSystem,
    steps: [...steps],
    table: [],
    swap: [],
    saved: [],
    done: 0,
    begun: false,
    stoppedBy: null,
  };
}

/** Goes on with a resize that was stopped, or puts the size back; from what is saved beside the image. Main process and command line. */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { AppError } from '../ipc/errors.ts';
import type { ResizeFacts, ResizeOutcome } from '../ipc/resize.ts';
import { readFacts, type FactsContext } from './facts.ts';
import { restrictionOf } from './planning/places.ts';
import { ResizeRun } from './run.ts';
import type { RunContext } from './run-context.ts';
import { revertWrites } from './saved-writes.ts';
import { removeUndo, stepState, type StepState, type UndoRecord } from './undo-file.ts';

export interface RecoveryContext extends RunContext {
  readonly worker: FactsContext['worker'];
}

export interface RecoveryTarget {
  readonly path: Buffer;
  readonly device: LoopDevice | null;
  readonly record: UndoRecord;
  /** Of the image as it is now. */
  readonly facts: ResizeFacts;
}

/** The step that was on is put back and done again. Throws as {@link ResizeRun.carryOut}. */
export async function continueResize(context: RecoveryContext, target: RecoveryTarget): Promise<ResizeOutcome> {
  return withRun(context, target, async (run, { record }) => {
    const step = record.steps[record.done];
    if (!isOnline(record)) await run.device.detach();
    if (record.begun && step !== undefined) await run.putStepBack(step);
    // A kernel without parsers of tables is told of partitions as they were when the image was taken away.
    if (stepState(record, 'resize-table') === 'after') run.device.setPartitions(record.partitions);
    if (fileSystemState(record) === 'before') await run.saveAgain();
    const outcome = await run.carryOut();
    await run.device.giveBack(run.limit(record.toBytes));
    return { ...outcome, ...run.outcome() };
  });
}

/** Throws RESIZE_REFUSED where a file system has grown that cannot be made smaller: then going on is what is left. */
export async function undoResize(context: RecoveryContext, target: RecoveryTarget): Promise<ResizeOutcome> {
  return withRun(context, target, async (run, left) => {
    const { record } = left;
    if (isCut(left)) await undoCut(context, run, left);
    else {
      const present = await withJournalDone(context, run, left);
      if (hasGrownMounted(present)) await shrinkAgain(context, run, present);
      await run.takeBack(record.done + (record.begun ? 1 : 0), context.signal);
    }
    return { ...run.outcome(), sizeBytes: record.fromBytes, fileSystemBytes: record.fileSystem?.fromBytes ?? null };
  });
}

async function withRun<T>(
  context: RecoveryContext,
  target: RecoveryTarget,
  work: (run: ResizeRun, target: RecoveryTarget) => Promise<T>,
): Promise<T> {
  const { table } = target.facts;
  const kind = table?.type === 'gpt' ? 'gpt' : 'mbr';
  const run = await ResizeRun.open(context, { ...target, table: table === null ? null : { kind, sectorBytes: table.sectorBytes } });
  try {
    return await work(run, await withoutTakingBack(context, run, target));
  } finally {
    await run.close();
  }
}

/** Where the file system was being taken back: as it was before that. */
async function withoutTakingBack({ worker }: RecoveryContext, run: ResizeRun, target: RecoveryTarget): Promise<RecoveryTarget> {
  if (target.record.takingBack === undefined) return target;
  await run.device.detach();
  const record = await run.dropTakingBack();
  return { ...target, record, facts: await readFacts({ worker, device: run.device.device }, target.path) };
}

/** Of the step that e2fsprogs do: `within` is what nobody may use. Null: there is none, or nothing was saved yet. */
function fileSystemState(record: UndoRecord): StepState | null {
  if (record.fileSystem?.how !== 'offline' || record.saved.length === 0) return null;
  return stepState(record, 'resize-file-system');
}

/** Done while the image stays attached. */
function isOnline(record: UndoRecord): boolean {
  return growsMounted(record) || record.steps.some(({ step }) => step === 'resize-device' || step === 'resize-partition');
}

function isReached(record: UndoRecord, step: Parameters<typeof stepState>[1]): boolean {
  return ['within', 'after'].includes(stepState(record, step) ?? 'before');
}

/** The end of the file is gone: what was saved of the file system leads there, and is of no use any more. */
function isCut({ record, facts }: RecoveryTarget): boolean {
  return (
    isReached(record, 'resize-file') && BigInt(record.fileToBytes) < BigInt(record.fileFromBytes) && facts.fileBytes === record.fileToBytes
  );
}

/** The file system is whole and small: it grows back once its place is as it was. */
async function undoCut({ signal }: RecoveryContext, run: ResizeRun, { record, path }: RecoveryTarget): Promise<void> {
  await run.device.detach();
  await run.file.truncate(Number(record.fileFromBytes));
  await revertWrites(run.file, record.table);
  await revertWrites(run.file, record.swap);
  if (record.fileSystem?.how === 'offline') await run.takeExtBack(signal);
  await run.file.sync();
  await removeUndo(path, record.inode);
  await run.giveBackBefore();
  await run.growBack();
}

/** Growth that was cut off may be in the journal alone, where who only reads does not see it: a mount does what is in there. */
async function withJournalDone({ worker }: RecoveryContext, run: ResizeRun, target: RecoveryTarget): Promise<RecoveryTarget> {
  const { record, path } = target;
  if (!isReached(record, 'resize-file-system') || !growsMounted(record) || hasGrownMounted(target)) return target;
  await run.mountPlace();
  await run.device.endStep();
  return { ...target, facts: await readFacts({ worker, device: run.device.device }, path) };
}

function growsMounted({ fileSystem }: UndoRecord): boolean {
  return fileSystem !== null && fileSystem.how === 'mounted' && BigInt(fileSystem.toBytes) > BigInt(fileSystem.fromBytes);
}

function hasGrownMounted({ record, facts }: RecoveryTarget): boolean {
  const { fileSystem, place } = record;
  if (fileSystem === null || !growsMounted(record)) return false;
  const content = place === 'whole' ? facts.whole : (facts.table?.partitions.find(({ number }) => number === place)?.content ?? null);
  return BigInt(content?.fileSystemBytes ?? 0) > BigInt(fileSystem.fromBytes);
}

async function shrinkAgain(context: RunContext, run: ResizeRun, { record, facts }: RecoveryTarget): Promise<void> {
  const { fileSystem } = record;
  if (fileSystem?.type === 'btrfs') {
    await run.resizeOnMount({ ...fileSystem, fromBytes: fileSystem.toBytes, toBytes: fileSystem.fromBytes });
    return run.device.endStep();
  }
  const reason = fileSystem?.type.startsWith('ext') === true ? restrictionOf(facts, record.place)?.kind : 'only-grows';
  if (reason !== undefined) throw new AppError('RESIZE_REFUSED', { refusal: { reason, partition: null, bytes: null } });
  await run.device.detach();
  await run.takeExtBack(context.signal, { done: record.done, begun: record.begun });
}

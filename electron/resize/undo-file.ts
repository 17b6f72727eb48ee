/**
 * What is saved beside an image while it is resized: `.NAME.platter-undo`, one JSON object with the plan, the bytes that it overwrites, and
 * how far it is; written anew as a whole before and after every step. `.NAME.platter-undo-data` holds what e2fsprogs may overwrite. Both go
 * when the resize has ended. Main process, as the user.
 */
import { constants, type BigIntStats } from 'node:fs';
import { lstat, open, readFile, realpath, rename, rm } from 'node:fs/promises';
import * as v from 'valibot';
import { inodeString } from '../../native-helper/protocol/scalar-parsers.ts';
import { toInode, type InodeString } from '../../native-helper/protocol/scalars.ts';
import { AppError } from '../ipc/errors.ts';
import type { PlannedFileSystem, ResizeStep, UnfinishedResize } from '../ipc/resize.ts';
import { lockNow } from '../settings/system-calls.ts';
import { writesSchema, type SavedGroups } from './saved-writes.ts';

const LONGEST_NAME_BYTES = 255;
const SUFFIX = '.platter-undo';
const DATA_SUFFIX = '-data';
const VERSION = 1;

const decimal = v.pipe(v.string(), v.regex(/^(0|[1-9][0-9]{0,18})$/u));
const schema = v.object({
  format: v.literal('platter-undo'),
  version: v.literal(VERSION),
  /** The image: device and inode. A copy of it is another file. */
  device: decimal,
  inode: inodeString,
  offsetBytes: decimal,
  fileFromBytes: decimal,
  fileToBytes: decimal,
  fromBytes: decimal,
  toBytes: decimal,
  reserve: v.boolean(),
  /** The loop device had a limit of its own. */
  limited: v.boolean(),
  place: v.union([v.number(), v.picklist(['whole', 'free'])]),
  partitions: v.array(v.object({ number: v.number(), startBytes: decimal, sizeBytes: decimal, beforeBytes: decimal })),
  fileSystem: v.nullable(v.custom<PlannedFileSystem>(isPlannedFileSystem)),
  steps: v.array(v.custom<ResizeStep>(isStep)),
  table: writesSchema,
  swap: writesSchema,
  /** Stretches of the file that are in the data file: start and length. */
  saved: v.array(v.tuple([decimal, decimal])),
  /** How many steps are done. */
  done: v.number(),
  /** The step after those has begun. */
  begun: v.boolean(),
  /** The steps that are done are being taken back. */
  undoing: v.optional(v.boolean()),
  /** The file system is being taken back to its size: `saved` is of it as it was when that began, and the resize was so far. */
  takingBack: v.optional(v.object({ done: v.number(), begun: v.boolean() })),
  stoppedBy: v.nullable(v.string()),
});

export type UndoRecord = v.InferOutput<typeof schema> & { readonly table: SavedGroups; readonly swap: SavedGroups };

function isPlannedFileSystem(value: unknown): boolean {
  const { type, startBytes, fromBytes, toBytes, blockBytes, how } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof type === 'string' &&
    [startBytes, fromBytes, toBytes].every((bytes) => v.is(decimal, bytes)) &&
    typeof blockBytes === 'number' &&
    ['offline', 'mounted', 'swap'].includes(String(how))
  );
}

function isStep(value: unknown): boolean {
  const { step, partition } = (value ?? {}) as Record<string, unknown>;
  return typeof step === 'string' && (partition === null || typeof partition === 'number');
}

/** What may lie beside an image. */
interface UndoNames {
  readonly record: Buffer;
  readonly data: Buffer;
  /** What a record is written to before it takes the place of the old one; left where the program was killed in between. */
  readonly fresh: Buffer;
}

/** Beside the image itself, whichever symbolic link it was opened by: it has to be found by every other name, too. */
async function undoNames(named: Buffer, inode: InodeString): Promise<UndoNames> {
  const image = await realpath(named, { encoding: 'buffer' }).catch(() => named);
  const at = image.lastIndexOf(0x2f) + 1;
  const name = Buffer.concat([Buffer.from('.'), image.subarray(at), Buffer.from(SUFFIX)]);
  const isShort = name.length + DATA_SUFFIX.length <= LONGEST_NAME_BYTES;
  const record = Buffer.concat([image.subarray(0, at), isShort ? name : Buffer.from(`.${inode}${SUFFIX}`)]);
  const ending = (suffix: string): Buffer => Buffer.concat([record, Buffer.from(suffix)]);
  return { record, data: ending(DATA_SUFFIX), fresh: ending('~') };
}

export async function dataPath(image: Buffer, inode: InodeString): Promise<Buffer> {
  return (await undoNames(image, inode)).data;
}

/** Null: none. Throws UNDO_UNUSABLE. */
export async function readUndo(image: Buffer, facts: BigIntStats): Promise<UndoRecord | null> {
  return readRecord(await undoNames(image, toInode(facts.ino)), facts);
}

/** As {@link readUndo}, for whoever looks at an image; what a killed program left is taken away besides. */
export async function lookForUndo(image: Buffer, facts: BigIntStats): Promise<UndoRecord | null> {
  if (!facts.isFile()) return null;
  const names = await undoNames(image, toInode(facts.ino));
  const [record] = await Promise.all([readRecord(names, facts), removeLeftovers(image, names, facts)]);
  return record;
}

async function readRecord({ record: path }: UndoNames, facts: BigIntStats): Promise<UndoRecord | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw new AppError('UNDO_UNUSABLE', { details: error.message }, { cause: error });
  });
  if (text === null) return null;
  const parsed = v.safeParse(schema, parseJson(text));
  if (!parsed.success) throw new AppError('UNDO_UNUSABLE');
  const record = parsed.output;
  if (!isRecordOf(record, facts)) throw new AppError('UNDO_UNUSABLE');
  return record;
}

/** True when it was saved for this very file. */
export function isRecordOf(record: UndoRecord, facts: BigIntStats): boolean {
  return record.inode === toInode(facts.ino);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Whole or not at all, also when the power fails. Throws UNDO_NOT_SAVED. */
export async function writeUndo(image: Buffer, record: UndoRecord): Promise<void> {
  const { record: path, fresh } = await undoNames(image, record.inode);
  try {
    await rm(fresh, { force: true });
    const file = await open(fresh, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(record));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
    await syncFolder(path);
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => undefined);
    throw new AppError('UNDO_NOT_SAVED', { details: String(error) }, { cause: error });
  }
}

/** Throws NOTHING_UNFINISHED where there is no record, usable or not. */
export async function forgetUndo(image: Buffer, inode: InodeString): Promise<void> {
  if (await isMissing((await undoNames(image, inode)).record)) throw new AppError('NOTHING_UNFINISHED');
  await removeUndo(image, inode);
}

/** The data goes after the record that names it. */
export async function removeUndo(image: Buffer, inode: InodeString): Promise<void> {
  const { record, data, fresh } = await undoNames(image, inode);
  await rm(record, { force: true });
  await syncFolder(record);
  for (const left of [data, fresh]) await rm(left, { force: true });
}

/** A name is on the disk when its folder is. */
async function syncFolder(path: Buffer): Promise<void> {
  const folder = await open(Buffer.concat([path.subarray(0, path.lastIndexOf(0x2f) + 1), Buffer.from('.')]), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * Takes away what a program left that was killed while it saved: the record comes last and goes first, so that without one nothing needs the
 * data. What cannot be taken away keeps nobody from the image.
 */
async function removeLeftovers(image: Buffer, { record, data, fresh }: UndoNames, facts: BigIntStats): Promise<void> {
  const left = [data, fresh];
  if (!(await Promise.all(left.map(isOwnFile))).includes(true)) return;
  const handle = await open(image, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY).catch(() => null);
  if (handle === null) return;
  try {
    // Whoever resizes the image has the lock, and is about to write the record. Looked at by the same lock: nobody writes one meanwhile.
    const isSame = (await handle.stat({ bigint: true })).ino === facts.ino;
    if (!isSame || lockNow(handle.fd) !== 'ours' || !(await isMissing(record))) return;
    for (const path of left) if (await isOwnFile(path)) await rm(path, { force: true });
  } catch {
    // They lie there until somebody can.
  } finally {
    await handle.close();
  }
}

async function isOwnFile(path: Buffer): Promise<boolean> {
  const facts = await lstat(path).catch(() => null);
  return facts !== null && facts.isFile() && facts.uid === process.geteuid?.();
}

/** Not also one that cannot be looked at. */
async function isMissing(path: Buffer): Promise<boolean> {
  return lstat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
}

/** Throws RESIZE_UNFINISHED for an image that is within a step. What cannot be read keeps nobody from his image. */
export async function refuseUnfinished(image: Buffer, facts: BigIntStats): Promise<void> {
  const record = await lookForUndo(image, facts).catch(() => null);
  if (record?.begun === true) throw new AppError('RESIZE_UNFINISHED');
}

/** Where the file system of the resize begins in the file. */
export function fileSystemOffset({ offsetBytes, fileSystem }: Pick<UndoRecord, 'offsetBytes' | 'fileSystem'>): bigint {
  return BigInt(offsetBytes) + BigInt(fileSystem?.startBytes ?? 0);
}

export type StepState = 'before' | 'within' | 'after';

/** Null: no such step. */
export function stepState({ steps, done, begun }: UndoRecord, wanted: ResizeStep['step']): StepState | null {
  const index = steps.findIndex(({ step }) => step === wanted);
  if (index < 0) return null;
  if (done > index) return 'after';
  return done === index && begun ? 'within' : 'before';
}

export function toUnfinished({ fromBytes, toBytes, steps, done, stoppedBy }: UndoRecord, replaced: boolean): UnfinishedResize {
  const index = Math.min(done, steps.length - 1);
  return {
    fromBytes,
    toBytes,
    step: steps[index]?.step ?? 'resize-file',
    stepNumber: index + 1,
    stepCount: steps.length,
    stoppedBy: stoppedBy as UnfinishedResize['stoppedBy'],
    replaced,
  };
}

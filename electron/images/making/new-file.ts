/**
 * A file that is not there before it is whole: made in a folder of its own beside its place, and given its name at the end. Never in
 * place of another file. Whatever fails, nothing of it is left. Main process and command line.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, link, lstat, mkdir, open, rename, rm, stat, unlink, type FileHandle } from 'node:fs/promises';
import { AppError, type MainErrorCode } from '../../ipc/errors.ts';
import { errnoOf, errorName } from '../open-image.ts';
import { removeAbandoned, workFolderName } from './work-folder.ts';

const SLASH = 0x2f;
/** NAME_MAX of every file system of Linux that matters. */
const NAME_BYTES = 255;

export interface NewPlace {
  /** Absolute. */
  readonly folder: Buffer;
  readonly name: Buffer;
}

/** The file while it is made. */
export interface Draft {
  /** Open for reading and writing, empty at first. */
  readonly file: FileHandle;
  /** Another empty file beside it, which is gone at the end; the caller closes it. */
  readonly sideFile: () => Promise<FileHandle>;
  /** An empty folder, which is gone at the end. */
  readonly sideFolder: () => Promise<Buffer>;
  /** The folder it is made in, where it has its later name: for tools that write the name into the file. */
  readonly folder: Buffer;
}

/** A whole path as the place of a new file. */
export function splitPath(path: Buffer): NewPlace {
  const slash = path.lastIndexOf(SLASH);
  return { folder: slash <= 0 ? Buffer.from('/') : path.subarray(0, slash), name: path.subarray(slash + 1) };
}

export function pathOf({ folder, name }: NewPlace): Buffer {
  return joinPath(folder, name);
}

/** Throws FILE_NAME_INVALID, FOLDER_NOT_FOUND, FOLDER_NOT_WRITABLE, FILE_EXISTS. */
export async function checkPlace(place: NewPlace): Promise<void> {
  if (!isFileName(place.name)) throw new AppError('FILE_NAME_INVALID');
  const folder = await stat(place.folder).catch(refusePlace);
  if (!folder.isDirectory()) throw new AppError('FOLDER_NOT_FOUND');
  await access(place.folder, constants.W_OK | constants.X_OK).catch(refusePlace);
  if (await exists(pathOf(place))) throw new AppError('FILE_EXISTS');
}

export function isFileName(name: Buffer): boolean {
  const isDots = name.equals(Buffer.from('.')) || name.equals(Buffer.from('..'));
  return name.length > 0 && name.length <= NAME_BYTES && !isDots && !name.includes(SLASH) && !name.includes(0);
}

/** True also for a symbolic link that leads nowhere. */
export async function exists(path: Buffer): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorName(error))) return false;
    throw toPlaceError(error);
  }
}

/**
 * Has `fill` make the file, writes it to the disk and gives it its name. Throws what `fill` throws, CANCELLED, FILE_EXISTS,
 * FOLDER_NOT_FOUND, FOLDER_NOT_WRITABLE, NO_SPACE.
 */
export async function makeNewFile(place: NewPlace, signal: AbortSignal, fill: (draft: Draft) => Promise<void>): Promise<void> {
  await checkPlace(place);
  await removeAbandoned(place.folder);
  const work = joinPath(place.folder, Buffer.from(workFolderName()));
  await mkdir(work, { mode: 0o700 }).catch(refusePlace);
  try {
    const draftPath = joinPath(work, place.name);
    const file = await open(draftPath, 'wx+').catch(refusePlace);
    try {
      await fill({ file, folder: work, sideFile: async () => sideFile(work), sideFolder: async () => sideFolder(work) });
      await settle(file, draftPath);
    } finally {
      await file.close();
    }
    // Up to here it can be called off; a file that has its name stays.
    if (signal.aborted) throw new AppError('CANCELLED');
    await giveName(draftPath, pathOf(place));
    await syncFolder(place.folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** On the disk, before anybody can see it. Some tools put another file in place of the one they were given. */
async function settle(file: FileHandle, path: Buffer): Promise<void> {
  const [opened, named] = await Promise.all([file.stat({ bigint: true }), stat(path, { bigint: true })]).catch(refusePlace);
  if (opened.ino !== named.ino) throw new AppError('TOOL_FAILED', { details: 'the tool made another file' });
  await file.sync().catch(refusePlace);
}

/** Hard links refuse a name that is taken. Where there are none (FAT, some network file systems) the name is taken first. */
async function giveName(from: Buffer, to: Buffer): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV'].includes(errorName(error))) throw toPlaceError(error);
    await takeName(from, to);
  }
}

/** Moves a file to a name that no file has. The empty file that O_EXCL makes there is ours: only that one is replaced. */
export async function takeName(from: Buffer, to: Buffer): Promise<void> {
  const taken = await open(to, 'wx').catch(refusePlace);
  try {
    const [ours, named] = await Promise.all([taken.stat({ bigint: true }), lstat(to, { bigint: true })]);
    if (ours.ino !== named.ino || ours.dev !== named.dev) throw new AppError('FILE_EXISTS');
    await rename(from, to);
  } catch (error) {
    if (!(error instanceof AppError)) await unlink(to).catch(() => undefined);
    throw toPlaceError(error);
  } finally {
    await taken.close();
  }
}

async function sideFile(work: Buffer): Promise<FileHandle> {
  const path = joinPath(work, Buffer.from(`side-${randomBytes(8).toString('hex')}`));
  const file = await open(path, 'wx+', 0o600).catch(refusePlace);
  // Its room is free again as soon as it is closed.
  await unlink(path);
  return file;
}

async function sideFolder(work: Buffer): Promise<Buffer> {
  const path = joinPath(work, Buffer.from(`side-${randomBytes(8).toString('hex')}`));
  await mkdir(path, { mode: 0o755 }).catch(refusePlace);
  return path;
}

/** So that the name outlasts a loss of power; not every file system can. */
async function syncFolder(folder: Buffer): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY).catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

export function joinPath(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, Buffer.from(folder.at(-1) === SLASH ? '' : '/'), name]);
}

const PLACE_ERRORS: Readonly<Record<string, MainErrorCode>> = {
  EEXIST: 'FILE_EXISTS',
  ENAMETOOLONG: 'FILE_NAME_INVALID',
  EILSEQ: 'FILE_NAME_INVALID',
  EINVAL: 'FILE_NAME_INVALID',
  ENOENT: 'FOLDER_NOT_FOUND',
  ENOTDIR: 'FOLDER_NOT_FOUND',
  EACCES: 'FOLDER_NOT_WRITABLE',
  EPERM: 'FOLDER_NOT_WRITABLE',
  EROFS: 'FOLDER_NOT_WRITABLE',
  ENOSPC: 'NO_SPACE',
  EDQUOT: 'NO_SPACE',
  EFBIG: 'FILE_TOO_LARGE',
};

/** What a system error on a new file means. */
export function toPlaceError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError(PLACE_ERRORS[errorName(error)] ?? 'SYSTEM_REFUSED', errnoOf(error), { cause: error });
}

export function refusePlace(error: unknown): never {
  throw toPlaceError(error);
}

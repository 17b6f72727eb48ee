/**
 * Opens an image with the user's own rights, once; from then on only the descriptor counts (SECURITY.md (c) 1).
 * Main process.
 */
import { constants, type BigIntStats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { AppError, type MainErrorCode } from '../ipc/errors.ts';

/** Why a file that was asked for writing could be opened for reading only. */
export type ReadOnlyFallback = 'no-permission' | 'running' | 'read-only-file-system' | 'immutable';

export interface OpenImage {
  readonly handle: FileHandle;
  readonly facts: BigIntStats;
  /** What the descriptor allows. */
  readonly writable: boolean;
  /** Null when it was opened as asked. */
  readonly fallback: ReadOnlyFallback | null;
}

/** No terminal is taken over and no FIFO or modem line waited for; Node adds O_CLOEXEC. */
const FLAGS = constants.O_NOCTTY | constants.O_NONBLOCK;

const FALLBACKS: Readonly<Record<string, ReadOnlyFallback>> = {
  EACCES: 'no-permission',
  EPERM: 'immutable',
  EROFS: 'read-only-file-system',
  ETXTBSY: 'running',
};

/**
 * Opens a regular file or block device. Where it may not be written the file is opened for reading and `fallback` says
 * why. The caller closes `handle`. Throws AppError.
 *
 * `onOpen` can begin with the file before it is certain that it is the one that had this name a moment ago (`seen`): what it learns counts
 * only where the facts turn out to be the same, and the file is closed under it where it must not be opened at all.
 */
export async function openImage(
  path: Buffer,
  mode: 'read-only' | 'read-write',
  onOpen: (handle: FileHandle, seen: BigIntStats) => void = () => undefined,
): Promise<OpenImage> {
  // Looking first keeps devices closed: opening some of them does something (a watchdog, a tape).
  const seen = await stat(path, { bigint: true }).catch(refuseOpening);
  refuseKind(seen);
  const opened = mode === 'read-only' ? await openReading(path, null) : await openWriting(path);
  try {
    onOpen(opened.handle, seen);
    const facts = await opened.handle.stat({ bigint: true });
    refuseKind(facts);
    return { ...opened, facts };
  } catch (error) {
    await opened.handle.close();
    throw error;
  }
}

/** Opens a regular file for writing or fails: FILE_NOT_WRITABLE. The caller closes it. */
export async function openForGrowing(path: Buffer): Promise<FileHandle> {
  const opened = await openImage(path, 'read-write');
  if (opened.writable && opened.facts.isFile()) return opened.handle;
  await opened.handle.close();
  throw new AppError(opened.writable ? 'FILE_NOT_REGULAR' : 'FILE_NOT_WRITABLE');
}

type Opened = Omit<OpenImage, 'facts'>;

async function openWriting(path: Buffer): Promise<Opened> {
  try {
    return { handle: await open(path, constants.O_RDWR | FLAGS), writable: true, fallback: null };
  } catch (error) {
    const fallback = FALLBACKS[errorName(error)];
    if (fallback === undefined) return refuseOpening(error);
    return openReading(path, fallback);
  }
}

async function openReading(path: Buffer, fallback: ReadOnlyFallback | null): Promise<Opened> {
  const handle = await open(path, constants.O_RDONLY | FLAGS).catch(refuseOpening);
  return { handle, writable: false, fallback };
}

function refuseKind(facts: BigIntStats): void {
  if (facts.isDirectory()) throw new AppError('FILE_IS_FOLDER');
  if (!facts.isFile() && !facts.isBlockDevice()) throw new AppError('FILE_NOT_REGULAR');
}

const OPENING_ERRORS: Readonly<Record<string, MainErrorCode>> = {
  ENOENT: 'FILE_NOT_FOUND',
  ENOTDIR: 'FILE_NOT_FOUND',
  ENAMETOOLONG: 'FILE_NOT_FOUND',
  ELOOP: 'FILE_NOT_FOUND',
  EACCES: 'FILE_NOT_READABLE',
  EPERM: 'FILE_NOT_READABLE',
  EISDIR: 'FILE_IS_FOLDER',
  // What is left when a path holds a NUL byte: no file has such a name.
  ERR_INVALID_ARG_VALUE: 'FILE_NOT_FOUND',
};

/** Throws the AppError that says what an open or stat met. */
export function refuseOpening(error: unknown): never {
  throw toFileError(error);
}

/** What a system error on a file means; SYSTEM_REFUSED with its number where nothing better is known. */
export function toFileError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = OPENING_ERRORS[errorName(error)] ?? 'SYSTEM_REFUSED';
  return new AppError(code, errnoOf(error), { cause: error });
}

/** `ENOENT` and the like; empty where the error is none of the system's. */
export function errorName(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? '';
}

/** The positive errno as a fact of an AppError, if there is one. */
export function errnoOf(error: unknown): { readonly errno?: number; readonly details?: string } {
  const { errno, message } = error as NodeJS.ErrnoException;
  return typeof errno === 'number' ? { errno: Math.abs(errno), details: message } : {};
}

/** losetup's failures: its sentences, the C library's words for an errno, and which errno stands behind a helper's code. */
import { constants } from 'node:os';
import type { AppErrorCode, AppErrorData } from '../../ipc/errors.ts';
import { describeFailure } from '../text.ts';

/** Ends the command with one sentence on stderr and status 1. */
export class LosetupError extends Error {
  override readonly name = 'LosetupError';
  /** Also points to --help, as for a command line that cannot be understood. */
  readonly pointsToHelp: boolean;

  constructor(message: string, options: { readonly pointsToHelp?: boolean } = {}) {
    super(message);
    this.pointsToHelp = options.pointsToHelp ?? false;
  }
}

/** strerror(3) of glibc for what can happen here; Node's own texts are libuv's. */
const errnoTexts: Readonly<Record<string, string>> = {
  EPERM: 'Operation not permitted',
  ENOENT: 'No such file or directory',
  EIO: 'Input/output error',
  ENXIO: 'No such device or address',
  EBADF: 'Bad file descriptor',
  EAGAIN: 'Resource temporarily unavailable',
  ENOMEM: 'Cannot allocate memory',
  EACCES: 'Permission denied',
  EFAULT: 'Bad address',
  EBUSY: 'Device or resource busy',
  EEXIST: 'File exists',
  ENODEV: 'No such device',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  EINVAL: 'Invalid argument',
  ENFILE: 'Too many open files in system',
  EMFILE: 'Too many open files',
  ENOTTY: 'Inappropriate ioctl for device',
  ETXTBSY: 'Text file busy',
  EFBIG: 'File too large',
  ENOSPC: 'No space left on device',
  EROFS: 'Read-only file system',
  ERANGE: 'Numerical result out of range',
  ENAMETOOLONG: 'File name too long',
  ENOSYS: 'Function not implemented',
  ELOOP: 'Too many levels of symbolic links',
  EOVERFLOW: 'Value too large for defined data type',
  EOPNOTSUPP: 'Operation not supported',
  ESTALE: 'Stale file handle',
};

export type ErrnoName = keyof typeof errnoTexts;

/** strerror(3) for a name such as `EBUSY`. */
export function errnoText(name: string): string {
  return errnoTexts[name] ?? `Unknown error ${name}`;
}

const errnoNames = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name] as const));

/** The errno that losetup would have met where the helper has a code of its own. */
const codeErrnos: Partial<Record<AppErrorCode, string>> = {
  ROOT_REQUIRED: 'EACCES',
  NOT_AUTHORIZED: 'EACCES',
  NOT_PERMITTED: 'EACCES',
  ELEVATION_DENIED: 'EACCES',
  NO_SUCH_DEVICE: 'ENODEV',
  NOT_ATTACHED: 'ENXIO',
  DEVICE_BUSY: 'EBUSY',
  DEVICE_MOUNTED: 'EBUSY',
  NODE_IN_USE: 'EBUSY',
  NODE_EXISTS: 'EEXIST',
  BLOCK_SIZE_INVALID: 'EINVAL',
  DIRECT_IO_REFUSED: 'EINVAL',
  IMAGE_NOT_REGULAR: 'EINVAL',
  IMAGE_IS_THIS_DEVICE: 'EBADF',
  FILE_NOT_FOUND: 'ENOENT',
  FILE_NOT_READABLE: 'EACCES',
  FILE_IS_FOLDER: 'EISDIR',
  FILE_NOT_REGULAR: 'EINVAL',
};

/** What stands after the colon: strerror where losetup would have one, Platter's own sentence where it refuses by itself. */
export function failureReason(error: AppErrorData): string {
  const known = codeErrnos[error.code];
  if (known !== undefined) return errnoText(known);
  const name = error.errno === undefined ? undefined : errnoNames.get(error.errno);
  if (name !== undefined && (error.code === 'KERNEL_REFUSED' || error.code === 'SYSTEM_REFUSED')) return errnoText(name);
  return describeFailure(error).says;
}

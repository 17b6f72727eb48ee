/** losetup's failures: its sentences and the C library's words for an errno. */

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

/** strerror(3) for a name such as `EBUSY`. */
export function errnoText(name: string): string {
  return errnoTexts[name] ?? `Unknown error ${name}`;
}

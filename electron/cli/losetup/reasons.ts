/** Which errno of losetup's stands behind a failure of Platter's. */
import { getSystemErrorName } from 'node:util';
import type { AppErrorCode } from '../../ipc/errors.ts';
import { toFailure } from '../failures.ts';
import { describeFailure } from '../text.ts';
import { errnoText } from './errors.ts';

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
export function failureReason(thrown: unknown): string {
  const error = toFailure(thrown);
  const known = codeErrnos[error.code];
  if (known !== undefined) return errnoText(known);
  const isPlain = error.code === 'KERNEL_REFUSED' || error.code === 'SYSTEM_REFUSED';
  if (isPlain && error.errno !== undefined) return errnoText(getSystemErrorName(-error.errno));
  return describeFailure(error).says;
}

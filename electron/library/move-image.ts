/** Another name, or the trash, for an image that nobody has attached. Main process and command line, as the user. */
import type { BigIntStats } from 'node:fs';
import { lstat, rename, stat } from 'node:fs/promises';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { findAttachments } from '../images/identity.ts';
import { errnoOf, errorName, refuseOpening, toFileError } from '../images/open-image.ts';
import { AppError } from '../ipc/errors.ts';
import { whileMovable } from '../resize/unfinished.ts';
import { renameWithoutReplacing } from '../settings/system-calls.ts';
import { joinPath } from './scan-folder.ts';

const NAME_BYTES = 255;

/** Throws FILE_NAME_INVALID for what no file may be called. */
export function toFileName(name: string): Buffer {
  const bytes = Buffer.from(name);
  const isName = name !== '' && name !== '.' && name !== '..' && !/[/\0]/u.test(name) && name.isWellFormed();
  if (!isName || bytes.length > NAME_BYTES) throw new AppError('FILE_NAME_INVALID');
  return bytes;
}

/** Throws IMAGE_ATTACHED with the device, and what stat met. */
export async function expectDetached(path: Buffer, devices: Iterable<LoopDevice>): Promise<BigIntStats> {
  const facts = await stat(path, { bigint: true }).catch(refuseOpening);
  const [device] = await findAttachments(devices, facts);
  if (device !== undefined) throw new AppError('IMAGE_ATTACHED', { detail: { device } });
  return facts;
}

/** Returns the new path. Throws FILE_NAME_INVALID, FILE_EXISTS, IMAGE_ATTACHED, RESIZE_RUNNING, RESIZE_UNFINISHED, and what the system met. */
export async function renameImage(path: Buffer, name: string, devices: Iterable<LoopDevice>): Promise<Buffer> {
  const target = joinPath(path.subarray(0, Math.max(1, path.lastIndexOf(0x2f))), toFileName(name));
  const facts = await expectDetached(path, devices);
  if (target.equals(path)) return path;
  await whileMovable(path, facts, async () => renameNow(path, target));
  return target;
}

async function renameNow(path: Buffer, target: Buffer): Promise<void> {
  try {
    renameWithoutReplacing(path, target);
  } catch (error) {
    if (errorName(error) === 'EEXIST') throw new AppError('FILE_EXISTS');
    if (!['EINVAL', 'ENOSYS'].includes(errorName(error))) throw toMoveError(error);
    await renameAfterLooking(path, target);
  }
}

/** Where the file system cannot promise not to replace: looks first, which leaves a moment. */
async function renameAfterLooking(path: Buffer, target: Buffer): Promise<void> {
  const taken = await lstat(target).catch(() => null);
  if (taken !== null) throw new AppError('FILE_EXISTS');
  await rename(path, target).catch((error: unknown) => {
    throw toMoveError(error);
  });
}

/** A folder that may not be changed is none of the file's permissions. */
export function toMoveError(error: unknown): AppError {
  if (['EACCES', 'EPERM', 'EROFS'].includes(errorName(error))) return new AppError('FOLDER_NOT_WRITABLE', errnoOf(error), { cause: error });
  return toFileError(error);
}

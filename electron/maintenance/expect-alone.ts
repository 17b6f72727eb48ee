/** That nobody else has a file open that is about to be changed, and who it is if somebody has. Main process and command line, as the user. */
import type { FileHandle } from 'node:fs/promises';
import { findFileUsers } from '../images/file-users.ts';
import { AppError } from '../ipc/errors.ts';
import { runFileWork } from './file-worker.ts';

/**
 * Asked of the kernel by a lease that is given back at once: the tools that follow open the file themselves. Where the file system or its
 * owner does not allow to ask, nothing is refused. Throws FILE_IN_USE with the programs that this user may know of.
 */
export async function expectAlone(handle: FileHandle): Promise<void> {
  await namingUsers(handle, async () => runFileWork({ kind: 'ask-alone' }, [handle.fd]));
}

/** Runs `work`; a FILE_IN_USE of it gets the programs that have the file open. */
export async function namingUsers<T>({ fd }: FileHandle, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError) || error.data.code !== 'FILE_IN_USE') throw error;
    throw new AppError('FILE_IN_USE', { detail: { programs: await findFileUsers(fd, 'any') } }, { cause: error });
  }
}

/** Shows a mount in the file manager. Main process. */
import { lstat } from 'node:fs/promises';
import { AppError } from '../ipc/errors.ts';
import type { Desktop } from '../hosts/desktop.ts';

/** Where Platter mounts, in folders that only root can change. */
const OWN_PLACE = /^\/run\/media\/[^/]+\/[^/]+$/u;

/**
 * Throws NOT_IN_THIS_HOST. Only a folder where Platter mounts is opened as such (SECURITY.md §4.8): what lies elsewhere might be a
 * file, which the desktop would run or show with a program of its choice; it is only pointed at.
 */
export async function openInFileManager(desktop: Desktop, mountPoint: string): Promise<void> {
  const { openFolder, showInFolder } = desktop;
  if (openFolder === null) throw new AppError('NOT_IN_THIS_HOST');
  if (OWN_PLACE.test(mountPoint) && (await isFolder(mountPoint))) await openFolder(mountPoint);
  else if (showInFolder !== null) showInFolder(mountPoint);
  else throw new AppError('NOT_IN_THIS_HOST');
}

async function isFolder(path: string): Promise<boolean> {
  const facts = await lstat(path).catch(() => null);
  return facts?.isDirectory() ?? false;
}

/**
 * The helper's own folder, /run/platter: who attached and mounted what, for as long as the machine runs. Only root reads
 * or writes it. /run is emptied at boot, so nothing here is older than the kernel's diskseq counter; for the same reason
 * nothing is fsync'ed: it has to survive the end of a helper, not of the kernel.
 */
import { constants, closeSync, fchmodSync, fstatSync, mkdirSync, openSync, lstatSync } from 'node:fs';
import { isCode } from './file-errors.ts';

/** Where records live. The udev rule names the two folders of device records too (build/udev/). */
export const STATE_FOLDER = '/run/platter';

export interface StateFolders {
  /** Records of devices that are about to be attached, by name `loopN`. */
  readonly pending: string;
  /** Records of attached devices, by diskseq. */
  readonly devices: string;
  /** Records of mounts, by a name of their own. */
  readonly mounts: string;
}

/** Thrown when the folder is not what only root can have made. The helper then does not start. */
export class StateFolderRefused extends Error {
  override readonly name = 'StateFolderRefused';
}

/**
 * Makes the folders where they are missing and checks each: a real folder, owned by root, mode 0700. Every part of the path
 * above is root's alone too, so a path that was checked once stays what it is.
 * @param base {@link STATE_FOLDER}, except in tests, which have no right to another helper's records.
 */
export function openStateFolders(base: string = STATE_FOLDER): StateFolders {
  const folders = { pending: `${base}/pending`, devices: `${base}/devices`, mounts: `${base}/mounts` };
  for (const folder of [base, folders.pending, folders.devices, folders.mounts]) makePrivateFolder(folder);
  return folders;
}

function makePrivateFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
    if (!lstatSync(path).isDirectory()) throw new StateFolderRefused(path, { cause: error });
  }
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const facts = fstatSync(fd);
    if (facts.uid !== 0 || (facts.mode & 0o022) !== 0) throw new StateFolderRefused(path);
    // The umask of the caller may have taken bits; others' read permission may have been left by a person.
    if ((facts.mode & 0o7777) !== 0o700) fchmodSync(fd, 0o700);
  } finally {
    closeSync(fd);
  }
}

/** Files that are read and written as a whole: a reader finds the old one or the new one, never a part. Main process and command line. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

/** Broken files kept beside each other; beyond that the last one is replaced. */
const SET_ASIDE_KEPT = 20;

/** The folder of the user's configuration; a relative XDG_CONFIG_HOME is ignored, as its specification asks. */
export function configurationFolder(environment: NodeJS.ProcessEnv): string {
  const configured = environment['XDG_CONFIG_HOME'];
  const folder = configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), '.config');
  return join(folder, 'platter');
}

/** Written beside it, brought to the disk, then renamed. Throws the system's error and leaves nothing half done. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(beside, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await unlink(beside).catch(() => undefined);
    throw error;
  }
}

/** Gives a file that cannot be understood a name of its own; what was set aside before stays. Null when it could not be done. */
export async function setAside(path: string): Promise<string | null> {
  for (let number = 1; number <= SET_ASIDE_KEPT; number += 1) {
    const name = number === 1 ? `${path}.unreadable` : `${path}.unreadable-${number}`;
    try {
      await link(path, name);
      await unlink(path);
      return name;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') break;
    }
  }
  // The file system knows no links, or there are too many.
  const last = `${path}.unreadable`;
  return rename(path, last).then(
    () => last,
    () => null,
  );
}

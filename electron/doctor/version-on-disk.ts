/** Which version of Platter lies on the disk: an upgrade replaces it under a window that is open. Main process and command line. */
import { readFile } from 'node:fs/promises';

/** Written by the package. */
export const INSTALLED_MANIFEST = '/usr/lib/platter/package.json';

/** Null where no package is installed. */
export async function versionOnDisk(path: string = INSTALLED_MANIFEST): Promise<string | null> {
  try {
    const { version } = JSON.parse(await readFile(path, 'utf8')) as { version?: unknown };
    return typeof version === 'string' ? version : null;
  } catch {
    return null;
  }
}

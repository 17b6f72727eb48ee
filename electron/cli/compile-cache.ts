/**
 * Keeps the compiled form of the program, so that the next start need not compile it: a quarter of what `platter list` takes.
 * What lies there is run as code, so it is kept only where nobody but this user (and root) can write.
 */
import { lstatSync, mkdirSync, realpathSync, type Stats } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';

/** The user's folder for things that can be made again (XDG Base Directory Specification); null where there is none. */
export function cacheFolder({ XDG_CACHE_HOME: cache = '', HOME: home = '' }: NodeJS.ProcessEnv): string | null {
  if (isAbsolute(cache)) return join(cache, 'platter');
  return isAbsolute(home) ? join(home, '.cache', 'platter') : null;
}

/** Group and others may not write. */
const WRITABLE_BY_OTHERS = 0o022;

/** True when only this user and root decide what is in the folder: for root, only root. */
export function isOwnFolder({ uid, mode }: Pick<Stats, 'uid' | 'mode'>, user: number): boolean {
  return (uid === user || uid === 0) && (mode & WRITABLE_BY_OTHERS) === 0;
}

/** True when nobody else can put anything there, nor put another folder in its place. `path` has no symbolic links. */
export function isSafePath(path: string, user: number): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if (!isOwnFolder(lstatSync(folder), user)) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** Made with rights for this user alone; its place must be safe before. */
function makeFolder(path: string, user: number): string | null {
  const parent = dirname(path);
  if (!isSafePath(realpathSync(dirname(parent)), user)) return null;
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const real = realpathSync(path);
  return isSafePath(real, user) ? real : null;
}

/** Never fails: without a place that is safe everything works, only slower. */
export function useCompileCache(): void {
  const folder = cacheFolder(process.env);
  const user = process.geteuid?.();
  if (folder === null || user === undefined || user !== process.getuid?.()) return;
  try {
    const safe = makeFolder(folder, user);
    if (safe !== null) enableCompileCache(safe);
  } catch {
    // No home, or one that cannot be written.
  }
}

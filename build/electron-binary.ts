/** Where Electron's program is, and the one attempt to fetch it for `npm start`. */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './bootstrap.mjs';

const packageFolder = join(projectRoot, 'node_modules/electron');
const failureMark = join(projectRoot, 'node_modules/.platter-electron-failed');
const dayMs = 24 * 60 * 60 * 1000;
/** For about 120 MB; a network that drops packets must not keep the window away for longer. */
const fetchLimitMs = 3 * 60 * 1000;

/** Path of the program `electron`, or null: the folder of ELECTRON_OVERRIDE_DIST_PATH, then what the npm package holds. */
export function findElectron(): string | null {
  const folders = [process.env['ELECTRON_OVERRIDE_DIST_PATH'], join(packageFolder, 'dist')];
  const paths = folders.flatMap((folder) => (folder === undefined || folder === '' ? [] : [join(folder, 'electron')]));
  return paths.find((path) => existsSync(path)) ?? null;
}

/** As findElectron, but lets the npm package fetch its program first; after a failure not again for a day. */
export function findOrFetchElectron(): string | null {
  const found = findElectron();
  if (found !== null) return found;
  if (existsSync(failureMark) && Date.now() - statSync(failureMark).mtimeMs < dayMs) return null;
  process.stdout.write("Fetching Electron's program, once (about 120 MB) …\n");
  spawnSync(process.execPath, [join(packageFolder, 'install.js')], { cwd: packageFolder, stdio: 'ignore', timeout: fetchLimitMs });
  const fetched = findElectron();
  if (fetched === null) writeFileSync(failureMark, '');
  else rmSync(failureMark, { force: true });
  return fetched;
}

/** Programs of ours with the user's rights: they lie beside the helper, whichever of the three that is, and share its runtime. Main process. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findHelper } from './helper-paths.ts';

/** Where a program and its runtime are. */
export interface ProgramFiles {
  readonly node: string;
  readonly script: string;
}

/**
 * `source` is the name in electron/image-worker/ of a checkout, without its ending; `built` are the names in dist/image-worker/, and
 * beside an installed helper. Null: not installed.
 */
export function findBesideHelper(source: string, built: readonly string[] = [`${source}.js`]): ProgramFiles | null {
  const helper = findHelper();
  if (helper === null) return null;
  const folder = dirname(helper.script);
  const names = helper.script.endsWith('.ts')
    ? [`../electron/image-worker/${source}.ts`]
    : built.flatMap((name) => [`../image-worker/${name}`, name]);
  const script = names.map((name) => join(folder, name)).find((path) => existsSync(path));
  return script === undefined ? null : { node: helper.node, script };
}

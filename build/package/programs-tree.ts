/** The helper, the image workers and their runtime, as they lie together in /usr/lib/platter and in an AppImage; and the command line. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../bootstrap.mjs';
import type { Tree } from './tree.ts';

const dist = join(projectRoot, 'dist');
const modules = join(projectRoot, 'node_modules');

/** A runtime of the distribution in place of the one that is shipped: the absolute path of a Node of version 22 or newer. */
export const systemNode = process.env['PLATTER_NODE'] ?? null;

export function addPrograms(tree: Tree, folder: string, version: string): void {
  // For Node: these files are ES modules. For the window: which version lies on the disk.
  tree.write(join(folder, 'package.json'), `${JSON.stringify({ name: 'platter', version, type: 'module' }, null, 2)}\n`);
  if (systemNode === null) tree.copy(join(modules, 'node/bin/node'), join(folder, 'helper/node'), 0o755);
  else tree.link(join(folder, 'helper/node'), systemNode);
  tree.copy(join(dist, 'helper/helper.js'), join(folder, 'helper/helper.js'));
  tree.copyAll(join(dist, 'image-worker'), '**', join(folder, 'image-worker'));
  addKoffi(tree, join(folder, 'node_modules'));
}

/** The command line, which starts with the shipped runtime: the system may have no Node, or an old one. */
export function addCommand(tree: Tree, folder: string): void {
  tree.copyAll(join(dist, 'cli'), '**', join(folder, 'cli'));
  const script = readFileSync(join(dist, 'cli/platter.js'), 'utf8').replace(/^#!.*\n/u, `#!/${folder}/helper/node\n`);
  tree.write(join(folder, 'cli/platter.js'), script, 0o755);
  tree.link('usr/bin/platter', `../lib/platter/cli/platter.js`);
}

/** koffi's loader and its native file for this machine's architecture and glibc. */
function addKoffi(tree: Tree, folder: string): void {
  tree.copyAll(join(modules, 'koffi'), '{package.json,LICENSE.txt,{,src/koffi/**/}*.{js,cjs}}', join(folder, 'koffi'), ['cnoke.cjs']);
  const native = join('@koromix', `koffi-linux-${process.arch}`);
  tree.copyAll(join(modules, native), `{package.json,index.js,linux_${process.arch}/*.node}`, join(folder, native));
}

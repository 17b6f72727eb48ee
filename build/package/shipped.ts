/** Which software of others is in a package: by the lists that the build writes, package-lock.json and the packages themselves. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../bootstrap.mjs';

export interface Component {
  readonly name: string;
  readonly version: string;
  /** SPDX expression. */
  readonly licence: string;
  /** Of package-lock.json, such as `sha512-…`; null for what does not come from there. */
  readonly integrity: string | null;
  readonly homepage: string | null;
  /** Texts of the licence, most often one. Empty: the package has none, and its licence is a well-known one. */
  readonly licenceTexts: readonly string[];
}

/** Programs that are shipped; the server of the browser window is not. */
const programs = ['main', 'preload', 'client', 'helper', 'cli'];
const modules = join(projectRoot, 'node_modules');

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly integrity?: string }>>;
}

interface Manifest {
  readonly version: string;
  readonly license?: string;
  readonly homepage?: string;
}

/** The image worker's list is empty today; whoever adds a program names it here or the build of the package fails. */
function bundledPackages(): string[] {
  const lists = globSync('*.json', { cwd: join(projectRoot, 'dist/packages') });
  const ours = lists.filter((list) => list !== 'server.json');
  const missing = programs.filter((name) => !ours.includes(`${name}.json`));
  if (missing.length > 0) throw new Error(`the build has left no list of packages for ${missing.join(' ')}`);
  return ours.flatMap((list) => JSON.parse(readFileSync(join(projectRoot, 'dist/packages', list), 'utf8')) as string[]);
}

function licenceTexts(folder: string): string[] {
  const names = globSync('{LICENSE,LICENCE,COPYING,license}{,.md,.txt,.electron.txt}', { cwd: folder }).toSorted();
  return names.map((name) => readFileSync(join(folder, name), 'utf8').trim());
}

function fromModules(name: string, lock: Lock): Component {
  const folder = join(modules, name);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  return {
    name,
    version: manifest.version,
    licence: manifest.license ?? 'NOASSERTION',
    integrity: lock.packages[`node_modules/${name}`]?.integrity ?? null,
    homepage: manifest.homepage ?? null,
    licenceTexts: licenceTexts(folder),
  };
}

/** Node's licence lies in the package that holds its program. */
function nodeRuntime(lock: Lock): Component {
  const holder = join(modules, `node/node_modules/node-linux-${process.arch}`);
  const texts = existsSync(holder) ? licenceTexts(holder) : [];
  return { ...fromModules('node', lock), homepage: 'https://nodejs.org/', licenceTexts: texts };
}

function electronRuntime(version: string, folder: string): Component {
  const texts = licenceTexts(folder);
  return { name: 'electron', version, licence: 'MIT', integrity: null, homepage: 'https://www.electronjs.org/', licenceTexts: texts };
}

/** Everything that is shipped, by name. `electron`: version and unpacked folder of the one that is shipped. */
export function shippedComponents(electron: { readonly version: string; readonly folder: string }, withNode: boolean): Component[] {
  const lock = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')) as Lock;
  const names = new Set([...bundledPackages(), 'koffi', `@koromix/koffi-linux-${process.arch}`]);
  const components = [...names].map((name) => fromModules(name, lock));
  if (withNode) components.push(nodeRuntime(lock));
  return [...components, electronRuntime(electron.version, electron.folder)].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

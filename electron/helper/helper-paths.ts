/**
 * Where the helper and its runtime are. Decided by where this program itself lies, never by the environment: a variable that names
 * a program for root would be a way in. Main process.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface HelperFiles {
  /** A Node of version 22 or newer; Electron's own must not be used (DESIGN.md §1). */
  readonly node: string;
  readonly script: string;
  /** Cleans what is inherited before the runtime starts; only in installed systems. */
  readonly launcher: string | null;
  /** In an AppImage, whose files root cannot even read: this helper only looks. */
  readonly isBundled?: true;
}

/** Owned by root, in every package. */
export const INSTALLED_FOLDER = '/usr/lib/platter/helper';

/** Null when there is no helper for a program that lies at `moduleUrl`. */
export function findHelper(moduleUrl: string = import.meta.url): HelperFiles | null {
  const candidates = helperCandidates(fileURLToPath(moduleUrl));
  return candidates.find((files) => existsSync(files.node) && existsSync(files.script)) ?? null;
}

/** In order of preference: sources use sources, a built checkout what was built beside it, everything else what is installed. */
export function helperCandidates(modulePath: string): HelperFiles[] {
  const installed = {
    node: join(INSTALLED_FOLDER, 'node'),
    script: join(INSTALLED_FOLDER, 'helper.js'),
    launcher: join(INSTALLED_FOLDER, 'platter-helper'),
  };
  const root = checkoutOf(modulePath);
  if (root === null) return [...bundledBeside(modulePath), installed];
  const node = join(root, 'node_modules/node/bin/node');
  const built = { node, script: join(root, 'dist/helper/helper.js'), launcher: null };
  const source = { node, script: join(root, 'native-helper/main.ts'), launcher: null };
  return modulePath.endsWith('.ts') ? [source] : [built, installed];
}

/** Where an AppImage has it: `resources/app.asar` is the window, `resources/platter` what packages put into /usr/lib/platter. */
function bundledBeside(modulePath: string): HelperFiles[] {
  const end = modulePath.indexOf('/app.asar/');
  if (end === -1) return [];
  const folder = join(modulePath.slice(0, end), 'platter/helper');
  return [{ node: join(folder, 'node'), script: join(folder, 'helper.js'), launcher: null, isBundled: true }];
}

/** The checkout that holds `electron/helper/X.ts` or `dist/PROGRAM/X.js`; null inside a package. */
function checkoutOf(modulePath: string): string | null {
  const folder = dirname(modulePath);
  const parent = dirname(folder);
  const isSource = modulePath.endsWith('.ts') && basename(folder) === 'helper' && basename(parent) === 'electron';
  const isBuilt = basename(parent) === 'dist' && !modulePath.includes('.asar');
  return isSource || isBuilt ? dirname(parent) : null;
}

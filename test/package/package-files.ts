/** The package that make-package.ts made, and its contents unpacked once for each test file. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debFile } from '../../build/package/make.ts';

/** The caller removes it. */
export function unpack(): { readonly root: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'platter-unpacked-'));
  execFileSync('dpkg-deb', ['--extract', debFile, folder]);
  return { root: folder, remove: () => rmSync(folder, { recursive: true }) };
}

/** Status, and both outputs together, in the order of a person's terminal. */
export function run(program: string, words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...environment },
  });
  if (error !== undefined) throw error;
  return { status, output: `${stdout}${stderr}` };
}

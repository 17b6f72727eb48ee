/** What is in an AppImage, as electron-builder lays it out: the window, a helper that can look, and what desktops read. */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundledTree } from '../../build/package/electron-builder.ts';
import { unpackedFolder } from '../../build/package/make.ts';
import { unpackAppImage } from './app-image.ts';
import { readFuses } from './fuses.ts';
import { run } from './package-files.ts';

let folder = '';
let root = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'platter-appdir-'));
  root = join(folder, 'AppDir');
  unpackAppImage(root);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('begins with AppRun, and nothing in it has rights of its own', () => {
  expect(statSync(join(root, 'AppRun')).mode & 0o777).toBe(0o755);
  expect(execFileSync('find', [root, '-perm', '/6022', '-not', '-type', 'l'], { encoding: 'utf8' })).toBe('');
});

test('has the window of the package, with its fuses, and the programs that packages put beside it', () => {
  const names = globSync('**', { cwd: unpackedFolder }).filter((name) => statSync(join(unpackedFolder, name)).isFile());
  // The profile is for /opt/Platter.
  const missing = names.filter((name) => !existsSync(join(root, name)) && !name.endsWith('apparmor-profile'));
  expect(missing).toEqual([]);
  expect(readFuses(join(root, 'platter-window'))).toEqual(readFuses(join(unpackedFolder, 'platter-window')));
  const beside = globSync('**', { cwd: bundledTree }).filter((name) => statSync(join(bundledTree, name)).isFile());
  expect(beside).toEqual(expect.arrayContaining(['package.json', 'helper/node', 'helper/helper.js', 'node_modules/koffi/index.js']));
  expect(beside.filter((name) => !existsSync(join(root, 'resources/platter', name)))).toEqual([]);
  expect(existsSync(join(root, 'resources/platter/helper/platter-helper'))).toBe(false);
});

test('its desktop entry is valid, and starts what is in it', () => {
  const entry = join(root, 'org.platter.Platter.desktop');
  expect(run('desktop-file-validate', [entry])).toEqual({ status: 0, output: '' });
  expect(readFileSync(entry, 'utf8').match(/^Exec=(.*)$/gmu)).toEqual([
    'Exec=AppRun %U',
    'Exec=AppRun --attach-image',
    'Exec=AppRun --new-image',
  ]);
});

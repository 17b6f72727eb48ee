import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { watchVersion } from '../../../electron/doctor/watch-version.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platter-version-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** As dpkg does: written beside it, then renamed. */
function install(version: string): string {
  const manifest = join(folder, 'package.json');
  writeFileSync(`${manifest}.dpkg-new`, JSON.stringify({ version }));
  renameSync(`${manifest}.dpkg-new`, manifest);
  return manifest;
}

test('tells once when another version is installed', async () => {
  const manifest = install('1.0.0');
  const told = Promise.withResolvers<string>();
  const stop = watchVersion('1.0.0', told.resolve, manifest);
  install('1.1.0');
  expect(await told.promise).toBe('1.1.0');
  stop();
});

test('tells at once when it is another already, and nothing where no package is', async () => {
  const told = Promise.withResolvers<string>();
  watchVersion('1.0.0', told.resolve, install('2.0.0'));
  expect(await told.promise).toBe('2.0.0');
  watchVersion('1.0.0', () => expect.unreachable(), join(folder, 'missing/package.json'))();
});

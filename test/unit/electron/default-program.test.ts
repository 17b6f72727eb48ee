import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DefaultProgram, readDefaults, writeDefaults } from '../../../electron/settings/default-program.ts';
import { openedTypes } from '../../../electron/settings/opened-types.ts';

const before = `[Added Associations]
application/x-cd-image=gimp.desktop;

[Default Applications]
text/plain=editor.desktop
application/x-cd-image=brasero.desktop;

[Removed Associations]
image/png=x.desktop;
`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platter-defaults-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const list = (): string => join(folder, 'mimeapps.list');
const program = (): DefaultProgram => new DefaultProgram({ XDG_CONFIG_HOME: folder });

test('reads and writes only the lines of its group and its types', () => {
  const types = ['application/x-cd-image', 'application/vnd.squashfs'];
  expect(readDefaults(before, types)).toEqual({ 'application/x-cd-image': 'brasero.desktop;', 'application/vnd.squashfs': null });
  expect(writeDefaults(before, { 'application/x-cd-image': null, 'application/vnd.squashfs': 'p.desktop;' })).toBe(
    before.replace('application/x-cd-image=brasero.desktop;', 'application/vnd.squashfs=p.desktop;'),
  );
  expect(writeDefaults('', { 'a/b': 'p.desktop;' })).toBe('[Default Applications]\na/b=p.desktop;\n');
  expect(writeDefaults('', { 'a/b': null })).toBe('');
});

test('takes the types, and gives each back to the program that had it', async () => {
  writeFileSync(list(), before);
  await program().take();
  const taken = readDefaults(readFileSync(list(), 'utf8'), openedTypes);
  expect(new Set(Object.values(taken))).toEqual(new Set(['org.platter.Platter.desktop;']));
  expect(readFileSync(list(), 'utf8')).toContain('text/plain=editor.desktop');
  await program().take();
  await program().giveBack();
  expect(readFileSync(list(), 'utf8')).toBe(before);
});

test('leaves alone what the person gave to another program meanwhile', async () => {
  await program().take();
  const text = readFileSync(list(), 'utf8');
  writeFileSync(list(), text.replace(/application\/x-cd-image=.*/u, 'application/x-cd-image=other.desktop;'));
  await program().giveBack();
  expect(readFileSync(list(), 'utf8')).toBe('[Default Applications]\napplication/x-cd-image=other.desktop;\n');
});

test('gives nothing back where nothing was taken, and survives a spoilt note', async () => {
  await program().giveBack();
  expect(existsSync(list())).toBe(false);
  await program().take();
  mkdirSync(join(folder, 'platter'), { recursive: true });
  writeFileSync(join(folder, 'platter/former-default-programs.json'), '{"application/x-cd-image": 7');
  await program().giveBack();
  expect(readFileSync(list(), 'utf8')).not.toContain('platter');
});

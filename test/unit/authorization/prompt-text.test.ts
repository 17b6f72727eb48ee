import { expect, test } from 'vitest';
import { cleanForPrompt, promptDetails } from '../../../native-helper/authorization/prompt-text.ts';

test.each([
  ['disk.img', 'disk.img'],
  ['Ünïcödé ディスク 💿.iso', 'Ünïcödé ディスク 💿.iso'],
  ['a\nb\tc\u0000d', 'a\uFFFDb\uFFFDc\uFFFDd'],
  ['\u001B[31mred', '\uFFFD[31mred'],
  ['gpj.\u202Egmi', 'gpj.\uFFFDgmi'],
  ['a\u200Bb\u2028c\u2066d\uFEFF', 'a\uFFFDb\uFFFDc\uFFFDd\uFFFD'],
  ['$(device) <b>&amp;', '\uFFFD(device) \uFFFDb\uFFFD\uFFFDamp;'],
  ['\uD800', '\uFFFD'],
])('%j is shown as %j', (name, shown) => {
  expect(cleanForPrompt(name)).toBe(shown);
});

test('a long name is cut between characters', () => {
  const shown = cleanForPrompt('💿'.repeat(200));
  expect(shown).toBe(`${'💿'.repeat(79)}…`);
});

test('details are never empty, since the placeholder would be shown', () => {
  expect(promptDetails({ device: null, fileName: null })).toEqual([
    ['device', 'a loop device'],
    ['file', 'a file without a name'],
  ]);
  expect(promptDetails({ device: 0, fileName: '  ' })).toEqual([
    ['device', 'loop0'],
    ['file', 'a file without a name'],
  ]);
  expect(promptDetails({ device: 0, fileName: 'a.img', program: null }).at(-1)).toEqual(['program', 'a program']);
  expect(promptDetails({ device: 0, fileName: 'a.img', program: '<b>sh' }).at(-1)).toEqual(['program', '\uFFFDb\uFFFDsh']);
});

/** SECURITY.md (e) rows 53 and 55: what may become the name of a folder. */
import { expect, test } from 'vitest';
import { numberedLeafName, toLeafName, userFolderName } from '../../../native-helper/mounting/leaf-name.ts';

test.each([
  ['My Disk', 'My Disk'],
  ['Größe 2.0_+-', 'Größe 2.0_+-'],
  ['データ', 'データ'],
  ['cafe\u0301', 'café'],
  ['..', 'image'],
  ['.', 'image'],
  ['', 'image'],
  ['/', 'image'],
  ['   ', 'image'],
  ['---', 'image'],
  ['../../etc', '_.._etc'],
  ['-rf', 'rf'],
  ['.hidden', 'hidden'],
  ['name. .', 'name'],
  ['a\nb\u0000c', 'a_b_c'],
  ['$(touch x)', '_touch x_'],
  ['<img src=x onerror=alert(1)>', '_img src_x onerror_alert_1_'],
  ['%n%n', '_n_n'],
  ['a\u202Eb', 'a_b'],
  ['\uD800x', '_x'],
  ['a//b', 'a_b'],
  ['a  b', 'a b'],
])('the label %j becomes %j', (label, name) => {
  expect(toLeafName(label)).toBe(name);
});

test('a long label is cut to 64 bytes between characters', () => {
  expect(toLeafName('é'.repeat(255))).toBe('é'.repeat(32));
  expect(toLeafName(`x${'é'.repeat(255)}`)).toBe(`x${'é'.repeat(31)}`);
  expect(toLeafName('x'.repeat(16_384))).toHaveLength(64);
  expect(toLeafName(`a${'\u0301'.repeat(1000)}`).length).toBeLessThan(8);
});

test('a number is added inside the same length', () => {
  expect(numberedLeafName('disk', 2)).toBe('disk-2');
  expect(Buffer.byteLength(numberedLeafName('é'.repeat(32), 99))).toBeLessThanOrEqual(64);
  expect(numberedLeafName(`${'x'.repeat(60)}. . `, 12)).toBe(`${'x'.repeat(60)}-12`);
});

test('a user has a folder of his name only where it is an ordinary one', () => {
  expect(userFolderName('alice', 1000)).toBe('alice');
  expect(userFolderName('a.b-c_D9', 1000)).toBe('a.b-c_D9');
  for (const name of ['a/b', '..', '.a', '-a', 'a b', 'a\nb', '', 'é', 'a'.repeat(65), 'DOM\\user', null]) {
    expect(userFolderName(name, 1000)).toBe('1000');
  }
});

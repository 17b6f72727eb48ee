import { describe, expect, test } from 'vitest';
import { cellWidth, encodeCells, encodeText, fitCells } from '../../../electron/cli/cells.ts';

describe('cellWidth', () => {
  test.each([
    ['', 0],
    ['abc', 3],
    ['日本語', 6],
    ['e\u0301', 1],
    ['🙂', 2],
    ['\u00ad', 1],
    ['\u200f', 0],
    ['ｱ', 1],
    ['ア', 2],
    ['\u1100\u1161', 2],
  ])('%j takes %i cells', (text, width) => {
    expect(cellWidth(text)).toBe(width);
  });
});

describe('encodeCells', () => {
  const utf8 = { utf8: true };
  test.each([
    ['plain text', Buffer.from('a b.img'), 'a b.img'],
    ['a newline', Buffer.from('n\nl'), 'n\\x0al'],
    ['an escape sequence', Buffer.from('\u001b[31m'), '\\x1b[31m'],
    ['a backslash', Buffer.from('a\\b'), 'a\\b'],
    ['what looks like an escape', Buffer.from('x\\x41'), 'x\\x5cx41'],
    ['bytes that are not UTF-8', Buffer.from([0x61, 0xff, 0xfe]), 'a\\xff\\xfe'],
    ['a cut character', Buffer.from([0xe6, 0x97]), '\\xe6\\x97'],
    ['a C1 control', Buffer.from('\u009b'), '\\xc2\\x9b'],
    ['a line separator', Buffer.from('\u2028'), '\\xe2\\x80\\xa8'],
    ['wide characters', Buffer.from('日本'), '日本'],
    ['marks of direction', Buffer.from('a\u202eb'), 'a\u202eb'],
    ['DEL', Buffer.from('\u007f'), '\\x7f'],
  ])('writes %s', (_about, bytes, text) => {
    expect(encodeCells(bytes, utf8)).toBe(text);
  });

  test('writes out marks of direction where names must not deceive', () => {
    expect(encodeText('a\u202eb\u2066c', { utf8: true, escapeOrdering: true })).toBe('a\\xe2\\x80\\xaeb\\xe2\\x81\\xa6c');
  });

  test('writes out everything but ASCII in a locale that has nothing else', () => {
    expect(encodeCells(Buffer.from('é'), { utf8: false })).toBe('\\xc3\\xa9');
  });

  test('never lets a control character through, whatever the bytes', () => {
    for (let first = 0; first < 256; first++) {
      for (const second of [0x00, 0x0a, 0x41, 0x80, 0x9b, 0xbf, 0xff]) {
        expect(encodeCells(Buffer.from([first, second]), utf8)).not.toMatch(/\p{Cc}/u);
      }
    }
  });
});

describe('fitCells', () => {
  test.each([
    ['abc', 3, 'abc'],
    ['abcdef', 4, 'ab…f'],
    ['abcdef', 1, '…'],
    ['abcdef', 0, ''],
    ['日本語日本語', 7, '日本…語'],
  ])('%s in %i cells is %s', (text, cells, fitted) => {
    expect(fitCells(text, cells)).toBe(fitted);
    expect(cellWidth(fitted)).toBeLessThanOrEqual(cells);
  });
});

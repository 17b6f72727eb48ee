import { describe, expect, test } from 'vitest';
import { parseFileAddress, parsePastedPaths } from '../../../electron/images/pasted-paths.ts';

function read(text: string): string[][] {
  return parsePastedPaths(text, '/home/maria').map((readings) => readings.map((path) => path.toString('latin1')));
}

describe('a pasted text', () => {
  test.each<[string, string[][]]>([
    ['/images/a.img', [['/images/a.img']]],
    ['  /images/a.img \n', [['/images/a.img']]],
    ['~/a.img', [['/home/maria/a.img']]],
    ['/images/two words.img', [['/images/two words.img']]],
    ["'/images/two words.img'", [['/images/two words.img']]],
    ['"/images/two words.img"', [['/images/two words.img']]],
    ["'/a.img' '/b c.img'", [['/a.img'], ['/b c.img']]],
    ['/images/two\\ words.img', [['/images/two\\ words.img', '/images/two words.img']]],
    ['file:///images/a%20b.img', [['/images/a b.img']]],
    ['file://localhost/a.img', [['/a.img']]],
    ['FILE:/a.img', [['/a.img']]],
    ['/a.img\r\n/b.img\n\n/c.img', [['/a.img'], ['/b.img'], ['/c.img']]],
    ['copy\nfile:///a.img\nfile:///b.img', [['/a.img'], ['/b.img']]],
    ['# a comment of text/uri-list\r\nfile:///a.img\r\n', [['/a.img']]],
    ['x-special\n/a.img', [['/a.img']]],
    ["/it's.img", [["/it's.img"]]],
    ['/a.img\0/b.img', [['/a.img'], ['/b.img']]],
  ])('%j names %j', (text, paths) => {
    expect(read(text)).toEqual(paths);
  });

  test.each([
    '',
    ' \n ',
    'a.img',
    './a.img',
    'http://example.org/a.img',
    'file://server/a.img',
    'file:a.img',
    'copy',
    'C:\\a.img',
    '~other/a.img',
  ])('%j names no file', (text) => {
    expect(read(text)).toEqual([]);
  });
});

describe('a file address', () => {
  test('may stand for bytes that are not UTF-8', () => {
    expect(parseFileAddress('file:///a%ff%FEb')).toEqual(Buffer.from([0x2f, 0x61, 0xff, 0xfe, 0x62]));
  });

  test('keeps letters outside ASCII that were not encoded', () => {
    expect(parseFileAddress('file:///ä.img')?.toString()).toBe('/ä.img');
  });

  test.each(['file:///a%00b', 'file:///a%2', 'file:///a%zz', 'file://', 'file:'])('%j is none', (address) => {
    expect(parseFileAddress(address)).toBeNull();
  });
});

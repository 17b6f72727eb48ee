import { describe, expect, test } from 'vitest';
import { fromFileNameBytes, toFileNameBytes } from '../../../electron/images/file-name-bytes.ts';

describe('file names as text', () => {
  test.each([
    ['plain', Buffer.from('disk.img')],
    ['UTF-8', Buffer.from('日本語 🙂 e\u0301')],
    ['invalid bytes', Buffer.from([0x61, 0xff, 0xfe, 0x62])],
    ['a cut character', Buffer.from([0xe6, 0x97])],
    ['a surrogate in UTF-8, which is not UTF-8', Buffer.from([0xed, 0xb2, 0x80])],
    ['an overlong slash', Buffer.from([0xc0, 0xaf])],
    ['a byte order mark', Buffer.from([0xef, 0xbb, 0xbf, 0x61])],
    ['nothing', Buffer.alloc(0)],
    ['U+FFFD itself', Buffer.from('\ufffd')],
  ])('%s come back as the same bytes', (_about, bytes) => {
    expect(toFileNameBytes(fromFileNameBytes(bytes))).toEqual(bytes);
  });

  test('every single byte comes back', () => {
    for (let byte = 1; byte < 256; byte++) expect(toFileNameBytes(fromFileNameBytes(Uint8Array.of(byte)))).toEqual(Buffer.from([byte]));
  });

  test('text that is UTF-8 is not changed', () => {
    expect(fromFileNameBytes(Buffer.from('日本語'))).toBe('日本語');
  });
});

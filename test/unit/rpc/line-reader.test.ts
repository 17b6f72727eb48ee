import { describe, expect, test } from 'vitest';
import { LineReader, LineTooLongError } from '../../../native-helper/protocol/line-reader.ts';

function texts(reader: LineReader, ...chunks: (string | Uint8Array)[]): (string | null)[] {
  return chunks
    .flatMap((chunk) => reader.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk))
    .map((line) => (line.kind === 'text' ? line.text : null));
}

describe('the line reader', () => {
  test('gives every line of a chunk and keeps the rest', () => {
    const reader = new LineReader(100);
    expect(texts(reader, 'a\n\nb\nc')).toStrictEqual(['a', '', 'b']);
    expect(reader.hasPartialLine).toBe(true);
    expect(texts(reader, 'd\n')).toStrictEqual(['cd']);
    expect(reader.hasPartialLine).toBe(false);
  });

  test('gives the same lines wherever the bytes are cut', () => {
    const bytes = Buffer.from('{"a":"é\u{1F4BF}"}\nzweite Zeile\n\n');
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(texts(new LineReader(100), bytes.subarray(0, cut), bytes.subarray(cut))).toStrictEqual([
        '{"a":"é\u{1F4BF}"}',
        'zweite Zeile',
        '',
      ]);
    }
  });

  test('keeps no reference to the chunk', () => {
    const reader = new LineReader(100);
    const chunk = Buffer.from('abc');
    reader.push(chunk);
    chunk.fill('x');
    expect(texts(reader, '\n')).toStrictEqual(['abc']);
  });

  test.each([
    ['a broken sequence', [0xc3, 0x28]],
    ['an encoded surrogate', [0xed, 0xa0, 0x80]],
    ['an overlong NUL', [0xc0, 0x80]],
    ['a cut character', [0xf0, 0x9f]],
  ])('tells %s from text, and reads on', (_name, bytes) => {
    expect(texts(new LineReader(100), Buffer.from([...bytes, 0x0a]), 'next\n')).toStrictEqual([null, 'next']);
  });

  test('keeps a byte-order mark, which JSON then refuses', () => {
    expect(texts(new LineReader(100), '\uFEFFx\n')).toStrictEqual(['\uFEFFx']);
  });

  test('takes a line of exactly the limit, in one piece or many', () => {
    expect(texts(new LineReader(10), '0123456789\n')).toStrictEqual(['0123456789']);
    expect(texts(new LineReader(10), '01234', '56789', '\n')).toStrictEqual(['0123456789']);
  });

  test.each([
    ['complete', ['0123456789a\n']],
    ['in one piece without end', ['0123456789a']],
    ['in pieces', ['0123456789', 'a']],
    ['that ends too late', ['0123456789', 'a\n']],
  ])('throws for a line over the limit, %s', (_name, chunks) => {
    expect(() => texts(new LineReader(10), ...chunks)).toThrow(LineTooLongError);
  });

  test('reads a long line that comes byte by byte', () => {
    const reader = new LineReader(64 * 1024);
    for (let index = 0; index < 64 * 1024; index += 1) reader.push(Uint8Array.of(0x61));
    expect(texts(reader, '\n')).toStrictEqual(['a'.repeat(64 * 1024)]);
  });
});

import { describe, expect, test } from 'vitest';
import { formatSize, parseSize } from '../../../electron/cli/sizes.ts';

describe('parseSize', () => {
  test.each([
    ['0', 0n],
    ['512', 512n],
    [' 5', 5n],
    ['+5', 5n],
    ['0x10', 16n],
    ['0X1fK', 31n * 1024n],
    ['010', 8n],
    ['1K', 1024n],
    ['1k', 1024n],
    ['1KiB', 1024n],
    ['1kib', 1024n],
    ['1KB', 1000n],
    ['1kb', 1000n],
    ['2M', 2n * 1024n ** 2n],
    ['3GiB', 3n * 1024n ** 3n],
    ['1E', 1024n ** 6n],
    ['15E', 15n * 1024n ** 6n],
    ['0Y', 0n],
    ['1.5K', 1536n],
    ['1.K', 1024n],
    ['1.3K', 1331n],
    ['1.999M', 2_096_103n],
    ['2.5GB', 2_500_000_000n],
    ['18446744073709551615', 2n ** 64n - 1n],
  ])('reads %j', (text, bytes) => {
    expect(parseSize(text)).toEqual({ kind: 'ok', bytes });
  });

  test.each(['', ' ', 'K', '-5', '1B', '1Q', '1.5', '.5K', '1,5K', '1KiBx', '1KIBB', '1 K', '08', '0x', '0xg', '1e3', '1_000', '٣'])(
    'refuses %j',
    (text) => {
      expect(parseSize(text)).toEqual({ kind: 'invalid' });
    },
  );

  test.each(['18446744073709551616', '16E', '1Z', '99999999999999999999'])('says that %s is too large', (text) => {
    expect(parseSize(text)).toEqual({ kind: 'too-large' });
  });
});

test.each([
  [0n, '0 B'],
  [1023n, '1023 B'],
  [1024n, '1 KiB'],
  [1536n, '1.5 KiB'],
  [1024n ** 2n - 1n, '1023 KiB'],
  [20n * 1024n ** 2n, '20 MiB'],
  [2n ** 63n - 1n, '7.9 EiB'],
])('formatSize shows %s as %s', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});

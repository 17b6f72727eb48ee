import { describe, expect, test } from 'vitest';
import { checkBlockSize, checkRange, compareRanges, deviceBytes } from '../../../native-helper/operations/range-plan.ts';
import { HelperError } from '../../../native-helper/protocol/errors.ts';

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'accepted';
  } catch (error) {
    if (error instanceof HelperError) return error.code;
    throw error;
  }
}

const range = (offsetBytes: bigint, sizeLimitBytes = 0n): { offsetBytes: bigint; sizeLimitBytes: bigint } => ({
  offsetBytes,
  sizeLimitBytes,
});
const LAST = 2n ** 63n - 1n;

describe('logical block sizes', () => {
  test.each([0, 512, 1024, 2048, 4096])('%d is one', (bytes) => {
    expect(codeOf(() => checkBlockSize(bytes, 4096))).toBe('accepted');
  });

  test.each([1, 7, 256, 511, 513, 1000, 1536, 8192, 65_536, 2 ** 20, 2 ** 31, 2 ** 32 - 1, 2 ** 32 + 512, -512, Number.NaN, 512.5])(
    '%d is none where 4,096 is the largest',
    (bytes) => {
      expect(codeOf(() => checkBlockSize(bytes, 4096))).toBe('BLOCK_SIZE_INVALID');
    },
  );

  test('the largest is the kernel’s', () => {
    expect(codeOf(() => checkBlockSize(65_536, 65_536))).toBe('accepted');
    expect(codeOf(() => checkBlockSize(131_072, 65_536))).toBe('BLOCK_SIZE_INVALID');
  });
});

describe('ranges of a file', () => {
  test.each([
    ['the whole file', range(0n), 512, 1_048_576n],
    ['from an offset', range(4096n), 512, 1_044_480n],
    ['with a limit', range(4096n, 8192n), 4096, 8192n],
    ['up to the very end', range(4096n, 1_044_480n), 512, 1_044_480n],
    ['the last block', range(1_048_064n), 512, 512n],
    ['aligned to sectors when the kernel chooses', range(512n), 0, 1_048_064n],
  ])('%s', (_, wanted, blockSize, bytes) => {
    expect(checkRange(wanted, 1_048_576n, blockSize)).toBe(bytes);
  });

  test.each([
    ['at the end', range(1_048_576n), 512, 'OFFSET_BEYOND_END'],
    ['beyond the end', range(LAST), 512, 'OFFSET_BEYOND_END'],
    ['between sectors', range(1n), 0, 'OFFSET_UNALIGNED'],
    ['between blocks', range(512n), 4096, 'OFFSET_UNALIGNED'],
    ['a limit between blocks', range(4096n, 512n), 4096, 'SIZE_LIMIT_UNALIGNED'],
    ['a limit past the end', range(512n, 1_048_576n), 512, 'SIZE_LIMIT_BEYOND_END'],
    ['a sum past 2^63', range(512n, LAST - 511n), 512, 'SIZE_LIMIT_BEYOND_END'],
  ])('not %s', (_, wanted, blockSize, code) => {
    expect(codeOf(() => checkRange(wanted, 1_048_576n, blockSize))).toBe(code);
  });

  test('a rest that does not fill one block is too small', () => {
    expect(codeOf(() => checkRange(range(4096n), 4096n + 2048n, 4096))).toBe('IMAGE_TOO_SMALL');
    expect(codeOf(() => checkRange(range(512n), 1023n, 512))).toBe('IMAGE_TOO_SMALL');
    expect(codeOf(() => checkRange(range(0n), 511n, 512))).toBe('IMAGE_TOO_SMALL');
  });

  test('the kernel rounds down to sectors', () => {
    expect(deviceBytes(range(0n), 1023n)).toBe(512n);
    expect(deviceBytes(range(512n, 1024n), 10_000n)).toBe(1024n);
    expect(deviceBytes(range(512n, 100_000n), 10_000n)).toBe(9216n);
    expect(deviceBytes(range(10_000n), 10_000n)).toBe(0n);
  });
});

describe('two ranges of one file of 100 KiB', () => {
  const bytes = 102_400n;
  test.each([
    ['the whole file twice', range(0n), range(0n), 'same'],
    ['a limit that says nothing', range(0n), range(0n, bytes), 'same'],
    ['the same part', range(4096n, 8192n), range(4096n, 8192n), 'same'],
    ['neighbours', range(0n, 4096n), range(4096n, 4096n), 'apart'],
    ['one byte into each other', range(0n, 4608n), range(4096n, 4096n), 'overlapping'],
    ['one inside the other', range(0n), range(4096n, 512n), 'overlapping'],
    ['the same start, other ends', range(0n, 4096n), range(0n, 8192n), 'overlapping'],
    ['a rest that will grow and a part behind the end', range(4096n), range(204_800n, 512n), 'overlapping'],
    ['apart, the other way round', range(8192n, 4096n), range(0n, 8192n), 'apart'],
  ])('%s', (_, first, second, relation) => {
    expect(compareRanges(first, second, bytes)).toBe(relation);
    expect(compareRanges(second, first, bytes)).toBe(relation);
  });
});

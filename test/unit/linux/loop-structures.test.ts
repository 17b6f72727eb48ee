/** Every byte of the structures of linux/loop.h, for both architectures (LOOP.md §1.1). */
import { describe, expect, test } from 'vitest';
import {
  LOOP_CONFIG_BYTES,
  LOOP_INFO64_BYTES,
  checkStructureSizes,
  cutAtNul,
  decodeLoopInfo,
  decodeLoopInfo64,
  emptyStatus64,
  encodeLoopConfig,
  encodeLoopInfo,
  encodeLoopInfo64,
  loopInfoBytes,
  type Architecture,
  type LoopStatus,
  type LoopStatus64,
} from '../../../native-helper/linux/loop-structures.ts';

/** `length` bytes of which no two neighbours are alike. */
function pattern(length: number, start: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (start + index * 7) % 251);
}

function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(/\s/gu, ''), 'hex'));
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

const status64: LoopStatus64 = {
  device: 0x0102_0304_0506_0708n,
  inode: 0x1112_1314_1516_1718n,
  rdevice: 0x2122_2324_2526_2728n,
  offsetBytes: 0x3132_3334_3536_3738n,
  sizeLimitBytes: 0xffff_ffff_ffff_fffen,
  number: 0x4142_4344,
  encryptType: 0x5152_5354,
  encryptKeySize: 0x6162_6364,
  flags: 0xf172_7374,
  fileName: pattern(64, 1),
  cryptName: pattern(64, 2),
  encryptKey: pattern(32, 3),
  init: [0x8182_8384_8586_8788n, 0x9192_9394_9596_9798n],
};

const info64 = join(
  hex('0807060504030201 1817161514131211 2827262524232221 3837363534333231 feffffffffffffff'),
  hex('44434241 54535251 64636261 747372f1'),
  pattern(64, 1),
  pattern(64, 2),
  pattern(32, 3),
  hex('8887868584838281 9897969594939291'),
);

describe('loop_info64', () => {
  test('is written and read byte by byte', () => {
    expect(info64.byteLength).toBe(LOOP_INFO64_BYTES);
    expect(encodeLoopInfo64(status64)).toEqual(info64);
    expect(decodeLoopInfo64(info64)).toEqual(status64);
  });

  test('is read from the middle of a larger buffer, and the result is a copy', () => {
    const larger = Buffer.concat([Buffer.alloc(3), info64, Buffer.alloc(9)]);
    const decoded = decodeLoopInfo64(larger.subarray(3, 3 + LOOP_INFO64_BYTES));
    larger.fill(0);
    expect(decoded).toEqual(status64);
  });

  test('fills short names with zeros', () => {
    const bytes = encodeLoopInfo64({ ...emptyStatus64, fileName: Buffer.from('ab') });
    expect(bytes).toEqual(join(new Uint8Array(56), hex('6162'), new Uint8Array(174)));
  });

  test.each([
    ['negative offset', { offsetBytes: -1n }],
    ['offset of 2^64', { offsetBytes: 2n ** 64n }],
    ['size limit of 2^64', { sizeLimitBytes: 2n ** 64n }],
    ['flags of 2^32', { flags: 2 ** 32 }],
    ['flags that are no number', { flags: Number.NaN }],
    ['number with a fraction', { number: 0.5 }],
    ['name of 65 bytes', { fileName: new Uint8Array(65) }],
    ['key of 33 bytes', { encryptKey: new Uint8Array(33) }],
  ])('refuses a %s', (_, change) => {
    expect(() => encodeLoopInfo64({ ...status64, ...change })).toThrow(RangeError);
  });

  test.each([0, 231, 233])('is not read from %s bytes', (length) => {
    expect(() => decodeLoopInfo64(new Uint8Array(length))).toThrow(RangeError);
  });
});

test('loop_config is the descriptor, the block size, a loop_info64 and 64 zeros', () => {
  const { flags, offsetBytes, sizeLimitBytes } = status64;
  const config = { backingFd: 0x0a0b_0c0d, logicalBlockSizeBytes: 0x1000, flags, offsetBytes, sizeLimitBytes, reference: pattern(64, 1) };
  const expected = join(
    hex('0d0c0b0a 00100000'),
    encodeLoopInfo64({ ...emptyStatus64, flags, offsetBytes, sizeLimitBytes, fileName: pattern(64, 1) }),
    new Uint8Array(64),
  );
  expect(expected.byteLength).toBe(LOOP_CONFIG_BYTES);
  expect(encodeLoopConfig(config)).toEqual(expected);
  expect(() => encodeLoopConfig({ ...config, backingFd: -1 })).toThrow(RangeError);
  expect(() => encodeLoopConfig({ ...config, logicalBlockSizeBytes: 2 ** 32 })).toThrow(RangeError);
});

const status: LoopStatus = {
  number: 0x0102_0304,
  device: 0x2122_2324n,
  inode: 0x3132_3334_3536_3738n,
  rdevice: 0x4142_4344n,
  offsetBytes: -2,
  encryptType: 0x5152_5354,
  encryptKeySize: 0x6162_6364,
  flags: 0xf172_7374,
  name: pattern(64, 5),
  encryptKey: pattern(32, 6),
  init: [0x8182_8384_8586_8788n, 0x9192_9394_9596_9798n],
  reserved: pattern(4, 7),
};
const numbers = hex('feffffff 54535251 64636261 747372f1');
const inits = hex('8887868584838281 9897969594939291');

const oldForms: Readonly<Record<Architecture, Uint8Array>> = {
  x64: join(
    hex('04030201 00000000 2423222100000000 3837363534333231 4443424100000000'),
    numbers,
    pattern(64, 5),
    pattern(32, 6),
    inits,
    pattern(4, 7),
    new Uint8Array(4),
  ),
  arm64: join(
    hex('04030201 24232221 3837363534333231 44434241'),
    numbers,
    pattern(64, 5),
    pattern(32, 6),
    new Uint8Array(4),
    inits,
    pattern(4, 7),
    new Uint8Array(4),
  ),
};

describe.each(['x64', 'arm64'] as const)('loop_info on %s', (architecture) => {
  test('is written and read byte by byte', () => {
    expect(oldForms[architecture].byteLength).toBe(loopInfoBytes(architecture));
    expect(encodeLoopInfo(status, architecture)).toEqual(oldForms[architecture]);
    expect(decodeLoopInfo(oldForms[architecture], architecture)).toEqual(status);
  });

  test('refuses what does not fit', () => {
    expect(() => encodeLoopInfo({ ...status, offsetBytes: 2 ** 31 }, architecture)).toThrow(RangeError);
    expect(() => encodeLoopInfo({ ...status, name: new Uint8Array(65) }, architecture)).toThrow(RangeError);
    expect(() => decodeLoopInfo(new Uint8Array(loopInfoBytes(architecture) - 1), architecture)).toThrow(RangeError);
  });
});

test('a device number of 64 bits fits into the old form of x86-64 only', () => {
  const wide = { ...status, device: 2n ** 32n };
  expect(decodeLoopInfo(encodeLoopInfo(wide, 'x64'), 'x64').device).toBe(2n ** 32n);
  expect(() => encodeLoopInfo(wide, 'arm64')).toThrow(RangeError);
});

test('the sizes are those of the C rules of this machine', () => {
  expect(() => checkStructureSizes()).not.toThrow();
});

test('a reference ends at its first NUL, or at 64 bytes', () => {
  expect(cutAtNul(hex('616200 63'))).toEqual(hex('6162'));
  expect(cutAtNul(pattern(64, 1))).toEqual(pattern(64, 1));
});

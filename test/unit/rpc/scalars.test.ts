/** Scalar types of the wire at the ends of their ranges. */
import { expect, test } from 'vitest';
import * as v from 'valibot';
import { decimalString, inodeString } from '../../../native-helper/protocol/scalar-parsers.ts';
import { toDecimal, toInode } from '../../../native-helper/protocol/scalars.ts';

test('a quantity goes up to 2^63 - 1', () => {
  expect(toDecimal(2n ** 63n - 1n)).toBe('9223372036854775807');
  expect(() => toDecimal(2n ** 63n)).toThrow(RangeError);
  expect(v.is(decimalString, '9223372036854775807')).toBe(true);
  expect(['9223372036854775808', '-1', '01', '', '1e3', ' 1'].filter((text) => v.is(decimalString, text))).toEqual([]);
});

test('an inode goes up to 2^64 - 1, also as Node gives it', () => {
  expect([toInode(0n), toInode(2n ** 63n), toInode(2n ** 64n - 1n)]).toEqual(['0', '9223372036854775808', '18446744073709551615']);
  expect([toInode(-1n), toInode(-(2n ** 63n))]).toEqual(['18446744073709551615', '9223372036854775808']);
  const taken = ['0', '9223372036854775808', '18446744073709551615'];
  const refused = ['18446744073709551616', '99999999999999999999', '-1', '01', '', '1e3'];
  expect([...taken, ...refused].filter((text) => v.is(inodeString, text))).toEqual(taken);
});

/** Parsers of the scalar types of the wire. Used by both ends. */
import * as v from 'valibot';
import { LARGEST_DECIMAL, LARGEST_INODE, LOOP_NUMBER_LIMIT } from './scalars.ts';

/** Runs also when the pattern did not fit, so it compares digits: BigInt would throw, and say what it was given. */
function isAtMost(largest: bigint): (text: string) => boolean {
  const most = largest.toString();
  return (text) => text.length < most.length || (text.length === most.length && text <= most);
}

/** Parser of {@link DecimalString}: no sign, no leading zero, at most 2^63 - 1. */
export const decimalString = v.pipe(
  v.string(),
  v.regex(/^(0|[1-9][0-9]{0,18})$/u),
  v.check(isAtMost(LARGEST_DECIMAL)),
  v.brand('DecimalString'),
);

/** Parser of {@link InodeString}: as {@link decimalString}, at most 2^64 - 1. */
export const inodeString = v.pipe(v.string(), v.regex(/^(0|[1-9][0-9]{0,19})$/u), v.check(isAtMost(LARGEST_INODE)), v.brand('InodeString'));

/** N of /dev/loopN: a whole number from 0 to 1,048,575. */
export const loopNumber = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LOOP_NUMBER_LIMIT - 1));

/** Number of a partition, 1 to 65,535 (BLKPG's range on Linux). */
export const partitionNumber = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));

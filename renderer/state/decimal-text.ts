/** Sizes on their way to main: bigint to the decimal text of the wire. The parser of the wire runs in main. */
import type { DecimalString } from '../../native-helper/protocol/scalars.ts';

/** Writes a whole number from 0 to 2^63 - 1; the callers' fields keep that range. */
export function toDecimalText(value: bigint): DecimalString {
  return value.toString() as DecimalString;
}

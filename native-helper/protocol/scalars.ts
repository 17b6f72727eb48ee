/**
 * The scalar types of the wire between the main process and the helper, and their parsers.
 * Used by both ends; imports only valibot.
 */
import * as v from 'valibot';

/**
 * A 64-bit quantity on the wire (bytes, inode, device number, diskseq, mount id) as canonical decimal text, because a
 * JSON number loses precision above 2^53. Range 0 to 2^63 - 1: the kernel takes loff_t (LOOP.md §1.3, EOVERFLOW).
 */
export type DecimalString = string & v.Brand<'DecimalString'>;

const LARGEST = 2n ** 63n - 1n;
const LARGEST_TEXT = LARGEST.toString();

/** Parser of {@link DecimalString}: no sign, no leading zero, at most 2^63 - 1. */
export const decimalString = v.pipe(
  v.string(),
  v.regex(/^(0|[1-9][0-9]{0,18})$/u),
  // Runs also when the pattern did not fit, so it compares digits: BigInt would throw, and say what it was given.
  v.check((text) => text.length < LARGEST_TEXT.length || (text.length === LARGEST_TEXT.length && text <= LARGEST_TEXT)),
  v.brand('DecimalString'),
);

/** Writes a 64-bit quantity for the wire. Throws RangeError outside 0 to 2^63 - 1. */
export function toDecimal(value: bigint | number): DecimalString {
  const big = BigInt(value);
  if (big < 0n || big > LARGEST) throw new RangeError('outside the range of a wire quantity');
  // In this range the text of a bigint is what the parser takes; a list of a thousand devices writes seven thousand of them.
  return big.toString() as DecimalString;
}

/** Largest index a loop device can have plus one: CTL_ADD refuses 2^20 (LOOP.md §1.3). */
export const LOOP_NUMBER_LIMIT = 1_048_576;

/** N of /dev/loopN: a whole number from 0 to 1,048,575. */
export const loopNumber = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LOOP_NUMBER_LIMIT - 1));

/** Number of a partition, 1 to 65,535 (BLKPG's range on Linux). */
export const partitionNumber = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));

/**
 * Text that the kernel gives as bytes: file names need not be UTF-8. `text` is for people and may hold U+FFFD;
 * `base64` is null when `text` is exact, otherwise the bytes.
 */
export interface KernelText {
  readonly text: string;
  readonly base64: string | null;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Wraps bytes from the kernel; keeps the bytes only where UTF-8 cannot say them. */
export function toKernelText(bytes: Uint8Array): KernelText {
  try {
    return { text: decoder.decode(bytes), base64: null };
  } catch {
    const buffer = Buffer.from(bytes);
    return { text: buffer.toString('utf8'), base64: buffer.toString('base64') };
  }
}

/** The bytes that a {@link KernelText} stands for. */
export function fromKernelText(value: KernelText): Uint8Array {
  return value.base64 === null ? Buffer.from(value.text, 'utf8') : Buffer.from(value.base64, 'base64');
}

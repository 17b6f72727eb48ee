/**
 * The scalar types of the wire between the main process and the helper. Their parsers are in scalar-parsers.ts, so that programs
 * which only list devices start without loading valibot.
 */
import type * as v from 'valibot';

/**
 * A 64-bit quantity on the wire (bytes, device number, diskseq, mount id) as canonical decimal text, because a
 * JSON number loses precision above 2^53. Range 0 to 2^63 - 1: the kernel takes loff_t (LOOP.md §1.3, EOVERFLOW).
 */
export type DecimalString = string & v.Brand<'DecimalString'>;

/** Largest value of a {@link DecimalString}. */
export const LARGEST_DECIMAL = 2n ** 63n - 1n;

/** Writes a 64-bit quantity for the wire. Throws RangeError outside 0 to 2^63 - 1. */
export function toDecimal(value: bigint | number): DecimalString {
  const big = BigInt(value);
  if (big < 0n || big > LARGEST_DECIMAL) throw new RangeError('outside the range of a wire quantity');
  // In this range the text of a bigint is what the parser takes; a list of a thousand devices writes seven thousand of them.
  return big.toString() as DecimalString;
}

/** An inode, which is all of 64 bits: file systems that make it up (mergerfs) use the last one too. Canonical decimal text, 0 to 2^64 - 1. */
export type InodeString = string & v.Brand<'InodeString'>;

/** Largest value of an {@link InodeString}. */
export const LARGEST_INODE = 2n ** 64n - 1n;

/** Writes an inode for the wire. Node's stat gives those of 2^63 and more as negative numbers. */
export function toInode(inode: bigint): InodeString {
  return BigInt.asUintN(64, inode).toString() as InodeString;
}

/** Largest index a loop device can have plus one: CTL_ADD refuses 2^20 (LOOP.md §1.3). */
export const LOOP_NUMBER_LIMIT = 1_048_576;

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

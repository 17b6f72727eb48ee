/** Counts bits in allocation bitmaps. Image worker, which runs without a compiler: so few steps a byte as can be. */

const ONES = Uint8Array.from({ length: 65_536 }, (_, value) => {
  let count = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) count += 1;
  return count;
});

/** Ones among the first `bits` bits, the lowest of each byte first. */
export function countOnes(bytes: Buffer, bits: number): number {
  const whole = Math.min(bytes.length, Math.floor(bits / 8));
  const evenBytes = whole - (whole % 2);
  // The buffer's own memory, where it is aligned: reading pairs is twice as quick.
  const pairs =
    bytes.byteOffset % 2 === 0
      ? new Uint16Array(bytes.buffer, bytes.byteOffset, evenBytes / 2)
      : new Uint16Array(Uint8Array.from(bytes.subarray(0, evenBytes)).buffer);
  let count = 0;
  for (const pair of pairs) if (pair !== 0) count += ONES[pair] ?? 0;
  if (whole > evenBytes) count += ONES[bytes[whole - 1] ?? 0] ?? 0;
  const rest = bits - whole * 8;
  if (rest > 0 && rest < 8) count += ONES[(bytes[whole] ?? 0) & ((1 << rest) - 1)] ?? 0;
  return count;
}

/** Device numbers as text in two forms. Pure. */

/** `259:300` as stat(2) and lo_device encode it (LOOP.md §1.1), in decimal. */
export function encodeDeviceNumber(majorMinor: string): string {
  const [major = 0n, minor = 0n] = majorMinor.split(':').map(BigInt);
  return ((major << 8n) | (minor & 0xffn) | ((minor & ~0xffn) << 12n)).toString();
}

/** Sizes on the command line: losetup's suffixes in, readable sizes out. */

export type ParsedSize = { readonly kind: 'ok'; readonly bytes: bigint } | { readonly kind: 'invalid' } | { readonly kind: 'too-large' };

const LARGEST = 2n ** 64n - 1n;
const letters = 'KMGTPEZY';
const pattern = /^\s*\+?(?:0[xX](?<hex>[0-9a-fA-F]+)|(?<digits>[0-9]+))(?:\.(?<fraction>[0-9]*))?(?<suffix>[A-Za-z]*)$/u;

/** Value of a suffix: 1 for none, undefined when it is not one. `K` and `KiB` are 1024, `KB` is 1000. */
function factorOf(suffix: string): bigint | undefined {
  if (suffix === '') return 1n;
  const power = letters.indexOf(suffix.charAt(0).toUpperCase()) + 1;
  if (power === 0) return undefined;
  const rest = suffix.slice(1);
  if (rest === '' || /^i[bB]$/u.test(rest)) return 1024n ** BigInt(power);
  return /^[bB]$/u.test(rest) ? 1000n ** BigInt(power) : undefined;
}

/**
 * Parses a size as losetup(8) does: decimal, octal (leading 0) or hexadecimal (0x), a fraction only before a suffix, suffixes
 * K M G T P E Z Y, KiB…, KB…. Fractions are rounded down to whole bytes. At most 2^64 - 1.
 */
export function parseSize(text: string): ParsedSize {
  const groups = pattern.exec(text)?.groups;
  if (groups === undefined) return { kind: 'invalid' };
  const { hex, digits = '', fraction, suffix = '' } = groups;
  const octal = hex === undefined && digits.length > 1 && digits.startsWith('0');
  if (octal && /[89]/u.test(digits)) return { kind: 'invalid' };
  const whole = hex === undefined ? BigInt(octal ? `0o${digits}` : digits) : BigInt(`0x${hex}`);
  const factor = factorOf(suffix);
  if (factor === undefined || (fraction !== undefined && suffix === '')) return { kind: 'invalid' };
  const part = fraction === undefined || fraction === '' ? 0n : (BigInt(fraction) * factor) / 10n ** BigInt(fraction.length);
  const bytes = whole * factor + part;
  return bytes > LARGEST ? { kind: 'too-large' } : { kind: 'ok', bytes };
}

/** A size for people: `512 B`, `1.5 KiB`, `20 MiB`. */
export function formatSize(bytes: bigint): string {
  if (bytes < 1024n) return `${bytes} B`;
  let power = 1;
  while (power < 6 && bytes >= 1024n ** BigInt(power + 1)) power++;
  const tenths = (bytes * 10n) / 1024n ** BigInt(power);
  const [whole, rest] = [tenths / 10n, tenths % 10n];
  return `${whole < 100n && rest !== 0n ? `${whole}.${rest}` : whole} ${letters.charAt(power - 1)}iB`;
}

/** Numbers, sizes and foreign text for people: binary units, the locale's digits, no invisible characters. */

const KIBI = 1024n;
const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/**
 * The locale of numbers is that of the words, which are English so far: a German comma inside an English sentence would
 * be read as a separator.
 */
const LOCALE = 'en';
const whole = new Intl.NumberFormat(LOCALE);
const oneDigit = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });
const twoDigits = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 2 });
const plurals = new Intl.PluralRules(LOCALE);

export function formatNumber(value: number | bigint): string {
  return whole.format(value);
}

/** `8 GiB`, `4.7 GiB`, `512 B`: at most three significant figures beyond which a reader does not look. */
export function formatSize(bytes: bigint): string {
  let unit = 0;
  let divisor = 1n;
  while (unit < units.length - 1 && bytes / divisor >= KIBI) {
    unit += 1;
    divisor *= KIBI;
  }
  // Below 2^10 of a unit, two decimals of a quotient are exact enough in a double.
  const value = Number((bytes * 1000n) / divisor) / 1000;
  const digits = value < 10 ? twoDigits : oneDigit;
  return `${digits.format(value)} ${units[unit] ?? 'B'}`;
}

/** `8,589,934,592 B`. */
export function formatExactBytes(bytes: bigint): string {
  return `${whole.format(bytes)} B`;
}

/** `8 GiB (8,589,934,592 B)`, or only bytes where they are few. */
export function formatBoth(bytes: bigint): string {
  return bytes < KIBI ? formatExactBytes(bytes) : `${formatSize(bytes)} (${formatExactBytes(bytes)})`;
}

export function formatPercent(part: bigint, total: bigint): string {
  if (total === 0n) return '0 %';
  return `${whole.format((part * 100n) / total)} %`;
}

/** `3 min left`, `40 s left`. */
export function formatTimeLeft(seconds: number): string {
  if (seconds < 60) return `${whole.format(Math.max(1, Math.round(seconds)))} s left`;
  if (seconds < 3600) return `${whole.format(Math.round(seconds / 60))} min left`;
  return `${oneDigit.format(seconds / 3600)} h left`;
}

/** Chooses the form for a count and puts the count in front of it. */
export function count(value: number, one: string, other: string): string {
  return `${whole.format(value)} ${plurals.select(value) === 'one' ? one : other}`;
}

/**
 * Control and direction characters of a name as visible escapes, so that no name can imitate another one or turn the
 * text around it (SECURITY.md: labels, paths and file names).
 */
export function showText(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

const ago = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' });
const dateTime = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'short' });

/** `3 minutes ago`; the first minute is `just now`. */
export function formatAgo(atMs: number, nowMs: number): string {
  const minutes = Math.floor((nowMs - atMs) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return ago.format(-minutes, 'minute');
  if (minutes < 24 * 60) return ago.format(-Math.floor(minutes / 60), 'hour');
  return ago.format(-Math.floor(minutes / (24 * 60)), 'day');
}

export function formatDateTime(atMs: number): string {
  return dateTime.format(atMs);
}

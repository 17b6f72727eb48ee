/** Sizes as people type them: a number, perhaps with decimals and digit groups, perhaps with a unit. Pure. */

export const sizeUnits = ['B', 'sectors', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
export type SizeUnit = (typeof sizeUnits)[number];

/** Bytes of one unit; a sector here is always 512 bytes, as in sysfs. */
export const unitBytes: Readonly<Record<SizeUnit, bigint>> = {
  B: 1n,
  sectors: 512n,
  KiB: 1n << 10n,
  MiB: 1n << 20n,
  GiB: 1n << 30n,
  TiB: 1n << 40n,
};

export type ParsedSize =
  /** `unit` is the unit that was typed, null when there was none or it is not one of the menu. */
  | { readonly kind: 'size'; readonly bytes: bigint; readonly unit: SizeUnit | null; readonly number: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'invalid' };

/** Suffixes as losetup(8) takes them: K = KiB = 1024, KB = 1000. */
function suffix(text: string): { readonly bytes: bigint; readonly unit: SizeUnit | null } | null {
  const plain = text.toLowerCase();
  if (plain === 'b' || plain === 'byte' || plain === 'bytes') return { bytes: 1n, unit: 'B' };
  if (plain === 's' || plain === 'sector' || plain === 'sectors') return { bytes: 512n, unit: 'sectors' };
  const match = /^([kmgtpe])(ib|b)?$/u.exec(plain);
  if (match === null) return null;
  const power = BigInt('kmgtpe'.indexOf(match[1] ?? '') + 1);
  if (match[2] === 'b') return { bytes: 1000n ** power, unit: null };
  const unit = (['KiB', 'MiB', 'GiB', 'TiB'] as const)[Number(power) - 1] ?? null;
  return { bytes: 1024n ** power, unit };
}

/** Reads `text`; a number without a unit counts in `unit`. Parts of a byte are rounded to the nearest one. */
export function parseSize(text: string, unit: SizeUnit): ParsedSize {
  const trimmed = text.trim();
  if (trimmed === '') return { kind: 'empty' };
  const match = /^([0-9][0-9.,' \u00a0\u202f]*?)\s*([a-z]*)$/iu.exec(trimmed);
  const digits = match === null ? null : plainNumber(match[1] ?? '');
  if (match === null || digits === null) return { kind: 'invalid' };
  const named = (match[2] ?? '') === '' ? { bytes: unitBytes[unit], unit: null } : suffix(match[2] ?? '');
  if (named === null) return { kind: 'invalid' };
  const [integer = '0', fraction = ''] = digits.split('.');
  const scale = 10n ** BigInt(fraction.length);
  const scaled = BigInt(integer + fraction) * named.bytes;
  return { kind: 'size', bytes: (scaled + scale / 2n) / scale, unit: named.unit, number: digits };
}

/** Takes digit groups away and makes the decimal mark a dot; null for what is not a number. */
function plainNumber(text: string): string | null {
  const compact = text.replace(/['\s\u00a0\u202f]/gu, '');
  // 1,234 and 1,234,567 are groups; 1,5 is a decimal comma.
  const ungrouped = /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/u.test(compact) ? compact.replaceAll(',', '') : compact.replace(',', '.');
  return /^\d{1,20}(?:\.\d{1,15})?$/u.test(ungrouped) ? ungrouped : null;
}

/** The largest unit in which the size is written exactly with at most two decimals. */
export function splitSize(bytes: bigint): { readonly number: string; readonly unit: SizeUnit } {
  for (const unit of ['TiB', 'GiB', 'MiB', 'KiB'] as const) {
    const one = unitBytes[unit];
    if (bytes >= one && (bytes * 100n) % one === 0n) {
      const hundredths = (bytes * 100n) / one;
      const fraction = (hundredths % 100n).toString().padStart(2, '0').replace(/0+$/u, '');
      const number = (hundredths / 100n).toString();
      return { number: fraction === '' ? number : `${number}.${fraction}`, unit };
    }
  }
  return { number: bytes.toString(), unit: 'B' };
}

export function roundUp(bytes: bigint, multiple: bigint): bigint {
  const rest = bytes % multiple;
  return rest === 0n ? bytes : bytes + multiple - rest;
}

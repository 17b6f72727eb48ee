/** The contents of a size field: what was typed, and the unit beside it. Pure. */
import { parseSize, splitSize, type SizeUnit } from './parse-size.ts';

export interface SizeText {
  readonly text: string;
  readonly unit: SizeUnit;
}

export function toSizeText(bytes: bigint): SizeText {
  const { number, unit } = splitSize(bytes);
  return { text: number, unit };
}

/** Bytes of the field, or null where it holds no size. */
export function bytesOf(size: SizeText): bigint | null {
  const parsed = parseSize(size.text, size.unit);
  return parsed.kind === 'size' ? parsed.bytes : null;
}

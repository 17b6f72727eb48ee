/**
 * Text on a terminal: how many cells it takes, and how bytes that must not reach one are written instead.
 * The rules are those of losetup's tables: control and invalid bytes become `\xNN`.
 */

/** East Asian wide characters and emoji, two cells each (Unicode 15 EastAsianWidth W and F, as glibc's wcwidth). */
const wide =
  /[\u1100-\u115f\u231a\u231b\u2329\u232a\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55\u2e80-\u303e\u3041-\ua4c6\ua960-\ua97c\uac00-\ud7a3\uf900-\ufad9\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18d08}\u{1aff0}-\u{1b2fb}\u{1f004}\u{1f0cf}\u{1f18e}\u{1f191}-\u{1f19a}\u{1f200}-\u{1f265}\u{1f300}-\u{1f320}\u{1f32d}-\u{1f335}\u{1f337}-\u{1f37c}\u{1f37e}-\u{1f393}\u{1f3a0}-\u{1f3ca}\u{1f3cf}-\u{1f3d3}\u{1f3e0}-\u{1f3f0}\u{1f3f4}\u{1f3f8}-\u{1f43e}\u{1f440}\u{1f442}-\u{1f4fc}\u{1f4ff}-\u{1f53d}\u{1f54b}-\u{1f54e}\u{1f550}-\u{1f567}\u{1f57a}\u{1f595}\u{1f596}\u{1f5a4}\u{1f5fb}-\u{1f64f}\u{1f680}-\u{1f6c5}\u{1f6cc}\u{1f6d0}-\u{1f6d2}\u{1f6d5}-\u{1f6d7}\u{1f6dd}-\u{1f6df}\u{1f6eb}\u{1f6ec}\u{1f6f4}-\u{1f6fc}\u{1f7e0}-\u{1f7f0}\u{1f90c}-\u{1f93a}\u{1f93c}-\u{1f945}\u{1f947}-\u{1f9ff}\u{1fa70}-\u{1faf6}\u{20000}-\u{3134a}]/u;
const spacingFormat = /[\u00ad\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]/u;
const narrowest = /[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff\ud7b0-\ud7fb]/u;
const unprintable = /[\p{Cc}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Marks that change the order in which neighbouring text is shown; they can make one file name look like another. */
const ordering = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const plain = /^[\x20-\x5b\x5d-\x7e]*$/u;

/** Cells that one printable character takes: 0, 1 or 2. */
function characterWidth(character: string): number {
  if (narrowest.test(character) && !spacingFormat.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** Cells that printable text takes. */
export function cellWidth(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += `\\x${byte.toString(16).padStart(2, '0')}`;
  return text;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The character at `position` and its length in bytes, null when there is none in this encoding. */
function characterAt(bytes: Uint8Array, position: number, utf8: boolean): { text: string; length: number } | null {
  const first = bytes[position] ?? 0;
  if (first < 0x80) return { text: String.fromCharCode(first), length: 1 };
  if (!utf8) return null;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  try {
    return { text: decoder.decode(bytes.subarray(position, position + length)), length };
  } catch {
    return null;
  }
}

export interface EncodeOptions {
  /** False in a locale that is not UTF-8: bytes above 0x7f are written as `\xNN` then. */
  readonly utf8: boolean;
  /** Also writes out marks that change the direction of text. */
  readonly escapeOrdering?: boolean;
}

/** Makes bytes safe for a terminal; a backslash before `x` is written out too, so that what is shown is unambiguous. */
export function encodeCells(bytes: Uint8Array, options: EncodeOptions): string {
  const latin = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  if (plain.test(latin)) return latin;
  let text = '';
  for (let position = 0; position < bytes.length;) {
    const found = characterAt(bytes, position, options.utf8);
    const length = found?.length ?? 1;
    const ambiguous = found?.text === '\\' && bytes[position + 1] === 0x78;
    const hidden = found === null || unprintable.test(found.text) || (options.escapeOrdering === true && ordering.test(found.text));
    text += hidden || ambiguous ? hex(bytes.subarray(position, position + length)) : found.text;
    position += length;
  }
  return text;
}

/** As {@link encodeCells} for text that came from elsewhere than the kernel. */
export function encodeText(text: string, options: EncodeOptions): string {
  return encodeCells(Buffer.from(text, 'utf8'), options);
}

/** Cuts text to a number of cells; what is left out is shown as an ellipsis in the middle, since names differ at their ends. */
export function fitCells(text: string, cells: number): string {
  if (cellWidth(text) <= cells) return text;
  if (cells <= 1) return cells === 1 ? '…' : '';
  const characters = Array.from(text);
  const tailCells = Math.floor((cells - 1) * 0.6);
  const tail = take(characters.toReversed(), tailCells).toReversed().join('');
  const head = take(characters, cells - 1 - cellWidth(tail)).join('');
  return `${head}…${tail}`;
}

function take(characters: readonly string[], cells: number): string[] {
  const taken: string[] = [];
  let used = 0;
  for (const character of characters) {
    used += characterWidth(character);
    if (used > cells) break;
    taken.push(character);
  }
  return taken;
}

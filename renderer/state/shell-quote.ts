/** Names as words of a POSIX shell, harmless also where they are pasted into a terminal. Pure. */

const plain = /^[A-Za-z0-9_@%+=:,./-]+$/u;
/** What a terminal would act on, or would show as something else. */
const hostile = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd]/u;

/**
 * One word that stands for exactly these bytes. Where they hold control characters or are no UTF-8 the word is `$'…'`, which
 * bash, zsh, ksh and POSIX 2024 read, and which is printable ASCII whatever the name is.
 */
export function quoteBytes(bytes: Uint8Array): string {
  const text = decode(bytes);
  if (text === null || hostile.test(text)) return `$'${[...bytes].map(escapeByte).join('')}'`;
  if (plain.test(text)) return text;
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

export function quoteText(text: string): string {
  return quoteBytes(new TextEncoder().encode(text));
}

/** Octal with all three digits, so that no digit after it is taken for a fourth. */
function escapeByte(byte: number): string {
  const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c;
  return isPlain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/**
 * File names as the bytes they are, inside strings. A byte that is not part of valid UTF-8 travels as the lone surrogate U+DC80 to
 * U+DCFF (as Python does), which JSON keeps as an escape.
 */

const ESCAPE = 0xdc00;
const fatal = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Length of the valid UTF-8 sequence at `start`, 0 when there is none. */
function sequenceLength(bytes: Uint8Array, start: number): number {
  for (let length = 1; length <= 4 && start + length <= bytes.length; length++) {
    try {
      fatal.decode(bytes.subarray(start, start + length));
      return length;
    } catch {
      // Not yet a whole character, or never one.
    }
  }
  return 0;
}

/** Decodes bytes so that {@link toFileNameBytes} gives them back exactly. */
export function fromFileNameBytes(bytes: Uint8Array): string {
  try {
    return fatal.decode(bytes);
  } catch {
    let text = '';
    for (let position = 0; position < bytes.length;) {
      const length = sequenceLength(bytes, position);
      if (length === 0) {
        text += String.fromCharCode(ESCAPE + (bytes[position] ?? 0));
        position += 1;
      } else {
        text += fatal.decode(bytes.subarray(position, position + length));
        position += length;
      }
    }
    return text;
  }
}

/** The bytes of a decoded file name. */
export function toFileNameBytes(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  for (const character of text) {
    const unit = character.charCodeAt(0);
    const escaped = character.length === 1 && unit >= ESCAPE + 0x80 && unit <= ESCAPE + 0xff;
    parts.push(escaped ? Buffer.from([unit - ESCAPE]) : Buffer.from(character, 'utf8'));
  }
  return Buffer.concat(parts);
}

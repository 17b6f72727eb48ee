/**
 * Arguments and file names as the bytes they are. Node decodes argv as UTF-8 and loses what is not; file names are bytes.
 * A byte that is not part of valid UTF-8 travels through strings as the lone surrogate U+DC80 to U+DCFF (as Python does).
 */
import { readFileSync } from 'node:fs';

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

/** What was given on the command line after the program's name, with bytes that are not UTF-8 kept. */
export function readArguments(): readonly string[] {
  const decoded = process.argv.slice(2);
  if (decoded.length === 0 || !decoded.some((argument) => argument.includes('�'))) return decoded;
  const all = readFileSync('/proc/self/cmdline');
  const parts: Buffer[] = [];
  for (let start = 0; start < all.length;) {
    const end = all.indexOf(0, start);
    parts.push(all.subarray(start, end === -1 ? all.length : end));
    start = end === -1 ? all.length : end + 1;
  }
  return parts.slice(-decoded.length).map(fromFileNameBytes);
}

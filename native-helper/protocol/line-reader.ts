/**
 * Cuts a stream of bytes into lines of text: the framing of both directions of the wire. A line is decoded only when it
 * is complete, so a character is never split, and never grows beyond its limit, so a peer cannot fill the memory.
 */

/** A complete line without its newline; `not-text` is one that is not valid UTF-8. */
export type Line = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'not-text' };

/** The peer sent more bytes than a line may have; nothing after that can be understood. */
export class LineTooLongError extends Error {
  override readonly name = 'LineTooLongError';
}

const NEWLINE = 0x0a;
const SMALLEST_BYTES = 4 * 1024;
const KEPT_BYTES = 64 * 1024;

/** A byte-order mark is kept, so that the JSON parser refuses it. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class LineReader {
  readonly #limitBytes: number;
  #buffer = Buffer.allocUnsafe(SMALLEST_BYTES);
  #length = 0;

  /** `limitBytes` is the longest line without its newline. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** True when bytes without a newline wait for the rest of their line. */
  get hasPartialLine(): boolean {
    return this.#length > 0;
  }

  /** The lines that `chunk` completes, in order. Keeps no reference to `chunk`. Throws {@link LineTooLongError}. */
  push(chunk: Uint8Array): Line[] {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      lines.push(this.#complete(chunk.subarray(start, end)));
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return lines;
  }

  #complete(piece: Uint8Array): Line {
    if (this.#length === 0) {
      if (piece.length > this.#limitBytes) throw new LineTooLongError();
      return decode(piece);
    }
    this.#keep(piece);
    const line = decode(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = Buffer.allocUnsafe(SMALLEST_BYTES);
    return line;
  }

  /** Appends to the waiting bytes; the buffer doubles, so a line that comes byte by byte costs no more than linear time. */
  #keep(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#limitBytes) throw new LineTooLongError();
    if (length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    this.#buffer.set(piece, this.#length);
    this.#length = length;
  }
}

function decode(bytes: Uint8Array): Line {
  try {
    return { kind: 'text', text: decoder.decode(bytes) };
  } catch {
    return { kind: 'not-text' };
  }
}

/** Reads parts of an image for those that look at its fields themselves. Image worker. */
import { readSync } from 'node:fs';

/** Nobody here needs more in one piece; a field of the image never decides how much memory is taken. */
const LONGEST_READ_BYTES = 16 * 1024 * 1024;

const EDGE_BYTES = 4096n;

/** A part of an open file: the whole image, or one partition of it. */
export class ImageBytes {
  readonly fd: number;
  readonly offsetBytes: bigint;
  readonly sizeBytes: bigint;
  #head: Buffer | null = null;
  #tail: Buffer | null = null;

  constructor(fd: number, offsetBytes: bigint, sizeBytes: bigint) {
    this.fd = fd;
    this.offsetBytes = offsetBytes;
    this.sizeBytes = sizeBytes;
  }

  /** Exactly `length` bytes from `at`, not to be changed, or null where the part (or by now the file) does not reach so far. */
  read(at: bigint | number, length: number): Buffer | null {
    const start = BigInt(at);
    if (start < 0n || length < 0 || length > LONGEST_READ_BYTES || start + BigInt(length) > this.sizeBytes) return null;
    return this.#readFromEdge(start, length) ?? this.#readDirectly(start, length);
  }

  /** Of the two ends, where most formats have their marks, a page is read once. Null: not there, or cut off since. */
  #readFromEdge(start: bigint, length: number): Buffer | null {
    if (this.sizeBytes < EDGE_BYTES) return null;
    const end = start + BigInt(length);
    if (end <= EDGE_BYTES) {
      this.#head ??= this.#readDirectly(0n, Number(EDGE_BYTES));
      return this.#head?.subarray(Number(start), Number(end)) ?? null;
    }
    const tailStart = this.sizeBytes - EDGE_BYTES;
    if (start < tailStart) return null;
    this.#tail ??= this.#readDirectly(tailStart, Number(EDGE_BYTES));
    return this.#tail?.subarray(Number(start - tailStart), Number(end - tailStart)) ?? null;
  }

  #readDirectly(start: bigint, length: number): Buffer | null {
    const bytes = Buffer.alloc(length);
    for (let done = 0; done < length;) {
      const count = readSync(this.fd, bytes, done, length - done, this.offsetBytes + start + BigInt(done));
      if (count === 0) return null;
      done += count;
    }
    return bytes;
  }

  /** A part of this part; what lies beyond its end is left out. */
  part(startBytes: bigint, sizeBytes: bigint): ImageBytes {
    const start = startBytes > this.sizeBytes ? this.sizeBytes : startBytes;
    const left = this.sizeBytes - start;
    return new ImageBytes(this.fd, this.offsetBytes + start, sizeBytes < left ? sizeBytes : left);
  }
}

/** 16 bytes as a GUID's text: the first three fields are little-endian (UEFI specification, appendix A). */
export function guidText(bytes: Buffer): string {
  const first = Buffer.from(bytes.subarray(0, 8));
  first.subarray(0, 4).reverse();
  first.subarray(4, 6).reverse();
  first.subarray(6, 8).reverse();
  const hex = Buffer.concat([first, bytes.subarray(8, 16)]).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

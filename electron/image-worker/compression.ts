/** Compressed files, and how large they are unpacked where they say it. Nothing is unpacked. Image worker. */
import type { FormatFinding } from './findings.ts';
import type { ImageBytes } from './image-bytes.ts';

type Compressed = Extract<FormatFinding, { kind: 'compressed' }>;

export function readCompression(image: ImageBytes): Compressed | null {
  const start = image.read(0, Number(image.sizeBytes < 6n ? image.sizeBytes : 6n))?.toString('latin1') ?? '';
  if (start.startsWith('\x1f\x8b\x08')) return compressed('gzip', gzipBytes(image));
  if (start === '\xfd7zXZ\0') return compressed('xz', xzBytes(image));
  if (start.startsWith('\x28\xb5\x2f\xfd')) return compressed('zstd', zstdBytes(image));
  // The digit is the size of the blocks; then comes the mark of the first block.
  if (/^BZh[1-9]1A/u.test(start)) return compressed('bzip2', null);
  if (start.startsWith('PK\x03\x04')) return compressed('zip', zipBytes(image));
  return null;
}

function compressed(name: Compressed['name'], bytes: bigint | null): Compressed {
  return { kind: 'compressed', name, unpackedBytes: bytes === null || bytes >= 1n << 62n ? null : String(bytes) };
}

/** No deflate stream unpacks to more than this many times its size (zlib, technical details). */
const DEFLATE_FACTOR = 1032n;

/** The last four bytes are the size modulo 2^32 (RFC 1952): only where it cannot be more is that the size. */
function gzipBytes(image: ImageBytes): bigint | null {
  if (image.sizeBytes * DEFLATE_FACTOR >= 1n << 32n) return null;
  return BigInt(image.read(image.sizeBytes - 4n, 4)?.readUInt32LE(0) ?? 0);
}

/** The index at the end of a stream lists its blocks (The .xz File Format 1.2, 2.1.2 and 4). Null for several streams in one file. */
function xzBytes(image: ImageBytes): bigint | null {
  const footer = image.read(image.sizeBytes - 12n, 12);
  if (footer?.toString('latin1', 10) !== 'YZ') return null;
  const indexBytes = (BigInt(footer.readUInt32LE(4)) + 1n) * 4n;
  const index = indexBytes > 8n * 1024n * 1024n ? null : image.read(image.sizeBytes - 12n - indexBytes, Number(indexBytes));
  if (index === null || index[0] !== 0) return null;
  const numbers = new VariableNumbers(index, 1);
  const count = numbers.next();
  let packed = 0n;
  let unpacked = 0n;
  for (let record = 0n; record < count; record += 1n) {
    packed += (numbers.next() + 3n) & ~3n;
    unpacked += numbers.next();
    if (numbers.isAtEnd) return null;
  }
  return 12n + packed + indexBytes + 12n === image.sizeBytes ? unpacked : null;
}

/** Numbers of seven bits a byte, the lowest first. */
class VariableNumbers {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  next(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 63n; shift += 7n) {
      const byte = this.#bytes[this.#at] ?? 0;
      this.#at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value;
  }
}

/** The first frame's content size, where it was known when it was written (RFC 8878, 3.1.1.1). */
function zstdBytes(image: ImageBytes): bigint | null {
  const header = image.read(4, Number(image.sizeBytes < 18n ? image.sizeBytes - 4n : 14n));
  const descriptor = header?.[0];
  if (header === null || descriptor === undefined) return null;
  const isSingle = (descriptor & 0x20) !== 0;
  const at = 1 + (isSingle ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] ?? 0);
  const length = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  if (length === 0 || at + length > header.length) return null;
  if (length === 8) return header.readBigUInt64LE(at);
  return BigInt(header.readUIntLE(at, length)) + (length === 2 ? 256n : 0n);
}

/** A zip file's directory is at its end (PKWARE APPNOTE 4.3.12, 4.3.14 to 4.3.16). Null unless exactly one file is in it. */
function zipBytes(image: ImageBytes): bigint | null {
  const tailBytes = image.sizeBytes < 65_557n ? image.sizeBytes : 65_557n;
  const tailAt = image.sizeBytes - tailBytes;
  const tail = image.read(tailAt, Number(tailBytes)) ?? Buffer.alloc(0);
  const at = tail.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (at < 0 || at + 22 > tail.length || tail.readUInt16LE(at + 10) !== 1) return null;
  const directoryAt = tail.readUInt32LE(at + 16);
  const entry = directoryAt === 0xffff_ffff ? tail.subarray(tail.lastIndexOf('PK\x01\x02', at, 'latin1'), at) : image.read(directoryAt, 46);
  if (entry === null || entry.length < 46 || entry.toString('latin1', 0, 4) !== 'PK\x01\x02') return null;
  const sizeBytes = entry.readUInt32LE(24);
  if (sizeBytes !== 0xffff_ffff) return BigInt(sizeBytes);
  const extra = image.read(BigInt(directoryAt) + 46n + BigInt(entry.readUInt16LE(28)), entry.readUInt16LE(30));
  return extra === null ? null : zip64Bytes(extra);
}

/** The extra field 1 begins with the sizes that did not fit, the unpacked one first. */
function zip64Bytes(extra: Buffer): bigint | null {
  for (let at = 0; at + 12 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) === 1) return extra.readBigUInt64LE(at + 4);
  }
  return null;
}

/** NTFS: boot sector, and two files of its master file table (ntfs-3g layout.h). Image worker. */
import { countOnes } from './bit-count.ts';
import type { ImageBytes } from './image-bytes.ts';
import type { Space } from './space-finding.ts';

const VOLUME_FILE = 3;
const BITMAP_FILE = 6;
const VOLUME_INFORMATION = 0x70;
const DATA = 0x80;
const END_OF_ATTRIBUTES = 0xffff_ffff;
const DIRTY = 0x1;
const LARGEST_BITMAP_BYTES = 16 * 1024 * 1024;
const MOST_RUNS = 1024;

interface Layout {
  readonly clusterBytes: number;
  readonly clusters: bigint;
  readonly tableAt: bigint;
  readonly recordBytes: number;
}

export function readNtfs(part: ImageBytes): Space | null {
  const boot = part.read(0, 512);
  const layout = boot === null ? null : readLayout(boot);
  if (boot === null || layout === null) return null;
  const used = countUsed(part, layout);
  return {
    // The boot sector's number leaves out the last sector, which keeps a copy of it.
    totalBytes: boot.readBigUInt64LE(40) * BigInt(boot.readUInt16LE(11)),
    freeBytes: used === null ? null : (layout.clusters - BigInt(used)) * BigInt(layout.clusterBytes),
    blockBytes: layout.clusterBytes,
    state: readState(part, layout),
  };
}

function readLayout(boot: Buffer): Layout | null {
  const sectorBytes = boot.readUInt16LE(11);
  // Above 128 it is the negative exponent of two, for clusters over 64 KiB.
  const raw = boot[13] ?? 0;
  const clusterSectors = raw > 128 ? 1 << Math.min(256 - raw, 20) : raw;
  const clusterBytes = sectorBytes * clusterSectors;
  if (![512, 1024, 2048, 4096].includes(sectorBytes) || clusterSectors === 0 || clusterBytes > 2 * 1024 * 1024) return null;
  const size = boot.readInt8(64);
  const recordBytes = size > 0 ? size * clusterBytes : 1 << Math.min(-size, 16);
  if (recordBytes < 512 || recordBytes > 65_536) return null;
  const tableAt = boot.readBigUInt64LE(48) * BigInt(clusterBytes);
  return { clusterBytes, clusters: boot.readBigUInt64LE(40) / BigInt(clusterSectors), tableAt, recordBytes };
}

/** An attribute of one of the first files, with its header; null where it is not in the file's first record. */
function readAttribute(part: ImageBytes, { tableAt, recordBytes }: Layout, file: number, type: number): Buffer | null {
  const record = part.read(tableAt + BigInt(file * recordBytes), recordBytes);
  if (record === null || record.toString('latin1', 0, 4) !== 'FILE' || !undoFixups(record)) return null;
  for (let at = record.readUInt16LE(20); at + 24 <= record.length;) {
    const [found, length] = [record.readUInt32LE(at), record.readUInt32LE(at + 4)];
    if (found === END_OF_ATTRIBUTES || length < 24 || at + length > record.length) return null;
    // An attribute with a name is a stream beside the file's own.
    if (found === type && record[at + 9] === 0) return record.subarray(at, at + length);
    at += length;
  }
  return null;
}

/** The last two bytes of each 512 are kept in an array, and replaced by a number that shows torn writes. */
function undoFixups(record: Buffer): boolean {
  const [at, count] = [record.readUInt16LE(4), record.readUInt16LE(6)];
  if (count < 1 || at + count * 2 > record.length || (count - 1) * 512 > record.length) return false;
  for (let index = 1; index < count; index += 1) record.copy(record, index * 512 - 2, at + index * 2, at + index * 2 + 2);
  return true;
}

function readState(part: ImageBytes, layout: Layout): Space['state'] {
  const attribute = readAttribute(part, layout, VOLUME_FILE, VOLUME_INFORMATION);
  const valueAt = attribute?.readUInt16LE(20) ?? 0;
  if (attribute === null || attribute[8] !== 0 || valueAt + 12 > attribute.length) return 'unknown';
  return (attribute.readUInt16LE(valueAt + 10) & DIRTY) === 0 ? 'clean' : 'unclean';
}

function countUsed(part: ImageBytes, layout: Layout): number | null {
  const attribute = readAttribute(part, layout, BITMAP_FILE, DATA);
  const needed = Math.ceil(Number(layout.clusters) / 8);
  if (attribute === null || attribute.length < 64 || attribute[8] !== 1 || needed > LARGEST_BITMAP_BYTES) return null;
  let used = 0;
  let left = Number(layout.clusters);
  for (const { cluster, length } of readRuns(attribute)) {
    if (left <= 0) break;
    const bytes = Math.min(length * layout.clusterBytes, Math.ceil(left / 8));
    const bitmap = part.read(BigInt(cluster) * BigInt(layout.clusterBytes), bytes);
    if (bitmap === null) return null;
    used += countOnes(bitmap, Math.min(left, bytes * 8));
    left -= bytes * 8;
  }
  return left > 0 ? null : used;
}

/** Mapping pairs: a byte with the widths of length and distance, then both; distances are to the run before. */
function* readRuns(attribute: Buffer): Generator<{ readonly cluster: number; readonly length: number }> {
  let at = attribute.readUInt16LE(32);
  let cluster = 0;
  for (let run = 0; run < MOST_RUNS; run += 1) {
    const widths = attribute[at] ?? 0;
    const [lengthBytes, distanceBytes] = [widths & 15, widths >> 4];
    if (widths === 0 || lengthBytes < 1 || lengthBytes > 6 || distanceBytes < 1 || distanceBytes > 6) return;
    if (at + 1 + lengthBytes + distanceBytes > attribute.length) return;
    const length = attribute.readUIntLE(at + 1, lengthBytes);
    cluster += attribute.readIntLE(at + 1 + lengthBytes, distanceBytes);
    if (cluster < 0 || length > 0xffff_ffff) return;
    yield { cluster, length };
    at += 1 + lengthBytes + distanceBytes;
  }
}

/** exFAT (Microsoft's exFAT file system specification, 3.1 and 7.1). Image worker. */
import { countOnes } from './bit-count.ts';
import type { ImageBytes } from './image-bytes.ts';
import type { Space } from './space-finding.ts';

const LARGEST_BITMAP_BYTES = 8 * 1024 * 1024;
const DIRTY = 0x2;
const MEDIA_FAILURE = 0x4;
const PERCENT_UNKNOWN = 0xff;
const BITMAP_ENTRY = 0x81;

export function readExfat(part: ImageBytes): Space | null {
  const boot = part.read(0, 512);
  const sectorBits = boot?.[108] ?? 0;
  const clusterBits = sectorBits + (boot?.[109] ?? 0);
  if (boot === null || sectorBits < 9 || sectorBits > 12 || clusterBits > 25) return null;
  const clusterBytes = 1 << clusterBits;
  const clusters = boot.readUInt32LE(92);
  const free = countFree(part, boot, sectorBits, clusterBytes);
  const flags = boot.readUInt16LE(106);
  return {
    totalBytes: boot.readBigUInt64LE(72) << BigInt(sectorBits),
    freeBytes: free === null ? roughlyFree(boot[112] ?? PERCENT_UNKNOWN, clusters, clusterBytes) : BigInt(free) * BigInt(clusterBytes),
    blockBytes: clusterBytes,
    state: (flags & MEDIA_FAILURE) !== 0 ? 'errors' : (flags & DIRTY) !== 0 ? 'unclean' : 'clean',
  };
}

/** The allocation bitmap is named in the first cluster of the root folder; every formatter lays it down in one piece. */
function countFree(part: ImageBytes, boot: Buffer, sectorBits: number, clusterBytes: number): number | null {
  const clusters = boot.readUInt32LE(92);
  const bitmapBytes = Math.ceil(clusters / 8);
  const addressOf = (cluster: number): bigint =>
    (BigInt(boot.readUInt32LE(88)) << BigInt(sectorBits)) + BigInt(cluster - 2) * BigInt(clusterBytes);
  const root = part.read(addressOf(boot.readUInt32LE(96)), Math.min(clusterBytes, 4096));
  if (root === null || bitmapBytes > LARGEST_BITMAP_BYTES) return null;
  for (let at = 0; at + 32 <= root.length; at += 32) {
    if (root[at] !== BITMAP_ENTRY || ((root[at + 1] ?? 0) & 1) !== 0) continue;
    const bitmap = part.read(addressOf(root.readUInt32LE(at + 20)), bitmapBytes);
    return bitmap === null ? null : clusters - countOnes(bitmap, clusters);
  }
  return null;
}

function roughlyFree(percentInUse: number, clusters: number, clusterBytes: number): bigint | null {
  if (percentInUse > 100) return null;
  return (BigInt(clusters) * BigInt(100 - percentInUse) * BigInt(clusterBytes)) / 100n;
}

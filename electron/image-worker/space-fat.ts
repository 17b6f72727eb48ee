/** FAT12, FAT16 and FAT32 (Microsoft's FAT specification, 2004). Image worker. */
import type { ImageBytes } from './image-bytes.ts';
import type { Space } from './space-finding.ts';

/** A file allocation table is counted up to this size; FAT32 keeps a count of its own for larger ones. */
const LARGEST_TABLE_BYTES = 4 * 1024 * 1024;

interface Layout {
  readonly sectorBytes: number;
  readonly clusterBytes: number;
  readonly totalSectors: number;
  readonly tableAt: number;
  readonly tableBytes: number;
  readonly clusters: number;
  readonly bits: 12 | 16 | 32;
}

export function readFat(part: ImageBytes): Space | null {
  const boot = part.read(0, 512);
  const layout = boot === null ? null : readLayout(boot);
  if (boot === null || layout === null) return null;
  const { sectorBytes, clusterBytes, totalSectors } = layout;
  const free = (layout.bits === 32 ? countOfFat32(part, boot, layout) : null) ?? countFree(part, layout);
  return {
    totalBytes: BigInt(totalSectors) * BigInt(sectorBytes),
    freeBytes: free === null ? null : BigInt(free) * BigInt(clusterBytes),
    blockBytes: clusterBytes,
    state: readState(part, boot, layout),
  };
}

function readLayout(boot: Buffer): Layout | null {
  const sectorBytes = boot.readUInt16LE(11);
  const clusterSectors = boot[13] ?? 0;
  const tables = boot[16] ?? 0;
  const totalSectors = boot.readUInt16LE(19) || boot.readUInt32LE(32);
  const tableSectors = boot.readUInt16LE(22) || boot.readUInt32LE(36);
  if (![512, 1024, 2048, 4096].includes(sectorBytes) || clusterSectors === 0 || tableSectors === 0) return null;
  const reserved = boot.readUInt16LE(14);
  const rootSectors = Math.ceil((boot.readUInt16LE(17) * 32) / sectorBytes);
  const clusters = Math.floor((totalSectors - reserved - tables * tableSectors - rootSectors) / clusterSectors);
  if (clusters <= 0) return null;
  return {
    sectorBytes,
    clusterBytes: sectorBytes * clusterSectors,
    totalSectors,
    tableAt: reserved * sectorBytes,
    tableBytes: tableSectors * sectorBytes,
    clusters,
    // The specification's own limits, with the root directory's entries as Linux looks at them.
    bits: boot.readUInt16LE(22) === 0 ? 32 : clusters < 4085 ? 12 : 16,
  };
}

/** FSInfo: three signatures, and the free clusters as they were counted last. */
function countOfFat32(part: ImageBytes, boot: Buffer, { sectorBytes, clusters }: Layout): number | null {
  const info = part.read(boot.readUInt16LE(48) * sectorBytes, 512);
  if (info?.readUInt32LE(0) !== 0x4161_5252 || info.readUInt32LE(484) !== 0x6141_7272) return null;
  const free = info.readUInt32LE(488);
  return free <= clusters ? free : null;
}

function countFree(part: ImageBytes, { tableAt, tableBytes, clusters, bits }: Layout): number | null {
  const needed = Math.ceil(((clusters + 2) * bits) / 8);
  if (needed > tableBytes || needed > LARGEST_TABLE_BYTES) return null;
  const table = part.read(tableAt, needed);
  if (table === null) return null;
  let free = 0;
  for (let cluster = 2; cluster < clusters + 2; cluster += 1) if (entryOf(table, cluster, bits) === 0) free += 1;
  return free;
}

function entryOf(table: Buffer, cluster: number, bits: 12 | 16 | 32): number {
  if (bits === 32) return table.readUInt32LE(cluster * 4) & 0x0fff_ffff;
  if (bits === 16) return table.readUInt16LE(cluster * 2);
  const pair = (table[Math.floor(cluster * 1.5)] ?? 0) | ((table[Math.floor(cluster * 1.5) + 1] ?? 0) << 8);
  return cluster % 2 === 0 ? pair & 0xfff : pair >> 4;
}

/** The volume is dirty by the second entry of its table (cleared bit) or by a flag of the boot sector, which is what Linux sets. */
function readState(part: ImageBytes, boot: Buffer, { tableAt, bits }: Layout): Space['state'] {
  const flags = boot[bits === 32 ? 0x41 : 0x25] ?? 0;
  const second = bits === 12 ? null : part.read(tableAt + bits / 8, bits / 8);
  const entry = second === null ? 0xffff_ffff : second.readUIntLE(0, bits / 8);
  const [clean, noErrors] = bits === 32 ? [0x0800_0000, 0x0400_0000] : [0x8000, 0x4000];
  if ((flags & 2) !== 0 || (entry & noErrors) === 0) return 'errors';
  return (flags & 1) !== 0 || (entry & clean) === 0 ? 'unclean' : 'clean';
}

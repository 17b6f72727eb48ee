/**
 * Reads a GUID partition table with both of its copies, also where one is damaged or cut off, which libblkid then does not see.
 * Field offsets: UEFI specification 2.10, 5.3.2 (header) and 5.3.3 (entries). Image worker.
 */
import { crc32 } from 'node:zlib';
import type { TableDamage, TableFinding } from './findings.ts';
import { guidText, type ImageBytes } from './image-bytes.ts';

/** A table may have more entries; nobody makes such, and the kernel looks at no more than 256. */
const MOST_ENTRIES = 1024;
const LONGEST_ENTRY_BYTES = 1024;
/** The length of all entries that anybody writes; others may be longer. */
const ENTRY_BYTES = 128;
const zeroes = Buffer.alloc(MOST_ENTRIES * LONGEST_ENTRY_BYTES);
/** Far above any disk, and still safe to multiply by a sector. */
const LARGEST_SECTOR_NUMBER = 1n << 50n;
/** Attribute bit 2: legacy BIOS bootable. */
const BOOTABLE = 4n;
/** The four entries of an MBR have their types there (UEFI specification 5.2.1). */
const MBR_TYPES_AT = [450, 466, 482, 498] as const;
const MBR_BYTES = 512;
const MBR_MARK = 0xaa55;
const PROTECTIVE = 0xee;

interface Header {
  readonly sector: bigint;
  readonly otherSector: bigint;
  readonly firstUsable: bigint;
  readonly lastUsable: bigint;
  readonly id: string;
  readonly entries: Buffer;
  readonly entryBytes: number;
}
type Copy = Header | 'missing' | 'damaged';

/** What the table says, its contents not looked into; null where there is no GPT of this sector size. */
export function readGpt(
  image: ImageBytes,
  sectorBytes: number,
): (Omit<TableFinding, 'partitions'> & { readonly partitions: GptEntry[] }) | null {
  const primary = readCopy(image, 1n, sectorBytes);
  const lastSector = image.sizeBytes / BigInt(sectorBytes) - 1n;
  const backup = readCopy(image, isHeader(primary) ? primary.otherSector : lastSector, sectorBytes);
  const header = isHeader(primary) ? primary : backup;
  if (!isHeader(header)) return null;
  const sector = BigInt(sectorBytes);
  const partitions = readEntries(header, sector);
  const lastByte = [header.sector, header.otherSector, header.lastUsable].reduce((a, b) => (a > b ? a : b));
  return {
    kind: 'gpt',
    id: header.id,
    sectorBytes,
    usable: { startBytes: String(header.firstUsable * sector), endBytes: String((header.lastUsable + 1n) * sector) },
    neededBytes: String((lastByte + 1n) * sector),
    damage: findDamage(primary, backup, lastSector),
    partitions,
  };
}

/** An entry of the MBR that keeps others away from the GPT, of any place and size (UEFI specification 5.2.3). */
export function hasProtectiveEntry(image: ImageBytes): boolean {
  const sector = image.read(0, MBR_BYTES);
  return sector !== null && sector.readUInt16LE(510) === MBR_MARK && MBR_TYPES_AT.some((at) => sector[at] === PROTECTIVE);
}

function isHeader(copy: Copy): copy is Header {
  return typeof copy === 'object';
}

function findDamage(primary: Copy, backup: Copy, lastSector: bigint): TableDamage[] {
  if (!isHeader(primary)) return ['gpt-primary-damaged'];
  if (backup === 'missing') return ['gpt-backup-missing'];
  if (backup === 'damaged') return ['gpt-backup-damaged'];
  return backup.sector < lastSector ? ['gpt-backup-misplaced'] : [];
}

function readCopy(image: ImageBytes, sector: bigint, sectorBytes: number): Copy {
  const bytes = sector < 1n ? null : image.read(sector * BigInt(sectorBytes), sectorBytes);
  if (bytes === null || bytes.toString('latin1', 0, 8) !== 'EFI PART') return 'missing';
  const headerBytes = bytes.readUInt32LE(12);
  if (headerBytes < 92 || headerBytes > sectorBytes) return 'damaged';
  const summed = Buffer.from(bytes.subarray(0, headerBytes));
  summed.writeUInt32LE(0, 16);
  if (crc32(summed) !== bytes.readUInt32LE(16) || bytes.readBigUInt64LE(24) !== sector) return 'damaged';
  const [otherSector, firstUsable, lastUsable] = [bytes.readBigUInt64LE(32), bytes.readBigUInt64LE(40), bytes.readBigUInt64LE(48)];
  if (otherSector > LARGEST_SECTOR_NUMBER || lastUsable > LARGEST_SECTOR_NUMBER || firstUsable > lastUsable) return 'damaged';
  const [entriesSector, count, entryBytes] = [bytes.readBigUInt64LE(72), bytes.readUInt32LE(80), bytes.readUInt32LE(84)];
  const isShaped = count <= MOST_ENTRIES && entryBytes >= 128 && entryBytes <= LONGEST_ENTRY_BYTES;
  if (!isShaped || entriesSector > LARGEST_SECTOR_NUMBER) return 'damaged';
  const entries = image.read(entriesSector * BigInt(sectorBytes), count * entryBytes);
  if (entries === null || crc32(entries) !== bytes.readUInt32LE(88)) return 'damaged';
  return { sector, otherSector, firstUsable, lastUsable, id: guidText(bytes.subarray(56, 72)), entries, entryBytes };
}

/** An entry of the table, before anybody looks at what it holds. */
export interface GptEntry {
  readonly number: number;
  readonly typeCode: string;
  readonly name: string;
  readonly uuid: string;
  readonly start: bigint;
  readonly size: bigint;
  readonly bootable: boolean;
  readonly role: 'primary';
}

/** Most entries are unused, and they are at the end: halving what is left finds that faster than looking at each. */
function endOfUsed(entries: Buffer): number {
  let end = entries.length;
  for (let half = end >> 1; half >= ENTRY_BYTES; half >>= 1) {
    while (end >= half && entries.compare(zeroes, 0, half, end - half, end) === 0) end -= half;
  }
  return end;
}

function readEntries({ entries, entryBytes }: Header, sector: bigint): GptEntry[] {
  const found: GptEntry[] = [];
  const usedBytes = endOfUsed(entries);
  for (let at = 0; at < usedBytes && at + entryBytes <= entries.length; at += entryBytes) {
    const entry = entries.subarray(at, at + entryBytes);
    // A type of zeroes.
    if (entry.compare(zeroes, 0, 16, 0, 16) === 0) continue;
    const typeCode = guidText(entry);
    const [first, last] = [entry.readBigUInt64LE(32), entry.readBigUInt64LE(40)];
    if (first < 1n || first > last || last > LARGEST_SECTOR_NUMBER) continue;
    found.push({
      number: at / entryBytes + 1,
      typeCode,
      name: entry.toString('utf16le', 56, 128).replace(/\0.*$/su, ''),
      uuid: guidText(entry.subarray(16, 32)),
      start: first * sector,
      size: (last - first + 1n) * sector,
      bootable: (entry.readBigUInt64LE(48) & BOOTABLE) !== 0n,
      role: 'primary',
    });
  }
  return found;
}

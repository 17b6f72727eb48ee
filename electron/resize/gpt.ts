/**
 * A GUID partition table for an image of another size: both headers, both arrays and the protective MBR. Everything that is not a size
 * stays as it is. UEFI specification 2.10, §5.2.3 and §5.3.
 */
import { crc32 } from 'node:zlib';
import { AppError } from '../ipc/errors.ts';
import type { PlannedWrite, ReadImage, TableChange, WriteGroups } from './table-writes.ts';

const SIGNATURE = 'EFI PART';
const ENTRY = { firstLba: 32, lastLba: 40 } as const;
const HEADER = {
  size: 12,
  crc: 16,
  myLba: 24,
  otherLba: 32,
  firstUsable: 40,
  lastUsable: 48,
  entriesLba: 72,
  count: 80,
  entrySize: 84,
  entriesCrc: 88,
};
const MOST_ENTRIES_BYTES = 1 << 20;

interface Gpt {
  readonly header: Buffer;
  readonly entries: Buffer;
  readonly count: number;
  readonly entrySize: number;
}

/**
 * The new copy at the end first, then the table at the start, then the old copy away: at any moment one whole table is there that says
 * where the partitions are. Throws TABLE_UNREADABLE.
 */
export async function planGptWrites(read: ReadImage, { fromBytes, sizeBytes, sectorBytes, partitions }: TableChange): Promise<WriteGroups> {
  const sector = BigInt(sectorBytes);
  const present = await readGpt(read, sectorBytes);
  const oldBackup = present.header.readBigUInt64LE(HEADER.otherLba);
  const lastLba = sizeBytes / sector - 1n;
  const entrySectors = BigInt(Math.ceil(present.entries.length / sectorBytes));
  const lastUsable = lastLba - entrySectors - 1n;
  const entries = changeEntries(present, { partitions, sector, lastUsable });
  const primary = makeHeader(present.header, entries, {
    myLba: 1n,
    otherLba: lastLba,
    entriesLba: present.header.readBigUInt64LE(HEADER.entriesLba),
    lastUsable,
  });
  const backup = makeHeader(present.header, entries, { myLba: lastLba, otherLba: 1n, entriesLba: lastLba - entrySectors, lastUsable });
  const padded = padTo(entries, Number(entrySectors) * sectorBytes);
  const protective = await protectiveWrite(read, lastLba);
  // Behind the image is not ours; in front of a cut it is saved in this way.
  const isOldThere = oldBackup !== lastLba && oldBackup < fromBytes / sector;
  const old = isOldThere ? await wipe(read, oldBackup * sector, sectorBytes) : [];
  const fresh = { start: (lastLba - entrySectors) * sector, end: (lastLba + 1n) * sector };
  return [
    [
      { offset: fresh.start, bytes: padded },
      { offset: lastLba * sector, bytes: padTo(backup, sectorBytes) },
    ],
    [
      { offset: primary.readBigUInt64LE(HEADER.entriesLba) * sector, bytes: padded },
      { offset: sector, bytes: padTo(primary, sectorBytes) },
      ...protective,
    ],
    // The copies overlap where the size changes by less than one of them takes.
    old.flatMap((write) => outside(write, fresh)),
  ];
}

async function readGpt(read: ReadImage, sectorBytes: number): Promise<Gpt> {
  const header = await read(BigInt(sectorBytes), sectorBytes);
  const [size, count, entrySize] = [
    header.readUInt32LE(HEADER.size),
    header.readUInt32LE(HEADER.count),
    header.readUInt32LE(HEADER.entrySize),
  ];
  const isHeader = header.toString('latin1', 0, 8) === SIGNATURE && size >= 92 && size <= sectorBytes;
  if (!isHeader || headerCrc(header) !== header.readUInt32LE(HEADER.crc) || entrySize < 128 || count * entrySize > MOST_ENTRIES_BYTES) {
    throw new AppError('TABLE_UNREADABLE');
  }
  const entries = await read(header.readBigUInt64LE(HEADER.entriesLba) * BigInt(sectorBytes), count * entrySize);
  if (crc32(entries) !== header.readUInt32LE(HEADER.entriesCrc)) throw new AppError('TABLE_UNREADABLE');
  return { header, entries, count, entrySize };
}

interface EntriesChange {
  readonly partitions: TableChange['partitions'];
  readonly sector: bigint;
  readonly lastUsable: bigint;
}

function changeEntries({ entries, count, entrySize }: Gpt, { partitions, sector, lastUsable }: EntriesChange): Buffer {
  const changed = Buffer.from(entries);
  for (const { number, startBytes, sizeBytes } of partitions) {
    const at = (number - 1) * entrySize;
    if (number < 1 || number > count || isEmptyEntry(changed, at)) throw new AppError('TABLE_UNREADABLE');
    const firstLba = changed.readBigUInt64LE(at + ENTRY.firstLba);
    if (firstLba * sector !== startBytes) throw new AppError('TABLE_UNREADABLE');
    changed.writeBigUInt64LE(firstLba + sizeBytes / sector - 1n, at + ENTRY.lastLba);
  }
  for (let index = 0; index < count; index += 1) {
    const at = index * entrySize;
    const isBeyond = changed.readBigUInt64LE(at + ENTRY.lastLba) > lastUsable;
    // A plan never does this; a table that changed since it was inspected might.
    if (!isEmptyEntry(changed, at) && isBeyond) throw new AppError('TABLE_UNREADABLE');
  }
  return changed;
}

/** An entry without a type is unused. */
function isEmptyEntry(entries: Buffer, at: number): boolean {
  return entries.subarray(at, at + 16).every((byte) => byte === 0);
}

export interface HeaderPlaces {
  readonly myLba: bigint;
  readonly otherLba: bigint;
  readonly entriesLba: bigint;
  readonly lastUsable: bigint;
}

/** A header as the present one but for its place, what lies where, and the checksums. */
export function makeHeader(present: Buffer, entries: Buffer, { myLba, otherLba, entriesLba, lastUsable }: HeaderPlaces): Buffer {
  const header = Buffer.from(present.subarray(0, present.readUInt32LE(HEADER.size)));
  header.writeBigUInt64LE(myLba, HEADER.myLba);
  header.writeBigUInt64LE(otherLba, HEADER.otherLba);
  header.writeBigUInt64LE(entriesLba, HEADER.entriesLba);
  header.writeBigUInt64LE(lastUsable, HEADER.lastUsable);
  header.writeUInt32LE(crc32(entries), HEADER.entriesCrc);
  header.writeUInt32LE(headerCrc(header), HEADER.crc);
  return header;
}

/** Over the header's own size, with the field itself as zero. */
function headerCrc(header: Buffer): number {
  const copy = Buffer.from(header.subarray(0, header.readUInt32LE(HEADER.size)));
  copy.writeUInt32LE(0, HEADER.crc);
  return crc32(copy);
}

/** Boot code and whatever else is there stay; only an entry of type 0xEE says the size of the disk. */
async function protectiveWrite(read: ReadImage, lastLba: bigint): Promise<readonly PlannedWrite[]> {
  const bytes = await read(0n, 512);
  const size = lastLba > 0xffff_ffffn ? 0xffff_ffff : Number(lastLba);
  let found = false;
  for (let at = 446; at < 510; at += 16) {
    if (bytes[at + 4] !== 0xee) continue;
    bytes.writeUInt32LE(size, at + 12);
    found = true;
  }
  return found ? [{ offset: 0n, bytes }] : [];
}

/**
 * An old copy in the middle of a larger disk would confuse whoever looks for one; what is no header is left alone. With its array, so that
 * what is saved for undoing has all that a cut takes away.
 */
async function wipe(read: ReadImage, offset: bigint, sectorBytes: number): Promise<readonly PlannedWrite[]> {
  const there = await read(offset, sectorBytes).catch(() => Buffer.alloc(0));
  if (there.toString('latin1', 0, 8) !== SIGNATURE) return [];
  const entries = there.readBigUInt64LE(HEADER.entriesLba) * BigInt(sectorBytes);
  const header = { offset, bytes: Buffer.alloc(sectorBytes) };
  const isBefore = entries < offset && offset - entries <= BigInt(MOST_ENTRIES_BYTES);
  return isBefore ? [{ offset: entries, bytes: Buffer.alloc(Number(offset - entries)) }, header] : [header];
}

/** What of it does not lie between `start` and `end`. */
function outside(
  { offset, bytes }: PlannedWrite,
  { start, end }: { readonly start: bigint; readonly end: bigint },
): readonly PlannedWrite[] {
  const within = (at: bigint): number => Math.min(Math.max(Number(at - offset), 0), bytes.length);
  const [first, next] = [within(start), within(end)];
  const pieces = [
    { offset, bytes: bytes.subarray(0, first) },
    { offset: offset + BigInt(next), bytes: bytes.subarray(next) },
  ];
  return pieces.filter((piece) => piece.bytes.length > 0);
}

function padTo(bytes: Buffer, size: number): Buffer {
  return bytes.length >= size ? bytes : Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]);
}

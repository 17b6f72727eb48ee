/**
 * An MBR, with the chain of little tables of an extended partition, whose partitions get other sizes. Everything else stays as it is. The
 * three bytes of a last sector by cylinders are set to what means "look at the numbers".
 */
import { AppError } from '../ipc/errors.ts';
import type { PartitionChange, PlannedWrite, ReadImage, TableChange, WriteGroups } from './table-writes.ts';

const FIRST_ENTRY = 446;
const ENTRY_BYTES = 16;
const TABLE_BYTES = 512;
const BEYOND_CYLINDERS = Buffer.from([0xfe, 0xff, 0xff]);
/** As many as Linux gives device nodes; a longer chain is a loop. */
const MOST_LOGICAL = 256;

/** Throws TABLE_UNREADABLE. Growing, the outer table goes first, shrinking, the inner one: no partition ever reaches beyond its container. */
export async function planMbrWrites(read: ReadImage, { sectorBytes, partitions }: TableChange): Promise<WriteGroups> {
  const sector = BigInt(sectorBytes);
  const master = await readTable(read, 0n);
  const extendedAt = findExtended(master);
  const extended = partitions.find(({ number }) => number - 1 === extendedAt);
  const grows = extendedAt !== null && extended !== undefined && extended.sizeBytes / sector >= BigInt(countAt(master, extendedAt));
  const extendedStart = extendedAt === null ? 0n : BigInt(startAt(master, extendedAt)) * sector;
  const logical = partitions.filter(({ number }) => number > 4);
  const inner = logical.length === 0 ? [] : await chainWrites(read, { extendedStart, sector, logical });
  for (const partition of partitions.filter(({ number }) => number <= 4)) {
    setSize(master, partition.number - 1, { partition, sector, origin: 0n });
  }
  const outer = [{ offset: 0n, bytes: master }];
  if (logical.length === partitions.length) return [inner];
  return grows ? [outer, inner] : [inner, outer];
}

interface Chain {
  readonly extendedStart: bigint;
  readonly sector: bigint;
  readonly logical: readonly PartitionChange[];
}

/** Each little table says where its partition is, and in a second entry where the next table is and how far that one's space reaches. */
async function chainWrites(read: ReadImage, { extendedStart, sector, logical }: Chain): Promise<readonly PlannedWrite[]> {
  const writes: PlannedWrite[] = [];
  const missing = new Map(logical.map((partition) => [partition.number, partition]));
  let before: { readonly offset: bigint; readonly table: Buffer } | null = null;
  let offset = extendedStart;
  let number = 5;
  for (let index = 0; index < MOST_LOGICAL; index += 1) {
    const table = await readTable(read, offset);
    const partition = isUsed(table, 0) ? missing.get(number) : undefined;
    if (partition !== undefined) {
      missing.delete(number);
      setSize(table, 0, { partition, sector, origin: offset });
      writes.push({ offset, bytes: table });
      if (before !== null) {
        setCount(before.table, 1, startAt(table, 0) + countAt(table, 0));
        writes.push({ offset: before.offset, bytes: before.table });
      }
    }
    // A table without a partition only leads to the next one, and has no number (parse_dos_extended, libblkid/src/partitions/dos.c).
    if (isUsed(table, 0)) number += 1;
    if (typeAt(table, 1) === 0) break;
    before = { offset, table };
    offset = extendedStart + BigInt(startAt(table, 1)) * sector;
  }
  if (missing.size > 0) throw new AppError('TABLE_UNREADABLE');
  return writes;
}

interface EntryChange {
  readonly partition: PartitionChange;
  readonly sector: bigint;
  /** What the entry's start counts from. */
  readonly origin: bigint;
}

function setSize(table: Buffer, index: number, { partition: { startBytes, sizeBytes }, sector, origin }: EntryChange): void {
  const isThere = typeAt(table, index) !== 0 && origin + BigInt(startAt(table, index)) * sector === startBytes;
  if (!isThere) throw new AppError('TABLE_UNREADABLE');
  setCount(table, index, toCount(sizeBytes / sector));
}

async function readTable(read: ReadImage, offset: bigint): Promise<Buffer> {
  const table = await read(offset, TABLE_BYTES);
  if (table.readUInt16BE(510) !== 0x55aa) throw new AppError('TABLE_UNREADABLE');
  return table;
}

function findExtended(table: Buffer): number | null {
  return [0, 1, 2, 3].find((index) => isExtended(table, index)) ?? null;
}
function isExtended(table: Buffer, index: number): boolean {
  return [0x05, 0x0f, 0x85].includes(typeAt(table, index));
}
function isUsed(table: Buffer, index: number): boolean {
  return countAt(table, index) !== 0 && !isExtended(table, index);
}

function placeOf(index: number): number {
  return FIRST_ENTRY + index * ENTRY_BYTES;
}
function typeAt(table: Buffer, index: number): number {
  return table.readUInt8(placeOf(index) + 4);
}
function startAt(table: Buffer, index: number): number {
  return table.readUInt32LE(placeOf(index) + 8);
}
function countAt(table: Buffer, index: number): number {
  return table.readUInt32LE(placeOf(index) + 12);
}
function setCount(table: Buffer, index: number, count: number): void {
  BEYOND_CYLINDERS.copy(table, placeOf(index) + 5);
  table.writeUInt32LE(count, placeOf(index) + 12);
}
function toCount(sectors: bigint): number {
  if (sectors <= 0n || sectors > 0xffff_ffffn) throw new AppError('TABLE_UNREADABLE');
  return Number(sectors);
}

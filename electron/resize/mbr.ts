/**
 * An MBR, with the chain of little tables of an extended partition, whose partitions get other sizes. Everything else stays as it is. The
 * three bytes of a last sector by cylinders are set to what means "look at the numbers".
 */
import { AppError } from '../ipc/errors.ts';
import type { PlannedWrite, ReadImage, TableChange, WriteGroups } from './table-writes.ts';

const FIRST_ENTRY = 446;
const ENTRY_BYTES = 16;
const TABLE_BYTES = 512;
const BEYOND_CYLINDERS = Buffer.from([0xfe, 0xff, 0xff]);
/** As many as Linux gives device nodes; a longer chain is a loop. */
const MOST_LOGICAL = 256;

/** Throws TABLE_UNREADABLE. Growing, the outer table goes first, shrinking, the inner one: no partition ever reaches beyond its container. */
export async function planMbrWrites(read: ReadImage, change: TableChange): Promise<WriteGroups> {
  const sector = BigInt(change.sectorBytes);
  const master = await readTable(read, 0n);
  const sizes = new Map(change.partitions.map(({ number, sizeBytes }) => [number, toCount(sizeBytes / sector)]));
  const extendedAt = findExtended(master);
  const grows = extendedAt !== null && (sizes.get(extendedAt + 1) ?? 0) >= countAt(master, extendedAt);
  const extendedStart = extendedAt === null ? 0n : BigInt(startAt(master, extendedAt)) * sector;
  const inner = extendedAt === null ? [] : await chainWrites(read, { extendedStart, sector, sizes });
  for (const [number, count] of sizes) {
    if (number > 4) continue;
    if (typeAt(master, number - 1) === 0) throw new AppError('TABLE_UNREADABLE');
    setCount(master, number - 1, count);
  }
  const outer = [{ offset: 0n, bytes: master }];
  if ([...sizes.keys()].every((number) => number > 4)) return [inner];
  return grows ? [outer, inner] : [inner, outer];
}

interface Chain {
  readonly extendedStart: bigint;
  readonly sector: bigint;
  /** In sectors, by number. */
  readonly sizes: ReadonlyMap<number, number>;
}

/** Each little table says where its partition is, and in a second entry where the next table is and how far that one's space reaches. */
async function chainWrites(read: ReadImage, { extendedStart, sector, sizes }: Chain): Promise<readonly PlannedWrite[]> {
  const writes: PlannedWrite[] = [];
  let before: { readonly offset: bigint; readonly table: Buffer } | null = null;
  let offset = extendedStart;
  for (let number = 5; number < 5 + MOST_LOGICAL; number += 1) {
    const table = await readTable(read, offset);
    const count = sizes.get(number);
    if (count !== undefined) {
      if (typeAt(table, 0) === 0) throw new AppError('TABLE_UNREADABLE');
      setCount(table, 0, count);
      writes.push({ offset, bytes: table });
      if (before !== null) {
        setCount(before.table, 1, startAt(table, 0) + count);
        writes.push({ offset: before.offset, bytes: before.table });
      }
    }
    if (typeAt(table, 1) === 0) break;
    before = { offset, table };
    offset = extendedStart + BigInt(startAt(table, 1)) * sector;
  }
  return writes;
}

async function readTable(read: ReadImage, offset: bigint): Promise<Buffer> {
  const table = await read(offset, TABLE_BYTES);
  if (table.readUInt16BE(510) !== 0x55aa) throw new AppError('TABLE_UNREADABLE');
  return table;
}

function findExtended(table: Buffer): number | null {
  const index = [0, 1, 2, 3].find((one) => [0x05, 0x0f, 0x85].includes(typeAt(table, one)));
  return index ?? null;
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

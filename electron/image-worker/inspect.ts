/** Looks at a whole image: its format, its partition table, and what every place holds. Image worker. */
import type { FormatFinding, ImageFindings, PlaceFinding, Signature, TableFinding, TablePartitionFinding } from './findings.ts';
import { recogniseFormat } from './formats.ts';
import { hasProtectiveEntry, readGpt } from './gpt.ts';
import type { ImageBytes } from './image-bytes.ts';
import { isHole } from './native.ts';
import { noSignature, probePartitioned, probeSignature, probeTable, type TableEntry } from './probe.ts';
import { readSpace } from './space.ts';
import { readVolumeGroup } from './volume-group.ts';

/** Tables are written for these (LOOP.md §1.1: what loop devices can have, without the rare ones between). */
const SECTOR_SIZES = [512, 4096] as const;

const raw: FormatFinding = { kind: 'raw' };

/** Reads only. Throws when libblkid fails. */
export function inspect(image: ImageBytes): ImageFindings {
  // libblkid takes 0 for the whole file; and what is nothing but a hole holds nothing else.
  const isEmpty = image.sizeBytes === 0n || isHole(image.fd, image.offsetBytes, image.sizeBytes);
  if (isEmpty) return { format: raw, whole: { ...noSignature, space: null, volumeGroup: '' }, table: null };
  const format = recogniseFormat(image);
  if (format.kind !== 'raw') return { format, whole: null, table: null };
  const { table, signature } = look(image);
  const tableType = table?.kind === 'gpt' ? 'gpt' : signature.tableType;
  return { format, whole: describe(image, { ...signature, tableType }), table };
}

interface Look {
  readonly table: TableFinding | null;
  readonly signature: Signature;
}

/**
 * libblkid and the kernel take nothing for a GPT that an MBR does not protect: it is left from before the MBR or the file system that is there
 * now. Where nothing else is, it is shown all the same: somebody overwrote the start of the disk.
 */
function look(image: ImageBytes): Look {
  const gpt = findGpt(image);
  if (gpt !== null && hasProtectiveEntry(image)) return withGpt(image, gpt);
  const signature = probeSignature(image, 512);
  const table = findOtherTable(image);
  const isLeft = table !== null || signature.type !== '' || signature.ambiguous;
  return gpt === null || isLeft ? { table, signature } : withGpt(image, gpt);
}

type Gpt = NonNullable<ReturnType<typeof readGpt>>;

/** A table of 512-byte sectors first; one of 4096 is invisible with 512. */
function findGpt(image: ImageBytes): Gpt | null {
  for (const sectorBytes of SECTOR_SIZES) {
    const gpt = readGpt(image, sectorBytes);
    if (gpt !== null) return gpt;
  }
  return null;
}

function withGpt(image: ImageBytes, gpt: Gpt): Look {
  const table = { ...gpt, partitions: gpt.partitions.map((entry) => describePartition(image, entry)) };
  return { table, signature: probePartitioned(image, { whole: gpt.damage.length === 0 }) };
}

function findOtherTable(image: ImageBytes): TableFinding | null {
  const tables = SECTOR_SIZES.flatMap((sectorBytes) => otherTable(image, sectorBytes) ?? []);
  // An MBR does not say what it counts in: the size that leads to something is right, and 512 where none or both do.
  return tables.find(({ partitions }) => partitions.some(holdsSomething)) ?? tables[0] ?? null;
}

function holdsSomething({ type, tableType }: Signature): boolean {
  return type !== '' || tableType !== '';
}

/** Any table that libblkid knows. */
function otherTable(image: ImageBytes, sectorBytes: number): TableFinding | null {
  const table = probeTable(image, sectorBytes);
  if (table === null || table.type === 'gpt' || table.entries.length === 0) return null;
  const partitions = table.entries.map((entry) => describePartition(image, entry));
  const end = table.entries.reduce((most, { start, size }) => (start + size > most ? start + size : most), 0n);
  return {
    kind: table.type === 'dos' ? 'mbr' : 'other',
    id: table.id,
    sectorBytes,
    usable: null,
    neededBytes: String(end),
    damage: [],
    partitions,
  };
}

function describePartition(image: ImageBytes, entry: Omit<TableEntry, 'isExtended'>): TablePartitionFinding {
  const { number, typeCode, name, uuid, start, size, bootable, role } = entry;
  const part = image.part(start, size);
  // One that begins with the table itself is none (util-linux 2.42, CWE-190); an extended one holds the logical ones.
  const isPlace = start > 0n && part.sizeBytes > 0n && role !== 'extended';
  const place = isPlace ? describe(part, probeSignature(part, 512)) : { ...noSignature, space: null, volumeGroup: '' };
  return {
    ...place,
    number,
    typeCode,
    name,
    partitionUuid: uuid,
    startBytes: String(start),
    sizeBytes: String(size),
    bootable,
    role,
  };
}

function describe(part: ImageBytes, signature: Signature): PlaceFinding {
  return {
    ...signature,
    space: readSpace(part, signature.type),
    volumeGroup: signature.type === 'LVM2_member' ? readVolumeGroup(part) : '',
  };
}

/** Where things lie in an image, in numbers, and how far a partition could reach. Pure. */
import type { InspectedContent, InspectedPartition } from '../../ipc/inspection.ts';
import type { LayoutPiece, ResizeFacts, ResizeLayout, ResizePlace } from '../../ipc/resize.ts';

export interface Part {
  readonly number: number;
  readonly start: bigint;
  readonly size: bigint;
  readonly end: bigint;
  readonly role: InspectedPartition['role'];
  readonly content: InspectedContent;
  readonly name: string | null;
}

export interface Geometry {
  readonly kind: 'gpt' | 'mbr' | 'none';
  readonly size: bigint;
  readonly sector: bigint;
  /** First byte a partition may have. */
  readonly usableStart: bigint;
  /** All but an extended one, by place. */
  readonly leaves: readonly Part[];
  readonly extended: Part | null;
}

const MEBIBYTE = 1n << 20n;
/** 128 entries of 128 bytes: what all programs write. */
const GPT_ENTRIES_BYTES = 16_384n;
/** Ends of partitions are multiples of this: the block of most file systems, and any sector. */
const ALIGNMENT = 4096n;

export function readGeometry(facts: ResizeFacts): Geometry {
  const { table } = facts;
  const size = BigInt(facts.sizeBytes);
  const sector = BigInt(table?.sectorBytes ?? facts.sectorBytes);
  const kind = table === null ? 'none' : table.type === 'gpt' ? 'gpt' : 'mbr';
  const parts = (table?.partitions ?? []).map(toPart);
  return {
    kind,
    size,
    sector,
    usableStart: BigInt(table?.usable?.startBytes ?? (kind === 'none' ? 0n : sector)),
    leaves: parts.filter(({ role }) => role !== 'extended').toSorted(byStart),
    extended: parts.find(({ role }) => role === 'extended') ?? null,
  };
}

function toPart({ number, startBytes, sizeBytes, role, content, name }: InspectedPartition): Part {
  const [start, size] = [BigInt(startBytes), BigInt(sizeBytes)];
  return { number, start, size, end: start + size, role, content, name };
}

function byStart(a: Part, b: Part): number {
  return a.start < b.start ? -1 : 1;
}

export function roundDown(value: bigint, unit: bigint): bigint {
  return value - (value % unit);
}
export function roundUp(value: bigint, unit: bigint): bigint {
  return roundDown(value + unit - 1n, unit);
}
export function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
export function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** What the table keeps for itself at the end of the image: the copy of a GPT. */
export function tailBytes({ kind, sector }: Pick<Geometry, 'kind' | 'sector'>): bigint {
  return kind === 'gpt' ? roundUp(GPT_ENTRIES_BYTES, sector) + sector : 0n;
}

/** One past the last byte a partition may have in an image of `size`; an MBR counts sectors with 32 bits. */
export function usableEnd(geometry: Geometry, size: bigint): bigint {
  const end = size - tailBytes(geometry);
  return geometry.kind === 'mbr' ? least(end, geometry.sector << 32n) : end;
}

/** The end a partition has that reaches to the end of an image of `size`. */
export function lastEnd(geometry: Geometry, size: bigint): bigint {
  return roundDown(usableEnd(geometry, size), most(ALIGNMENT, geometry.sector));
}

export function lastLeaf({ leaves }: Geometry): Part | null {
  return leaves.reduce<Part | null>((last, part) => (last === null || part.end > last.end ? part : last), null);
}

export interface Room {
  /** Where the partition could end. */
  readonly end: bigint;
  /** The partition behind it; null where there is none. */
  readonly next: number | null;
}

/** How far a partition can reach in an image of `size`. */
export function roomOf(geometry: Geometry, part: Part, size: bigint): Room {
  const { leaves, extended } = geometry;
  if (part.role === 'logical') {
    const next = leaves.find(({ role, start }) => role === 'logical' && start > part.start);
    // The next one's own little table lies before it.
    if (next !== undefined) return { end: most(part.end, next.start - most(MEBIBYTE, geometry.sector)), next: next.number };
    const behind = leaves.find(({ role, start }) => role !== 'logical' && extended !== null && start > extended.start);
    return behind === undefined ? { end: lastEnd(geometry, size), next: null } : { end: behind.start, next: behind.number };
  }
  const others = [...leaves.filter(({ role }) => role !== 'logical'), ...(extended === null ? [] : [extended])];
  const next = others.filter(({ start }) => start > part.start).toSorted(byStart)[0];
  return next === undefined ? { end: lastEnd(geometry, size), next: null } : { end: next.start, next: next.number };
}

/** The image as a row of pieces without gaps; what a GPT keeps for itself at both ends is not shown as free. */
export function layoutOf(geometry: Geometry, whole: InspectedContent | null): ResizeLayout {
  const { size, leaves, kind, usableStart } = geometry;
  if (kind === 'none') return { sizeBytes: String(size), pieces: [piece('whole', 0n, size, whole, whole?.label ?? null)] };
  const pieces: LayoutPiece[] = [];
  let at = least(usableStart, size);
  for (const { number, start, size: bytes, end, content, name } of leaves) {
    if (start > at) pieces.push(piece(null, at, start - at, null, null));
    pieces.push(piece(number, start, bytes, content, content.label ?? name));
    at = most(at, end);
  }
  const end = usableEnd(geometry, size);
  if (end > at) pieces.push(piece(null, at, end - at, null, null));
  return { sizeBytes: String(size), pieces };
}

function piece(place: ResizePlace | null, start: bigint, size: bigint, content: InspectedContent | null, name: string | null): LayoutPiece {
  return { place, startBytes: String(start), sizeBytes: String(size), type: content?.type ?? '', name };
}

/** The geometry after partitions got other sizes and the image another one. */
export function withSizes(geometry: Geometry, size: bigint, sizes: ReadonlyMap<number, bigint>): Geometry {
  const change = (part: Part): Part => {
    const bytes = sizes.get(part.number);
    return bytes === undefined ? part : { ...part, size: bytes, end: part.start + bytes };
  };
  return {
    ...geometry,
    size,
    leaves: geometry.leaves.map(change),
    extended: geometry.extended === null ? null : change(geometry.extended),
  };
}

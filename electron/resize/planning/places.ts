/** Which places can take or give space, and why the others cannot. Pure. */
import type { InspectedContent } from '../../ipc/inspection.ts';
import type {
  PlaceChoice,
  PlaceInUse,
  PlaceRestriction,
  RefusedResize,
  ResizeFacts,
  ResizePlace,
  ResizeRefusal,
} from '../../ipc/resize.ts';
import { abilitiesOf, SMALLEST_BTRFS_BYTES, SMALLEST_SWAP_BYTES, type Way } from './abilities.ts';
import { withWholeLastGroup } from './last-group.ts';
import { lastLeaf, most, roomOf, tailBytes, roundUp, usableEnd, type Geometry, type Part } from './geometry.ts';

export function refuse(reason: ResizeRefusal, partition: number | null = null, bytes: bigint | null = null): RefusedResize {
  return { reason, partition, bytes: bytes === null ? null : String(bytes) };
}

export function contentAt(facts: ResizeFacts, geometry: Geometry, place: ResizePlace): InspectedContent | null {
  if (place === 'whole') return facts.whole;
  return geometry.leaves.find(({ number }) => number === place)?.content ?? null;
}

export function useOf({ device }: ResizeFacts, place: ResizePlace): PlaceInUse | null {
  return device?.inUse.find((use) => use.place === place) ?? null;
}

export function restrictionOf({ restrictions }: ResizeFacts, place: ResizePlace): PlaceRestriction | undefined {
  return restrictions.find((one) => one.place === place);
}

function numberOf(place: ResizePlace): number | null {
  return typeof place === 'number' ? place : null;
}

/** What is mounted elsewhere or swapped to keeps the device from being taken away for a while. */
export function detachRefusal({ device }: ResizeFacts): RefusedResize | null {
  if (device === null) return null;
  if (device.held) return refuse('held');
  const use = device.inUse.find((one) => one.use !== 'ours');
  if (use === undefined) return null;
  return refuse(use.use === 'swap' ? 'swap-in-use' : 'mounted-elsewhere', numberOf(use.place));
}

/** How the content of a place would be made to fill it; a refusal where it cannot. */
export function wayToGrow(facts: ResizeFacts, geometry: Geometry, place: ResizePlace): Way | RefusedResize {
  const number = numberOf(place);
  const content = contentAt(facts, geometry, place);
  const { grow } = abilitiesOf(content, restrictionOf(facts, place));
  if (typeof grow === 'string') return refuse(grow, number);
  if (content?.state === 'errors') return refuse('file-system-errors', number);
  const use = useOf(facts, place);
  if (use?.use === 'elsewhere') return refuse('mounted-elsewhere', number);
  if (use?.use === 'swap') return refuse('swap-in-use', number);
  const isMounted = use !== null && !use.readOnly;
  if (isMounted && grow.includes('mounted')) return 'mounted';
  const [first = 'nothing'] = grow;
  const isReadOnly = facts.device?.readOnly === true || use?.readOnly === true;
  if (first === 'mounted') return isReadOnly ? refuse('device-read-only', number) : 'mounted';
  if (first === 'offline' || first === 'swap') return detachRefusal(facts) ?? first;
  return first;
}

/** How the content would be made smaller. */
export function wayToShrink(facts: ResizeFacts, geometry: Geometry, place: ResizePlace): Way | RefusedResize {
  const number = numberOf(place);
  const content = contentAt(facts, geometry, place);
  const { shrink } = abilitiesOf(content, restrictionOf(facts, place));
  switch (shrink) {
    case 'offline':
    case 'mounted':
    case 'swap':
    case 'nothing':
      break;
    default:
      return refuse(shrink === 'container' ? 'encrypted' : shrink, number);
  }
  if (content?.state === 'errors') return refuse('file-system-errors', number);
  const use = useOf(facts, place);
  const isReadOnly = use?.readOnly === true || facts.device?.readOnly === true;
  if (shrink === 'mounted' && isReadOnly) return refuse('device-read-only', number);
  return shrink;
}

/** Size of the file system itself, where its tools tell it and it may end before its place does. */
function fileSystemBytes(content: InspectedContent | null, placeBytes: bigint): bigint {
  const bytes = content?.fileSystemBytes ?? null;
  const known = bytes !== null && ['ext2', 'ext3', 'ext4', 'xfs', 'btrfs'].includes(content?.type ?? '');
  return known && BigInt(bytes) < placeBytes ? BigInt(bytes) : placeBytes;
}

/** How small a place can be made; its present size where it cannot. */
export function smallestPlace(facts: ResizeFacts, geometry: Geometry, place: ResizePlace, placeBytes: bigint): bigint {
  const content = contentAt(facts, geometry, place);
  const present = fileSystemBytes(content, placeBytes);
  const way = wayToShrink(facts, geometry, place);
  const known = facts.minimums.find((minimum) => minimum.place === place);
  switch (way) {
    case 'offline':
      return known === undefined ? present : least(present, smallestExt(facts, place, BigInt(known.sizeBytes)));
    case 'mounted':
      return known === undefined ? present : least(present, most(SMALLEST_BTRFS_BYTES, BigInt(known.sizeBytes)));
    case 'swap':
      return least(present, SMALLEST_SWAP_BYTES);
    case 'nothing':
      return least(present, place === 'whole' ? 4096n : 1n << 20n);
    default:
      return present;
  }
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function smallestExt({ groups }: ResizeFacts, place: ResizePlace, minimum: bigint): bigint {
  const found = groups.find((one) => one.place === place);
  return found === undefined ? minimum : withWholeLastGroup(minimum, found);
}

/** The smallest image that still holds everything. */
export function smallestImage(facts: ResizeFacts, geometry: Geometry): bigint {
  const { size, leaves, extended, usableStart } = geometry;
  if (geometry.kind === 'none') return roundUp(smallestPlace(facts, geometry, 'whole', size), most(512n, geometry.sector));
  const last = lastLeaf(geometry);
  const fixed = [...leaves.filter((part) => part !== last), ...(extended === null || last?.role === 'logical' ? [] : [extended])];
  const lastBytes = last === null ? 0n : last.start + smallestPlace(facts, geometry, last.number, last.size);
  const end = fixed.reduce((furthest, part) => most(furthest, part.end), most(usableStart + (1n << 20n), lastBytes));
  return least(size, roundUp(end, most(4096n, geometry.sector)) + tailBytes(geometry));
}

/** Every place as a choice for an image of `size`, with the reason where it is none. */
export function choicesFor(facts: ResizeFacts, geometry: Geometry, size: bigint): readonly PlaceChoice[] {
  const grows = size >= geometry.size;
  if (geometry.kind === 'none') {
    const refusal = grows ? wayToGrow(facts, geometry, 'whole') : wayToShrink(facts, geometry, 'whole');
    return [{ place: 'whole', refusal: typeof refusal === 'string' ? null : refusal }];
  }
  const places = geometry.leaves.map((part): PlaceChoice => {
    const refusal = grows ? growthRefusal(facts, geometry, part, size) : shrinkRefusal(facts, geometry, part);
    return { place: part.number, refusal };
  });
  return [...places, { place: 'free', refusal: freeRefusal(geometry, size) }];
}

function growthRefusal(facts: ResizeFacts, geometry: Geometry, part: Part, size: bigint): RefusedResize | null {
  const room = roomOf(geometry, part, size);
  if (room.end <= part.end) return room.next === null ? refuse('same-size', part.number) : refuse('in-the-way', room.next);
  const way = wayToGrow(facts, geometry, part.number);
  return typeof way === 'string' ? null : way;
}

function shrinkRefusal(facts: ResizeFacts, geometry: Geometry, part: Part): RefusedResize | null {
  const last = lastLeaf(geometry);
  if (last === null || last.number !== part.number) return refuse('in-the-way', last?.number ?? null);
  const way = wayToShrink(facts, geometry, part.number);
  return typeof way === 'string' ? null : way;
}

/** Free space at the end can give what the image loses only as far as it reaches. */
function freeRefusal(geometry: Geometry, size: bigint): RefusedResize | null {
  if (size >= geometry.size) return null;
  const ends = [...geometry.leaves, ...(geometry.extended === null ? [] : [geometry.extended])];
  const blocking = ends.find(({ end }) => end > usableEnd(geometry, size));
  return blocking === undefined ? null : refuse('in-the-way', blocking.number);
}

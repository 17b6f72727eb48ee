/** The plan of a resize: pure, from what is known of the image and what is wished. The window and main compute the same one. */
import type {
  PlannedFileSystem,
  RefusedResize,
  ResizeFacts,
  ResizePlace,
  ResizePlan,
  ResizeWarning,
  ResizeWish,
} from '../../ipc/resize.ts';
import { abilitiesOf, type Way } from './abilities.ts';
import {
  lastEnd,
  lastLeaf,
  layoutOf,
  least,
  most,
  readGeometry,
  roomOf,
  roundDown,
  roundUp,
  withSizes,
  type Geometry,
} from './geometry.ts';
import { endOfLastGroup } from './last-group.ts';
import { choicesFor, contentAt, detachRefusal, refuse, smallestImage, wayToGrow, wayToShrink } from './places.ts';
import { isOnline, stepsOf } from './steps.ts';

export interface ResizeQuestion {
  readonly wish: ResizeWish;
  /** Null: the last partition where it can, else nobody. */
  readonly place: ResizePlace | null;
}

/** Largest size Node can pass to ftruncate without rounding. */
const LARGEST_FILE_BYTES = BigInt(Number.MAX_SAFE_INTEGER);
/** Left on the disk of the file: for the undo file, and for everybody else. */
const KEPT_FREE_BYTES = 64n << 20n;

export function planResize(facts: ResizeFacts, { wish, place: asked }: ResizeQuestion): ResizePlan {
  const geometry = readGeometry(facts);
  const general = generalRefusal(facts);
  const smallest = general === null ? smallestImage(facts, geometry) : geometry.size;
  const largest = largestImage(facts, geometry);
  const size = wantedSize(facts, geometry, wish, smallest);
  const nothing = unchanged(facts, geometry, { smallest, largest });
  if (general !== null) return { ...nothing, refusal: general };
  const choices = choicesFor(facts, geometry, size);
  const direction = size > geometry.size ? 'grow' : size < geometry.size ? 'shrink' : typeof asked === 'number' ? 'grow' : 'same';
  const sized = { ...nothing, choices, direction, sizeBytes: String(size) } as const;
  const refused = sizeRefusal(facts, geometry, size, { wish, smallest, direction });
  const place = asked ?? choosePlace(geometry, sized);
  if (place === null) return { ...sized, refusal: refused ?? refuse('needs-choice') };
  const choice = choices.find((one) => one.place === place);
  const refusal = refused ?? (choice === undefined ? refuse('no-such-partition') : choice.refusal);
  if (refusal !== null) return { ...sized, place, refusal };
  return planPlace(facts, geometry, { ...sized, place }, size);
}

/** What forbids every resize of this image. */
function generalRefusal({ raw, writable, damaged, unfinished, table, whole, device }: ResizeFacts): RefusedResize | null {
  if (!raw) return refuse('not-raw');
  if (unfinished !== null) return refuse('unfinished');
  if (!writable) return refuse('not-writable');
  if (table?.type === 'hybrid') return refuse('only-read');
  if (table?.type === 'other') return refuse('table-unsupported');
  if (damaged) return refuse('damaged');
  if (device !== null && !device.own) return refuse('others-device');
  if (table === null && whole !== null) {
    const { grow, shrink } = abilitiesOf(whole);
    if (typeof grow === 'string' && grow === shrink) return refuse(grow);
  }
  return null;
}

function largestImage(facts: ResizeFacts, { size, sector }: Geometry): bigint {
  const free = most(0n, BigInt(facts.freeBytes) - KEPT_FREE_BYTES);
  return roundDown(least(size + free, LARGEST_FILE_BYTES - BigInt(facts.offsetBytes)), most(4096n, sector));
}

export function wantedSize(facts: ResizeFacts, geometry: Geometry, wish: ResizeWish, smallest: bigint): bigint {
  const unit = most(512n, geometry.sector);
  switch (wish.kind) {
    case 'to':
      return roundUp(BigInt(wish.sizeBytes), unit);
    case 'by':
      return roundUp(most(0n, geometry.size + BigInt(wish.bytes)), unit);
    case 'smallest':
      return smallest;
    case 'fill':
      return most(geometry.size, largestImage(facts, geometry));
    default:
      return wish satisfies never;
  }
}

function sizeRefusal(
  facts: ResizeFacts,
  geometry: Geometry,
  size: bigint,
  { wish, smallest, direction }: Pick<ResizeQuestion, 'wish'> & { readonly smallest: bigint; readonly direction: ResizePlan['direction'] },
): RefusedResize | null {
  const end = BigInt(facts.offsetBytes) + size;
  if (direction === 'same') return (wish.kind === 'smallest' ? whyNotSmaller(facts, geometry, smallest) : null) ?? refuse('same-size');
  if (size < smallest) return whyNotSmaller(facts, geometry, smallest) ?? refuse('too-small', null, smallest);
  if (end > LARGEST_FILE_BYTES) return refuse('file-too-large');
  if (direction === 'shrink') return detachRefusal(facts);
  if (size > geometry.size && hasDataBehind(facts, geometry)) return refuse('data-behind');
  const free = BigInt(facts.freeBytes);
  return end - BigInt(facts.fileBytes) > free ? refuse('no-space', null, free) : null;
}

/** Where nothing at all can be given the reason says more than the size. Null: what lies there could be made smaller. */
function whyNotSmaller(facts: ResizeFacts, geometry: Geometry, smallest: bigint): RefusedResize | null {
  const last = geometry.kind === 'none' ? 'whole' : (lastLeaf(geometry)?.number ?? null);
  const way = smallest < geometry.size || last === null ? null : wayToShrink(facts, geometry, last);
  return typeof way === 'string' ? null : way;
}

/** Something lies in the file behind the image: it is not ours to overwrite. A last incomplete sector is nothing. */
function hasDataBehind(facts: ResizeFacts, { size, sector }: Geometry): boolean {
  return BigInt(facts.fileBytes) - BigInt(facts.offsetBytes) - size >= most(512n, sector);
}

/** Growing: the last partition where it can, else nobody. Shrinking: free space where it is enough. Null: swap is made anew only when asked for. */
function choosePlace(geometry: Geometry, { choices, direction }: Pick<ResizePlan, 'choices' | 'direction'>): ResizePlace | null {
  if (geometry.kind === 'none') return 'whole';
  const isAllowed = (place: ResizePlace): boolean => choices.some((choice) => choice.place === place && choice.refusal === null);
  const last = lastLeaf(geometry);
  if (direction === 'shrink' && isAllowed('free')) return 'free';
  const mayTake = last !== null && last.content.type !== 'swap';
  if (direction === 'shrink') return mayTake ? last.number : null;
  return mayTake && isAllowed(last.number) ? last.number : 'free';
}

function unchanged(facts: ResizeFacts, geometry: Geometry, range: { readonly smallest: bigint; readonly largest: bigint }): ResizePlan {
  const layout = layoutOf(geometry, facts.whole);
  return {
    refusal: null,
    direction: 'same',
    place: geometry.kind === 'none' ? 'whole' : 'free',
    sizeBytes: facts.sizeBytes,
    fileBytes: facts.fileBytes,
    before: layout,
    after: layout,
    partitions: [],
    fileSystem: null,
    steps: [],
    warnings: [],
    choices: [],
    smallestBytes: String(range.smallest),
    largestBytes: String(range.largest),
  };
}

type Sized = ResizePlan & { readonly direction: 'grow' | 'shrink' | 'same' };

function planPlace(facts: ResizeFacts, geometry: Geometry, sized: Sized, size: bigint): ResizePlan {
  const { place } = sized;
  const grows = sized.direction === 'grow';
  const sizes = newSizes(geometry, place, size, grows);
  const after = withSizes(geometry, size, sizes);
  const changed = changedPartitions(geometry, sizes);
  const way = grows ? wayToGrow(facts, geometry, place) : wayToShrink(facts, geometry, place);
  const placed = place === 'free' || typeof way !== 'string' ? 'nothing' : way;
  const fileSystem = planFileSystem(facts, after, { place, way: placed, grows });
  const partition = geometry.leaves.find(({ number }) => number === place && sizes.has(number));
  const fileTo = newFileBytes(facts, geometry, size);
  const question = {
    facts,
    grows,
    place,
    size: { from: geometry.size, to: size },
    file: { from: BigInt(facts.fileBytes), to: fileTo },
    tableChanges: geometry.kind === 'gpt' ? size !== geometry.size || changed.length > 0 : changed.length > 0,
    partition: partition === undefined ? null : { number: partition.number, from: partition.size, to: sizes.get(partition.number) ?? 0n },
    fileSystem,
    cutsUnknown: cutsUnknown({ grows, place, way: placed }),
  };
  const online = isOnline(question);
  const busy = online ? null : detachRefusal(facts);
  if (busy !== null) return { ...sized, refusal: busy };
  return {
    ...sized,
    fileBytes: String(fileTo),
    after: layoutOf(after, facts.whole),
    partitions: changed,
    fileSystem,
    steps: stepsOf(question),
    warnings: warningsOf(facts, { place, way: placed, grows, online, fileSystem, geometry, size }),
  };
}

/** By number: the partition itself, and the extended one around it. */
export function newSizes(geometry: Geometry, place: ResizePlace, size: bigint, grows: boolean): ReadonlyMap<number, bigint> {
  const part = geometry.leaves.find(({ number }) => number === place);
  if (part === undefined) return new Map();
  const end = grows ? roomOf(geometry, part, size).end : least(part.end, lastEnd(geometry, size));
  const sizes = new Map(end === part.end ? [] : [[part.number, end - part.start] as const]);
  const { extended } = geometry;
  if (part.role !== 'logical' || extended === null) return sizes;
  const needed = grows ? most(extended.end, end) : least(extended.end, lastEnd(geometry, size));
  if (needed !== extended.end) sizes.set(extended.number, needed - extended.start);
  return sizes;
}

export function changedPartitions(geometry: Geometry, sizes: ReadonlyMap<number, bigint>): ResizePlan['partitions'] {
  const parts = [...geometry.leaves, ...(geometry.extended === null ? [] : [geometry.extended])];
  return parts.flatMap(({ number, start }) => {
    const size = sizes.get(number);
    return size === undefined ? [] : [{ number, startBytes: String(start), sizeBytes: String(size) }];
  });
}

/** The file ends where the image does, unless something lies behind the image. */
function newFileBytes(facts: ResizeFacts, geometry: Geometry, size: bigint): bigint {
  const file = BigInt(facts.fileBytes);
  const end = BigInt(facts.offsetBytes) + size;
  if (size >= geometry.size) return most(file, end);
  return hasDataBehind(facts, geometry) ? file : end;
}

function planFileSystem(
  facts: ResizeFacts,
  after: Geometry,
  { place, way, grows }: { readonly place: ResizePlace; readonly way: Way; readonly grows: boolean },
): PlannedFileSystem | null {
  if (way !== 'offline' && way !== 'mounted' && way !== 'swap') return null;
  const content = contentAt(facts, after, place);
  const part = after.leaves.find(({ number }) => number === place);
  const start = part?.start ?? 0n;
  const placeBytes = part?.size ?? after.size;
  const block = BigInt(content?.blockBytes ?? 4096);
  const full = roundDown(placeBytes, most(block, 512n));
  const groups = facts.groups.find((one) => one.place === place);
  // btrfs and swap know no groups.
  const to = groups === undefined || way === 'swap' ? full : endOfLastGroup(full, groups, way);
  const before = place === 'whole' ? BigInt(facts.sizeBytes) : partBytes(facts, place);
  const from = BigInt(content?.fileSystemBytes ?? before);
  // A file system that ends before its place may be small enough, or large enough, already.
  if (grows ? to <= from : to >= from) return null;
  return {
    type: content?.type ?? '',
    startBytes: String(start),
    fromBytes: String(from),
    toBytes: String(to),
    blockBytes: Number(block),
    how: way,
  };
}

function partBytes({ table }: ResizeFacts, place: ResizePlace): bigint {
  return BigInt(table?.partitions.find(({ number }) => number === place)?.sizeBytes ?? 0);
}

function cutsUnknown({ grows, place, way }: Pick<WarningsQuestion, 'grows' | 'place' | 'way'>): boolean {
  return !grows && way === 'nothing' && place !== 'free';
}

interface WarningsQuestion {
  readonly place: ResizePlace;
  readonly way: Way;
  readonly grows: boolean;
  readonly online: boolean;
  readonly fileSystem: PlannedFileSystem | null;
  readonly geometry: Geometry;
  readonly size: bigint;
}

function warningsOf(
  facts: ResizeFacts,
  { place, way, grows, online, fileSystem, geometry, size }: WarningsQuestion,
): readonly ResizeWarning[] {
  const isMounted = facts.device?.inUse.some(({ use }) => use === 'ours') === true;
  const found: (ResizeWarning | false)[] = [
    !grows && fileSystem !== null && way !== 'swap' && 'moves-data',
    cutsUnknown({ grows, place, way }) && 'cuts-unknown',
    way === 'swap' && fileSystem !== null && 'remakes-swap',
    !online && isMounted && 'unmounts',
    way === 'container' && 'container-only',
    grows && place === 'free' && 'stays-free',
    grows && geometry.kind === 'mbr' && size > geometry.sector << 32n && 'table-limit',
  ];
  return found.filter((warning) => warning !== false);
}

/** A new image of another size with the same files, where the file system has a fixed size: what it takes. Pure. */
import type { FileSystemName } from '../../ipc/file-systems.ts';
import { fileSystemRules } from '../../ipc/file-systems.ts';
import type { InspectedContent } from '../../ipc/inspection.ts';
import type { RefusedResize, ResizeFacts, ResizePlace, ResizePlan, ResizeWish } from '../../ipc/resize.ts';
import { lastEnd, lastLeaf, least, most, readGeometry, roundUp, tailBytes, type Geometry, type Part } from './geometry.ts';
import { changedPartitions, newSizes, wantedSize } from './plan.ts';
import { contentAt, refuse } from './places.ts';

/** By libblkid's TYPE. */
const names: Readonly<Record<string, FileSystemName>> = { vfat: 'fat', exfat: 'exfat', ntfs: 'ntfs' };

export interface RebuildPlan {
  readonly refusal: RefusedResize | null;
  readonly sizeBytes: string;
  readonly smallestBytes: string;
  readonly place: ResizePlace;
  readonly content: InspectedContent | null;
  readonly fileSystem: FileSystemName | null;
  /** Of the file system in the new image. */
  readonly startBytes: string;
  readonly placeBytes: string;
  /** Of the partition in the old one. */
  readonly oldPlaceBytes: string;
  /** An extended one around it included. */
  readonly partitions: ResizePlan['partitions'];
}

/** The place whose files would be copied: the whole image, or the last partition. Null: nothing there has a fixed size. */
export function rebuildPlace(facts: ResizeFacts): ResizePlace | null {
  const geometry = readGeometry(facts);
  const place = geometry.kind === 'none' ? 'whole' : (lastLeaf(geometry)?.number ?? null);
  const type = place === null ? '' : (contentAt(facts, geometry, place)?.type ?? '');
  return Object.hasOwn(names, type) ? place : null;
}

export function planRebuild(facts: ResizeFacts, wish: ResizeWish): RebuildPlan {
  const geometry = readGeometry(facts);
  const place = rebuildPlace(facts);
  const content = place === null ? null : contentAt(facts, geometry, place);
  const fileSystem = names[content?.type ?? ''] ?? null;
  const part = geometry.leaves.find(({ number }) => number === place);
  const smallest = smallestImage(geometry, part, content, fileSystem);
  const size = wantedSize(facts, geometry, wish, smallest);
  const sizes = place === null ? new Map<number, bigint>() : newSizes(geometry, place, size, size >= geometry.size);
  const placeBytes = part === undefined ? size : (sizes.get(part.number) ?? part.size);
  return {
    refusal: refusalOf(facts, { fileSystem, size, smallest, geometry }),
    sizeBytes: String(size),
    smallestBytes: String(smallest),
    place: place ?? 'whole',
    content,
    fileSystem,
    startBytes: String(part?.start ?? 0n),
    placeBytes: String(placeBytes),
    oldPlaceBytes: String(part?.size ?? geometry.size),
    partitions: changedPartitions(geometry, sizes),
  };
}

/** Its files with an eighth for tables, whose size nobody knows before they are made. */
function smallestImage(
  geometry: Geometry,
  part: Part | undefined,
  content: InspectedContent | null,
  fileSystem: FileSystemName | null,
): bigint {
  if (fileSystem === null) return geometry.size;
  const used = content?.usedBytes ?? null;
  // Without knowing, what they have now is enough.
  if (used === null) return geometry.size;
  const needed = most(BigInt(used) + BigInt(used) / 8n + (4n << 20n), BigInt(fileSystemRules[fileSystem].smallestBytes));
  return roundUp((part?.start ?? 0n) + needed, most(4096n, geometry.sector)) + tailBytes(geometry);
}

interface Question {
  readonly fileSystem: FileSystemName | null;
  readonly size: bigint;
  readonly smallest: bigint;
  readonly geometry: Geometry;
}

function refusalOf(facts: ResizeFacts, { fileSystem, size, smallest, geometry }: Question): RefusedResize | null {
  const { raw, unfinished, table, damaged } = facts;
  if (!raw) return refuse('not-raw');
  if (unfinished !== null) return refuse('unfinished');
  if (table?.type === 'hybrid' || table?.type === 'other') return refuse('table-unsupported');
  if (damaged) return refuse('damaged');
  if (fileSystem === null) return refuse('in-place');
  if (size < smallest) return refuse('too-small', null, smallest);
  const largest = BigInt(fileSystemRules[fileSystem].largestBytes);
  return least(size, lastEnd(geometry, size)) > largest ? refuse('file-too-large') : null;
}

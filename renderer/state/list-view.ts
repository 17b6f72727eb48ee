/** What the list shows and in which order: search, filter, sort. Pure. */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { allMounts, isInUse, isMounted, nodePath, titleOf } from './device-facts.ts';
import { isSystemDevice } from './system-devices.ts';

export const filters = ['all', 'mounted', 'in-use', 'read-only', 'system'] as const;
export type Filter = (typeof filters)[number];

export const sortOrders = ['name', 'newest', 'size', 'activity', 'number'] as const;
export type SortOrder = (typeof sortOrders)[number];

export interface ListQuery {
  readonly search: string;
  readonly filter: Filter;
  readonly sort: SortOrder;
  readonly showSystem: boolean;
  /** How busy devices are, by number; only looked at for the order by activity. */
  readonly busyness?: ReadonlyMap<number, number>;
}

export interface ListView {
  readonly devices: readonly LoopDevice[];
  /** Devices of the system, whether they are shown or not. */
  readonly systemCount: number;
  /** Devices that could be listed with no search and no filter. */
  readonly candidateCount: number;
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Applies search, filter and order to the devices. */
export function viewList(devices: readonly LoopDevice[], query: ListQuery): ListView {
  let systemCount = 0;
  const needle = query.search.trim().toLocaleLowerCase();
  const candidates: LoopDevice[] = [];
  for (const device of devices) {
    const system = isSystemDevice(device);
    if (system) systemCount += 1;
    const wanted = query.filter === 'system' ? system : !system || query.showSystem;
    if (wanted) candidates.push(device);
  }
  const found = candidates.filter((device) => passes(device, query.filter) && (needle === '' || matches(device, needle)));
  return { devices: found.toSorted(comparerOf(query)), systemCount, candidateCount: candidates.length };
}

function passes(device: LoopDevice, filter: Filter): boolean {
  switch (filter) {
    case 'all':
    case 'system':
      return true;
    case 'mounted':
      return isMounted(device);
    case 'in-use':
      return isInUse(device);
    case 'read-only':
      return device.readOnly;
  }
}

/** Searches file name and path, node, reference, mount points and file-system types. */
function matches(device: LoopDevice, needle: string): boolean {
  const texts = [device.backingFile?.text ?? '', nodePath(device), device.reference?.text ?? ''];
  for (const mount of allMounts(device)) texts.push(mount.mountPoint.text, mount.fileSystemType);
  return texts.some((text) => text.toLocaleLowerCase().includes(needle));
}

type Comparer = (left: LoopDevice, right: LoopDevice) => number;

function comparerOf({ sort, busyness }: ListQuery): Comparer {
  if (sort !== 'activity') return comparers[sort];
  const score = ({ number }: LoopDevice): number => busyness?.get(number) ?? 0;
  return (left, right) => score(right) - score(left) || comparers.name(left, right);
}

const comparers: Readonly<Record<Exclude<SortOrder, 'activity'>, Comparer>> = {
  name: (left, right) => collator.compare(titleOf(left), titleOf(right)) || left.number - right.number,
  // The kernel counts diskseq up with every attach, so the largest is the newest.
  newest: (left, right) => compareBig(BigInt(right.diskseq), BigInt(left.diskseq)),
  size: (left, right) => compareBig(BigInt(right.sizeBytes), BigInt(left.sizeBytes)) || left.number - right.number,
  number: (left, right) => left.number - right.number,
};

function compareBig(left: bigint, right: bigint): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

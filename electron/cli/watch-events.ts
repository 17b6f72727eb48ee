/**
 * The events of `platter watch --json`, made from two states of a device (platter(1), WATCH). Pure. Other programs rely on this: names
 * and fields stay, new ones may come; {@link STREAM_VERSION} grows when something that was there means something else.
 */
import type { DeviceChanges, LoopDevice, Mount, Partition } from '../../native-helper/protocol/devices.ts';
import { nodePath } from './device-names.ts';

export const STREAM_VERSION = 1;

/** Which device: every event about one carries this. */
export interface Subject {
  readonly number: number;
  readonly node: string;
  readonly diskseq: string;
}

/** Fields of a device whose change is told as such. */
const settings = [
  'sizeBytes',
  'readOnly',
  'autoclear',
  'partitionScan',
  'directIo',
  'offsetBytes',
  'sizeLimitBytes',
  'logicalBlockSizeBytes',
  'backingFile',
  'backingFileState',
  'identity',
  'reference',
  'ownership',
  'attachment',
] as const satisfies readonly (keyof LoopDevice)[];

/** `partition` null: the whole device. */
interface Place extends Subject {
  readonly partition: number | null;
}

export type WatchEvent =
  | { readonly event: 'device-added'; readonly device: LoopDevice & { readonly node: string } }
  | ({ readonly event: 'device-removed' } & Subject)
  | ({
      readonly event: 'device-changed';
      /** Which fields are other than before. */
      readonly fields: readonly string[];
      readonly device: LoopDevice & { readonly node: string };
    } & Subject)
  | ({ readonly event: 'partition-added' | 'partition-changed'; readonly partition: number; readonly partitionNode: string } & Subject &
      Pick<Partition, 'startBytes' | 'sizeBytes' | 'readOnly' | 'deviceNumber'>)
  | ({ readonly event: 'partition-removed'; readonly partition: number; readonly partitionNode: string } & Subject)
  | ({ readonly event: 'mounted' | 'unmounted'; readonly mount: Mount } & Place)
  | ({ readonly event: 'swap-on' | 'swap-off' } & Place)
  /** Device-mapper and MD devices on top, by name. */
  | ({ readonly event: 'holder-added' | 'holder-removed'; readonly holder: string } & Subject)
  /** Numbers of the nodes without an image. */
  | { readonly event: 'nodes-changed'; readonly unboundNumbers: readonly number[] };

/** Takes in changes and tells them apart; keeps the state to compare the next ones with. */
export class WatchedDevices {
  readonly #devices: Map<number, LoopDevice>;
  #unboundNumbers: readonly number[];

  constructor(devices: readonly LoopDevice[], unboundNumbers: readonly number[]) {
    this.#devices = new Map(devices.map((device) => [device.number, device]));
    this.#unboundNumbers = unboundNumbers;
  }

  get all(): readonly LoopDevice[] {
    return [...this.#devices.values()];
  }

  /** What went first, so that nothing is told of a device that is not there. */
  accept({ changed, removed, unboundNumbers }: DeviceChanges): readonly WatchEvent[] {
    const events: WatchEvent[] = [];
    for (const number of removed) {
      const before = this.#devices.get(number);
      this.#devices.delete(number);
      if (before !== undefined) events.push({ event: 'device-removed', ...subjectOf(before) });
    }
    for (const device of changed) {
      const before = this.#devices.get(device.number);
      this.#devices.set(device.number, device);
      events.push(...eventsBetween(before, device));
    }
    if (unboundNumbers.join() !== this.#unboundNumbers.join()) events.push({ event: 'nodes-changed', unboundNumbers });
    this.#unboundNumbers = unboundNumbers;
    return events;
  }
}

function eventsBetween(before: LoopDevice | undefined, device: LoopDevice): readonly WatchEvent[] {
  const withNode = { node: nodePath(device.number), ...device };
  if (before === undefined) return [{ event: 'device-added', device: withNode }];
  // Another image under the same number is another device.
  if (before.diskseq !== device.diskseq) {
    return [
      { event: 'device-removed', ...subjectOf(before) },
      { event: 'device-added', device: withNode },
    ];
  }
  const subject = subjectOf(device);
  const fields = settings.filter((field) => !isSame(before[field], device[field]));
  return [
    ...useEvents({ ...subject, partition: null }, before, device),
    ...holderEvents(subject, before, device),
    ...partitionEvents(subject, before, device),
    ...(fields.length === 0 ? [] : [{ event: 'device-changed', ...subject, fields, device: withNode } as const]),
  ];
}

export function subjectOf({ number, diskseq }: LoopDevice): Subject {
  return { number, node: nodePath(number), diskseq };
}

interface Use {
  readonly mounts: readonly Mount[];
  readonly usedAsSwap: boolean;
}

function useEvents(place: Place, before: Use, now: Use): WatchEvent[] {
  const gone = before.mounts.filter((mount) => !now.mounts.some((one) => isSame(one, mount)));
  const come = now.mounts.filter((mount) => !before.mounts.some((one) => isSame(one, mount)));
  const swap = before.usedAsSwap === now.usedAsSwap ? [] : [{ event: now.usedAsSwap ? 'swap-on' : 'swap-off', ...place } as const];
  return [
    ...gone.map((mount) => ({ event: 'unmounted', ...place, mount }) as const),
    ...come.map((mount) => ({ event: 'mounted', ...place, mount }) as const),
    ...swap,
  ];
}

function holderEvents(subject: Subject, before: LoopDevice, now: LoopDevice): WatchEvent[] {
  const gone = before.holders.filter((holder) => !now.holders.includes(holder));
  const come = now.holders.filter((holder) => !before.holders.includes(holder));
  return [
    ...gone.map((holder) => ({ event: 'holder-removed', ...subject, holder }) as const),
    ...come.map((holder) => ({ event: 'holder-added', ...subject, holder }) as const),
  ];
}

const unused: Use = { mounts: [], usedAsSwap: false };

function partitionEvents(subject: Subject, before: LoopDevice, now: LoopDevice): WatchEvent[] {
  const events: WatchEvent[] = [];
  const nodeOf = (partition: number): string => `${subject.node}p${partition}`;
  for (const { number: partition, ...use } of before.partitions) {
    if (now.partitions.some(({ number }) => number === partition)) continue;
    events.push(...useEvents({ ...subject, partition }, use, unused));
    events.push({ event: 'partition-removed', ...subject, partition, partitionNode: nodeOf(partition) });
  }
  for (const found of now.partitions) {
    const { number: partition, startBytes, sizeBytes, readOnly, deviceNumber } = found;
    const place = { startBytes, sizeBytes, readOnly, deviceNumber };
    const known = before.partitions.find(({ number }) => number === partition);
    const event = known === undefined ? 'partition-added' : isSame(placeOf(known), place) ? null : 'partition-changed';
    if (event !== null) events.push({ event, ...subject, partition, partitionNode: nodeOf(partition), ...place });
    events.push(...useEvents({ ...subject, partition }, known ?? unused, found));
  }
  return events;
}

function placeOf({ startBytes, sizeBytes, readOnly, deviceNumber }: Partition): object {
  return { startBytes, sizeBytes, readOnly, deviceNumber };
}

/** Both come from JSON with their fields in the same order. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * The live list: what is attached, by number and by file, and what changed since it was last told. Pure; live-devices.ts feeds it.
 * Everything here costs the same whether one device is attached or a thousand, except the full list itself.
 */
import type { DeviceChanges, DeviceSnapshot } from '../protocol/devices.ts';
import { writeWith } from '../rpc/replies.ts';
import { identityKey, sameFacts, sameList, toLoopDevice, type DeviceEntry, type DeviceReading } from './device-facts.ts';

/** True when nothing that the window shows differs. */
export function sameReading(a: DeviceReading, b: DeviceReading): boolean {
  return (
    a.ownership === b.ownership &&
    (a.attachment === null) === (b.attachment === null) &&
    sameFacts(a.facts, b.facts) &&
    a.use.usedAsSwap === b.use.usedAsSwap &&
    sameList(a.use.mounts, b.use.mounts) &&
    sameList(a.partitions, b.partitions) &&
    sameList(a.holders, b.holders)
  );
}

export class DeviceState {
  #entries = new Map<number, DeviceEntry>();
  #unbound = new Set<number>();
  /** File to devices; only filled where identities are known (root). */
  #byIdentity = new Map<string, Set<number>>();
  /** Partition `259:1` to its device. */
  #byPartition = new Map<string, number>();
  #changed = new Set<number>();
  #removed = new Set<number>();
  #unboundChanged = false;
  #revision = 0;
  /** The list of this revision, once somebody has asked for it. */
  #snapshot: DeviceSnapshot | null = null;

  get(number: number): DeviceEntry | undefined {
    return this.#entries.get(number);
  }

  get attachedCount(): number {
    return this.#entries.size;
  }

  attachedNumbers(): readonly number[] {
    return [...this.#entries.keys()];
  }

  /** Every number with a node, attached or not. */
  knownNumbers(): readonly number[] {
    return [...this.#entries.keys(), ...this.#unbound];
  }

  /** Devices that were seen with this file; to be verified before anything is decided. */
  numbersOf(key: string): readonly number[] {
    return [...(this.#byIdentity.get(key) ?? [])];
  }

  /** The device a partition such as `259:1` belongs to. */
  deviceOfPartition(deviceNumber: string): number | undefined {
    return this.#byPartition.get(deviceNumber);
  }

  /** Takes over what was read of a device that is attached. False: it is known so already. */
  setAttached(reading: DeviceReading): boolean {
    const { number } = reading.facts;
    const before = this.#entries.get(number);
    if (before !== undefined && sameReading(before, reading)) return false;
    const entry = { ...reading, wire: toLoopDevice(reading), text: null };
    if (before !== undefined) this.#unindex(before);
    this.#entries.set(number, entry);
    this.#index(entry);
    this.#setUnbound(number, false);
    this.#changed.add(number);
    this.#removed.delete(number);
    return true;
  }

  /** Nothing is attached to this number; `exists` tells whether there is still a node. */
  setDetached(number: number, exists: boolean): void {
    const before = this.#entries.get(number);
    if (before !== undefined) {
      this.#unindex(before);
      this.#entries.delete(number);
      this.#changed.delete(number);
      this.#removed.add(number);
    }
    this.#setUnbound(number, exists);
  }

  #setUnbound(number: number, unbound: boolean): void {
    if (this.#unbound.has(number) === unbound) return;
    if (unbound) this.#unbound.add(number);
    else this.#unbound.delete(number);
    this.#unboundChanged = true;
  }

  #index(entry: DeviceEntry): void {
    for (const partition of entry.partitions) this.#byPartition.set(partition.deviceNumber, entry.facts.number);
    if (entry.facts.identity === null) return;
    const key = identityKey(entry.facts.identity);
    const numbers = this.#byIdentity.get(key);
    if (numbers === undefined) this.#byIdentity.set(key, new Set([entry.facts.number]));
    else numbers.add(entry.facts.number);
  }

  #unindex(entry: DeviceEntry): void {
    for (const partition of entry.partitions) {
      if (this.#byPartition.get(partition.deviceNumber) === entry.facts.number) this.#byPartition.delete(partition.deviceNumber);
    }
    if (entry.facts.identity === null) return;
    const key = identityKey(entry.facts.identity);
    const numbers = this.#byIdentity.get(key);
    numbers?.delete(entry.facts.number);
    if (numbers?.size === 0) this.#byIdentity.delete(key);
  }

  get hasChanges(): boolean {
    return this.#changed.size > 0 || this.#removed.size > 0 || this.#unboundChanged;
  }

  /** What changed since the last call, as one new revision; null when nothing did. */
  takeChanges(): DeviceChanges | null {
    if (!this.hasChanges) return null;
    this.#revision++;
    this.#snapshot = null;
    const changes: DeviceChanges = {
      revision: this.#revision,
      changed: ascending(this.#changed).flatMap((number) => this.#entries.get(number)?.wire ?? []),
      removed: ascending(this.#removed),
      unboundNumbers: ascending(this.#unbound),
    };
    this.#changed.clear();
    this.#removed.clear();
    this.#unboundChanged = false;
    return changes;
  }

  get revision(): number {
    return this.#revision;
  }

  /** The whole list. Call {@link takeChanges} before, so that the revision stands for what is in it. */
  snapshot(): DeviceSnapshot {
    this.#snapshot ??= this.#makeSnapshot();
    return this.#snapshot;
  }

  #makeSnapshot(): DeviceSnapshot {
    const entries = ascending(this.#entries.keys()).flatMap((number) => this.#entries.get(number) ?? []);
    const snapshot = { revision: this.#revision, devices: entries.map(({ wire }) => wire), unboundNumbers: ascending(this.#unbound) };
    let text: string | null = null;
    return writeWith(snapshot, () => (text ??= snapshotText(snapshot, entries)));
  }
}

function snapshotText({ revision, unboundNumbers }: DeviceSnapshot, entries: readonly DeviceEntry[]): string {
  const devices = entries.map((entry) => (entry.text ??= JSON.stringify(entry.wire)));
  return `{"revision":${revision},"devices":[${devices.join(',')}],"unboundNumbers":${JSON.stringify(unboundNumbers)}}`;
}

function ascending(numbers: Iterable<number>): number[] {
  return [...numbers].toSorted((a, b) => a - b);
}

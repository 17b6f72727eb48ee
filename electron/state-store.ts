/**
 * The state every window shows, with its revision. The only place that changes it; each change goes to all listeners as
 * a difference. Main process.
 */
import type { DeviceSnapshot, LoopDevice } from '../native-helper/protocol/devices.ts';
import type { AppState, StateChange } from './ipc/state.ts';

export type StateListener = (change: StateChange) => void;

/** Everything of the state that is replaced as a whole. */
export type StateFields = Omit<StateChange, 'revision' | 'devices' | 'unboundNumbers'>;

/** What the helper said changed since its revision before. */
export interface DeviceDifference {
  readonly changed: readonly LoopDevice[];
  readonly removed: readonly number[];
  readonly unboundNumbers: readonly number[];
}

export class StateStore {
  readonly #listeners = new Set<StateListener>();
  readonly #devices = new Map<number, LoopDevice>();
  #fields: Omit<AppState, 'devices'>;

  constructor(start: Omit<AppState, 'revision' | 'devices' | 'unboundNumbers'>) {
    this.#fields = { ...start, revision: 1, unboundNumbers: [] };
  }

  /** The whole state; devices by number. */
  snapshot(): AppState {
    return { ...this.#fields, devices: [...this.#devices.values()].toSorted((a, b) => a.number - b.number) };
  }

  device(number: number): LoopDevice | undefined {
    return this.#devices.get(number);
  }

  devices(): IterableIterator<LoopDevice> {
    return this.#devices.values();
  }

  get<K extends Exclude<keyof AppState, 'devices'>>(field: K): Omit<AppState, 'devices'>[K] {
    return this.#fields[field];
  }

  /** Calls `listener` for every change from now on; returns the function that ends it. */
  onChange(listener: StateListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  update(fields: StateFields): void {
    this.#commit(fields);
  }

  applyDifference({ changed, removed, unboundNumbers }: DeviceDifference): void {
    for (const number of removed) this.#devices.delete(number);
    for (const device of changed) this.#devices.set(device.number, device);
    this.#commit({ devices: { changed, removed }, ...this.#ifOtherNumbers(unboundNumbers) });
  }

  /** Takes over a complete list, telling listeners only of what is different. `fields` change in the same step. */
  replaceDevices(snapshot: Pick<DeviceSnapshot, 'devices' | 'unboundNumbers'>, fields: StateFields = {}): void {
    const present = new Set(snapshot.devices.map((device) => device.number));
    const removed = [...this.#devices.keys()].filter((number) => !present.has(number));
    const changed = snapshot.devices.filter((device) => !isSameDevice(this.#devices.get(device.number), device));
    for (const number of removed) this.#devices.delete(number);
    for (const device of changed) this.#devices.set(device.number, device);
    const devices = changed.length + removed.length > 0 ? { devices: { changed, removed } } : {};
    this.#commit({ ...fields, ...devices, ...this.#ifOtherNumbers(snapshot.unboundNumbers) });
  }

  #ifOtherNumbers(unboundNumbers: readonly number[]): Pick<StateChange, 'unboundNumbers'> {
    return isEqualData(this.#fields.unboundNumbers, unboundNumbers) ? {} : { unboundNumbers };
  }

  #commit(change: Omit<StateChange, 'revision'>): void {
    if (Object.keys(change).length === 0) return;
    const { devices: _devices, ...fields } = change;
    const revision = this.#fields.revision + 1;
    this.#fields = { ...this.#fields, ...fields, revision };
    for (const listener of this.#listeners) listener({ ...change, revision });
  }
}

function isSameDevice(before: LoopDevice | undefined, after: LoopDevice): boolean {
  return before !== undefined && isEqualData(before, after);
}

/** Devices come from JSON with their fields always in the same order, so their text tells equality. */
function isEqualData(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

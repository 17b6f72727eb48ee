/** The window's copy of the state: pure functions that put snapshots and changes together, newest revision first. */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { AppState, StateChange } from '../../electron/ipc/state.ts';

export type ChangeResult =
  | { readonly kind: 'applied'; readonly state: AppState }
  /** Not newer than what is there. */
  | { readonly kind: 'stale' }
  /** A change in between is missing: the whole state must be fetched again. */
  | { readonly kind: 'gap' };

/** Puts one change onto the state. Devices that did not change keep their identity, so that their rows are not drawn again. */
export function applyChange(state: AppState, change: StateChange): ChangeResult {
  if (change.revision <= state.revision) return { kind: 'stale' };
  if (change.revision > state.revision + 1) return { kind: 'gap' };
  const { devices, ...fields } = change;
  const next = devices === undefined ? state.devices : mergeDevices(state.devices, devices.changed, devices.removed);
  return { kind: 'applied', state: { ...state, ...fields, devices: next } };
}

/** Replaces, adds and removes devices by number; the result is in ascending order of numbers. */
export function mergeDevices(
  present: readonly LoopDevice[],
  changed: readonly LoopDevice[],
  removed: readonly number[],
): readonly LoopDevice[] {
  if (changed.length === 0 && removed.length === 0) return present;
  const byNumber = new Map(present.map((device) => [device.number, device]));
  for (const number of removed) byNumber.delete(number);
  for (const device of changed) byNumber.set(device.number, device);
  return [...byNumber.values()].toSorted((left, right) => left.number - right.number);
}

/** Merges two successive differences of the device list into one, for a peer that reads slower than devices change. */
import type { DeviceChanges } from '../protocol/devices.ts';

/** `earlier` then `later`: per device the later word counts, and the result has the later revision. */
export function mergeChanges(earlier: DeviceChanges | null, later: DeviceChanges): DeviceChanges {
  if (earlier === null) return later;
  const changed = new Map(earlier.changed.map((device) => [device.number, device]));
  const removed = new Set(earlier.removed);
  for (const number of later.removed) {
    changed.delete(number);
    removed.add(number);
  }
  for (const device of later.changed) {
    changed.set(device.number, device);
    removed.delete(device.number);
  }
  return { ...later, changed: [...changed.values()], removed: [...removed] };
}

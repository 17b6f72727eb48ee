/**
 * Reads the kernel's loop devices in this process: the helper's own reader, for commands that only look. A second start
 * of Node would cost more than reading a thousand devices. It opens no device for writing and changes nothing; what
 * only root may know is left out for everybody else, as in the view-only helper.
 */
import { LiveDevices } from '../../native-helper/operations/live-devices.ts';
import type { DeviceSnapshot, LoopDevice } from '../../native-helper/protocol/devices.ts';

function createReader(): LiveDevices {
  const isRoot = process.geteuid?.() === 0;
  return new LiveDevices({
    mode: isRoot ? 'elevated' : 'view',
    // The records belong to root, and to root everything belongs (DESIGN.md §3).
    records: isRoot ? { ownershipOf: () => 'own', forget: () => {} } : null,
    notify: () => {},
    drain: () => {},
  });
}

/** All loop devices now. */
export function readDevices(): DeviceSnapshot {
  return createReader().list();
}

/** One device now; null when nothing is attached to it or there is none. */
export function readDevice(number: number): LoopDevice | null {
  return createReader().refresh(number)?.wire ?? null;
}

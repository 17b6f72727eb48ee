/**
 * Reads the kernel's loop devices in this process: the helper's own reader, for commands that only look. A second start
 * of Node would cost more than reading a thousand devices. What only root may know is left out for everybody else, as in
 * the view-only helper.
 */
import { readDeviceOnce, readDevicesOnce, type Reader } from '../../native-helper/operations/read-once.ts';
import type { DeviceSnapshot, LoopDevice } from '../../native-helper/protocol/devices.ts';

function reader(): Reader {
  // The records belong to root, and to root everything belongs (DESIGN.md §3).
  return process.geteuid?.() === 0 ? { mode: 'elevated', ownership: 'own' } : { mode: 'view', ownership: 'unknown' };
}

/** All loop devices now. */
export function readDevices(): DeviceSnapshot {
  return readDevicesOnce(reader());
}

/** One device now; null when nothing is attached to it or there is none. */
export function readDevice(number: number): LoopDevice | null {
  return readDeviceOnce(number, reader());
}

/**
 * Reads the kernel's loop devices in this process: the helper's own reader, for commands that only look. A second start
 * of Node would cost more than reading a thousand devices. What only root may know is left out for everybody else, as in
 * the view-only helper.
 */
import { listHolders, listTrees } from '../../native-helper/operations/holders/holder-list.ts';
import { readDeviceOnce, readDevicesOnce, type Reader } from '../../native-helper/operations/read-once.ts';
import type { DeviceSnapshot, LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { HolderDevice, HolderList } from '../../native-helper/protocol/holders.ts';

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

/**
 * Who uses a device, as this user may find it: of other users' processes only root is told. Null when it is gone.
 */
export async function readHolders(number: number, signal?: AbortSignal): Promise<HolderList | null> {
  const uid = process.geteuid?.() ?? 0;
  const { devices } = readDevices();
  return listHolders({ number, loops: devices, uid, others: 'leave-out', isRoot: uid === 0, ...(signal === undefined ? {} : { signal }) });
}

/** The trees of several devices with one look at every process; `devices` are all that are attached. Without those that are gone. */
export async function readTrees(devices: readonly LoopDevice[], signal: AbortSignal): Promise<ReadonlyMap<number, HolderDevice>> {
  const uid = process.geteuid?.() ?? 0;
  return listTrees(
    devices.map(({ number }) => number),
    { loops: devices, uid, others: 'leave-out', signal },
  );
}

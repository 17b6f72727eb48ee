/**
 * Keeps the names of other users' programs, which were told once by permission, in lists that only count them: the system is
 * not asked anew with every look. Pure but for asking whether a process still runs.
 */
import type { HolderDevice, HolderList, HolderProcess } from '../../native-helper/protocol/holders.ts';
import { devicesOf, processKey } from '../ipc/holder-facts.ts';

/** The counted list, with those of the named one that it leaves out and that are `alive`. */
export function mergeNamed(counted: HolderList, named: HolderList, alive: (process: HolderProcess) => boolean): HolderList {
  if (counted.hiddenProcesses === 0) return counted;
  const before = new Map(devicesOf(named.root).map((device) => [device.name, device]));
  const added = new Set<string>();
  const join = (present: readonly HolderProcess[], known: readonly HolderProcess[] = []): readonly HolderProcess[] => {
    const there = new Set(present.map(processKey));
    const more = known.filter((process) => !there.has(processKey(process)) && alive(process));
    for (const process of more) added.add(processKey(process));
    return [...present, ...more];
  };
  const merge = (device: HolderDevice): HolderDevice => {
    const known = before.get(device.name);
    return {
      ...device,
      mounts: device.mounts.map((mount) => ({
        ...mount,
        processes: join(mount.processes, known?.mounts.find(({ mountId }) => mountId === mount.mountId)?.processes),
      })),
      processes: join(device.processes, known?.processes),
      devices: device.devices.map(merge),
    };
  };
  const root = merge(counted.root);
  return { ...counted, root, hiddenProcesses: Math.max(0, counted.hiddenProcesses - added.size) };
}

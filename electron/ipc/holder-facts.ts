/** Facts about a list of holders that the window, main and the command line draw in the same way. Pure. */
import type { HolderDevice, HolderList, HolderMount, HolderProcess } from '../../native-helper/protocol/holders.ts';

/** Where Platter mounts; anything elsewhere is not ours. */
export const MEDIA_FOLDER = '/run/media/';

/** The device and all on top of it, in the order of the tree. */
export function devicesOf(device: HolderDevice): readonly HolderDevice[] {
  return [device, ...device.devices.flatMap(devicesOf)];
}

/** One name for a process for ever. */
export function processKey({ pid, startTime }: Pick<HolderProcess, 'pid' | 'startTime'>): string {
  return `${pid}:${startTime}`;
}

/** Every process of the tree once, with all its uses, in the order of the tree. */
export function processesOf({ root }: Pick<HolderList, 'root'>): readonly HolderProcess[] {
  const found = new Map<string, HolderProcess>();
  for (const device of devicesOf(root)) {
    for (const process of [...device.mounts.flatMap((mount) => mount.processes), ...device.processes]) {
      const before = found.get(processKey(process));
      const uses = [...(before?.uses ?? []), ...process.uses];
      found.set(processKey(process), { ...process, uses, moreUses: (before?.moreUses ?? 0) + process.moreUses });
    }
  }
  return [...found.values()];
}

/** A mount that a detach takes away by itself. */
export function isOwnMount(mount: HolderMount): boolean {
  return mount.namespace === null && mount.inside.length === 0 && mount.mountPoint.text.startsWith(MEDIA_FOLDER);
}

/** Mounts that only whoever made them takes away. */
export function foreignMountsOf({ root }: HolderList): readonly HolderMount[] {
  return devicesOf(root)
    .flatMap(({ mounts }) => mounts)
    .filter((mount) => !isOwnMount(mount));
}

/** Devices on top, other than partitions. */
export function stackedDevicesOf({ root }: HolderList): readonly HolderDevice[] {
  return devicesOf(root).filter((device) => device !== root && device.kind !== 'partition');
}

/** Nothing is left that a detach does not take away by itself. */
export function isFree(list: HolderList): boolean {
  return (
    list.hiddenProcesses === 0 &&
    list.unexplained !== 'yes' &&
    processesOf(list).length === 0 &&
    foreignMountsOf(list).length === 0 &&
    stackedDevicesOf(list).length === 0 &&
    devicesOf(list.root).every(({ swaps }) => swaps.length === 0)
  );
}

/** Equal for lists with the same users. Ids of mounts are left out: they change when a mount is made again. */
export function signatureOf(list: HolderList): string {
  const devices = devicesOf(list.root).map(({ name, mounts, swaps, processes }) => [
    name,
    mounts.map(({ mountPoint, inside, processes: inMount }) => [mountPoint.text, inside.length, inMount.map(processKey)]),
    swaps.map(({ text }) => text),
    processes.map(processKey),
  ]);
  return JSON.stringify([devices, list.hiddenProcesses, list.unexplained]);
}

/** Puts devices, mounts, swap and processes together as the tree of the protocol. Pure but for the names of programs. */
import { readProcessStatus } from '../../linux/processes.ts';
import type { HolderDevice, HolderMount, HolderProcess, MountNamespace } from '../../protocol/holders.ts';
import { toDecimal, toKernelText } from '../../protocol/scalars.ts';
import type { StackNode } from './holder-stack.ts';
import { toHolderProcess, type FoundProcess } from './found-process.ts';
import type { FoundMount, MountPlaces } from './mount-places.ts';
import { nodeKey, type PlaceKey } from './process-scan.ts';

/** Programs named of another namespace. */
const MOST_PROGRAMS = 8;

export interface TreeSources {
  readonly places: MountPlaces;
  /** Those that may be named. */
  readonly processes: readonly FoundProcess[];
  readonly namespaces: ReadonlyMap<string, readonly number[]>;
  readonly ownNamespace: string;
  readonly isNamed: (pid: number) => boolean;
  /** Paths of /proc/swaps. */
  readonly swaps: readonly Uint8Array[];
}

export function buildHolderTree(node: StackNode, sources: TreeSources): HolderDevice {
  const { block, loop, above } = node;
  const device = sources.places.ofNode(block.deviceNumber);
  const found = sources.places.mounts().filter((mount) => mount.device.name === block.name);
  const btrfsDevices = device?.btrfsDevices ?? [];
  const title = block.title === null ? (loop?.backingFile ?? null) : toKernelText(Buffer.from(block.title, 'latin1'));
  return {
    kind: block.kind,
    name: block.name,
    deviceNumber: block.deviceNumber,
    title,
    mounts: found.map((mount) => toMount(mount, sources)),
    swaps: sources.swaps.filter((path) => isSwapOf(path, block.name, sources)).map(toKernelText),
    btrfsDevices: btrfsDevices.length > 1 ? btrfsDevices : [],
    processes: device === null ? [] : processesAt(nodeKey(device), sources),
    devices: above.map((one) => buildHolderTree(one, sources)),
  };
}

function isSwapOf(path: Uint8Array, name: string, { places, ownNamespace }: TreeSources): boolean {
  const text = Buffer.from(path).toString('latin1');
  return text === `/dev/${name}` || places.ofPath(ownNamespace, text)?.device.name === name;
}

function processesAt(place: PlaceKey, { processes }: TreeSources): readonly HolderProcess[] {
  return processes.map((process) => toHolderProcess(process, place)).filter((process) => process !== null);
}

function toMount({ entry, namespace, inside }: FoundMount, sources: TreeSources): HolderMount {
  return {
    mountId: entry.mountId,
    mountPoint: toKernelText(entry.mountPoint),
    root: toKernelText(entry.root),
    fileSystemType: entry.fileSystemType,
    readOnly: entry.readOnly,
    namespace: namespace === sources.ownNamespace ? null : toNamespace(namespace, sources),
    inside: inside.map(toKernelText),
    processes: processesAt(`mount:${entry.mountId}`, sources),
  };
}

function toNamespace(inode: string, { namespaces, isNamed }: TreeSources): MountNamespace {
  const pids = namespaces.get(inode) ?? [];
  const programs = pids
    .filter(isNamed)
    .slice(0, MOST_PROGRAMS)
    .flatMap((pid) => {
      const name = readProcessStatus(pid)?.name;
      return name === undefined ? [] : [{ pid, name }];
    });
  return { inode: toDecimal(BigInt(inode)), programs, processCount: pids.length };
}

/** Nothing but the device and its partitions. Pure. */
export function isTreeEmpty(device: HolderDevice): boolean {
  const { mounts, swaps, btrfsDevices, processes, devices } = device;
  if (mounts.length + swaps.length + btrfsDevices.length + processes.length > 0) return false;
  return devices.every((above) => above.kind === 'partition' && isTreeEmpty(above));
}

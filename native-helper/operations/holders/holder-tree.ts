/** Puts devices, mounts, swap and processes together as the tree of the protocol. Pure but for the names of programs. */
import { readProcessStatus } from '../../linux/processes.ts';
import type { HolderDevice, HolderMount, HolderProcess, MountNamespace } from '../../protocol/holders.ts';
import { toDecimal, toKernelText } from '../../protocol/scalars.ts';
import type { StackNode } from './holder-stack.ts';
import type { FoundMount, MountPlaces } from './mount-places.ts';
import { nodeKey, type PlaceKey } from './process-scan.ts';

/** Programs named of another namespace. */
const MOST_PROGRAMS = 8;

export interface TreeSources {
  readonly places: MountPlaces;
  /** Those that may be named. */
  readonly processes: ReadonlyMap<PlaceKey, readonly HolderProcess[]>;
  readonly ownNamespace: string;
  readonly describeNamespace: (inode: string) => MountNamespace;
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
  return processes.get(place) ?? [];
}

function toMount({ entry, namespace, inside }: FoundMount, sources: TreeSources): HolderMount {
  return {
    mountId: entry.mountId,
    mountPoint: toKernelText(entry.mountPoint),
    root: toKernelText(entry.root),
    fileSystemType: entry.fileSystemType,
    readOnly: entry.readOnly,
    namespace: namespace === sources.ownNamespace ? null : sources.describeNamespace(namespace),
    inside: inside.map(toKernelText),
    processes: processesAt(`mount:${entry.mountId}`, sources),
  };
}

/** Processes of namespaces, each namespace looked at once: it may have a thousand mounts and as many processes. */
export function namespaceDescriber(
  processes: ReadonlyMap<string, readonly number[]>,
  isNamed: (pid: number) => boolean,
): TreeSources['describeNamespace'] {
  const known = new Map<string, MountNamespace>();
  return (inode) => {
    const described = known.get(inode) ?? toNamespace(inode, processes.get(inode) ?? [], isNamed);
    known.set(inode, described);
    return described;
  };
}

function toNamespace(inode: string, pids: readonly number[], isNamed: (pid: number) => boolean): MountNamespace {
  const programs: { pid: number; name: string }[] = [];
  for (const pid of pids) {
    const name = isNamed(pid) ? readProcessStatus(pid)?.name : undefined;
    if (name !== undefined) programs.push({ pid, name });
    if (programs.length === MOST_PROGRAMS) break;
  }
  return { inode: toDecimal(BigInt(inode)), programs, processCount: pids.length };
}

/** Nothing but the device and its partitions. Pure. */
export function isTreeEmpty(device: HolderDevice): boolean {
  const { mounts, swaps, btrfsDevices, processes, devices } = device;
  if (mounts.length + swaps.length + btrfsDevices.length + processes.length > 0) return false;
  return devices.every((above) => above.kind === 'partition' && isTreeEmpty(above));
}

/** Which mounts, in any namespace that may be read, are of the devices a list of holders is about; and where a path or descriptor lies. */
import type { MountEntry } from '../../linux/process-mounts.ts';

/** File systems of this kernel's own, which answer at once: to ask them about an open file waits for nobody. */
const LOCAL_TYPE = /^(?:devtmpfs|tmpfs|ramfs|ext[234]|xfs|btrfs|f2fs|bcachefs|zfs|vfat|exfat|ntfs3|iso9660|udf|squashfs|erofs)$/u;

/** A block device that may be mounted. */
export interface MountableDevice {
  readonly name: string;
  readonly deviceNumber: string;
  /** All devices of the btrfs it belongs to, itself included; empty where it belongs to none. */
  readonly btrfsDevices: readonly string[];
}

/** A mount of one of the devices. */
export interface FoundMount {
  readonly entry: MountEntry;
  readonly device: MountableDevice;
  /** Inode of the namespace. */
  readonly namespace: string;
  /** Mount points of what is mounted inside it. */
  readonly inside: readonly Uint8Array[];
}

/** What a descriptor's mount id says. `elsewhere`: a mount, not ours, with its number in mountinfo; `unseen`: in no namespace that was read. */
export type MountOfDescriptor =
  | { readonly kind: 'found'; readonly mount: FoundMount }
  | { readonly kind: 'elsewhere'; readonly mayHoldNodes: boolean; readonly isLocal: boolean; readonly fileSystem: string }
  | { readonly kind: 'unseen' };

const UNSEEN = { kind: 'unseen' } as const;

export class MountPlaces {
  readonly #devices: readonly MountableDevice[];
  readonly #byNumber: ReadonlyMap<string, MountableDevice>;
  readonly #descriptors = new Map<number, MountOfDescriptor>();
  readonly #namespaces = new Map<string, { readonly entries: readonly MountEntry[]; readonly found: readonly FoundMount[] }>();
  /** File systems of the devices by the number that mountinfo and maps show: btrfs has one of its own. */
  readonly #fileSystems = new Map<string, MountableDevice>();

  constructor(devices: readonly MountableDevice[]) {
    this.#devices = devices;
    this.#byNumber = new Map(devices.map((device) => [device.deviceNumber, device]));
    for (const device of devices) this.#fileSystems.set(device.deviceNumber, device);
  }

  hasNamespace(namespace: string): boolean {
    return this.#namespaces.has(namespace);
  }

  /** Takes over what is mounted in a namespace. True when a file system came up whose number was not known before. */
  addNamespace(namespace: string, entries: readonly MountEntry[]): boolean {
    const before = this.#fileSystems.size;
    const found: FoundMount[] = [];
    for (const entry of entries) {
      const device = this.#deviceOf(entry);
      if (device === null) {
        const mayHoldNodes = !entry.options.split(',').includes('nodev');
        const isLocal = LOCAL_TYPE.test(entry.fileSystemType);
        this.#descriptors.set(entry.mountId, { kind: 'elsewhere', mayHoldNodes, isLocal, fileSystem: entry.deviceNumber });
        continue;
      }
      const inside = entries.filter(({ parentId, mountId }) => parentId === entry.mountId && mountId !== parentId);
      const mount = { entry, device, namespace, inside: inside.map(({ mountPoint }) => mountPoint) };
      found.push(mount);
      this.#fileSystems.set(entry.deviceNumber, device);
      this.#descriptors.set(entry.mountId, { kind: 'found', mount });
    }
    this.#namespaces.set(namespace, { entries, found });
    return this.#fileSystems.size > before;
  }

  /** All mounts found so far. */
  mounts(): FoundMount[] {
    return [...this.#namespaces.values()].flatMap(({ found }) => found);
  }

  mountsIn(namespace: string): readonly FoundMount[] {
    return this.#namespaces.get(namespace)?.found ?? [];
  }

  ofDescriptor(mountId: number): MountOfDescriptor {
    return this.#descriptors.get(mountId) ?? UNSEEN;
  }

  /** The device whose file system has that number. */
  ofFileSystem(deviceNumber: string): MountableDevice | null {
    return this.#fileSystems.get(deviceNumber) ?? null;
  }

  fileSystemNumbers(): string[] {
    return [...this.#fileSystems.keys()];
  }

  /** The device of a node, by its number. */
  ofNode(deviceNumber: string): MountableDevice | null {
    return this.#byNumber.get(deviceNumber) ?? null;
  }

  /** The device of a node, by the usual name of it (`/dev/loop3p1`, perhaps deleted). */
  ofNodePath(path: string): MountableDevice | null {
    const name = path.replace(/ \(deleted\)$/u, '').replace(/^\/dev\//u, '');
    return this.#devices.find((device) => device.name === name) ?? null;
  }

  /** The mount that a path of a process in this namespace lies on, if it is one of the devices'. */
  ofPath(namespace: string, path: string): FoundMount | null {
    const known = this.#namespaces.get(namespace);
    if (known === undefined || !known.found.some(({ entry }) => isBelow(path, entry.mountPoint))) return null;
    const entry = innermostMount(known.entries, path);
    return known.found.find((mount) => mount.entry === entry) ?? null;
  }

  #deviceOf(entry: MountEntry): MountableDevice | null {
    const device = this.#byNumber.get(entry.deviceNumber);
    if (device !== undefined) return device;
    if (entry.fileSystemType !== 'btrfs') return null;
    const source = Buffer.from(entry.source)
      .toString('latin1')
      .replace(/^\/dev\//u, '');
    return this.#devices.find(({ name, btrfsDevices }) => name === source || btrfsDevices.includes(source)) ?? null;
  }
}

/** `path` has one character per byte. */
function isBelow(path: string, mountPoint: Uint8Array): boolean {
  const folder = Buffer.from(mountPoint.buffer, mountPoint.byteOffset, mountPoint.byteLength).toString('latin1');
  if (folder === '/') return path.startsWith('/');
  return path.startsWith(folder) && (path.length === folder.length || path[folder.length] === '/');
}

/** The mount that a path leads to: of the deepest mount points the one mounted last. Pure. */
export function innermostMount(entries: readonly MountEntry[], path: string): MountEntry | null {
  let best: MountEntry | null = null;
  for (const entry of entries) {
    const isDeeper = best === null || entry.mountPoint.byteLength >= best.mountPoint.byteLength;
    if (isDeeper && isBelow(path, entry.mountPoint)) best = entry;
  }
  return best;
}

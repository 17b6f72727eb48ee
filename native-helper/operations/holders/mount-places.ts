/** Which mounts, in any namespace that may be read, are of the devices a list of holders is about; and where a path or descriptor lies. */
import type { MountEntry, ProcessMounts } from '../../linux/process-mounts.ts';

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

/** What is kept of namespaces that anybody may have made. A mount elsewhere takes some 40 bytes, one of the devices is told of in the reply. */
const MOST_ELSEWHERE = 500_000;
const MOST_NEAR_IN_NAMESPACE = 1000;
const MOST_NEAR_BYTES = 6 * 1024 * 1024;
/** With the programs that are named beside it. */
const BYTES_BESIDE_NAMES = 800;

export class MountPlaces {
  readonly #devices: readonly MountableDevice[];
  readonly #byNumber: ReadonlyMap<string, MountableDevice>;
  readonly #descriptors = new Map<number, MountOfDescriptor>();
  /** One of each kind: thousands of mounts are alike. */
  readonly #elsewhere = new Map<string, MountOfDescriptor>();
  #nearBytes = 0;
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

  /** Of the file systems, how many are known by number: more of them are looked for in maps. */
  get fileSystemCount(): number {
    return this.#fileSystems.size;
  }

  /**
   * Takes over what is mounted in a namespace that is not the reader's: of that, the mounts of the devices and what is mounted inside them.
   * False when not all of it was known or could be kept.
   */
  addOtherNamespace(namespace: string, { entries, isWhole }: ProcessMounts): boolean {
    const near = this.#near(entries);
    const kept: MountEntry[] = [];
    for (const entry of near) {
      const bytes = entry.mountPoint.byteLength * 2 + entry.root.byteLength + BYTES_BESIDE_NAMES;
      if (kept.length === MOST_NEAR_IN_NAMESPACE || this.#nearBytes + bytes > MOST_NEAR_BYTES) break;
      this.#nearBytes += bytes;
      kept.push(ownCopy(entry));
    }
    this.addNamespace(namespace, kept);
    const room = this.#descriptors.size < MOST_ELSEWHERE;
    if (room) for (const entry of entries) if (this.#deviceOf(entry) === null) this.#addElsewhere(entry);
    return isWhole && room && kept.length === near.length;
  }

  /** Mounts of the devices, and everything that is mounted inside them. */
  #near(entries: readonly MountEntry[]): readonly MountEntry[] {
    const found = entries.filter((entry) => this.#deviceOf(entry) !== null);
    if (found.length === 0) return [];
    const children = childrenOf(entries);
    const near = new Set<MountEntry>();
    for (const waiting = [...found]; waiting.length > 0;) {
      const entry = waiting.pop();
      if (entry === undefined || near.has(entry)) continue;
      near.add(entry);
      for (const child of children.get(entry.mountId) ?? []) waiting.push(child);
    }
    return entries.filter((entry) => near.has(entry));
  }

  #addElsewhere(entry: MountEntry): void {
    const mayHoldNodes = !entry.options.split(',').includes('nodev');
    const isLocal = LOCAL_TYPE.test(entry.fileSystemType);
    const key = `${entry.deviceNumber} ${mayHoldNodes} ${isLocal}`;
    const place = this.#elsewhere.get(key) ?? { kind: 'elsewhere', mayHoldNodes, isLocal, fileSystem: entry.deviceNumber };
    this.#elsewhere.set(key, place);
    this.#descriptors.set(entry.mountId, place);
  }

  /** Takes over everything that is mounted in a namespace. */
  addNamespace(namespace: string, entries: readonly MountEntry[]): void {
    const found: FoundMount[] = [];
    const children = childrenOf(entries);
    for (const entry of entries) {
      const device = this.#deviceOf(entry);
      if (device === null) {
        this.#addElsewhere(entry);
        continue;
      }
      const inside = children.get(entry.mountId) ?? [];
      const mount = { entry, device, namespace, inside: inside.map(({ mountPoint }) => mountPoint) };
      found.push(mount);
      this.#fileSystems.set(entry.deviceNumber, device);
      this.#descriptors.set(entry.mountId, { kind: 'found', mount });
    }
    this.#namespaces.set(namespace, { entries, found });
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

function childrenOf(entries: readonly MountEntry[]): ReadonlyMap<number, readonly MountEntry[]> {
  return Map.groupBy(
    entries.filter(({ parentId, mountId }) => mountId !== parentId),
    ({ parentId }) => parentId,
  );
}

/** Bytes of a few entries would keep those of thousands, of which they are slices. */
function ownCopy(entry: MountEntry): MountEntry {
  return {
    ...entry,
    root: Uint8Array.from(entry.root),
    mountPoint: Uint8Array.from(entry.mountPoint),
    source: Uint8Array.from(entry.source),
  };
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

/**
 * Looks through processes for what they use of some devices. Runs in the helper, as root or not, and in programs that only look.
 * One process at a time, so that whoever drives it can let other work come between.
 */
import { closeDescriptor, pidfdOpen } from '../../linux/descriptors.ts';
import { uidOfProcess } from '../../linux/process-owner.ts';
import {
  findMappedFiles,
  listDescriptors,
  mapsNeedles,
  readDescriptorFacts,
  readMountNamespace,
  readProcessLink,
  statDescriptor,
  statTakenDescriptor,
  type DescriptorFacts,
  type FileDevices,
  type MapsNeedles,
} from '../../linux/process-files.ts';
import { readMountsOfProcess } from '../../linux/process-mounts.ts';
import { readProcessStatus } from '../../linux/processes.ts';
import { isErrno } from '../../linux/syscall-error.ts';
import type { ProcessUse } from '../../protocol/holders.ts';
import { toKernelText } from '../../protocol/scalars.ts';
import { isBackingFile, type BackingFile } from './backing-file.ts';
import type { MountableDevice, MountOfDescriptor, MountPlaces } from './mount-places.ts';

/** A place that can be used: a mount by its id, the node of a device by its number, or the backing file, of which only writing is told. */
export type PlaceKey = `mount:${number}` | `node:${string}` | 'file';

export function nodeKey(device: MountableDevice): PlaceKey {
  return `node:${device.deviceNumber}`;
}

/** One use of a place. */
export interface FoundUse {
  readonly place: PlaceKey;
  readonly use: ProcessUse;
}

/** `unreadable`: a process of somebody else that may not be looked into; `nothing`: it uses nothing of them, or has ended. */
export type ScanResult = { readonly kind: 'uses'; readonly uses: readonly FoundUse[] } | { readonly kind: 'unreadable' | 'nothing' };

const NOTHING: ScanResult = { kind: 'nothing' };
type Elsewhere = Extract<MountOfDescriptor, { kind: 'elsewhere' }>;
const NO_DEVICES: FileDevices = { node: '0:0', fileSystem: '0:0' };

export interface ScanQuestion {
  /** How paths of the devices' nodes begin, such as `/dev/loop3`. */
  readonly nodePrefixes: readonly string[];
  /** Null: it is not looked for. */
  readonly file: BackingFile | null;
  /** Null: everybody's. */
  readonly onlyUid: number | null;
}

export class ProcessScan {
  readonly #places: MountPlaces;
  readonly #question: ScanQuestion;
  #needles: MapsNeedles;
  /** Node number by mount id and inode: everybody has /dev/null open. */
  readonly #nodes = new Map<string, string>();
  /** File system by mount id, of mounts that are in no namespace. */
  readonly #unseen = new Map<number, string>();
  /** Processes by mount namespace, where it is known. */
  readonly namespaces = new Map<string, number[]>();

  constructor(places: MountPlaces, question: ScanQuestion) {
    this.#places = places;
    this.#question = question;
    this.#needles = this.#makeNeedles();
  }

  #makeNeedles(): MapsNeedles {
    const { nodePrefixes, file } = this.#question;
    return mapsNeedles(this.#places.fileSystemNumbers(), nodePrefixes, file === null ? [] : [file.inode]);
  }

  scan(pid: number): ScanResult {
    const { onlyUid } = this.#question;
    if (onlyUid !== null && uidOfProcess(pid) !== onlyUid) return unreadable(pid);
    const program = readProcessLink(pid, 'exe');
    if (program === 'denied') return unreadable(pid);
    // A thread of the kernel, or one that has ended.
    if (program === 'gone') return NOTHING;
    const descriptors = listDescriptors(pid);
    if (descriptors === 'denied') return unreadable(pid);
    if (descriptors === 'gone') return NOTHING;
    const namespace = this.#enterNamespace(pid);
    const uses = [
      ...(namespace === null ? [] : this.#findFolders(pid, namespace)),
      ...this.#findMapped(pid, namespace, program.text),
      ...this.#findOpen(pid, descriptors),
    ];
    return uses.length === 0 ? NOTHING : { kind: 'uses', uses };
  }

  #enterNamespace(pid: number): string | null {
    const namespace = readMountNamespace(pid);
    if (namespace === null) return null;
    const processes = this.namespaces.get(namespace);
    if (processes !== undefined) processes.push(pid);
    else this.namespaces.set(namespace, [pid]);
    if (!this.#places.hasNamespace(namespace)) {
      const isNew = this.#places.addNamespace(namespace, readMountsOfProcess(pid) ?? []);
      if (isNew) this.#needles = this.#makeNeedles();
    }
    return namespace;
  }

  #findFolders(pid: number, namespace: string): FoundUse[] {
    if (this.#places.mountsIn(namespace).length === 0) return [];
    const uses: FoundUse[] = [];
    for (const kind of ['cwd', 'root'] as const) {
      const target = readProcessLink(pid, kind);
      if (typeof target === 'string') continue;
      const mount = this.#places.ofPath(namespace, target.text);
      if (mount !== null) uses.push({ place: `mount:${mount.entry.mountId}`, use: toUse(kind, target.text, null) });
    }
    return uses;
  }

  #findMapped(pid: number, namespace: string | null, program: string): FoundUse[] {
    const { file } = this.#question;
    return findMappedFiles(pid, this.#needles).flatMap(({ deviceNumber, inode, writes, path }): FoundUse[] => {
      if (file !== null && isBackingFile(file, { inode, fileSystem: deviceNumber, path })) {
        return writes ? [{ place: 'file', use: toUse('mapped', path, null) }] : [];
      }
      const device = this.#places.ofFileSystem(deviceNumber);
      if (device === null) {
        const node = this.#places.ofNodePath(path);
        return node === null ? [] : [{ place: nodeKey(node), use: toUse('mapped', path, null) }];
      }
      const mount = this.#mountOfMapped(device, namespace, path);
      const place: PlaceKey = mount === null ? nodeKey(device) : `mount:${mount}`;
      return [{ place, use: toUse(path === program ? 'exe' : 'mapped', path, null) }];
    });
  }

  /** By its name; where that leads elsewhere (deleted folders, other roots) any mount of the device in the namespace. */
  #mountOfMapped(device: MountableDevice, namespace: string | null, path: string): number | null {
    if (namespace === null) return null;
    const named = this.#places.ofPath(namespace, path);
    const mount = named?.device === device ? named : this.#places.mountsIn(namespace).find((one) => one.device === device);
    return mount?.entry.mountId ?? null;
  }

  #findOpen(pid: number, descriptors: readonly number[]): FoundUse[] {
    const uses: FoundUse[] = [];
    let taker: Taker | null = null;
    try {
      for (const descriptor of descriptors) {
        const target = readProcessLink(pid, `fd/${descriptor}`);
        // Sockets, pipes and their like are `socket:[123]`.
        if (typeof target === 'string' || !target.text.startsWith('/')) continue;
        const facts = readDescriptorFacts(pid, descriptor);
        if (facts === null) continue;
        const where = this.#places.ofDescriptor(facts.mountId);
        if (where.kind === 'found') {
          uses.push({ place: `mount:${where.mount.entry.mountId}`, use: toUse('open', target.text, facts.mode) });
          continue;
        }
        const numbers =
          where.kind === 'unseen'
            ? this.#lookUnseen((taker ??= openTaker(pid)), descriptor, facts)
            : this.#lookElsewhere(pid, descriptor, facts, where);
        if (this.#isWrittenFile(numbers, target.text, facts)) uses.push({ place: 'file', use: toUse('open', target.text, facts.mode) });
        const use = this.#useOfNumbers(numbers, target.text, facts, where.kind === 'elsewhere' && !where.isLocal);
        if (use !== null) uses.push(use);
      }
    } finally {
      taker?.close();
    }
    return uses;
  }

  #useOfNumbers(numbers: FileDevices, path: string, { mode }: DescriptorFacts, mustGuess: boolean): FoundUse | null {
    const node = this.#places.ofNode(numbers.node) ?? (mustGuess ? this.#places.ofNodePath(path) : null);
    if (node !== null) return { place: nodeKey(node), use: toUse('node', path, mode) };
    const device = this.#places.ofFileSystem(numbers.fileSystem);
    return device === null ? null : { place: nodeKey(device), use: toUse('open', path, mode) };
  }

  /** The file system is only asked about what could be the backing file. */
  #lookElsewhere(pid: number, descriptor: number, facts: DescriptorFacts, { mayHoldNodes, isLocal, fileSystem }: Elsewhere): FileDevices {
    if (this.#question.file?.inode !== facts.inode) {
      return { node: mayHoldNodes && isLocal ? this.#nodeNumber(pid, descriptor, facts) : '0:0', fileSystem: '0:0' };
    }
    return (isLocal ? statDescriptor(pid, descriptor) : null) ?? { node: '0:0', fileSystem };
  }

  #isWrittenFile({ fileSystem }: FileDevices, path: string, { inode, mode }: DescriptorFacts): boolean {
    const { file } = this.#question;
    return file !== null && mode !== 'read' && isBackingFile(file, { inode, fileSystem, path });
  }

  #nodeNumber(pid: number, descriptor: number, { mountId, inode }: DescriptorFacts): string {
    const key = `${mountId}:${inode}`;
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    const { node } = statDescriptor(pid, descriptor) ?? NO_DEVICES;
    this.#nodes.set(key, node);
    return node;
  }

  /** The kernel's own mounts (memfd, pipes), those of namespaces nobody may read, and what was unmounted lazily. */
  #lookUnseen(taker: Taker, descriptor: number, { mountId }: DescriptorFacts): FileDevices {
    const known = this.#unseen.get(mountId);
    if (known !== undefined) return { node: '0:0', fileSystem: known };
    const devices = taker.stat(descriptor);
    if (devices === null) return NO_DEVICES;
    this.#unseen.set(mountId, devices.fileSystem);
    return devices;
  }
}

interface Taker {
  readonly stat: (descriptor: number) => FileDevices | null;
  readonly close: () => void;
}

function openTaker(pid: number): Taker {
  try {
    const pidfd = pidfdOpen(pid);
    return { stat: (descriptor) => statTakenDescriptor(pidfd, descriptor), close: () => closeDescriptor(pidfd) };
  } catch (error) {
    if (!isErrno(error, 'ESRCH', 'EINVAL')) throw error;
    return { stat: () => null, close: () => {} };
  }
}

/** Threads of the kernel hold nothing, and those that have ended neither. */
function unreadable(pid: number): ScanResult {
  const status = readProcessStatus(pid);
  return status === null || status.isKernelThread || status.isZombie ? NOTHING : { kind: 'unreadable' };
}

function toUse(kind: ProcessUse['kind'], path: string, mode: ProcessUse['mode']): ProcessUse {
  return { kind, path: toKernelText(Buffer.from(path, 'latin1')), mode };
}

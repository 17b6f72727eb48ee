/**
 * Looks through processes for what they use of some devices. Runs in the helper, as root or not, and in programs that only look.
 * In steps, so that whoever drives it can let other work come between; how much is read and kept of one process has limits, since
 * anybody may start one with as many descriptors, mappings and mounts as the kernel allows.
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
  type MappedFile,
  type MapsNeedles,
} from '../../linux/process-files.ts';
import { readMountsOfProcess } from '../../linux/process-mounts.ts';
import { readProcessStatus } from '../../linux/processes.ts';
import { isErrno } from '../../linux/syscall-error.ts';
import type { ProcessUse } from '../../protocol/holders.ts';
import { toKernelText } from '../../protocol/scalars.ts';
import { isBackingFile, type BackingFile } from './backing-file.ts';
import type { MountableDevice, MountOfDescriptor, MountPlaces } from './mount-places.ts';
import { ProcessUses, type UseRoom } from './process-uses.ts';

/** A place that can be used: a mount by its id, the node of a device by its number, or the backing file, of which only writing is told. */
export type PlaceKey = `mount:${number}` | `node:${string}` | 'file';

export function nodeKey(device: MountableDevice): PlaceKey {
  return `node:${device.deviceNumber}`;
}

/** `unreadable`: a process of somebody else that may not be looked into; `nothing`: it is none, or has ended. */
export type ScanResult = { readonly kind: 'looked'; readonly uses: ProcessUses } | { readonly kind: 'unreadable' | 'nothing' };

const NOTHING: ScanResult = { kind: 'nothing' };
const MOST_DESCRIPTORS = 65_536;
/** Looked at before others may have their turn. */
const DESCRIPTORS_AT_A_TIME = 64;
/** Of what is remembered of all processes. */
const MOST_REMEMBERED = 10_000;
/** Where one step ends and others may have their turn. */
type Steps<Result> = Generator<undefined, Result>;
type Elsewhere = Extract<MountOfDescriptor, { kind: 'elsewhere' }>;
const NO_DEVICES: FileDevices = { node: '0:0', fileSystem: '0:0' };

export interface ScanQuestion {
  /** How paths of the devices' nodes begin, such as `/dev/loop3`. */
  readonly nodePrefixes: readonly string[];
  /** Null: it is not looked for. */
  readonly file: BackingFile | null;
  /** Null: everybody's. */
  readonly onlyUid: number | null;
  readonly room: UseRoom;
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
  /** Namespaces of which not all mounts are known. */
  readonly #partlyKnown = new Set<string>();

  constructor(places: MountPlaces, question: ScanQuestion) {
    this.#places = places;
    this.#question = question;
    this.#needles = this.#makeNeedles();
  }

  #makeNeedles(): MapsNeedles {
    const { nodePrefixes, file } = this.#question;
    return mapsNeedles(this.#places.fileSystemNumbers(), nodePrefixes, file === null ? [] : [file.inode]);
  }

  *scan(pid: number): Steps<ScanResult> {
    const { onlyUid, room } = this.#question;
    if (onlyUid !== null && uidOfProcess(pid) !== onlyUid) return unreadable(pid);
    const program = readProcessLink(pid, 'exe');
    if (program === 'denied') return unreadable(pid);
    // A thread of the kernel, or one that has ended.
    if (program === 'gone') return NOTHING;
    const descriptors = listDescriptors(pid);
    try {
      const first = descriptors.next();
      if (first.done === true && first.value === 'denied') return unreadable(pid);
      if (first.done === true && first.value === 'gone') return NOTHING;
      const namespace = yield* this.#enterNamespace(pid);
      const uses = new ProcessUses(room);
      if (namespace !== null) {
        this.#findFolders(pid, namespace, uses);
        if (this.#partlyKnown.has(namespace)) uses.isWhole = false;
      }
      yield* this.#findMapped(pid, namespace, program.text, uses);
      if (first.done !== true) yield* this.#findOpen(pid, first.value, descriptors, uses);
      return { kind: 'looked', uses };
    } finally {
      descriptors.return('end');
    }
  }

  *#enterNamespace(pid: number): Steps<string | null> {
    const namespace = readMountNamespace(pid);
    if (namespace === null) return null;
    const processes = this.namespaces.get(namespace);
    if (processes !== undefined) processes.push(pid);
    else this.namespaces.set(namespace, [pid]);
    if (this.#places.hasNamespace(namespace)) return namespace;
    const mounts = yield* readMountsOfProcess(pid);
    // It has ended; the next one of this namespace will tell.
    if (mounts === null) return null;
    const before = this.#places.fileSystemCount;
    if (!this.#places.addOtherNamespace(namespace, mounts)) this.#partlyKnown.add(namespace);
    if (this.#places.fileSystemCount > before) this.#needles = this.#makeNeedles();
    return namespace;
  }

  #findFolders(pid: number, namespace: string, uses: ProcessUses): void {
    if (this.#places.mountsIn(namespace).length === 0) return;
    for (const kind of ['cwd', 'root'] as const) {
      const target = readProcessLink(pid, kind);
      if (typeof target === 'string') continue;
      const mount = this.#places.ofPath(namespace, target.text);
      if (mount !== null) uses.add(`mount:${mount.entry.mountId}`, toUse(kind, target.text, null));
    }
  }

  *#findMapped(pid: number, namespace: string | null, program: string, uses: ProcessUses): Steps<void> {
    const { files, isWhole } = yield* findMappedFiles(pid, this.#needles);
    if (!isWhole) uses.isWhole = false;
    for (const mapped of files) {
      const place = this.#placeOfMapped(mapped, namespace);
      if (place !== null) uses.add(place, toUse(mapped.path === program && place !== 'file' ? 'exe' : 'mapped', mapped.path, null));
      yield;
    }
  }

  #placeOfMapped({ deviceNumber, inode, writes, path }: MappedFile, namespace: string | null): PlaceKey | null {
    const { file } = this.#question;
    if (file !== null && isBackingFile(file, { inode, fileSystem: deviceNumber, path })) return writes ? 'file' : null;
    const device = this.#places.ofFileSystem(deviceNumber);
    if (device === null) {
      const node = this.#places.ofNodePath(path);
      return node === null ? null : nodeKey(node);
    }
    const mount = this.#mountOfMapped(device, namespace, path);
    return mount === null ? nodeKey(device) : `mount:${mount}`;
  }

  /** By its name; where that leads elsewhere (deleted folders, other roots) any mount of the device in the namespace. */
  #mountOfMapped(device: MountableDevice, namespace: string | null, path: string): number | null {
    if (namespace === null) return null;
    const named = this.#places.ofPath(namespace, path);
    const mount = named?.device === device ? named : this.#places.mountsIn(namespace).find((one) => one.device === device);
    return mount?.entry.mountId ?? null;
  }

  *#findOpen(pid: number, first: readonly number[], others: Iterable<readonly number[]>, uses: ProcessUses): Steps<void> {
    const taker = new Taker(pid);
    let looked = 0;
    try {
      for (const descriptors of chain(first, others)) {
        for (const descriptor of descriptors) {
          this.#lookAtDescriptor(pid, descriptor, taker, uses);
          looked += 1;
          if (looked % DESCRIPTORS_AT_A_TIME === 0) yield;
        }
        if (looked < MOST_DESCRIPTORS) continue;
        uses.isWhole = false;
        return;
      }
    } finally {
      taker.close();
    }
  }

  #lookAtDescriptor(pid: number, descriptor: number, taker: Taker, uses: ProcessUses): void {
    const target = readProcessLink(pid, `fd/${descriptor}`);
    // Sockets, pipes and their like are `socket:[123]`.
    if (typeof target === 'string' || !target.text.startsWith('/')) return;
    const facts = readDescriptorFacts(pid, descriptor);
    if (facts === null) return;
    const where = this.#places.ofDescriptor(facts.mountId);
    if (where.kind === 'found') {
      uses.add(`mount:${where.mount.entry.mountId}`, toUse('open', target.text, facts.mode));
      return;
    }
    const numbers =
      where.kind === 'unseen' ? this.#lookUnseen(taker, descriptor, facts) : this.#lookElsewhere(pid, descriptor, facts, where);
    if (this.#isWrittenFile(numbers, target.text, facts)) uses.add('file', toUse('open', target.text, facts.mode));
    this.#addByNumbers(uses, numbers, { path: target.text, mode: facts.mode, mustGuess: where.kind === 'elsewhere' && !where.isLocal });
  }

  #addByNumbers(
    uses: ProcessUses,
    numbers: FileDevices,
    { path, mode, mustGuess }: { readonly path: string; readonly mode: DescriptorFacts['mode']; readonly mustGuess: boolean },
  ): void {
    const node = this.#places.ofNode(numbers.node) ?? (mustGuess ? this.#places.ofNodePath(path) : null);
    const device = node ?? this.#places.ofFileSystem(numbers.fileSystem);
    if (device !== null) uses.add(nodeKey(device), toUse(node === null ? 'open' : 'node', path, mode));
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
    remember(this.#nodes, key, node);
    return node;
  }

  /** The kernel's own mounts (memfd, pipes), those of namespaces nobody may read, and what was unmounted lazily. */
  #lookUnseen(taker: Taker, descriptor: number, { mountId }: DescriptorFacts): FileDevices {
    const known = this.#unseen.get(mountId);
    if (known !== undefined) return { node: '0:0', fileSystem: known };
    const devices = taker.stat(descriptor);
    if (devices === null) return NO_DEVICES;
    remember(this.#unseen, mountId, devices.fileSystem);
    return devices;
  }
}

/** Once too much is remembered, all of it is forgotten: it only spares questions. */
function remember<Key, Value>(known: Map<Key, Value>, key: Key, value: Value): void {
  if (known.size === MOST_REMEMBERED) known.clear();
  known.set(key, value);
}

function* chain<Item>(first: Item, others: Iterable<Item>): Generator<Item> {
  yield first;
  yield* others;
}

/** Looks at descriptors of a process by taking them over; it is opened when the first is asked for. */
class Taker {
  readonly #pid: number;
  #pidfd: number | null | 'gone' = null;

  constructor(pid: number) {
    this.#pid = pid;
  }

  stat(descriptor: number): FileDevices | null {
    this.#pidfd ??= openProcess(this.#pid);
    return this.#pidfd === 'gone' ? null : statTakenDescriptor(this.#pidfd, descriptor);
  }

  close(): void {
    if (typeof this.#pidfd === 'number') closeDescriptor(this.#pidfd);
    this.#pidfd = null;
  }
}

function openProcess(pid: number): number | 'gone' {
  try {
    return pidfdOpen(pid);
  } catch (error) {
    if (!isErrno(error, 'ESRCH', 'EINVAL')) throw error;
    return 'gone';
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

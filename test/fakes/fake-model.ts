/** The state behind the fake API: devices that come, change and go, with revisions and changes as main sends them. */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { ProgramInUse } from '../../native-helper/protocol/errors.ts';
import type { Contents } from '../../electron/ipc/contents.ts';
import type { DeviceActivity, MountTrouble, SameUuid } from '../../electron/ipc/device-page.ts';
import type { AppState, Job, Notice, StateChange } from '../../electron/ipc/state.ts';
import type { UnfinishedResize } from '../../electron/ipc/resize.ts';
import type { CreationFacts } from '../../electron/ipc/new-image.ts';
import type { Inspection } from '../../electron/ipc/inspection.ts';
import type { LibraryFolder, LibraryImage } from '../../electron/ipc/library.ts';
import { FakeLibrary } from './fake-library.ts';
import { createFileTable, type FileTable } from './fake-files.ts';
import { typicalDevices } from './sample-devices.ts';

/** How a fake begins: fields of the state, and what is on devices by their number. */
export type FakeScenario = Partial<Omit<AppState, 'library'>> & {
  readonly contents?: Readonly<Record<number, Contents>>;
  /** What is in image files, by path; a file that is not named has an ext4 file system. */
  readonly inspections?: Readonly<Record<string, Inspection>>;
  readonly libraryImages?: readonly LibraryImage[];
  readonly libraryFolders?: readonly LibraryFolder[];
  readonly librarySetAside?: string;
  /** Programs that new images need and that are not there. */
  readonly missingTools?: CreationFacts['missing'];
};

/** A program at work; a stubborn one does not end when it is asked to. */
export interface FakeProgram extends ProgramInUse {
  readonly stubborn?: boolean;
}

type FieldChanges = Omit<StateChange, 'revision' | 'devices'>;

export class FakeModel {
  state: AppState;
  readonly files: FileTable;
  readonly library: FakeLibrary;
  readonly missingTools: CreationFacts['missing'];
  readonly inspections: Readonly<Record<string, Inspection>>;
  /** Ids of images whose file system has errors. */
  readonly damaged = new Set<string>();
  /** What is on devices by their number; devices that are not named have an ext4 file system. */
  readonly contents = new Map<number, Contents>();
  /** Resizes that were stopped, by the number of the device. */
  readonly unfinished = new Map<number, UnfinishedResize>();
  /** Mount points that cannot be unmounted, with who works there. */
  readonly busyMounts = new Map<string, readonly FakeProgram[]>();
  /** Bytes that are read and written on a device between two questions for its activity; none where it is not named. */
  readonly traffic = new Map<number, { readonly readBytes: bigint; readonly writtenBytes: bigint }>();
  /** What other block devices say to be. */
  readonly uuidLinks: SameUuid[] = [];
  readonly mountTroubles: MountTrouble[] = [];
  readonly #counters = new Map<number, Omit<DeviceActivity, 'inFlight'>>();
  readonly #listeners = new Set<(change: StateChange) => void>();
  readonly #undo = new Map<number, LoopDevice>();
  #lastDiskseq = 5000;
  #lastId = 0;

  constructor({
    contents = {},
    inspections = {},
    libraryImages = [],
    libraryFolders = [],
    librarySetAside,
    missingTools,
    ...initial
  }: FakeScenario = {}) {
    for (const [number, found] of Object.entries(contents)) this.contents.set(Number(number), found);
    this.missingTools = missingTools ?? { fileSystems: {}, folders: {}, exports: {}, tables: null };
    this.files = createFileTable();
    this.inspections = inspections;
    this.library = new FakeLibrary(
      { images: libraryImages.map((image) => knownTo(this.files, image)), folders: libraryFolders, setAside: librarySetAside ?? null },
      (library) => this.change({ library }),
    );
    this.state = {
      revision: 1,
      host: 'browser',
      version: '0.1.0',
      list: { kind: 'live' },
      actions: { kind: 'ready' },
      features: {
        kernelRelease: '6.18.44',
        machine: 'x86_64',
        loopConfigure: true,
        changeBackingFile: true,
        directIo: true,
        largestLogicalBlockSizeBytes: 65_536,
        maximumPartitionsPerDevice: 255,
      },
      devices: typicalDevices(),
      unboundNumbers: [6, 7],
      jobs: [],
      undoOffers: [],
      detachRuns: [],
      notices: [],
      settings: {
        attachReadOnly: true,
        partitionScan: true,
        showSystemDevices: false,
        colourScheme: 'system',
        mountFileSystems: true,
        openFolder: true,
      },
      library: this.library.state,
      ...initial,
    };
  }

  listen(listener: (change: StateChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  nextDiskseq(): LoopDevice['diskseq'] {
    this.#lastDiskseq += 1;
    return this.#lastDiskseq.toString() as LoopDevice['diskseq'];
  }

  device(number: number): LoopDevice | undefined {
    return this.state.devices.find((device) => device.number === number);
  }

  expectDevice(number: number): LoopDevice {
    const device = this.device(number);
    if (device === undefined) throw new Error(`loop${number} is not attached`);
    return device;
  }

  /** Counters one second after those of the last question. */
  takeActivity(number: number): Omit<DeviceActivity, 'inFlight'> {
    const before = this.#counters.get(number);
    const { readBytes, writtenBytes } = this.traffic.get(number) ?? { readBytes: 0n, writtenBytes: 0n };
    const next = {
      atMs: (before?.atMs ?? 0) + 1000,
      readBytes: (BigInt(before?.readBytes ?? 0) + readBytes).toString(),
      writtenBytes: (BigInt(before?.writtenBytes ?? 0) + writtenBytes).toString(),
      discardedBytes: '0',
      readOperations: (before?.readOperations ?? 0) + Number(readBytes / 4096n),
      writeOperations: (before?.writeOperations ?? 0) + Number(writtenBytes / 4096n),
    };
    this.#counters.set(number, next);
    return next;
  }

  /** Changes fields of the state and tells everybody. */
  change(fields: FieldChanges): void {
    this.#publish(fields, undefined);
  }

  put(...changed: readonly LoopDevice[]): void {
    const numbers = new Set(changed.map((device) => device.number));
    this.#publish({ unboundNumbers: this.state.unboundNumbers.filter((number) => !numbers.has(number)) }, { changed, removed: [] });
  }

  /** Changes one device in place, as if losetup had done it. */
  update(number: number, facts: Partial<LoopDevice>): LoopDevice {
    const device = this.expectDevice(number);
    const next = { ...device, ...facts };
    // The kernel detaches a device with autoclear when nobody uses it any more.
    const free = next.mounts.length === 0 && next.holders.length === 0 && next.partitions.every((one) => one.mounts.length === 0);
    if (next.autoclear && free && !(device.autoclear && isFree(device))) this.remove(number);
    else this.put(next);
    return next;
  }

  remove(...removed: readonly number[]): void {
    const unboundNumbers = [...this.state.unboundNumbers, ...removed].toSorted((left, right) => left - right);
    this.#publish({ unboundNumbers }, { changed: [], removed });
  }

  /** Offers to undo a detach until somebody takes the offer away. */
  offerUndo(device: LoopDevice, fileName: string): number {
    const id = this.nextId();
    this.#undo.set(id, device);
    this.change({ undoOffers: [...this.state.undoOffers, { id, fileName, until: Date.now() + 10_000 }] });
    return id;
  }

  takeUndo(id: number): LoopDevice | undefined {
    const device = this.#undo.get(id);
    this.#undo.delete(id);
    this.change({ undoOffers: this.state.undoOffers.filter((offer) => offer.id !== id) });
    return device;
  }

  putJob(job: Job): void {
    this.change({ jobs: [...this.state.jobs.filter((one) => one.id !== job.id), job] });
  }

  putNotice(notice: Omit<Notice, 'id'>): void {
    this.change({ notices: [...this.state.notices, { id: this.nextId(), ...notice }] });
  }

  /** Lowest number without a file, or the next one after all. */
  freeNumber(): number {
    const numbers = this.state.devices.map((device) => device.number);
    return this.state.unboundNumbers[0] ?? Math.max(-1, ...numbers) + 1;
  }

  #publish(fields: FieldChanges, devices: StateChange['devices']): void {
    const revision = this.state.revision + 1;
    const kept = this.state.devices.filter(
      (device) => !devices?.removed.includes(device.number) && !devices?.changed.some((one) => one.number === device.number),
    );
    const all = devices === undefined ? this.state.devices : [...kept, ...devices.changed].toSorted((a, b) => a.number - b.number);
    this.state = { ...this.state, ...fields, revision, devices: all };
    const change: StateChange = { revision, ...fields, ...(devices === undefined ? {} : { devices }) };
    // As over a socket: what is sent is a copy.
    for (const listener of this.#listeners) listener(structuredClone(change));
  }
}

/** An image of the library as a file that can be attached and looked into; the same file has one id everywhere. */
function knownTo(files: FileTable, image: LibraryImage): LibraryImage {
  const path = `${image.folder}/${image.name}`;
  const { sizeBytes, inode } = image;
  const isKnown = sizeBytes === null || files.find(path) !== undefined;
  if (!isKnown) files.files.push({ path, sizeBytes: BigInt(sizeBytes), inode: BigInt(inode ?? 0) });
  return { ...image, id: files.idOf(path) };
}

export function isFree(device: LoopDevice): boolean {
  const mounted = device.mounts.length > 0 || device.partitions.some((one) => one.mounts.length > 0 || one.usedAsSwap);
  return !mounted && device.holders.length === 0 && !device.usedAsSwap;
}

/**
 * The live list of devices, kept from the kernel's events: uevents name the device to read anew, mountinfo and swaps tell of mounts,
 * and nothing wakes up while nothing happens (LOOP.md §2.3). Runs in the helper, as root or not.
 */
import { loopDeviceExists, type PartitionRange } from '../linux/block-device.ts';
import { listPartitionsOf, listStackedDevices } from '../linux/block-folders.ts';
import { LoopRecheck } from '../linux/loop-recheck.ts';
import { readMountInfo, readSwaps } from '../linux/process-mounts.ts';
import { isBound, listLoopNumbers, listPartitionNames, listSizedLoopNumbers, readDiskseq, readPartition } from '../linux/sysfs.ts';
import type { DeviceChanges, DeviceSnapshot, LoopDevice } from '../protocol/devices.ts';
import { HelperError } from '../protocol/errors.ts';
import type { OwnershipRecords } from '../records/ownership.ts';
import type { Target } from './device-access.ts';
import { identityKey, type DeviceEntry, type DeviceFacts, type IdentityFacts } from './device-facts.ts';
import { readPartitions } from './device-reader.ts';
import { DeviceState } from './device-state.ts';
import { DeviceWaits } from './device-waits.ts';
import { busyError } from './detach-plan.ts';
import { FactsReader } from './facts-reader.ts';
import { attachmentOf, ownershipOf } from './record-facts.ts';
import { buildMountTable, changedUses, loopNumberOfPath, useOf, type MountTable } from './mount-table.ts';

export interface LiveDevicesOptions {
  readonly mode: 'elevated' | 'view';
  /** Null where they cannot be read: then nobody knows who owns what. */
  readonly records: Pick<OwnershipRecords, 'ownershipOf' | 'attachmentOf' | 'forget'> | null;
  readonly notify: (changes: DeviceChanges) => void;
  /** Takes what the kernel has to say and has not been asked for yet; see kernel-events.ts. */
  readonly drain: () => void;
}

/** What no event announces (autoclear, direct I/O, names) is read anew this often while somebody watches. */
const SAFETY_READ_MS = 5000;

const NO_HOLDERS: readonly string[] = [];

export class LiveDevices {
  readonly #options: LiveDevicesOptions;
  readonly #state = new DeviceState();
  readonly #recheck = new LoopRecheck();
  readonly #waits = new DeviceWaits();
  readonly #reader: FactsReader;
  #mounts: MountTable = buildMountTable([], []);
  #holders: ReadonlyMap<number, readonly string[]> = new Map();
  #loaded = false;
  #watching = false;
  #safetyRead = false;
  #safetyTimer: NodeJS.Timeout | null = null;
  #flushScheduled = false;
  #skipped: number | null = null;
  /** Numbers for which partitions were seen; these can outlive an attachment (LOOP.md §1.6). */
  #partitioned = new Set<number>();
  /** Told of every device that was read anew. */
  onRefreshed: ((number: number, entry: DeviceEntry | null) => void) | null = null;

  constructor(options: LiveDevicesOptions) {
    this.#options = options;
    this.#reader = new FactsReader(options.mode);
  }

  /** What is known of a device; {@link refresh} makes it certain. */
  get(number: number): DeviceEntry | undefined {
    return this.#state.get(number);
  }

  /** The whole list as the kernel has it now. */
  list(): DeviceSnapshot {
    this.#recheckAll();
    this.#flush();
    return this.#state.snapshot();
  }

  /** Every device anew, without asking again for what events would have told. */
  #recheckAll(): void {
    this.#options.drain();
    if (!this.#loaded) {
      this.readAll();
      return;
    }
    this.readMounts();
    this.readHolders();
    const numbers = this.#state.attachedNumbers();
    const doubtful = new Set(this.#recheck.doubtful(numbers));
    for (const number of numbers) if (doubtful.has(number) || this.#ownershipChanged(number)) this.refresh(number);
  }

  /** Another helper of the same user may have completed its record after the event was read here. */
  #ownershipChanged(number: number): boolean {
    const entry = this.#state.get(number);
    return entry?.ownership === 'unknown' && ownershipOf(this.#options.records, entry.facts) !== 'unknown';
  }

  /** From now on changes are told. Returns the revision they start from. */
  watch(safetyRead: boolean): number {
    this.#load();
    this.#options.drain();
    this.#flush();
    this.#watching = true;
    this.#safetyRead = safetyRead;
    this.#armSafetyRead();
    return this.#state.revision;
  }

  /** Ends the timer; nothing is told any more. */
  stop(): void {
    this.#watching = false;
    if (this.#safetyTimer !== null) clearTimeout(this.#safetyTimer);
    this.#safetyTimer = null;
    this.#recheck.close();
  }

  #load(): void {
    if (!this.#loaded) this.readAll();
  }

  /** Reads everything anew. */
  readAll(): void {
    this.#loaded = true;
    this.#mounts = this.#readMountTable();
    this.#holders = listStackedDevices();
    const partitions = listPartitionNames();
    const numbers = listLoopNumbers();
    const sized = listSizedLoopNumbers();
    this.#partitioned = new Set(partitions.keys());
    for (const number of numbers) {
      // An unattached node is not opened: that costs more than this question, and whoever wants to remove it would find it busy.
      const facts = sized.has(number) || isBound(number) ? this.#reader.read(number) : null;
      if (facts === null) this.#setDetached(number, true);
      else this.#setAttached(facts, partitions.get(number) ?? []);
    }
    const present = new Set(numbers);
    for (const number of this.#state.knownNumbers()) if (!present.has(number)) this.#setDetached(number, false);
    this.#afterChange();
  }

  /** Reads one device anew; null when nothing is attached to it. */
  refresh(number: number): DeviceEntry | null {
    // An unattached node is not opened: whoever wants to remove it would find it busy.
    return this.accept(number, isBound(number) ? this.#reader.read(number) : null);
  }

  /** Takes over what was read of a device by {@link readFacts} just now; null for nothing attached. */
  accept(number: number, facts: DeviceFacts | null): DeviceEntry | null {
    if (facts === null) this.#setDetached(number, loopDeviceExists(number));
    else this.#setAttached(facts, this.#partitionsOf(facts));
    this.#afterChange();
    const entry = this.#state.get(number) ?? null;
    this.onRefreshed?.(number, entry);
    return entry;
  }

  /** {@link refresh} for the reply of an operation. Errors: NOT_ATTACHED, when the device went right after it. */
  async refreshAttached({ number }: Target): Promise<LoopDevice> {
    const entry = this.accept(number, isBound(number) ? await this.#readOrLook(number) : null);
    if (entry === null) throw new HelperError('NOT_ATTACHED');
    return entry.wire;
  }

  /** The operation is done already, whether or not its file still answers. */
  async #readOrLook(number: number): Promise<DeviceFacts | null> {
    try {
      return await this.readFacts(number);
    } catch (error) {
      if (error instanceof HelperError && error.code === 'IMAGE_NOT_ANSWERING') return this.#reader.read(number);
      throw error;
    }
  }

  /** Devices that have this file attached, read anew; `except` is one the caller knows and reads himself afterwards. Errors: IMAGE_NOT_ANSWERING. */
  async devicesOf(identity: IdentityFacts, except: number | null = null): Promise<readonly DeviceFacts[]> {
    this.#load();
    this.#skipped = except;
    try {
      this.#options.drain();
    } finally {
      this.#skipped = null;
    }
    const key = identityKey(identity);
    const mayHave = (number: number): boolean => number !== except && this.#reader.mayHave(this.#state.get(number)?.facts, identity);
    for (const number of this.#state.attachedNumbers().filter(mayHave)) this.accept(number, await this.readFacts(number));
    return this.#state.numbersOf(key).flatMap((number) => {
      if (number === except) return [];
      const facts = this.refresh(number)?.facts;
      return facts === undefined || facts.identity === null || identityKey(facts.identity) !== key ? [] : [facts];
    });
  }

  /** The diskseq of what is attached now, from sysfs; null for nothing. */
  readAttachment(number: number): { readonly diskseq: bigint } | null {
    if (!isBound(number)) return null;
    const diskseq = readDiskseq(number);
    return diskseq === null ? null : { diskseq };
  }

  /** Takes what the kernel has told and nobody has heard yet. */
  drain(): void {
    this.#options.drain();
  }

  /** False: no partition was ever seen on this number. */
  mayHavePartitions(number: number): boolean {
    this.#load();
    return this.#partitioned.has(number) || (this.#state.get(number)?.facts.partitionScan ?? false);
  }

  readPartitionRanges(number: number): readonly PartitionRange[] {
    if (!this.mayHavePartitions(number)) return [];
    return listPartitionsOf(number).flatMap((partition) => readPartition(number, partition) ?? []);
  }

  /** The error for a device that is claimed, with the mount points of this moment. */
  busy(number: number, errno?: number): HelperError {
    this.readMounts();
    return busyError(this.refresh(number)?.wire ?? null, errno);
  }

  /** Mounts or swaps changed. Only devices whose use differs are read anew. */
  readMounts(): void {
    if (!this.#loaded) return;
    const before = this.#mounts;
    this.#mounts = this.#readMountTable();
    const { deviceNumbers, paths } = changedUses(before, this.#mounts);
    const numbers = new Set<number>();
    for (const deviceNumber of deviceNumbers) {
      const number = deviceNumber.startsWith('7:') ? Number(deviceNumber.slice(2)) : this.#state.deviceOfPartition(deviceNumber);
      if (number !== undefined) numbers.add(number);
    }
    for (const path of paths) {
      const number = loopNumberOfPath(path);
      if (number !== null) numbers.add(number);
    }
    // With a mount comes or goes autoclear, which no event announces.
    for (const number of numbers) if (this.#state.get(number) !== undefined) this.refresh(number);
  }

  /** What lies on top of loop devices changed. */
  readHolders(): void {
    if (!this.#loaded) return;
    const before = this.#holders;
    this.#holders = listStackedDevices();
    for (const number of new Set([...before.keys(), ...this.#holders.keys()])) {
      if (this.#state.get(number) !== undefined) this.refresh(number);
    }
  }

  /** The kernel told something about these devices, and about partitions of some of them. */
  onEvents(numbers: ReadonlySet<number>, partitioned: ReadonlySet<number>): void {
    for (const number of partitioned) this.#partitioned.add(number);
    if (this.#loaded) for (const number of numbers) if (number !== this.#skipped) this.refresh(number);
    this.#waits.check(numbers);
  }

  /** See {@link DeviceWaits.waitFor}. */
  waitFor(number: number, done: () => boolean, capMs: number, signal: AbortSignal): Promise<boolean> {
    return this.#waits.waitFor(number, done, capMs, signal);
  }

  /** The partitions of a device; only looked for where some can be, because looking takes as long as reading the device. */
  #partitionsOf({ number, partitionScan }: DeviceFacts): readonly number[] {
    return partitionScan || this.#partitioned.has(number) ? listPartitionsOf(number) : [];
  }

  /**
   * Everything of a device, for one that was attached just now; must be known to exist, or open as `fd`. Null: nothing is attached. Errors:
   * IMAGE_NOT_ANSWERING.
   */
  readFacts(number: number, fd: number | null = null): Promise<DeviceFacts | null> {
    return this.#reader.readFully(number, fd);
  }

  /** Whether a program or another machine answers for the file of a device, and perhaps does not. */
  isSlow(number: number): boolean {
    if (!this.#loaded) this.#reader.setMounts(readMountInfo());
    return this.#reader.isSlow(number);
  }

  /** Whether a program or another machine answers for the file system with this device number. */
  isRemote(device: bigint): boolean {
    return this.#reader.isRemote(device);
  }

  #readMountTable(): MountTable {
    const lines = readMountInfo();
    this.#reader.setMounts(lines);
    return buildMountTable(lines, readSwaps());
  }

  #setAttached(facts: DeviceFacts, partitionNumbers: readonly number[]): void {
    const { number } = facts;
    this.#forgetRecord(number, facts.diskseq);
    const isNew = this.#state.setAttached({
      facts,
      ownership: ownershipOf(this.#options.records, facts),
      attachment: attachmentOf(this.#options.records, facts, this.#state.get(number)),
      partitions: readPartitions(number, partitionNumbers, this.#mounts),
      holders: this.#holders.get(number) ?? NO_HOLDERS,
      use: useOf(this.#mounts, `7:${number}`, `/dev/loop${number}`),
    });
    if (isNew) this.#recheck.remember(this.#reader.toRemembered(facts));
  }

  #setDetached(number: number, exists: boolean): void {
    this.#forgetRecord(number, null);
    this.#recheck.forget(number);
    this.#state.setDetached(number, exists);
  }

  /** The record of a device that is gone goes too. */
  #forgetRecord(number: number, present: bigint | null): void {
    const before = this.#state.get(number);
    if (before === undefined || before.facts.diskseq === present || before.ownership !== 'own') return;
    this.#options.records?.forget(before.facts.diskseq);
  }

  #afterChange(): void {
    this.#armSafetyRead();
    if (!this.#watching || this.#flushScheduled || !this.#state.hasChanges) return;
    this.#flushScheduled = true;
    // One notification for everything of this turn, and the reply to the request that caused it goes first.
    setImmediate(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const changes = this.#state.takeChanges();
    if (changes !== null && this.#watching) this.#options.notify(changes);
  }

  #armSafetyRead(): void {
    const wanted = this.#watching && this.#safetyRead && this.#state.attachedCount > 0;
    if (wanted === (this.#safetyTimer !== null)) return;
    if (this.#safetyTimer !== null) {
      clearTimeout(this.#safetyTimer);
      this.#safetyTimer = null;
      return;
    }
    this.#safetyTimer = setTimeout(() => {
      this.#safetyTimer = null;
      this.#recheckAll();
      this.#afterChange();
    }, SAFETY_READ_MS);
    this.#safetyTimer.unref();
  }
}

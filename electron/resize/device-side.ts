/**
 * The loop device of the image while it is resized: taken away for a while and given back as it was, or attached and mounted only for
 * a step. What it does is found in what there is, so that a resize can go on where another process stopped. Main process.
 */
import type { FileHandle } from 'node:fs/promises';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { toDecimal } from '../../native-helper/protocol/scalars.ts';
import { mountAgain, mountPlace, hasCode } from '../actions/mount.ts';
import { unmountOwn } from '../actions/unmount.ts';
import type { HelperSession } from '../helper-session.ts';
import { mountsOf, toFileSystemType, type PlacedMount } from '../images/contents.ts';
import { AppError } from '../ipc/errors.ts';
import type { PlannedFileSystem, ResizePlace } from '../ipc/resize.ts';
import { optionsOf } from '../undo-offers.ts';

export type HelperCall = Pick<HelperSession, 'call'>;

/** What attaching anew needs. */
interface TakenAway {
  readonly device: LoopDevice;
  readonly mounts: readonly PlacedMount[];
}

export interface MountedPlace {
  readonly device: LoopDevice;
  readonly mountId: number;
}

export class DeviceSide {
  readonly #session: HelperCall;
  readonly #file: FileHandle;
  #device: LoopDevice | null;
  #unmounted: readonly PlacedMount[] = [];
  #takenAway: TakenAway | null = null;
  #isTemporary = false;
  #temporaryMount: number | null = null;

  constructor(session: HelperCall, file: FileHandle, device: LoopDevice | null) {
    this.#session = session;
    this.#file = file;
    this.#device = device;
  }

  /** Null while it is taken away, or was never there. */
  get device(): LoopDevice | null {
    return this.#device;
  }

  get isTakenAway(): boolean {
    return this.#takenAway !== null;
  }

  /** What was mounted for a step only; without such, all that is ours. Throws MOUNT_BUSY. */
  async unmount(): Promise<void> {
    const device = this.#device;
    if (device === null) return;
    if (this.#temporaryMount !== null) {
      await this.#session.call('mounts/unmount', { ...targetOf(device), mountId: this.#temporaryMount, lazy: false });
      this.#temporaryMount = null;
      return;
    }
    await this.#readAnew();
    const unmounted = await unmountOwn(this.#session, this.#device ?? device, { leaveBusy: false });
    this.#unmounted = [...this.#unmounted, ...unmounted];
  }

  /** Unmounts what was mounted for a step only. */
  async endStep(): Promise<void> {
    if (this.#temporaryMount !== null) await this.unmount();
  }

  /** Unmounts what is ours first. What was attached for a step goes for good. Throws DEVICE_BUSY, MOUNT_BUSY. */
  async detach(): Promise<void> {
    if (this.#temporaryMount !== null) await this.unmount();
    if (this.#device === null) return;
    const device = this.#device;
    // An opened image goes with its last mount.
    const isThere = await this.#readAnew().then(
      () => true,
      (error: unknown) => !(error instanceof AppError) || error.data.code !== 'STALE_DEVICE',
    );
    if (isThere && mountsOf(this.#device).length > 0) await this.unmount();
    if (isThere) await this.#detachNow(device);
    this.#device = null;
    if (this.#isTemporary) this.#isTemporary = false;
    else this.#takenAway = { device, mounts: this.#unmounted };
    this.#unmounted = [];
  }

  /** An opened image goes with its last mount. */
  async #detachNow(device: LoopDevice): Promise<void> {
    try {
      await this.#session.call('devices/detach', { ...targetOf(device), whenFree: false });
    } catch (error) {
      if (!hasCode(error, 'NOT_ATTACHED', 'STALE_DEVICE', 'NO_SUCH_DEVICE')) {
        await this.mountAgain();
        throw error;
      }
    }
  }

  /** As it was, with the size it has now; without one before, for a step only: the kernel detaches it with its mount. */
  async attach(sizeLimitBytes: bigint | null, hasTable: boolean): Promise<void> {
    if (this.#device !== null) return;
    const before = this.#takenAway?.device ?? null;
    this.#isTemporary = before === null;
    const limit = toDecimal(sizeLimitBytes ?? 0n);
    if (before !== null) {
      const options = { ...optionsOf(before), sizeLimitBytes: limit };
      this.#device = await this.#attachAs(before.number, options).catch(async (error: unknown) => {
        if (!hasCode(error, 'DEVICE_BUSY', 'NO_SUCH_DEVICE', 'NO_FREE_DEVICE', 'NODE_IN_USE')) throw error;
        return this.#attachAs(null, options);
      });
      return;
    }
    const zero = toDecimal(0);
    this.#device = await this.#attachAs(null, {
      readOnly: false,
      offsetBytes: zero,
      sizeLimitBytes: limit,
      logicalBlockSizeBytes: 0,
      partitionScan: hasTable,
      autoclear: true,
      directIo: false,
      reference: null,
      whenAttached: 'refuse',
    });
  }

  async #attachAs(device: number | null, options: ReturnType<typeof optionsOf>): Promise<LoopDevice> {
    const result = await this.#session.call('devices/attach', { ...options, device }, { descriptors: [this.#file.fd] });
    return result.device;
  }

  /** A kernel without parsers of tables is told of what is mounted: with the size it has now. */
  setPartitions(partitions: readonly { readonly number: number; readonly sizeBytes: string }[]): void {
    const sizes = new Map(partitions.map(({ number, sizeBytes }) => [number, sizeBytes]));
    const change = (placed: PlacedMount): PlacedMount => {
      const sizeBytes = placed.partition === null ? undefined : sizes.get(placed.partition);
      return placed.range === null || sizeBytes === undefined ? placed : { ...placed, range: { ...placed.range, sizeBytes } };
    };
    this.#unmounted = this.#unmounted.map(change);
    if (this.#takenAway !== null) this.#takenAway = { ...this.#takenAway, mounts: this.#takenAway.mounts.map(change) };
  }

  /** What was unmounted, or was mounted before it was taken away. Throws the reason of the first that fails. */
  async mountAgain(): Promise<void> {
    const device = this.#device;
    const mounts = this.#unmounted.length > 0 ? this.#unmounted : (this.#takenAway?.mounts ?? []);
    if (device === null || mounts.length === 0) return;
    const { failures } = await mountAgain(this.#session, device, mounts, this.#takenAway?.device.autoclear ?? device.autoclear);
    this.#unmounted = [];
    const [failure] = failures;
    if (failure === undefined) return;
    const { code, message: _message, ...facts } = failure.error;
    throw new AppError(code, facts);
  }

  /** Attached and mounted as before; nothing where nothing was taken away. */
  async giveBack(sizeLimitBytes: bigint | null): Promise<void> {
    if (this.#temporaryMount !== null) await this.unmount();
    if (this.#isTemporary) await this.detach();
    if (this.#takenAway !== null && this.#device === null) await this.attach(sizeLimitBytes, true);
    await this.mountAgain();
    this.#takenAway = null;
  }

  /** The device takes over the size of its file, or a new limit. */
  async setSize(sizeBytes: bigint, isLimited: boolean): Promise<void> {
    if (this.#device === null) return;
    const target = targetOf(this.#device);
    this.#device = isLimited
      ? await this.#session.call('devices/set', { ...target, changes: { sizeLimitBytes: toDecimal(sizeBytes) } })
      : await this.#session.call('devices/set-capacity', target);
  }

  /** The kernel's partition becomes what the table says. */
  async syncPartition(partition: number, startBytes: string, sizeBytes: string): Promise<void> {
    await this.#readAnew();
    if (this.#device === null) return;
    const present = this.#device.partitions.find(({ number }) => number === partition);
    if (present === undefined || present.sizeBytes === sizeBytes || present.startBytes !== startBytes) return;
    const change = { action: 'resize', partition, sizeBytes: toDecimal(BigInt(sizeBytes)) } as const;
    this.#device = await this.#session.call('devices/set-partition', { ...targetOf(this.#device), ...change });
  }

  /** The mount of a place; makes one for the step where there is none. */
  async mount(place: ResizePlace, fileSystem: PlannedFileSystem, placeBytes: string): Promise<MountedPlace> {
    await this.#readAnew();
    const device = this.#device;
    if (device === null) throw new AppError('NOT_ATTACHED');
    const partition = typeof place === 'number' ? place : null;
    const present = mountsOf(device).find((placed) => placed.partition === partition && !placed.mount.readOnly);
    if (present !== undefined) return { device, mountId: present.mount.mountId };
    const fileSystemType = toFileSystemType(fileSystem.type);
    if (fileSystemType === null) throw new AppError('FILE_SYSTEM_REFUSED');
    const range = partition === null ? null : { startBytes: fileSystem.startBytes, sizeBytes: placeBytes };
    const wanted = { partition, fileSystemType, label: null, sizeBytes: BigInt(placeBytes), range };
    const made = await mountPlace(this.#session, device, wanted, { readOnly: false, detachWhenUnmounted: this.#isTemporary });
    this.#temporaryMount = made.mountId;
    return { device, mountId: made.mountId };
  }

  async #readAnew(): Promise<void> {
    if (this.#device === null) return;
    const { number, diskseq } = this.#device;
    const { devices } = await this.#session.call('devices/list', {});
    const found = devices.find((device) => device.number === number && device.diskseq === diskseq);
    if (found === undefined) throw new AppError('STALE_DEVICE');
    this.#device = found;
  }
}

function targetOf({ number, diskseq }: LoopDevice) {
  return { device: number, diskseq };
}

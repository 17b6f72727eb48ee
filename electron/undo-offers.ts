/**
 * Detaches that can be taken back for ten seconds. An offer remembers the file's path and identity, not an open
 * descriptor: that would keep a stick from being unmounted right after its image was detached. Main process.
 */
import type { BigIntStats } from 'node:fs';
import type { LoopDevice } from '../native-helper/protocol/devices.ts';
import { AppError } from './ipc/errors.ts';
import type { AttachOptions } from './ipc/methods.ts';
import type { UndoOffer } from './ipc/state.ts';
import type { PlacedMount } from './images/contents.ts';
import { toDisplayNames } from './images/file-table.ts';

const OFFER_MS = 10_000;
/** Platter's own tag in lo_file_name (DESIGN.md §2); it is made anew with every attach. */
const OWN_TAG = /^platter:/u;

/** What it takes to attach again. */
export interface Detached {
  readonly number: number;
  readonly path: Buffer;
  readonly options: AttachOptions;
  readonly file: FileMark;
  /** What was unmounted, in the order to mount it again. */
  readonly mounts: readonly PlacedMount[];
  /** The kernel detached the device with its last mount. */
  readonly detachWhenUnmounted: boolean;
}

/** Tells a file from another one of the same name; the time of birth tells an inode that was used again. */
export interface FileMark {
  readonly device: bigint;
  readonly inode: bigint;
  readonly bornNs: bigint;
}

export function toFileMark(facts: BigIntStats): FileMark {
  return { device: facts.dev, inode: facts.ino, bornNs: facts.birthtimeNs };
}

export function isMarkedFile(mark: FileMark, facts: BigIntStats): boolean {
  return mark.device === facts.dev && mark.inode === facts.ino && mark.bornNs === facts.birthtimeNs;
}

/** The options that make the same device again. */
export function optionsOf(device: LoopDevice): AttachOptions {
  return {
    readOnly: device.readOnly,
    offsetBytes: device.offsetBytes,
    sizeLimitBytes: device.sizeLimitBytes,
    logicalBlockSizeBytes: device.logicalBlockSizeBytes,
    partitionScan: device.partitionScan,
    // Nobody had the device open, and a device with AUTOCLEAR that nobody opens is gone at once (LOOP.md §0.5).
    autoclear: false,
    directIo: device.directIo,
    reference: referenceOf(device),
    whenAttached: 'reuse',
  };
}

function referenceOf({ reference }: LoopDevice): string | null {
  if (reference === null || reference.base64 !== null || reference.text === '' || OWN_TAG.test(reference.text)) return null;
  return reference.text;
}

export class UndoOffers {
  readonly #offers = new Map<number, { readonly offer: UndoOffer; readonly detached: Detached; readonly timer: NodeJS.Timeout }>();
  readonly #publish: (offers: readonly UndoOffer[]) => void;
  #nextId = 1;

  /** `publish` gets the whole list whenever it changed. */
  constructor(publish: (offers: readonly UndoOffer[]) => void) {
    this.#publish = publish;
  }

  add(detached: Detached): number {
    const id = this.#nextId;
    this.#nextId += 1;
    const offer = { id, fileName: toDisplayNames(detached.path).name, until: Date.now() + OFFER_MS };
    const timer = setTimeout(() => this.#remove(id), OFFER_MS);
    timer.unref();
    this.#offers.set(id, { offer, detached, timer });
    this.#publishAll();
    return id;
  }

  /** Takes the offer, which nobody else can take then. Throws UNDO_GONE. */
  take(id: number): Detached {
    const entry = this.#offers.get(id);
    if (entry === undefined) throw new AppError('UNDO_GONE');
    clearTimeout(entry.timer);
    this.#remove(id);
    return entry.detached;
  }

  clear(): void {
    for (const { timer } of this.#offers.values()) clearTimeout(timer);
    this.#offers.clear();
  }

  #remove(id: number): void {
    if (this.#offers.delete(id)) this.#publishAll();
  }

  #publishAll(): void {
    this.#publish([...this.#offers.values()].map(({ offer }) => offer));
  }
}

/**
 * Devices attached with AUTOCLEAR that nobody uses yet. The kernel detaches such a device at its last close (LOOP.md §0.5), so the helper
 * holds one descriptor until somebody else does: the named exception to the rule that no descriptor of a loop device outlives the
 * operation that opened it. However the helper ends, nothing stays attached. Runs as root.
 */
import { openLoopDevice } from '../linux/block-device.ts';
import { closeDescriptor } from '../linux/descriptors.ts';
import type { LoopDevice } from '../protocol/devices.ts';
import { HelperError } from '../protocol/errors.ts';
import { isInUse } from './detach-plan.ts';
import type { Target } from './device-access.ts';
import { asHelperError } from './kernel-errors.ts';

/** Held at a time, for any user: a device waits for its mount for moments only, and each costs a descriptor. */
export const MOST_HELD = 64;

/** A descriptor on a device that is about to be attached. One of its ends is called. */
export interface Hold {
  /** The device is attached and has this diskseq. */
  readonly keep: (diskseq: bigint) => void;
  /** It was not attached. */
  readonly drop: () => void;
}

/** What of a device decides whether it is still to be held. */
export interface HeldFacts {
  readonly facts: { readonly diskseq: bigint; readonly autoclear: boolean };
  readonly wire: Pick<LoopDevice, 'mounts' | 'partitions' | 'usedAsSwap' | 'holders'>;
}

export class HeldDevices {
  readonly #held = new Map<number, { readonly fd: number; readonly diskseq: bigint }>();
  #begun = 0;

  /** Opens a device before it is attached, so that nothing can fail afterwards. Errors: LIMIT_REACHED. */
  begin(number: number): Hold {
    if (this.#held.size + this.#begun >= MOST_HELD) throw new HelperError('LIMIT_REACHED');
    // Read-only: one that is open for writing is not mounted by kernels without CONFIG_BLK_DEV_WRITE_MOUNTED.
    const fd = asHelperError({}, () => openLoopDevice(number, 'read'));
    this.#begun++;
    return {
      keep: (diskseq) => {
        this.#begun--;
        this.#drop(number);
        this.#held.set(number, { fd, diskseq });
      },
      drop: () => {
        this.#begun--;
        closeDescriptor(fd);
      },
    };
  }

  /** Holds a device that the caller has open and has compared. */
  hold({ number, diskseq }: Target): void {
    this.begin(number).keep(diskseq);
  }

  /** Lets go, which detaches the device when nobody else has it open. False: it was not held. */
  release({ number, diskseq }: Target): boolean {
    if (this.#held.get(number)?.diskseq !== diskseq) return false;
    this.#drop(number);
    return true;
  }

  /** Looks at what was read of a device just now; null for nothing attached. */
  check(number: number, device: HeldFacts | null): void {
    const held = this.#held.get(number);
    if (held === undefined) return;
    const waits = device !== null && device.facts.diskseq === held.diskseq && device.facts.autoclear && !isInUse(device.wire);
    if (!waits) this.#drop(number);
  }

  /** For the end. The kernel would do the same. */
  releaseAll(): void {
    for (const number of [...this.#held.keys()]) this.#drop(number);
  }

  #drop(number: number): void {
    const held = this.#held.get(number);
    if (held === undefined) return;
    this.#held.delete(number);
    closeDescriptor(held.fd);
  }
}

/** Runs `attach` on a device, and holds what it attached when that is `wanted`. */
export async function whileHeld<Attached extends { readonly diskseq: bigint }>(
  devices: HeldDevices,
  number: number,
  wanted: boolean,
  attach: () => Promise<Attached>,
): Promise<Attached> {
  if (!wanted) return attach();
  const hold = devices.begin(number);
  let attached: Attached;
  try {
    attached = await attach();
  } catch (error) {
    hold.drop();
    throw error;
  }
  hold.keep(attached.diskseq);
  return attached;
}

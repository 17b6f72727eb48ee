/** What opening an image came to: attached, and mounted what can be mounted. */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { ContentMount } from './contents.ts';

/** Something in an opened image that is not mounted, and why. */
export interface NotMounted {
  /** Null: the whole image. */
  readonly partition: number | null;
  /** As libblkid names it. */
  readonly type: string;
  /**
   * `encrypted`: has to be unlocked first. `volume`: a member of LVM, MD and the like. `no-driver`: this kernel has none for it.
   * `not-authorized`: of a type for which the system asks an administrator, who was not there. `unknown-type`: none that Platter mounts.
   */
  readonly reason: 'encrypted' | 'volume' | 'no-driver' | 'not-authorized' | 'unknown-type';
}

export interface OpenOutcome {
  readonly kind: 'attached' | 'already-attached';
  readonly device: number;
  /** Which of all that ever have this number. */
  readonly diskseq: LoopDevice['diskseq'];
  /** As in AttachOutcome. */
  readonly readOnlyReason: string | null;
  /** Where its file systems are; empty when there are none or mounting is switched off. */
  readonly mounts: readonly ContentMount[];
  /** Empty when mounting is switched off. */
  readonly notMounted: readonly NotMounted[];
  /** True when mounting was wanted and nothing that Platter mounts was found. */
  readonly nothingToMount: boolean;
}

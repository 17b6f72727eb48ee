/** Detaching as the window follows it: a device in use makes a run, which waits, is told what to do, and ends. */
import * as v from 'valibot';
import { deviceTarget, type DeviceTarget } from '../../native-helper/protocol/devices.ts';
import { closeHolderParams, closeSignal, type HolderList } from '../../native-helper/protocol/holders.ts';
import type { AppErrorData } from './errors.ts';
import { method } from './method.ts';

/** A program that was asked to end. `forceable`: it had time to do so and has not. */
export interface ClosingProgram {
  readonly pid: number;
  readonly startTime: string;
  readonly state: 'asked' | 'forceable' | 'forced';
}

/** What is known of a device that is waited for. */
export interface WaitingFacts {
  /** Null before the first look. */
  readonly holders: HolderList | null;
  readonly closing: readonly ClosingProgram[];
  /** What the list said when detaching was tried last; null when it has named users since. */
  readonly triedWith: string | null;
  readonly looksSinceTry: number;
}

/**
 * `waiting`: somebody uses the device; tried again by itself once nobody does. `deferred`: left to the kernel. `gone`: detached by
 * somebody else, or attached anew.
 */
export type DetachState =
  | { readonly kind: 'idle' | 'detached' | 'deferred' | 'cancelled' | 'gone' }
  /** `waited`: what was known when the try began. `cancelled`: if the try is in vain, that is the end. */
  | { readonly kind: 'unmounting' | 'detaching'; readonly waited: WaitingFacts | null; readonly cancelled: boolean }
  /** `because`: what the last try failed with, a busy code. */
  | ({ readonly kind: 'waiting'; readonly because: AppErrorData } & WaitingFacts)
  | { readonly kind: 'failed'; readonly error: AppErrorData };

/** A detach that found its device in use. */
export interface DetachRun extends DeviceTarget {
  readonly id: number;
  /** Name of the image; of the node where it has none. */
  readonly fileName: string;
  readonly state: DetachState;
}

const runId = v.pipe(v.number(), v.integer(), v.minValue(1));

/** `wait`: go on without the dialog, as a job. `close`: ask all programs in the list to end. `force`: end those that had time to. */
export const detachChoice = v.picklist(['wait', 'close', 'force', 'when-free', 'name-others', 'cancel']);
export type DetachChoice = v.InferOutput<typeof detachChoice>;

export const detachMethods = {
  /** Errors: RUN_GONE; those of closing programs, of which the first is told and the others are tried all the same. */
  'detaches/choose': method<null>()(v.strictObject({ run: runId, choice: detachChoice })),
  /** Ends one program of a run's list; for those of other users the system asks. Errors: RUN_GONE, PROCESS_REFUSED, and of authorization. */
  'detaches/close-program': method<null>()(
    v.strictObject({
      run: runId,
      pid: closeHolderParams.entries.pid,
      startTime: closeHolderParams.entries.startTime,
      signal: closeSignal,
    }),
  ),
  /** Devices that this user attached through Platter; root's own by Platter's mark, since to root everything belongs. */
  'detaches/mine': method<readonly DeviceTarget[]>()(v.strictObject({})),
  /**
   * Who uses a device. Without `nameOthers` as much as can be told without a question; with it the system may ask for a password.
   * Takes as long as looking at every process. Errors: NOT_ATTACHED, STALE_DEVICE.
   */
  'holders/list': method<HolderList>()(v.strictObject({ ...deviceTarget.entries, nameOthers: v.boolean() })),
  /** Ends a program of the list; for those of other users the system asks. Errors: PROCESS_GONE, PROCESS_NOT_HOLDER, PROCESS_REFUSED. */
  'holders/close': method<null>()(closeHolderParams),
};

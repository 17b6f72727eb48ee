/** Calls about resizing an image, attached or not. */
import * as v from 'valibot';
import { deviceTarget } from '../../native-helper/protocol/devices.ts';
import { decimalString, partitionNumber } from '../../native-helper/protocol/scalar-parsers.ts';
import { fileId } from './images.ts';
import { method } from './method.ts';
import type { ResizeFacts, ResizeOutcome } from './resize.ts';

const subject = v.union([deviceTarget, v.strictObject({ image: fileId })]);
export type ResizeSubjectParams = v.InferOutput<typeof subject>;

export const resizeMethods = {
  /** What the plan is made from: the window computes it for every position of the slider (electron/resize/planning). Errors: those of opening, PROBE_FAILED, UNDO_UNUSABLE. */
  'resize/facts': method<ResizeFacts>()(v.strictObject({ subject })),
  /**
   * Carries out the plan that was shown, as a job. `steps` are its steps: RESIZE_PLAN_CHANGED where main plans others by now. Errors: RESIZE_REFUSED,
   * RESIZE_STOPPED, RESIZE_NOT_PUT_BACK, RESIZED_NOT_ATTACHED, CANCELLED when everything was put back.
   */
  'resize/run': method<ResizeOutcome>()(
    v.strictObject({
      subject,
      sizeBytes: decimalString,
      place: v.union([partitionNumber, v.picklist(['whole', 'free'])]),
      reserve: v.boolean(),
      steps: v.pipe(v.array(v.pipe(v.string(), v.maxLength(32))), v.maxLength(32)),
    }),
  ),
  /** Goes on with a stopped resize, or puts the size back. Errors: NOTHING_UNFINISHED, UNDO_UNUSABLE, and those of `resize/run`. */
  'resize/finish': method<ResizeOutcome>()(v.strictObject({ subject, how: v.picklist(['continue', 'undo']) })),
} as const;

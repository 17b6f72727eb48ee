/** Calls about resizing an image, attached or not. */
import * as v from 'valibot';
import { deviceTarget } from '../../native-helper/protocol/devices.ts';
import { decimalString, partitionNumber } from '../../native-helper/protocol/scalar-parsers.ts';
import type { StartedJob } from './create-methods.ts';
import { fileId } from './images.ts';
import { method } from './method.ts';
import { newPlace } from './new-image.ts';
import { resizeEndings, type ResizeFacts, type ResizeOutcome } from './resize.ts';

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
  /**
   * Makes a new image of that size with the same files, as a job, where the file system has a fixed size. Errors: RESIZE_REFUSED, IMAGE_ATTACHED,
   * FILE_IN_USE, and those of images/create; of the job FILE_SYSTEM_UNSUPPORTED, FILE_SYSTEM_FULL, COPY_DIFFERS.
   */
  'resize/rebuild': method<StartedJob>()(v.strictObject({ subject, sizeBytes: decimalString, ...newPlace.entries })),
  /**
   * Goes on with a stopped resize, puts the size back, or leaves the image as it is and forgets the resize. Errors: NOTHING_UNFINISHED; UNDO_UNUSABLE
   * where only forgetting is left, RESIZE_UNFINISHED where that would leave the image between two sizes; and those of `resize/run`.
   */
  'resize/finish': method<ResizeOutcome>()(v.strictObject({ subject, how: v.picklist(resizeEndings) })),
} as const;

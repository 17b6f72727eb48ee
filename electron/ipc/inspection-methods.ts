/** Calls that look at an image, and that open it. */
import * as v from 'valibot';
import { fileId } from './images.ts';
import type { Inspection } from './inspection.ts';
import { method } from './method.ts';
import type { OpenOutcome } from './opening.ts';

export const inspectionMethods = {
  /** All that can be said of a file without attaching it. Errors: what opening it for reading may meet, PROBE_FAILED. */
  'images/inspect': method<Inspection>()(v.strictObject({ image: fileId })),
  /**
   * Attaches the image as the settings say, mounts what can be mounted and shows the folder of the largest file system. After a
   * failure nothing of it is left. Errors: IMAGE_NOT_RAW with what the file is, PROBE_FAILED, and the helper's.
   */
  'images/open': method<OpenOutcome>()(v.strictObject({ image: fileId })),
} as const;

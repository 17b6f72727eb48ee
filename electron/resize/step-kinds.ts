/** What the steps of a resize have in common. Main process and command line. */
import type { ResizeStep } from '../ipc/resize.ts';

/** Steps that leave something in the file or the device that was not there before. */
export const changing: readonly ResizeStep['step'][] = [
  'resize-file',
  'resize-device',
  'resize-table',
  'resize-partition',
  'resize-file-system',
];
/** Nothing is in pieces when one of these is stopped. */
export const stoppable: readonly ResizeStep['step'][] = ['check', 'save-undo', 'resize-file-system'];

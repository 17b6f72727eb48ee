/** Words for failures of resizing; why a plan is refused is in resize-words.ts. */
import { words } from './error-words.ts';

const HALF_WAY = 'The steps before it are done and what this step did was put back: the image can be used as it is.';

export const resizeErrorWords = {
  RESIZE_REFUSED: words('This cannot be resized so', 'The image, or what is in it, does not allow it.', 'Choose another size or place.'),
  RESIZE_PLAN_CHANGED: words(
    'The image has changed',
    'It is not as it was when the plan was shown.',
    'Look at the new plan and start again.',
  ),
  RESIZE_STOPPED: words('The resize stopped on the way', 'One step could not be done.', 'Go on, or put the size back.', HALF_WAY),
  RESIZE_NOT_PUT_BACK: words(
    'The resize stopped on the way',
    'One step could not be done, and what it did could not be put back either.',
    'Put the size back before you use the image; what that needs is saved beside it.',
    'The image is between two sizes.',
  ),
  RESIZED_NOT_ATTACHED: words(
    'The image was not attached again',
    'It has its new size, but could not be attached or mounted as it was before.',
    'Attach or mount it yourself.',
    'The image has its new size.',
  ),
  COPY_DIFFERS: words(
    'The copy is not the same',
    'Files in the new image differ from those in the old one.',
    'Check the old image for errors, and look whether a program changed it meanwhile.',
    'No new image was made; the old one is as it was.',
  ),
  RESIZE_RUNNING: words('The image is being changed', 'Platter is resizing, repairing or relabelling it.', 'Wait until that has ended.'),
  RESIZE_UNFINISHED: words(
    'A resize of this image was stopped',
    'It is between two sizes: using it now could damage it, and what puts the size back lies beside it, by the name it has.',
    'Attach it from this window, which offers to go on or to put the size back.',
  ),
  NOTHING_UNFINISHED: words('There is nothing to finish', 'No resize of this image was stopped on the way.', 'Start a resize instead.'),
  TABLE_UNREADABLE: words(
    'The partition table cannot be changed',
    'Its checksums are wrong, or it is of a form that Platter does not write.',
    'Check the table with a partition program, such as sfdisk --verify.',
  ),
  FILE_SYSTEM_DAMAGED: words(
    'The file system has errors',
    'It needs a repair before its size can be changed.',
    'Check and repair it, then resize the image.',
  ),
  FILE_SYSTEM_FULL: words('The file system is too full', 'Its files do not fit into the size asked for.', 'Choose a larger size.'),
  UNDO_NOT_SAVED: words(
    'Nothing could be saved for undoing',
    'The folder of the image may not be written, or its disk is full.',
    'Make room, or move the image to a folder of your own if no resize of it was begun.',
  ),
  UNDO_UNUSABLE: words(
    'What was saved for undoing cannot be used',
    'It is damaged, or the image was replaced or changed since the resize stopped.',
    'If the image is as it should be, forget the resize.',
  ),
} as const;

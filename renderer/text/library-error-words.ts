/** Words for failures of what is done to image files and of the library. */
import { words } from './error-words.ts';

export const libraryErrorWords = {
  FOLDER_NOT_WRITABLE: words(
    'The folder may not be changed',
    'Its permissions do not let you write to it.',
    'Change the permissions, or choose another folder.',
  ),
  FILE_EXISTS: words('The name is taken', 'There is a file of that name in the folder already.', 'Choose another name.'),
  FILE_NAME_INVALID: words('No file can have that name', 'A name has at most 255 bytes and no slash.', 'Choose another name.'),
  IMAGE_ATTACHED: words('The image is attached', 'This cannot be done while a device uses the file.', 'Detach it first.'),
  TRASH_UNSUPPORTED: words(
    'There is no trash for this file',
    'The disk it lies on has none.',
    'Delete it in the file manager, or move it to your home folder first.',
  ),
} as const;

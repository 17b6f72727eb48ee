/** Words for failures of what is done to image files and of the library. */
import { words } from './error-words.ts';

export const libraryErrorWords = {
  FOLDER_NOT_FOUND: words('There is no such folder', 'It was moved, renamed or deleted meanwhile.', 'Choose another folder.'),
  FOLDER_NOT_WRITABLE: words(
    'The folder may not be changed',
    'Its permissions do not let you write to it.',
    'Change the permissions, or choose another folder.',
  ),
  FILE_EXISTS: words('The name is taken', 'There is a file of that name in the folder already.', 'Choose another name.'),
  FILE_NAME_INVALID: words('No file can have that name', 'A name has at most 255 bytes and no slash.', 'Choose another name.'),
  IMAGE_ATTACHED: words('The image is attached', 'This cannot be done while a device uses the file.', 'Detach it first.'),
  FILE_CHANGED: words('The file was changed meanwhile', 'Somebody wrote to it while it was read.', 'Try again when nobody writes to it.'),
  FILE_IN_USE: words('Another program has the file open', 'It could be damaged if both wrote to it.', 'End that program, then try again.'),
  FILE_WORK_FAILED: words(
    'The file could not be worked on',
    'It could not be read or written to the end.',
    'The details name the reason; then try again.',
  ),
  SPARSE_UNSUPPORTED: words(
    'Space cannot be given back here',
    'The file system that holds the image cannot have holes in files.',
    'Move the image to ext4, XFS or Btrfs.',
  ),
  CHECKSUM_INVALID: words(
    'This is no checksum',
    'An MD5 checksum has 32 hexadecimal digits, SHA-256 has 64, SHA-512 has 128.',
    'Copy the whole value and paste it again.',
  ),
  CHECK_UNSUPPORTED: words(
    'There is no check for this',
    'Platter knows no program that checks what is there.',
    'Choose a partition with a file system.',
  ),
  REPAIR_REFUSED: words(
    'This is not repaired here',
    'The tool for this file system might make things worse, or cannot do it.',
    'Copy what can still be read.',
  ),
  LOG_UNCLEAN: words(
    'It was not unmounted',
    'Its log holds changes that only mounting it can bring in.',
    'Mount it writable once, unmount it, then check again.',
  ),
  UUID_INVALID: words(
    'The identifier does not fit',
    'This kind of file system has identifiers of another form.',
    'Make a new one by chance instead.',
  ),
  RELABEL_UNSUPPORTED: words(
    'This cannot be changed',
    'What is there has no label that can be written, or lies where the tool does not reach.',
    'Nothing can be done here.',
  ),
  RELABEL_FAILED: words(
    'The change did not take',
    'The program ended well, but the file system does not have the new label or identifier.',
    'Check the file system, then try again.',
    'The details of the image show what it has now.',
  ),
  TRASH_UNSUPPORTED: words(
    'There is no trash for this file',
    'The disk it lies on has none.',
    'Delete it in the file manager, or move it to your home folder first.',
  ),
} as const;

/** Words for failures that lie with the image file or the program around it. */
import { words } from './error-words.ts';

const NOT_ATTACHED = 'The image was not attached.';

export const imageErrorWords = {
  IMAGE_NOT_SHARED: words(
    'The system may not read this file',
    'It lies on a private file system (such as a remote folder) that only you may read.',
    'Copy the image to a local folder and attach the copy.',
    NOT_ATTACHED,
  ),
  IMAGE_NOT_ANSWERING: words(
    'The file cannot be reached',
    'It lies in a remote folder, or one that another program provides, and that does not answer.',
    'See that the folder opens in Files, then try again; or copy the image to a local folder.',
  ),
  IMAGE_NOT_REGULAR: words(
    'This cannot be attached',
    'Only regular files and block devices can be attached.',
    'Choose an image file.',
    NOT_ATTACHED,
  ),
  IMAGE_WRITE_ONLY: words('The file may not be read', 'It can only be written to.', 'Change the permissions of the file.', NOT_ATTACHED),
  IMAGE_DESCRIPTOR_REFUSED: words(
    'The file was opened in a way that is not accepted',
    'The helper refused the open file.',
    'This is a fault in Platter. Please report it.',
    NOT_ATTACHED,
  ),
  IMAGE_PSEUDO_FILE: words(
    'This is not an image',
    'The file is made up by the kernel (under /proc or /sys) and has no contents of its own.',
    'Choose an image file.',
    NOT_ATTACHED,
  ),
  IMAGE_TOO_SMALL: words(
    'The file is too small',
    'It is smaller than one sector of 512 bytes, so there would be no device to see.',
    'Choose another file.',
    NOT_ATTACHED,
  ),
  IMAGE_SIZE_DIFFERS: words(
    'The sizes differ',
    'The new file must have exactly the size of the one it replaces.',
    'Choose a file of the same size.',
    'The device keeps its present file.',
  ),
  IMAGE_OVERLAPS: words(
    'This part of the file is attached already',
    'Two writable devices on the same bytes would damage each other’s data.',
    'Use the device that is there, attach both read-only, or choose another part of the file.',
  ),
  IMAGE_IS_THIS_DEVICE: words(
    'A device cannot hold itself',
    'The file is the loop device itself, or leads back to it.',
    'Choose another file.',
    NOT_ATTACHED,
  ),

  FILE_NOT_FOUND: words('The file is not there', 'It was moved, renamed or deleted.', 'Choose the file again.'),
  FILE_NOT_READABLE: words(
    'The file may not be read',
    'Its permissions do not let you read it.',
    'Change the permissions, or ask the owner of the file.',
  ),
  FILE_NOT_WRITABLE: words(
    'The file may not be written',
    'Its permissions, or the file system it lies on, do not let you write to it.',
    'Attach it read-only, or change the permissions.',
  ),
  FILE_IS_FOLDER: words('This is a folder', 'Only files can be attached.', 'Choose an image file.'),
  FILE_NOT_REGULAR: words(
    'This is not a regular file',
    'Pipes, sockets and character devices cannot be attached.',
    'Choose an image file.',
  ),
  FILE_REPLACED: words(
    'The file was replaced',
    'Another file now has the name of the attached one.',
    'Detach the image and attach it again to use the new file.',
  ),
  FILE_UNKNOWN: words('The file is no longer known', 'It was chosen too long ago, in an earlier session.', 'Choose the file again.'),
  FOLDER_NOT_READABLE: words('The folder cannot be read', 'Its permissions do not let you see what is in it.', 'Choose another folder.'),
  NO_SPACE: words('Not enough free space', 'The disk that holds the image is too full.', 'Free some space, or choose a smaller size.'),
  FILE_TOO_LARGE: words(
    'The file would be too large',
    'The file system that holds the image cannot keep a file of this size.',
    'Choose a smaller size, or move the image to another file system.',
  ),
  SIZE_NOT_LARGER: words('The new size is not larger', 'Growing needs a size above the present one.', 'Give a larger size.'),
  SIZE_UNALIGNED: words(
    'The size does not fit the sector size',
    'The size has to be a multiple of the sector size of the device.',
    'Round the size up.',
  ),
  GROWTH_HALF_DONE: words(
    'Growing stopped half-way',
    'The device did not take over the new size, and the file could not be given its old size back.',
    'Choose “Use the Size of the File” on the device, or detach and attach it again.',
    'The file is larger now; the device still has its old size. No data was lost.',
  ),
  SYSTEM_REFUSED: words(
    'The system refused',
    'The operating system did not accept the request.',
    'The details below name the reason it gave.',
    'The list shows how things stand now.',
  ),
  UNDO_GONE: words('This can no longer be undone', 'The time for it has passed, or the file is gone.', 'Attach the image again instead.'),
  RUN_GONE: words(
    'Nothing waits there any more',
    'The device was detached or kept in the meantime.',
    'Look at the list for how things stand.',
  ),
  JOB_GONE: words('This work has already ended', 'There is nothing left to cancel.', 'Look at the list for how things stand.'),
  NOT_IN_THIS_HOST: words(
    'Not possible in a web browser',
    'A page in a browser does not learn where dropped files are, and opens no folders of the desktop.',
    'Use Attach Image or paste the path of a file; copy the path of a folder.',
  ),
  INVALID_CALL: words(
    'Platter’s parts misunderstood each other',
    'The window sent something the program does not accept.',
    'This is a fault in Platter. Please report it.',
  ),
  PROBE_FAILED: words(
    'What is in it could not be found out',
    'The look into the image failed, or took too long.',
    'Try again; if it stays so, the image may be damaged.',
  ),
  IMAGE_NOT_RAW: words(
    'This file has to be converted first',
    'What can be attached is a raw disk image, and this is none.',
    'Convert or unpack it, and open the raw image.',
    NOT_ATTACHED,
  ),
  TOOL_MISSING: words(
    'A program is missing',
    'This is done by a program of the system that is not installed.',
    'Install the package that has it, then try again.',
  ),
  TOOL_TIMEOUT: words(
    'It took too long',
    'A program of the system did not come to an end and was stopped.',
    'Try again when the computer is less busy.',
  ),
  TOOL_FAILED: words(
    'It could not be done',
    'The program of the system that does this reported a failure.',
    'The details below are what it said.',
  ),
  NO_IMAGE_NAMED: words('No file to attach', 'What was pasted does not name a file.', 'Copy a file, or its path, and paste again.'),
  CONNECTION_LOST: words(
    'Connection lost',
    'The page no longer reaches the program.',
    'Platter connects again by itself as soon as it can.',
    'What was under way may or may not be done; the list will show how things stand.',
  ),
} as const;

/** Said of every start that failed: the window goes on without the helper. */
const STILL_LIVE = 'The list and the details stay live; only changes are off.';

export const startErrorWords = {
  ELEVATION_DISMISSED: words('Not authorised', 'The question for a password was closed.', 'Try again when you are ready.', STILL_LIVE),
  ELEVATION_DENIED: words(
    'The system does not allow changes',
    'Its rules do not let this account start Platter’s helper, or the password was wrong too often.',
    'Try again, or ask the administrator of this computer.',
    STILL_LIVE,
  ),
  ELEVATION_NO_AGENT: words(
    'Nobody could ask for the password',
    'No authentication agent is running in this session.',
    'Start your desktop’s authentication agent (polkit), or act as root with platter in a terminal.',
    STILL_LIVE,
  ),
  ELEVATION_NO_PKEXEC: words(
    'pkexec is not installed',
    'Platter uses it to ask for the right to change devices.',
    'Install the package “pkexec” (or “polkit”), then try again.',
    STILL_LIVE,
  ),
  UDISKS_UNAVAILABLE: words(
    'This AppImage can only look here',
    'An AppImage works through udisks2, which does not answer on this machine.',
    'Install udisks2, or Platter’s package for your system, then try again.',
    STILL_LIVE,
  ),
  HELPER_NOT_INSTALLED: words(
    'The helper is not installed',
    'Attaching and changing devices is done by Platter’s helper, which is missing.',
    'Install Platter’s package completely, then try again.',
    STILL_LIVE,
  ),
  HELPER_BROKEN: words(
    'The helper did not start',
    'It ended before it was ready.',
    'Try again. The details name what it said last; if it stays so, reinstall Platter.',
    STILL_LIVE,
  ),
  HELPER_VERSION: words(
    'The helper is of another version',
    'Platter was updated while it was running, or only in part.',
    'Quit Platter and start it again.',
    STILL_LIVE,
  ),
  HELPER_LOST: words(
    'The helper ended unexpectedly',
    'It stopped while it was working.',
    'Unlock again to go on.',
    'What was under way may or may not be done; the list shows how things stand now.',
  ),
} as const;

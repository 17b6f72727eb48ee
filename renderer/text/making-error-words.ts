/** Words for failures of making new images. */
import { words } from './error-words.ts';

const NOTHING_MADE = 'No file was made or changed.';

export const makingErrorWords = {
  NEW_IMAGE_INSIDE: words(
    'The image would hold itself',
    'It would lie inside the folder that it is made of.',
    'Choose another folder for the image.',
    NOTHING_MADE,
  ),
  RESERVE_UNSUPPORTED: words(
    'The space cannot be reserved',
    'The file system of that folder takes space only as it is needed.',
    'Choose “As needed”, or another folder.',
    NOTHING_MADE,
  ),
  LABEL_INVALID: words(
    'The label does not fit',
    'It is too long for the file system, or has characters that it cannot hold.',
    'Choose another label.',
    NOTHING_MADE,
  ),
  SIZE_INVALID: words(
    'The size does not fit',
    'It is too small or too large for what the image shall hold, or no multiple of 512 bytes.',
    'Choose another size.',
    NOTHING_MADE,
  ),
  LAYOUT_INVALID: words(
    'The partitions do not fit',
    'Together they need more than the image has.',
    'Make a partition smaller, or the image larger.',
    NOTHING_MADE,
  ),
  NOT_CONVERTIBLE: words(
    'This cannot be converted',
    'Platter makes raw images of qcow2, VHD, VHDX, VMDK and VDI disks and of compressed images, and those formats of raw images.',
    'Make a raw image of it first, or use a program that knows the format.',
    NOTHING_MADE,
  ),
  IMAGE_HAS_PARENTS: words(
    'The image takes data from other files',
    'It is only the difference to another image, or is spread over several files.',
    'Look at the names of those files, and allow it if you trust the image.',
    NOTHING_MADE,
  ),
  ARCHIVE_NOT_ONE_FILE: words(
    'The archive does not hold exactly one file',
    'Which of them is the image cannot be known.',
    'Unpack it with an archive program and choose the image.',
    NOTHING_MADE,
  ),
} as const;

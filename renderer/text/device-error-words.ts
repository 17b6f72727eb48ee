/** Words for failures of an action on a loop device, its nodes and its mounts. */
import { words } from './error-words.ts';

export const deviceErrorWords = {
  NO_SUCH_DEVICE: words('This device is gone', 'There is no loop device with this number any more.', 'Choose another device.'),
  NOT_ATTACHED: words('No longer attached', 'The device was detached in the meantime.', 'Attach the image again if you still need it.'),
  STALE_DEVICE: words(
    'This device has changed',
    'It was attached to something else since you last saw it.',
    'Look at the device as it is now and try again.',
  ),
  DEVICE_BUSY: words(
    'The device is in use',
    'A program, a mounted file system or another device is still using it.',
    'Close what uses it, or let it detach by itself when it is free.',
  ),
  DEVICE_MOUNTED: words(
    'A file system on it is mounted',
    'The files on the device are in use through a mount.',
    'Unmount the file system first, then try again.',
  ),
  DEVICE_READ_ONLY: words(
    'The device is read-only',
    'It was attached without the right to write.',
    'Detach it and attach it again with Read-only switched off.',
  ),
  DEVICE_NOT_READ_ONLY: words(
    'The device is not read-only',
    'Only the image file of a read-only device can be exchanged.',
    'Attach the image read-only to be able to exchange it.',
  ),
  DEVICE_TOO_SMALL: words(
    'The file is too short for that',
    'What is in use on the device lies beyond the end of the file.',
    'Check whether the file was cut; restore it from a copy if so.',
  ),
  NOT_DEFERRED: words(
    'The device is not waiting to be detached',
    'It will stay attached anyway, or it is already gone.',
    'There is nothing left to do.',
  ),
  AUTOCLEAR_WOULD_DETACH: words(
    'The device would be detached at once',
    'Nothing uses it, so “Detach when free” would come true at this moment.',
    'Mount it or open it first, or detach it now.',
  ),
  NO_FREE_DEVICE: words(
    'No free loop device',
    'The system has no free loop device, and no new one could be made.',
    'Detach something, or add a node in Loop Device Nodes.',
  ),
  PROCESS_GONE: words('The program has ended', 'It closed before it could be asked to.', 'There is nothing left to do.'),
  PROCESS_NOT_HOLDER: words(
    'The program lets go already',
    'It does not use the device any more, so it was not closed.',
    'There is nothing left to do.',
  ),
  PROCESS_REFUSED: words(
    'This process is not closed',
    'The system itself or Platter depends on it.',
    'End what started it, or let the image detach when it is free.',
  ),

  OFFSET_BEYOND_END: words('The offset is too large', 'It lies at or behind the end of the file.', 'Give an offset inside the file.'),
  OFFSET_UNALIGNED: words(
    'The offset does not fit the sector size',
    'The offset has to be a multiple of the sector size.',
    'Round the offset, or choose a smaller sector size.',
  ),
  SIZE_LIMIT_BEYOND_END: words(
    'The size limit is too large',
    'Offset and size limit together reach beyond the end of the file.',
    'Give a smaller limit, or 0 for everything up to the end.',
  ),
  SIZE_LIMIT_UNALIGNED: words(
    'The size limit does not fit the sector size',
    'The limit has to be a multiple of the sector size.',
    'Round the limit, or choose a smaller sector size.',
  ),
  BLOCK_SIZE_INVALID: words(
    'This sector size cannot be used',
    'The kernel takes powers of two from 512 bytes up to its own limit.',
    'Choose another sector size.',
  ),
  PARTITION_INVALID: words(
    'The partition does not fit',
    'It overlaps another one, lies outside the device, or does not start on a sector.',
    'Choose another start or size.',
  ),
  NO_SUCH_PARTITION: words('There is no such partition', 'The kernel does not know it any more.', 'Choose another partition.'),
  PARTITION_SCAN_OFF: words(
    'Partition scan is off',
    'The kernel only reads the partition table of devices with partition scan.',
    'Switch on Partition scan under Advanced, then try again.',
  ),
  PARTITION_SCAN_PERMANENT: words(
    'Partition scan stays on',
    'The kernel cannot switch it off while the image is attached.',
    'Detach the image and attach it again without partition scan.',
  ),
  DIRECT_IO_REFUSED: words(
    'Direct I/O cannot be used here',
    'The file system of the image, the sector size or the offset does not allow it.',
    'Leave direct I/O off, or use a sector size and an offset that fit.',
  ),

  NODE_EXISTS: words('This node exists already', 'There is already a loop device with this number.', 'Choose another number.'),
  NODE_IN_USE: words(
    'This node is in use',
    'An image is attached to it, or a program has it open.',
    'Detach the image first, then remove the node.',
  ),

  FILE_SYSTEM_REFUSED: words(
    'There is nothing here that Platter mounts',
    'No file system was recognised, or its type is not among those that Platter mounts for users.',
    'An administrator can mount other types by hand.',
  ),
  FILE_SYSTEM_UNSUPPORTED: words(
    'The kernel does not know this file system',
    'Its driver is missing or not loaded.',
    'Install the driver for it, then try again.',
  ),
  FILE_SYSTEM_INVALID: words(
    'The file system could not be read',
    'It is damaged, was not unmounted cleanly, or is not what it seems to be.',
    'Check the file system before mounting it.',
  ),
  NOT_MOUNTED: words(
    'Not mounted by Platter',
    'The mount was made by somebody else, or it is gone.',
    'Unmount it with the program that mounted it.',
  ),
  MOUNT_BUSY: words('The mounted files are in use', 'A program still works with files on it.', 'Close the program, then try again.'),
  MOUNT_TARGET_REFUSED: words(
    'The folder for the mount could not be made',
    'Something of that name is in the way.',
    'Remove what is in the way under /run/media, then try again.',
  ),

  UNSUPPORTED_BY_KERNEL: words(
    'This kernel cannot do that',
    'The running kernel does not offer this, or has removed it.',
    'Another way is needed on this system.',
  ),
  KERNEL_REFUSED: words(
    'The kernel refused',
    'The kernel did not accept the request.',
    'The details below name the reason it gave.',
    'The list shows how things stand now.',
  ),
} as const;

/** Why an image cannot be resized, in words of the command line. */
import type { RefusedResize, ResizeRefusal } from '../ipc/resize.ts';
import { formatSize } from './sizes.ts';

const refusals: Record<ResizeRefusal, (refused: { readonly partition: string; readonly size: string }) => string> = {
  'not-raw': () => 'Only raw images can be resized; convert it first.',
  'not-writable': () => 'The file may not be written.',
  damaged: () => 'The table or a file system reaches beyond the file or is damaged; check the image first.',
  unfinished: () => 'A resize of this image was stopped on the way: use --continue or --undo.',
  'table-unsupported': () => 'Tables of this kind are not written.',
  'in-the-way': ({ partition }) => `Partition ${partition} is in the way.`,
  'only-read': () => 'This kind of image is made once and cannot be resized; make a new one.',
  'in-place': () => 'This image is resized in place; leave --new out.',
  'fixed-size': () => 'This file system cannot be resized in place; --new FILE makes a new image of that size with the same files.',
  'only-grows': () => 'This file system can only grow.',
  clusters: () => 'This ext4 gives its space out in clusters (bigalloc): it can only grow, and is mounted for that.',
  'fixed-inodes': () => 'Files of this ext4 depend on the numbers of their inodes (stable_inodes): it can only grow.',
  'only-mounted': () => 'This file system is resized while it is mounted.',
  encrypted: () => 'What is encrypted cannot be made smaller from outside.',
  volume: () => 'Volumes are resized with their own tools.',
  'unknown-contents': () => 'What is there is not known.',
  'no-such-partition': () => 'There is no such partition.',
  'too-small': ({ size }) => `It cannot be smaller than ${size}.`,
  'same-size': () => 'There is nothing to change.',
  'no-space': ({ size }) => `The disk has only ${size} free.`,
  'file-too-large': () => 'No file can be that large.',
  'data-behind': () => 'Something lies behind the image in its file.',
  'others-device': () => 'Somebody else attached the image.',
  held: () => 'Another device is built on it.',
  'mounted-elsewhere': () => 'It is mounted by another program.',
  'swap-in-use': () => 'It is used as swap.',
  'device-read-only': () => 'The image is attached read-only, and this file system is resized while it is mounted.',
  'file-system-errors': () => 'The file system has errors that need a repair first.',
  'needs-choice': () => 'Name the partition with --partition: a swap area is made anew only when asked for.',
};

export function refusalText({ reason, partition, bytes }: RefusedResize): string {
  return refusals[reason]({
    partition: String(partition ?? ''),
    size: bytes === null ? '' : `${formatSize(BigInt(bytes))} (${bytes} bytes)`,
  });
}

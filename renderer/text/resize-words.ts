/** Words of the resize dialog: steps, warnings, and why something cannot be done. */
import type {
  LayoutPiece,
  RefusedResize,
  ResizeLayout,
  ResizePlace,
  ResizePlan,
  ResizeRefusal,
  ResizeStep,
  ResizeWarning,
  UnfinishedResize,
} from '../../electron/ipc/resize.ts';
import { formatExactBytes, formatSize, showText } from './format.ts';
import { jobWords } from './words.ts';

export const resizeWords = {
  title: (image: string) => `Resize ${image}`,
  confirm: 'Resize',
  shrink: 'Shrink',
  before: 'Before',
  after: 'After',
  newSize: 'New size',
  slider: 'New size',
  smallest: (size: string) => `Smallest: ${size}`,
  largest: (size: string) => `Largest: ${size}`,
  more: (size: string) => `${size} more`,
  less: (size: string) => `${size} less`,
  sameSize: 'the present size',
  spaceTo: 'New space goes to',
  spaceFrom: 'Space is taken from',
  willDo: 'What will be done',
  looking: 'Looking into the image…',
  reserve: 'Reserve the space now',
  reserveHint: 'The new space is taken on the disk at once rather than as it is filled.',
  fixed: (place: string) => `${place} cannot be resized in place.`,
  newImage: 'Make a New Image…',
  newTitle: (image: string) => `New Image from ${image}`,
  newConfirm: 'Make Image',
  newText:
    'The new image gets the same partitions, label, identifier and files; they are compared before it is kept, and the old image stays as it is. Attributes and permissions that only Windows knows, and boot code, are not copied.',
  newAttached: 'The image is attached writable. Detach it, or attach it read-only, so that nothing changes while its files are copied.',
  newFailed: (image: string) => `Could not make a new image from ${image}`,
  noDataMoves: 'Stays mounted. No data moves.',
  unfinished: 'A resize of this image was stopped',
  goOn: 'Go On',
  finish: 'Finish the Resize…',
  putBack: 'Put the Size Back',
  forget: 'Forget the Resize',
  look: 'Look Again',
  resized: (image: string, size: string) => `${image} is now ${size}.`,
  putBackDone: (image: string, size: string) => `${image} has its old size again: ${size}.`,
  forgotten: (image: string) => `The stopped resize of ${image} is forgotten. The image is as it was.`,
  running: (step: string, number: number, count: number) => `Step ${number} of ${count}: ${step}`,
  cancel: 'Stop and Put Back',
  cannotCancel: 'This step has to finish.',
  failedAction: (image: string) => `Could not resize ${image}`,
  gone: 'The image is no longer there.',
  free: 'Free space',
  whole: 'The whole image',
  picture: (before: string, after: string) => `Before: ${before}. After: ${after}.`,
  stoppedAt: (step: string, number: number, count: number) => `It stopped at step ${number} of ${count}: ${step}.`,
} as const;

export function unfinishedText({ fromBytes, toBytes, step, stepNumber, stepCount, replaced }: UnfinishedResize): string {
  const sizes = `It was to go from ${formatSize(BigInt(fromBytes))} to ${formatSize(BigInt(toBytes))} and stopped at step ${stepNumber} of ${stepCount}`;
  if (replaced) {
    return `${sizes}: ${jobWords.step[step]}. The image was replaced or changed since, so that going on or putting the size back would damage it. If it is as it should be, forget the resize.`;
  }
  return `${sizes}: ${jobWords.step[step]}. Go on, or put the size back; do not use the image before.`;
}

/** `3 ext4 “home”`; what the place is called in lists and sentences. */
export function pieceName({ place, type, name }: LayoutPiece): string {
  if (place === null) return resizeWords.free;
  const parts = [
    ...(place === 'whole' ? [] : [`${place}`]),
    ...(type === '' ? [] : [type]),
    ...(name === null ? [] : [`“${showText(name)}”`]),
  ];
  return parts.length === 0 ? resizeWords.whole : parts.join(' ');
}

export function placeName(layout: ResizeLayout, place: ResizePlace): string {
  if (place === 'free') return resizeWords.free;
  const piece = layout.pieces.find((one) => one.place === place);
  return piece === undefined ? resizeWords.whole : pieceName(piece);
}

/** One sentence for the picture. */
export function layoutSentence({ sizeBytes, pieces }: ResizeLayout): string {
  const said = pieces.map((piece) => `${pieceName(piece)} ${formatSize(BigInt(piece.sizeBytes))}`);
  return `${formatSize(BigInt(sizeBytes))}: ${said.join(', ')}`;
}

const stepWords: Partial<Record<ResizeStep['step'], string>> = {
  unmount: 'Unmount it for a while.',
  detach: 'Take the image off its device.',
  check: 'Check the file system.',
  'save-undo': 'Save what will be overwritten, to be able to undo.',
  'resize-file': 'Change the size of the file',
  'resize-device': 'Tell the device its new size',
  'resize-table': 'Write the partition table.',
  'resize-partition': 'Tell the kernel of the partition',
  'resize-file-system': 'Resize the file system',
  attach: 'Attach the image.',
  mount: 'Mount it.',
};

const durations: Record<ResizeStep['duration'], string> = {
  moment: '',
  seconds: ' This takes some seconds.',
  minutes: ' This can take minutes or more.',
};

export function stepText({ step, fromBytes, toBytes, duration, undoable }: ResizeStep): string {
  const text = stepWords[step] ?? jobWords.step[step];
  const about = `${durations[duration]}${undoable ? '' : ' Once done, it cannot be undone.'}`;
  if (fromBytes === null || toBytes === null) return `${text}${about}`;
  return `${text}: ${formatSize(BigInt(fromBytes))} to ${formatSize(BigInt(toBytes))}.${about}`;
}

const warnings: Record<ResizeWarning, (plan: ResizePlan) => string> = {
  'moves-data': (plan) =>
    `Files of ${placeName(plan.before, plan.place)} that lie behind its new end are moved. A copy of the image keeps them safe from a failing disk.`,
  'cuts-unknown': (plan) =>
    `What is at the end of ${placeName(plan.before, plan.place)} is cut off. Platter does not know what it is, and it is lost.`,
  unmounts: () => 'What is mounted of this image is unmounted for a while; close the programs that use it.',
  'container-only': () => 'What is inside the encryption keeps its size until it is grown there.',
  'stays-free': () => 'No file system takes the new space: it stays free behind the last partition.',
  'remakes-swap': (plan) => `${placeName(plan.before, plan.place)} is made anew as swap.`,
  'table-limit': () => 'The partition table counts to 2 TiB and cannot use the rest.',
};

export function warningTexts(plan: ResizePlan): readonly string[] {
  return plan.warnings.map((warning) => warnings[warning](plan));
}

interface RefusalFacts {
  readonly place: string;
  readonly size: string;
}

const newImage = 'Make a new image of the size you want and copy the files into it.';
const refusals: Record<ResizeRefusal, (facts: RefusalFacts) => string> = {
  'not-raw': () => 'Only raw images can be resized. Convert it to a raw image first.',
  'not-writable': () => 'You may not write to the image file. Change its permissions, or ask its owner.',
  damaged: () => 'The table or a file system is damaged, or reaches beyond the file. Check the image first.',
  unfinished: () => 'A resize of this image was stopped on the way.',
  'table-unsupported': () => 'Platter does not write partition tables of this kind.',
  'in-the-way': ({ place }) => `${place} is in the way`,
  'only-read': () => `Images of this kind are made once and cannot be resized. ${newImage}`,
  'in-place': () => 'This image is resized in place; no new one is needed.',
  'fixed-size': () => 'This file system cannot be resized in place. A new image of another size can be made with the same files.',
  'only-grows': () => 'This file system can only grow.',
  clusters: () => 'This ext4 gives its space out in clusters (bigalloc): it can only grow, and is mounted for that.',
  'fixed-inodes': () => 'Files of this ext4 depend on the numbers of their inodes (stable_inodes): it can only grow.',
  'only-mounted': () => 'This file system is resized while it is mounted.',
  encrypted: () => 'What is encrypted cannot be made smaller from outside.',
  volume: () => 'Volumes are resized with their own tools.',
  'unknown-contents': () => 'What is there is not known to Platter.',
  'no-such-partition': () => 'The partition is not there any more.',
  'too-small': ({ size }) => `It cannot be smaller than ${size}.`,
  'same-size': () => 'There is nothing to change.',
  'no-space': ({ size }) => `Only ${size} is free on the disk that holds the image.`,
  'file-too-large': () => 'No file can be that large.',
  'data-behind': () => 'Something else lies behind the image in its file.',
  'others-device': () => 'Somebody else attached this image.',
  held: () => 'Another device is built on this one.',
  'mounted-elsewhere': () => 'It is mounted by another program. Unmount it there.',
  'swap-in-use': () => 'It is used as swap.',
  'device-read-only': () => 'The image is attached read-only, and this file system is resized while it is mounted. Attach it writable.',
  'file-system-errors': () => 'The file system has errors. Check and repair it first.',
  'needs-choice': () => 'Choose where the space comes from: a swap area is made anew only when you say so.',
};

export function refusalText({ reason, partition, bytes }: RefusedResize, layout: ResizeLayout): string {
  const size = bytes === null ? '' : `${formatSize(BigInt(bytes))} (${formatExactBytes(BigInt(bytes))})`;
  return refusals[reason]({ place: partition === null ? resizeWords.whole : placeName(layout, partition), size });
}

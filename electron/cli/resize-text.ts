/** A plan of a resize in words of the command line. */
import type { RefusedResize, ResizeLayout, ResizePlan, ResizeRefusal, ResizeStep, ResizeWarning } from '../ipc/resize.ts';
import type { JobStep } from '../ipc/state.ts';
import { showText, type Context } from './context.ts';
import { formatSize } from './sizes.ts';

const stepTexts: Partial<Record<JobStep, string>> = {
  unmount: 'unmount',
  detach: 'detach the image',
  check: 'check the file system',
  'save-undo': 'save what is overwritten',
  'resize-file': 'resize the file',
  'resize-device': 'tell the device',
  'resize-table': 'write the partition table',
  'resize-partition': 'tell the kernel of the partition',
  'resize-file-system': 'resize the file system',
  attach: 'attach the image',
  mount: 'mount',
};

export function describeStep({ step, partition, fromBytes, toBytes, undoable }: ResizeStep): string {
  const of = partition === null ? '' : ` of partition ${partition}`;
  const sizes = fromBytes === null || toBytes === null ? '' : `: ${formatSize(BigInt(fromBytes))} to ${formatSize(BigInt(toBytes))}`;
  const text = step === 'unmount' || step === 'mount' ? `${stepTexts[step]}${partition === null ? '' : ` partition ${partition}`}` : null;
  return `${text ?? `${stepTexts[step] ?? step}${step === 'resize-partition' ? '' : of}`}${sizes}${undoable ? '' : ' (cannot be undone by itself)'}`;
}

export const warningWords: Record<ResizeWarning, string> = {
  'moves-data': 'Files behind the new end are moved. Without a copy of the image a failing disk can cost them.',
  'cuts-unknown': 'What is cut off is not known to Platter and is lost.',
  unmounts: 'What is mounted of the image is unmounted for a while.',
  'container-only': 'What is inside the encryption keeps its size.',
  'stays-free': 'No file system takes the new space: it stays free.',
  'remakes-swap': 'The swap area is made anew.',
  'table-limit': 'The partition table cannot use all of the space: it counts to 2 TiB.',
};

export function warningTexts({ warnings }: ResizePlan): readonly string[] {
  return warnings.map((warning) => warningWords[warning]);
}

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

export function describePlan(plan: ResizePlan, context: Context): readonly string[] {
  const lines = [
    `Before  ${describeLayout(plan.before, context)}`,
    `After   ${describeLayout(plan.after, context)}`,
    `Range   ${formatSize(BigInt(plan.smallestBytes))} to ${formatSize(BigInt(plan.largestBytes))}`,
  ];
  const steps = plan.steps.map((step, index) => `  ${index + 1}. ${describeStep(step)}`);
  return [...lines, ...(steps.length === 0 ? [] : ['Steps', ...steps]), ...warningTexts(plan).map((text) => `Note: ${text}`)];
}

function describeLayout({ sizeBytes, pieces }: ResizeLayout, context: Context): string {
  const said = pieces.map(({ place, type, name, sizeBytes: bytes }) => {
    const what = place === null ? ['free'] : [...(place === 'whole' ? [] : [String(place)]), type === '' ? 'unknown' : type];
    return [...what, ...(name === null ? [] : [`“${showText(name, context)}”`]), formatSize(BigInt(bytes))].join(' ');
  });
  return `${formatSize(BigInt(sizeBytes))}: ${said.join(' | ')}`;
}

/** A plan of a resize in words of the command line. */
import type { ResizeLayout, ResizePlan, ResizeStep, ResizeWarning } from '../ipc/resize.ts';
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

const durations: Record<ResizeStep['duration'], string> = { moment: '', seconds: ', takes seconds', minutes: ', can take minutes' };

export function describeStep({ step, partition, fromBytes, toBytes, duration, undoable }: ResizeStep): string {
  const of = partition === null ? '' : ` of partition ${partition}`;
  const sizes = fromBytes === null || toBytes === null ? '' : `: ${formatSize(BigInt(fromBytes))} to ${formatSize(BigInt(toBytes))}`;
  const text = step === 'unmount' || step === 'mount' ? `${stepTexts[step]}${partition === null ? '' : ` partition ${partition}`}` : null;
  return `${text ?? `${stepTexts[step] ?? step}${step === 'resize-partition' ? '' : of}`}${sizes}${durations[duration]}${undoable ? '' : ' (cannot be undone by itself)'}`;
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

/** What is said about a file that was opened without the dialog: dropped, pasted, double-clicked. */
import type { AttachOutcome } from '../../electron/ipc/methods.ts';
import type { NotMounted, OpenOutcome } from '../../electron/ipc/opening.ts';
import { readOnlyReasons, toastWords } from './action-words.ts';
import { typeName } from './mount-words.ts';

function isReason(text: string | null): text is NonNullable<AttachOutcome['readOnlyReason']> {
  return text !== null && Object.hasOwn(readOnlyReasons, text);
}

export function openedText(fileName: string, outcome: OpenOutcome): string {
  const readOnlyReason = isReason(outcome.readOnlyReason) ? outcome.readOnlyReason : null;
  const { device, mounts, notMounted, nothingToMount } = outcome;
  const attached = toastWords.attached(
    fileName,
    { device, outcome: outcome.kind, readOnlyReason, warnings: [], mounts, mountFailures: [] },
    nothingToMount && notMounted.length === 0,
  );
  return [attached, ...notMounted.map(notMountedText)].join(' ');
}

const reasons: Readonly<Record<NotMounted['reason'], string>> = {
  encrypted: 'is encrypted; Platter cannot unlock it yet',
  volume: 'is a member of a volume and not mounted by itself',
  'no-driver': 'is not mounted: this system has no driver for it',
  'not-authorized': 'is not mounted: the system asks an administrator for that',
  'unknown-type': 'is of a type that Platter does not mount',
};

/** `Partition 3 (LUKS) is encrypted; …`. */
function notMountedText({ partition, type, reason }: NotMounted): string {
  const where = partition === null ? 'It' : `Partition ${partition}`;
  return `${where}${type === '' ? '' : ` (${typeName(type)})`} ${reasons[reason]}.`;
}

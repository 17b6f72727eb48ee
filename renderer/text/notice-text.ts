/** What is said about a file that was opened without a click in the window. */
import type { AttachOutcome } from '../../electron/ipc/methods.ts';
import type { Notice } from '../../electron/ipc/state.ts';
import { readOnlyReasons, toastWords } from './action-words.ts';

type Opened = Exclude<Notice['outcome'], { readonly kind: 'failed' }>;

function isReason(text: string | null): text is NonNullable<AttachOutcome['readOnlyReason']> {
  return text !== null && Object.hasOwn(readOnlyReasons, text);
}

export function noticeText(fileName: string, outcome: Opened): string {
  const readOnlyReason = isReason(outcome.readOnlyReason) ? outcome.readOnlyReason : null;
  const { device, mounts, nothingToMount } = outcome;
  return toastWords.attached(
    fileName,
    { device, outcome: outcome.kind, readOnlyReason, warnings: [], mounts, mountFailures: [] },
    nothingToMount,
  );
}

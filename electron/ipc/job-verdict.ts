/** What a job that looked into an image thinks of it. Pure; the words are the renderer's and the notifications'. */
import type { JobResult } from './state.ts';

/** True when the image is not as it should be, however well the work itself went. */
export function foundTrouble(result: JobResult | null): boolean {
  if (result?.kind === 'check') return result.outcome === 'damaged' || result.outcome === 'partly-repaired';
  return result?.kind === 'verify' && result.outcome === 'differs';
}

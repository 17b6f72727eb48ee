/** What the end of a pkcheck means (pkcheck(1); SECURITY.md §3). Runs as root; everything not known denies. */
import type { PkcheckEnd } from './pkcheck.ts';

/** `needs-person`: allowed only after somebody authenticates. `unavailable`: nobody could be asked, or polkit did not answer. */
export type QuestionOutcome = 'granted' | 'denied' | 'dismissed' | 'needs-person' | 'unavailable';

/**
 * 0 allowed, 1 not allowed, 2 somebody has to authenticate (asked without interaction, or no agent is there), 3 dismissed,
 * 126 wrong use, 127 any failure: unknown action, another process under that pid, no polkitd.
 */
export function outcomeOfQuestion(end: PkcheckEnd): QuestionOutcome {
  if (end.kind !== 'exited') return 'unavailable';
  switch (end.status) {
    case 0:
      return 'granted';
    case 1:
      return 'denied';
    case 2:
      return 'needs-person';
    case 3:
      return 'dismissed';
    default:
      return 'unavailable';
  }
}

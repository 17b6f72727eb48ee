/** Decides from arguments and environment whether and how the helper runs; the caller chose all of them (SECURITY.md §3, (e) 1-7). */
import { exitCodes } from '../protocol/envelope.ts';

export interface StartFacts {
  /** Without the program and the script. */
  readonly arguments: readonly string[];
  readonly uid: number;
  readonly effectiveUid: number;
  readonly pkexecUid: string | undefined;
  /** Descriptor 0 is a Unix stream socket. */
  readonly inputIsSocket: boolean;
}

export type StartPlan =
  | { readonly kind: 'start'; readonly mode: 'elevated' | 'view'; readonly uid: number }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string };

const LARGEST_UID = 2 ** 31 - 1;

/** The user pkexec acts for: canonical decimal up to 2^31 - 1, else null (CVE-2018-19788: larger ones were authorized always). */
export function parsePkexecUid(text: string | undefined): number | null {
  if (text === undefined || !/^(0|[1-9][0-9]{0,9})$/u.test(text)) return null;
  const uid = Number(text);
  return uid <= LARGEST_UID ? uid : null;
}

export function planStart(facts: StartFacts): StartPlan {
  const [mode, ...rest] = facts.arguments;
  if (rest.length > 0 || (mode !== '--stdio' && mode !== '--view')) {
    return { kind: 'refused', status: exitCodes.usage, reason: 'usage: platter-helper --stdio | --view' };
  }
  return mode === '--stdio' ? planElevated(facts) : planView(facts);
}

function planElevated(facts: StartFacts): StartPlan {
  if (facts.uid !== 0 || facts.effectiveUid !== 0) return refused('--stdio runs as root only');
  const uid = parsePkexecUid(facts.pkexecUid);
  if (uid === null) return refused('PKEXEC_UID is missing or not a user');
  if (!facts.inputIsSocket) return refused('descriptor 0 is not a Unix stream socket');
  return { kind: 'start', mode: 'elevated', uid };
}

function planView(facts: StartFacts): StartPlan {
  if (facts.uid === 0 || facts.effectiveUid === 0) return refused('--view does not run as root');
  if (!facts.inputIsSocket) return refused('descriptor 0 is not a Unix stream socket');
  return { kind: 'start', mode: 'view', uid: facts.uid };
}

function refused(reason: string): StartPlan {
  return { kind: 'refused', status: exitCodes.environment, reason };
}

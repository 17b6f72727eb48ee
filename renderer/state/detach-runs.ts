/** What a run of main says, for drawing. Pure. */
import type { ClosingProgram, DetachState, WaitingFacts } from '../../electron/ipc/detaching.ts';
import { processesOf } from '../../electron/ipc/holder-facts.ts';
import type { HolderList, HolderProcess } from '../../native-helper/protocol/holders.ts';

/** Of a try, what was known when it began. */
function factsOf(state: DetachState): WaitingFacts | null {
  if (state.kind === 'waiting') return state;
  return state.kind === 'unmounting' || state.kind === 'detaching' ? state.waited : null;
}

export function holdersOf(state: DetachState): HolderList | null {
  return factsOf(state)?.holders ?? null;
}

export function programsOf(state: DetachState): readonly HolderProcess[] {
  const list = holdersOf(state);
  return list === null ? [] : processesOf(list);
}

export function closingOf(state: DetachState, { pid, startTime }: HolderProcess): ClosingProgram | null {
  return factsOf(state)?.closing.find((program) => program.pid === pid && program.startTime === startTime) ?? null;
}

/** Some program had time to end and has not. */
export function canForce(state: DetachState): boolean {
  return factsOf(state)?.closing.some((program) => program.state === 'forceable') ?? false;
}

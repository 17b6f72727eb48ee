/** Detaching as a state machine: what follows from what happened. Pure; detach-run.ts carries it out, for the window and the command line. */
import type { HolderList } from '../../native-helper/protocol/holders.ts';
import type { ClosingProgram, DetachState, WaitingFacts } from '../ipc/detaching.ts';
import type { AppErrorData } from '../ipc/errors.ts';
import { devicesOf, isFree, processesOf, processKey, signatureOf } from '../ipc/holder-facts.ts';

export type DetachEvent =
  /** `disturbed`: mounts or the device changed. */
  | { readonly kind: 'start' | 'unmounted' | 'detached' | 'deferred' | 'gone' | 'disturbed' | 'leave-to-kernel' | 'cancel' }
  /** A try found it in use. */
  | { readonly kind: 'busy'; readonly error: AppErrorData }
  | { readonly kind: 'failed'; readonly error: AppErrorData }
  | { readonly kind: 'looked'; readonly holders: HolderList }
  /** A program was sent a signal, or had time enough to follow it. */
  | { readonly kind: 'closing'; readonly program: ClosingProgram };

/** `try`: unmount ours, then detach. `look`: list the holders, at once or after a while. */
export type DetachEffect = 'try' | 'try-when-free' | 'look' | 'look-later';

export interface DetachStep {
  readonly state: DetachState;
  readonly effects: readonly DetachEffect[];
}

/** A device that looks free and was busy all the same is tried again after so many looks, unless that would unmount and mount each time. */
const LOOKS_BETWEEN_TRIES = 5;

const NOTHING_KNOWN: WaitingFacts = { holders: null, closing: [], triedWith: null, looksSinceTry: 0 };

export function isEnded({ kind }: DetachState): boolean {
  return kind === 'detached' || kind === 'deferred' || kind === 'cancelled' || kind === 'failed' || kind === 'gone';
}

/** What an event makes of a state. What comes after the end, or does not fit, changes nothing. */
export function nextStep(state: DetachState, event: DetachEvent): DetachStep {
  if (isEnded(state)) return stay(state);
  switch (event.kind) {
    case 'start':
      return state.kind === 'idle' ? attempt(null, 'try') : stay(state);
    case 'unmounted':
      return state.kind === 'unmounting' ? stay({ ...state, kind: 'detaching' }) : stay(state);
    case 'busy':
      return afterBusy(state, event.error);
    case 'detached':
    case 'deferred':
    case 'gone':
      return stay({ kind: event.kind });
    case 'failed':
      return stay({ kind: 'failed', error: event.error });
    case 'looked':
      return state.kind === 'waiting' ? afterLook(state, event.holders) : stay(state);
    case 'disturbed':
      return { state, effects: state.kind === 'waiting' ? ['look'] : [] };
    case 'closing':
      if (state.kind !== 'waiting') return stay(state);
      return { state: { ...state, closing: withProgram(state.closing, event.program) }, effects: ['look'] };
    case 'leave-to-kernel':
      if (state.kind === 'waiting') return attempt(state, 'try-when-free');
      return state.kind === 'idle' ? attempt(null, 'try-when-free') : stay(state);
    case 'cancel':
      // A try is all or nothing, and short: it is let finish.
      return stay(isTrying(state) ? { ...state, cancelled: true } : { kind: 'cancelled' });
    default:
      return event satisfies never;
  }
}

type Trying = Extract<DetachState, { kind: 'unmounting' | 'detaching' }>;
type Waiting = Extract<DetachState, { kind: 'waiting' }>;

function isTrying(state: DetachState): state is Trying {
  return state.kind === 'unmounting' || state.kind === 'detaching';
}

function stay(state: DetachState): DetachStep {
  return { state, effects: [] };
}

function attempt(waited: WaitingFacts | null, effect: 'try' | 'try-when-free'): DetachStep {
  const facts = waited === null ? null : toFacts(waited);
  return { state: { kind: 'unmounting', waited: facts, cancelled: false }, effects: [effect] };
}

function toFacts({ holders, closing, triedWith, looksSinceTry }: WaitingFacts): WaitingFacts {
  return { holders, closing, triedWith, looksSinceTry };
}

function afterBusy(state: DetachState, because: AppErrorData): DetachStep {
  if (!isTrying(state)) return stay(state);
  if (state.cancelled) return stay({ kind: 'cancelled' });
  return { state: { kind: 'waiting', because, ...(state.waited ?? NOTHING_KNOWN), looksSinceTry: 0 }, effects: ['look'] };
}

function afterLook(state: Waiting, holders: HolderList): DetachStep {
  const present = new Set(processesOf(holders).map(processKey));
  const closing = state.closing.filter(({ pid, startTime }) => present.has(`${pid}:${startTime}`));
  const looked: Waiting = { ...state, holders, closing, looksSinceTry: state.looksSinceTry + 1 };
  if (!isFree(holders)) return { state: { ...looked, triedWith: null }, effects: ['look-later'] };
  const signature = signatureOf(holders);
  const isCheap = devicesOf(holders.root).every(({ mounts }) => mounts.length === 0);
  const isDue = isCheap && looked.looksSinceTry >= LOOKS_BETWEEN_TRIES;
  if (signature === state.triedWith && !isDue) return { state: looked, effects: ['look-later'] };
  return attempt({ ...looked, triedWith: signature }, 'try');
}

function withProgram(closing: readonly ClosingProgram[], program: ClosingProgram): readonly ClosingProgram[] {
  return [...closing.filter(({ pid, startTime }) => pid !== program.pid || startTime !== program.startTime), program];
}

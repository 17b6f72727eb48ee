/** Detaches one device for the command line, by the machine that the window uses (electron/detach/). */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { HolderList } from '../../native-helper/protocol/holders.ts';
import { isEnded } from '../detach/detach-machine.ts';
import { DetachRunner } from '../detach/detach-run.ts';
import { ownAncestors } from '../detach/process-identity.ts';
import type { DetachState } from '../ipc/detaching.ts';
import { AppError, type AppErrorData } from '../ipc/errors.ts';
import type { Session } from './session.ts';

export interface DetachWish {
  readonly whenFree: boolean;
  /** How long to wait for those who use it; null: as long as it takes; 0: not at all. */
  readonly waitMs: number | null;
  /** Ask the programs that use it to end, and after a while force those that did not. */
  readonly close: 'no' | 'ask' | 'force';
}

export type DetachEnd =
  | { readonly kind: 'detached'; readonly unmounted: readonly string[] }
  | { readonly kind: 'deferred' }
  /** Still in use when the time was over, or the person gave up; nothing has changed. */
  | { readonly kind: 'busy'; readonly because: AppErrorData; readonly holders: HolderList | null };

export interface DetachHooks {
  /** Each time it is known anew who is waited for. */
  readonly onWaiting: (holders: HolderList) => void;
  /** The person gives up. */
  readonly signal: AbortSignal;
}

type Waiting = Extract<DetachState, { kind: 'waiting' }>;

/** Throws AppError for everything but being in use. */
export async function detachOne(session: Session, device: LoopDevice, wish: DetachWish, hooks: DetachHooks): Promise<DetachEnd> {
  const { promise, resolve, reject } = Promise.withResolvers<DetachState>();
  let unmounted: readonly string[] = [];
  let last: Waiting | null = null;
  let timer: NodeJS.Timeout | undefined;
  const closer = createCloser(wish.close, reject);
  const giveUp = (): void => runner.send({ kind: 'cancel' });
  const runner: DetachRunner = new DetachRunner({
    session: { call: session.call, callPresent: session.call },
    device,
    onDetached: (done) => {
      unmounted = done.unmounted.map(({ mount }) => mount.mountPoint.text);
    },
    onState: (state) => {
      if (isEnded(state)) resolve(state);
      if (state.kind !== 'waiting') return;
      last = state;
      if (state.holders === null) return;
      hooks.onWaiting(state.holders);
      if (wish.waitMs === 0) setImmediate(giveUp);
      else if (wish.waitMs !== null) timer ??= setTimeout(giveUp, wish.waitMs);
      closer(runner, state);
    },
  });
  const stopFollowing = wish.waitMs === 0 ? () => {} : await followChanges(session, device.number, runner);
  hooks.signal.addEventListener('abort', giveUp);
  try {
    runner.send({ kind: wish.whenFree ? 'leave-to-kernel' : 'start' });
    return toEnd(await promise, unmounted, last);
  } finally {
    clearTimeout(timer);
    hooks.signal.removeEventListener('abort', giveUp);
    stopFollowing();
    if (!isEnded(runner.state)) giveUp();
  }
}

function toEnd(state: DetachState, unmounted: readonly string[], last: Waiting | null): DetachEnd {
  switch (state.kind) {
    case 'detached':
    // While it was waited for, its last user let the kernel detach it.
    case 'gone':
      return { kind: 'detached', unmounted };
    case 'deferred':
      return { kind: 'deferred' };
    case 'cancelled':
      if (last !== null) return { kind: 'busy', because: last.because, holders: last.holders };
      throw new AppError('CANCELLED');
    case 'failed':
      throw new AppError(state.error.code, state.error);
    default:
      throw new AppError('NOT_ATTACHED');
  }
}

/** Asks each program once, and forces each once; this program and those that started it are left alone. */
function createCloser(close: DetachWish['close'], fail: (error: unknown) => void): (runner: DetachRunner, state: Waiting) => void {
  const spared = ownAncestors();
  let asked = false;
  let forced = false;
  return (runner, state) => {
    if (close === 'no') return;
    if (!asked) {
      asked = true;
      setImmediate(() => void runner.closeAll('terminate', spared).catch(fail));
    } else if (close === 'force' && !forced && state.closing.some((program) => program.state === 'forceable')) {
      forced = true;
      setImmediate(() => void runner.closeAll('kill', spared).catch(fail));
    }
  };
}

/** Mounts and the device itself tell when to look again at once. */
async function followChanges(session: Session, number: number, runner: DetachRunner): Promise<() => void> {
  await session.call('devices/watch', { safetyRead: false });
  return session.client.onNotification((method, changes) => {
    if (method !== 'devices/changed') return;
    if (changes.removed.includes(number) || changes.changed.some((device) => device.number === number)) runner.send({ kind: 'disturbed' });
  });
}

/**
 * Carries out the detaching of one device (detach-machine.ts): tries, looks who uses it about once a second while it waits, closes
 * programs. Main process, command line.
 */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { CloseSignal, HolderList, HolderProcess } from '../../native-helper/protocol/holders.ts';
import { readDevice } from '../actions/context.ts';
import { toErrorData } from '../calls.ts';
import type { HelperSession } from '../helper-session.ts';
import type { ClosingProgram, DetachState } from '../ipc/detaching.ts';
import { processesOf } from '../ipc/holder-facts.ts';
import { closeParams, closeProgram } from './close-program.ts';
import { attemptDetach, type DetachedNow } from './detach-attempt.ts';
import { isEnded, nextStep, type DetachEffect, type DetachEvent } from './detach-machine.ts';
import { mergeNamed } from './merge-named.ts';
import { isSameProcess, type ProcessIdentity } from './process-identity.ts';

const LOOK_AFTER_MS = 1000;
/** UX.md §3.7: what a program has to end by itself. */
const GRACE_MS = 10_000;

const busyCodes: ReadonlySet<string> = new Set(['DEVICE_BUSY', 'DEVICE_MOUNTED', 'MOUNT_BUSY']);
const goneCodes: ReadonlySet<string> = new Set(['NOT_ATTACHED', 'STALE_DEVICE', 'NO_SUCH_DEVICE']);

export type DetachSession = Pick<HelperSession, 'call' | 'callPresent'>;

export interface DetachRunOptions {
  readonly session: DetachSession;
  readonly device: LoopDevice;
  readonly onState: (state: DetachState) => void;
  /** Right after the device went, before the state says so. */
  readonly onDetached?: (done: DetachedNow, device: LoopDevice) => void;
}

export class DetachRunner {
  readonly #options: DetachRunOptions;
  #state: DetachState = { kind: 'idle' };
  #device: LoopDevice;
  #looking = false;
  #lookAgain = false;
  #timer: NodeJS.Timeout | undefined;
  #named: HolderList | null = null;
  readonly #graces = new Set<NodeJS.Timeout>();

  constructor(options: DetachRunOptions) {
    this.#options = options;
    this.#device = options.device;
  }

  get state(): DetachState {
    return this.#state;
  }

  get device(): LoopDevice {
    return this.#device;
  }

  send(event: DetachEvent): void {
    const { state, effects } = nextStep(this.#state, event);
    const isNew = state !== this.#state;
    this.#state = state;
    if (isEnded(state)) this.#stopTimers();
    if (isNew) this.#options.onState(state);
    for (const effect of effects) this.#run(effect);
  }

  /** Closes every program of the list, `kill` only those that had time to end; the first failure is thrown after all were tried. */
  async closeAll(signal: CloseSignal, except: ReadonlySet<number> = new Set()): Promise<void> {
    if (this.#state.kind !== 'waiting' || this.#state.holders === null) return;
    const { closing, holders } = this.#state;
    const isDue = ({ pid }: HolderProcess): boolean =>
      signal === 'terminate' || closing.some((program) => program.pid === pid && program.state === 'forceable');
    const failures: unknown[] = [];
    for (const process of processesOf(holders)) {
      if (except.has(process.pid) || !isDue(process)) continue;
      await this.close(process, signal).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Errors: those of closeProgram; one that has ended meanwhile is none. */
  async close(process: ProcessIdentity, signal: CloseSignal): Promise<void> {
    const { pid, startTime } = process;
    try {
      await closeProgram(this.#options.session, closeParams(this.#target(), process, signal));
    } catch (error) {
      const { code } = toErrorData(error);
      if (code !== 'PROCESS_GONE' && code !== 'PROCESS_NOT_HOLDER') throw error;
      this.send({ kind: 'disturbed' });
      return;
    }
    const tell = (state: ClosingProgram['state']): void => this.send({ kind: 'closing', program: { pid, startTime, state } });
    if (signal === 'kill') {
      tell('forced');
      return;
    }
    tell('asked');
    const grace = setTimeout(() => {
      this.#graces.delete(grace);
      tell('forceable');
    }, GRACE_MS);
    this.#graces.add(grace);
  }

  /** Names other users' programs too, if the system allows it. Throws what the question came to. */
  async nameOthers(): Promise<void> {
    this.#named = await this.#options.session.call('holders/list', { ...this.#target(), others: 'name' });
    this.send({ kind: 'disturbed' });
  }

  #target(): { readonly device: number; readonly diskseq: LoopDevice['diskseq'] } {
    return { device: this.#device.number, diskseq: this.#device.diskseq };
  }

  #run(effect: DetachEffect): void {
    switch (effect) {
      case 'try':
      case 'try-when-free':
        void this.#try(effect === 'try-when-free');
        return;
      case 'look':
        void this.#look();
        return;
      case 'look-later':
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => void this.#look(), LOOK_AFTER_MS);
        return;
      default:
        effect satisfies never;
    }
  }

  async #try(whenFree: boolean): Promise<void> {
    const { onDetached } = this.#options;
    const session = this.#session();
    clearTimeout(this.#timer);
    try {
      // Between two tries mounts come and go.
      if (this.#hasWaited()) this.#device = (await readDevice(session, this.#target())) ?? this.#device;
      const params = { ...this.#target(), whenFree };
      const done = await attemptDetach({ session, device: this.#device, params, onUnmounted: () => this.send({ kind: 'unmounted' }) });
      if (done.result.state === 'detached') onDetached?.(done, this.#device);
      this.send({ kind: done.result.state });
    } catch (error) {
      this.#fail(error);
    }
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    this.#lookAgain = this.#looking;
    if (this.#looking) return;
    this.#looking = true;
    try {
      const others = this.#device.ownership === 'own' ? 'count' : 'leave-out';
      const list = await this.#session().call('holders/list', { ...this.#target(), others });
      this.#looking = false;
      this.send({ kind: 'looked', holders: this.#named === null ? list : mergeNamed(list, this.#named, isSameProcess) });
    } catch (error) {
      this.#looking = false;
      this.#fail(error);
    }
    if (this.#lookAgain && this.#state.kind === 'waiting') void this.#look();
  }

  /** Whoever waits has asked long ago: if the helper is lost meanwhile, none is started, which could ask for a password. */
  #session(): Pick<HelperSession, 'call'> {
    const { session } = this.#options;
    return this.#hasWaited() ? { call: async (...request) => session.callPresent(...request) } : session;
  }

  #hasWaited(): boolean {
    return this.#state.kind === 'waiting' || ('waited' in this.#state && this.#state.waited !== null);
  }

  #fail(error: unknown): void {
    const data = toErrorData(error);
    if (busyCodes.has(data.code)) this.send({ kind: 'busy', error: data });
    else if (this.#hasWaited() && goneCodes.has(data.code)) this.send({ kind: 'gone' });
    else this.send({ kind: 'failed', error: data });
  }

  #stopTimers(): void {
    clearTimeout(this.#timer);
    for (const grace of this.#graces) clearTimeout(grace);
    this.#graces.clear();
  }
}

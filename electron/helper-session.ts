/**
 * The helper's life: the view-only one shows the list at once, the first action that needs root starts the elevated one,
 * and the list changes over with its first snapshot (DESIGN.md §1.4). Nothing is tried again by itself, since that would
 * open password dialogs. Main process.
 */
import { HelperError } from '../native-helper/protocol/errors.ts';
import type { DeviceChanges } from '../native-helper/protocol/devices.ts';
import type { MethodName, ParamsInputOf, ResultOf } from '../native-helper/protocol/methods.ts';
import { AppError } from './ipc/errors.ts';
import type { HelperClient, CallOptions } from './helper/helper-client.ts';
import type { StateStore } from './state-store.ts';

/** A helper that has said hello. */
export interface Helper {
  readonly client: Pick<HelperClient, 'call' | 'onNotification' | 'onEnd'>;
  /** Resolves when its process is gone. */
  readonly stop: () => Promise<void>;
  /** Set where not a helper of ours acts, but udisks2. */
  readonly through?: 'udisks';
}

/** Starts helpers and says whether the system would let the elevated one start without asking. */
export interface HelperSource {
  /** True when this process is root: the helper then starts directly. */
  readonly isRoot: boolean;
  /** Throws AppError with the reason. */
  readonly startView: () => Promise<Helper>;
  /** May last as long as a person types a password; aborting gives up. Throws AppError with the reason. */
  readonly startElevated: (signal: AbortSignal) => Promise<Helper>;
  readonly mayElevateSilently: () => Promise<boolean>;
}

export class HelperSession {
  readonly #source: HelperSource;
  readonly #store: StateStore;
  #view: Helper | null = null;
  #isViewStarting = false;
  #elevated: Helper | null = null;
  #elevating: Promise<Pick<HelperClient, 'call'>> | null = null;
  /** All whose process may still run. */
  readonly #running = new Set<Helper>();
  /** From then on no helper is started. */
  readonly #closing = new AbortController();
  #isOver = false;
  #safetyRead = true;

  constructor(source: HelperSource, store: StateStore) {
    this.#source = source;
    this.#store = store;
  }

  /** Gets the list going. Resolves when it is live or known to be lost; never throws. */
  async start(): Promise<void> {
    if (this.#source.isRoot) {
      await this.elevated().catch(() => undefined);
      return;
    }
    const silently = this.#source.mayElevateSilently().then(async (allowed) => {
      if (allowed && !this.#isClosed()) await this.elevated();
    });
    await Promise.allSettled([this.#startView(), silently]);
  }

  /** The helper that may act; starts it when there is none. Throws AppError with the reason it could not be had. */
  async elevated(): Promise<Pick<HelperClient, 'call'>> {
    if (this.#elevated !== null) return this.#elevated.client;
    if (this.#isClosed()) throw new AppError('SHUTTING_DOWN');
    this.#elevating ??= this.#elevate().finally(() => {
      this.#elevating = null;
    });
    return this.#elevating;
  }

  async call<N extends MethodName>(method: N, params: ParamsInputOf<N>, options?: CallOptions): Promise<ResultOf<N>> {
    const helper = await this.elevated();
    return helper.call(method, params, options);
  }

  /** As call, for what goes on without being asked for: starts no helper. Throws HELPER_LOST when none acts. */
  async callPresent<N extends MethodName>(method: N, params: ParamsInputOf<N>, options?: CallOptions): Promise<ResultOf<N>> {
    if (this.#elevated === null) throw new AppError('HELPER_LOST');
    return this.#elevated.client.call(method, params, options);
  }

  /** For what every helper answers: takes the one that is there and never asks for a password. Throws HELPER_LOST when there is none. */
  async look<N extends MethodName>(method: N, params: ParamsInputOf<N>): Promise<ResultOf<N>> {
    const helper = this.#elevated ?? this.#view;
    if (helper === null) throw new AppError('HELPER_LOST');
    return helper.client.call(method, params);
  }

  /** Hidden windows need no safety re-read. */
  setVisible(visible: boolean): void {
    if (this.#safetyRead === visible) return;
    this.#safetyRead = visible;
    const shown = this.#elevated ?? this.#view;
    // A helper that is gone says so by its end, not by this call.
    shown?.client.call('devices/watch', { safetyRead: visible }).catch(() => undefined);
  }

  /**
   * Starts no helper any more, and ends those there are once `lastWork` has ended: what is called off needs them to unmount and detach.
   * Resolves when they are gone.
   */
  async close(lastWork: Promise<void> = Promise.resolve()): Promise<void> {
    this.#closing.abort();
    await lastWork;
    this.#isOver = true;
    this.#view = null;
    this.#elevated = null;
    await Promise.all([...this.#running].map(async (helper) => this.#stop(helper)));
  }

  #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #startView(): Promise<void> {
    this.#isViewStarting = true;
    try {
      const helper = this.#keep(await this.#source.startView());
      if (this.#elevated !== null || this.#isClosed()) return await this.#stop(helper);
      this.#view = helper;
      const isNeeded = (): boolean => this.#view === helper;
      helper.client.onEnd(() => {
        if (isNeeded()) this.#loseList(new AppError('HELPER_LOST'));
        if (isNeeded()) this.#view = null;
      });
      await this.#showList(helper, isNeeded);
    } catch (error) {
      if (this.#elevated === null && !this.#isClosed()) this.#loseList(error);
    } finally {
      this.#isViewStarting = false;
    }
  }

  async #elevate(): Promise<Pick<HelperClient, 'call'>> {
    this.#store.update({ actions: { kind: 'authorizing' } });
    // After a loss a person wants the list back even when the password is not given.
    const isListWanted = this.#store.get('list').kind === 'lost' && !this.#source.isRoot;
    if (isListWanted && this.#view === null && !this.#isViewStarting) void this.#startView();
    try {
      const helper = this.#keep(await this.#source.startElevated(this.#closing.signal));
      await this.#takeOver(helper);
      return helper.client;
    } catch (error) {
      const reason = toStartError(error);
      if (!this.#isClosed()) {
        this.#store.update({ actions: { kind: 'failed', error: reason.data } });
        if (this.#view === null && !this.#isViewStarting) this.#loseList(reason);
      }
      throw reason;
    }
  }

  async #takeOver(helper: Helper): Promise<void> {
    try {
      if (this.#isClosed()) throw new AppError('SHUTTING_DOWN');
      await this.#showList(helper, () => !this.#isOver);
    } catch (error) {
      await this.#stop(helper);
      throw error;
    }
    this.#elevated = helper;
    helper.client.onEnd(() => this.#loseElevated(helper));
    this.#retireView();
    const { through } = helper;
    this.#store.update({ actions: { kind: 'ready', ...(through === undefined ? {} : { through }) } });
  }

  /** Subscribes first and lists second: no gap, and nothing older than the list is taken over. */
  async #showList(helper: Helper, isNeeded: () => boolean): Promise<void> {
    let shownRevision: number | null = null;
    const early: DeviceChanges[] = [];
    const apply = (change: DeviceChanges): void => {
      if (shownRevision === null) {
        early.push(change);
      } else if (change.revision > shownRevision && isNeeded()) {
        shownRevision = change.revision;
        this.#store.applyDifference(change);
      }
    };
    const stop = helper.client.onNotification((_method, change) => apply(change));
    try {
      const safetyRead = this.#safetyRead;
      await helper.client.call('devices/watch', { safetyRead });
      const [features, snapshot] = await Promise.all([helper.client.call('session/features', {}), helper.client.call('devices/list', {})]);
      if (!isNeeded()) return stop();
      this.#store.replaceDevices(snapshot, { list: { kind: 'live' }, features });
      shownRevision = snapshot.revision;
      for (const change of early) apply(change);
      // The window may have been hidden or shown meanwhile.
      if (safetyRead !== this.#safetyRead) await helper.client.call('devices/watch', { safetyRead: this.#safetyRead });
    } catch (error) {
      stop();
      throw error;
    }
  }

  #keep(helper: Helper): Helper {
    this.#running.add(helper);
    helper.client.onEnd(() => void this.#stop(helper));
    return helper;
  }

  async #stop(helper: Helper): Promise<void> {
    await helper.stop();
    this.#running.delete(helper);
  }

  #retireView(): void {
    const view = this.#view;
    this.#view = null;
    if (view !== null) void this.#stop(view);
  }

  #loseElevated(helper: Helper): void {
    if (this.#elevated !== helper) return;
    this.#elevated = null;
    const error = new AppError('HELPER_LOST');
    this.#store.update({ actions: { kind: 'failed', error: error.data }, list: { kind: 'lost', error: error.data } });
  }

  #loseList(error: unknown): void {
    this.#store.update({ list: { kind: 'lost', error: toStartError(error).data } });
  }
}

function toStartError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof HelperError) return new AppError(error.code);
  return new AppError('HELPER_BROKEN', { details: error instanceof Error ? error.message : String(error) }, { cause: error });
}

/**
 * All detaching that is under way for the windows: a bounded number of tries at once, and every device that is in use as a run
 * with its live list. Main process.
 */
import type { DetachParams, LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { CloseSignal } from '../../native-helper/protocol/holders.ts';
import { AppError } from '../ipc/errors.ts';
import type { DetachChoice, DetachRun, DetachState } from '../ipc/detaching.ts';
import type { DetachOutcome } from '../ipc/methods.ts';
import { toDisplayNames } from '../images/file-table.ts';
import { backingPath } from '../images/identity.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { isEnded } from './detach-machine.ts';
import type { DetachedNow } from './detach-attempt.ts';
import { DetachRunner, type DetachSession } from './detach-run.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** The helper takes 64 requests at once, and each try is several. */
const TRIES_AT_ONCE = 8;

interface Entry {
  readonly id: number;
  readonly fileName: string;
  readonly runner: DetachRunner;
  readonly ended: Promise<void>;
  readonly resolveEnded: () => void;
  /** The window that asked; null once it goes on without one. */
  connection: number | null;
}

export interface DetachRequest {
  readonly device: LoopDevice;
  readonly params: DetachParams;
  /** Make a run that waits when the device is in use, rather than fail. */
  readonly wait: boolean;
  readonly connection: number;
  readonly onDetached: (done: DetachedNow, device: LoopDevice) => number | null;
}

export class DetachRuns {
  readonly #session: DetachSession;
  readonly #jobs: Pick<Jobs, 'start'>;
  readonly #publish: (runs: readonly DetachRun[]) => void;
  readonly #runs = new Map<number, Entry>();
  readonly #queue: (() => void)[] = [];
  #trying = 0;
  #lastId = 0;

  /** `publish` gets all runs that wait whenever one of them changed. */
  constructor(session: DetachSession, jobs: Pick<Jobs, 'start'>, publish: (runs: readonly DetachRun[]) => void) {
    this.#session = session;
    this.#jobs = jobs;
    this.#publish = publish;
  }

  /** Resolves with the first outcome: gone, left to the kernel, or waiting as a run. Throws AppError. */
  async detach(request: DetachRequest): Promise<DetachOutcome> {
    const present = [...this.#runs.values()].find(({ runner }) => runner.device.diskseq === request.device.diskseq);
    if (present !== undefined && !request.params.whenFree) return this.#rejoin(present, request);
    present?.runner.send({ kind: 'cancel' });
    await this.#turn();
    try {
      return await this.#start(request);
    } finally {
      this.#trying -= 1;
      this.#queue.shift()?.();
    }
  }

  async choose(id: number, choice: DetachChoice): Promise<void> {
    const entry = this.#runs.get(id);
    if (entry === undefined) throw new AppError('RUN_GONE');
    const { runner } = entry;
    switch (choice) {
      case 'wait':
        this.#goOnAsJob(entry);
        return;
      case 'close':
        return runner.closeAll('terminate');
      case 'force':
        return runner.closeAll('kill');
      case 'when-free':
        runner.send({ kind: 'leave-to-kernel' });
        return;
      case 'name-others':
        return runner.nameOthers();
      case 'cancel':
        runner.send({ kind: 'cancel' });
        if (runner.state.kind === 'failed' && this.#runs.delete(id)) this.#publishAll();
        return;
      default:
        choice satisfies never;
    }
  }

  /** Errors: RUN_GONE, and those of closing. */
  async closeProgram(id: number, program: ProcessIdentity, signal: CloseSignal): Promise<void> {
    const entry = this.#runs.get(id);
    if (entry === undefined) throw new AppError('RUN_GONE');
    await entry.runner.close(program, signal);
  }

  /** What changed may have freed a device that is waited for. */
  disturb(numbers: readonly number[]): void {
    for (const { runner } of this.#runs.values()) if (numbers.includes(runner.device.number)) runner.send({ kind: 'disturbed' });
  }

  /** Nobody looks any more at what this window asked for and has not let go on by itself. */
  dropConnection(connection: number): void {
    for (const entry of [...this.#runs.values()]) {
      if (entry.connection !== connection) continue;
      entry.runner.send({ kind: 'cancel' });
      this.#runs.delete(entry.id);
    }
  }

  clear(): void {
    for (const entry of this.#runs.values()) entry.runner.send({ kind: 'cancel' });
  }

  async #turn(): Promise<void> {
    while (this.#trying >= TRIES_AT_ONCE) {
      await new Promise<void>((resolve) => {
        this.#queue.push(resolve);
      });
    }
    this.#trying += 1;
  }

  #rejoin(entry: Entry, { wait, connection }: DetachRequest): DetachOutcome {
    const { state } = entry.runner;
    if (!wait && state.kind === 'waiting') throw new AppError(state.because.code, state.because);
    // A job goes on without a window; its dialog is only shown again.
    entry.connection ??= connection;
    return { state: 'waiting', undoId: null, run: entry.id };
  }

  async #start(request: DetachRequest): Promise<DetachOutcome> {
    const { device, params } = request;
    let undoId: number | null = null;
    const first = Promise.withResolvers<DetachState>();
    const entry = this.#makeEntry(
      request,
      (state) => {
        if (isEnded(state) || state.kind === 'waiting') first.resolve(state);
      },
      (done, gone) => {
        undoId = request.onDetached(done, gone);
      },
    );
    entry.runner.send({ kind: params.whenFree ? 'leave-to-kernel' : 'start' });
    const state = await first.promise;
    switch (state.kind) {
      case 'detached':
      case 'deferred':
        return { state: state.kind, undoId };
      case 'waiting':
        if (request.wait) return this.#keep(entry);
        entry.runner.send({ kind: 'cancel' });
        throw new AppError(state.because.code, state.because);
      case 'failed':
        throw new AppError(state.error.code, state.error);
      default:
        throw new AppError('NOT_ATTACHED', { detail: { device: device.number } });
    }
  }

  #makeEntry(
    { device, connection }: DetachRequest,
    onFirst: (state: DetachState) => void,
    onDetached: (done: DetachedNow, device: LoopDevice) => void,
  ): Entry {
    this.#lastId += 1;
    const path = backingPath(device);
    const { promise, resolve } = Promise.withResolvers<void>();
    const entry: Entry = {
      id: this.#lastId,
      fileName: path === null ? `loop${device.number}` : toDisplayNames(path).name,
      runner: new DetachRunner({
        session: this.#session,
        device,
        onDetached,
        onState: (state) => {
          onFirst(state);
          if (isEnded(state)) this.#end(entry);
          if (this.#runs.has(entry.id)) this.#publishAll();
        },
      }),
      ended: promise,
      resolveEnded: resolve,
      connection,
    };
    return entry;
  }

  #keep(entry: Entry): DetachOutcome {
    this.#runs.set(entry.id, entry);
    this.#publishAll();
    return { state: 'waiting', undoId: null, run: entry.id };
  }

  /** A failure stays until the window that waited has told it. */
  #end(entry: Entry): void {
    entry.resolveEnded();
    if (entry.runner.state.kind === 'failed' && entry.connection !== null) return;
    if (this.#runs.delete(entry.id)) this.#publishAll();
  }

  #goOnAsJob(entry: Entry): void {
    const { device, state } = entry.runner;
    if (entry.connection === null || isEnded(state)) return;
    entry.connection = null;
    const title = { kind: 'detach', fileName: entry.fileName } as const;
    this.#jobs.start({ title, device: device.number, cancellable: true }, async (signal) => {
      signal.addEventListener('abort', () => entry.runner.send({ kind: 'cancel' }));
      await entry.ended;
      const end = entry.runner.state;
      if (end.kind === 'cancelled') throw new AppError('CANCELLED');
      if (end.kind === 'failed') throw new AppError(end.error.code, end.error);
    });
  }

  #publishAll(): void {
    this.#publish(
      [...this.#runs.values()].map(({ id, fileName, runner }) => {
        const { number, diskseq } = runner.device;
        return { id, device: number, diskseq, fileName, state: runner.state };
      }),
    );
  }
}

/**
 * The application without a window system: what it knows (state), what it can do (actions) and who looks (connections).
 * Both hosts of the window run this. Main process.
 */
import { createHandlers, type Administration } from './actions/handlers.ts';
import type { ActionContext } from './actions/context.ts';
import { addDropped } from './actions/images.ts';
import { openFromWindow } from './actions/open.ts';
import { answerCall, toErrorData } from './calls.ts';
import { watchVersion } from './doctor/watch-version.ts';
import { HelperSession, type HelperSource } from './helper-session.ts';
import { createHelperSource } from './helper-source.ts';
import { DetachRuns } from './detach/detach-runs.ts';
import type { Desktop } from './hosts/desktop.ts';
import { FileTable } from './images/file-table.ts';
import { Neighbours } from './images/neighbours.ts';
import { parseFileAddress } from './images/pasted-paths.ts';
import { ReadyWorker } from './images/ready-worker.ts';
import { AppError, type Reply } from './ipc/errors.ts';
import type { ImageFile } from './ipc/images.ts';
import type { Job, Notice, Settings } from './ipc/state.ts';
import { summariseFile } from './images/summarise.ts';
import { Library } from './library/library.ts';
import { LibraryFile, libraryPath } from './library/library-file.ts';
import { JobAttention } from './jobs/job-attention.ts';
import { JobFiles, jobsFolder } from './jobs/job-files.ts';
import { Jobs } from './jobs/jobs.ts';
import { DefaultProgram } from './settings/default-program.ts';
import { SettingsFile, settingsPath, type WindowSize } from './settings/settings-file.ts';
import { StateStore, type StateListener } from './state-store.ts';
import { UndoOffers } from './undo-offers.ts';

/** Notices that nobody dismissed; the oldest go first. */
const NOTICES_KEPT = 100;

export interface AppParts {
  readonly version: string;
  readonly desktop: Desktop;
  readonly helpers: HelperSource;
  /** Already loaded. */
  readonly settings: SettingsFile;
  readonly libraryFile: LibraryFile;
}

/** One window. Counts as visible until it says otherwise. */
export interface Connection {
  readonly call: (method: string, params: unknown) => Promise<Reply<unknown>>;
  /** Files dropped on the page, by the paths that the host (never the page) found out. */
  readonly drop: (paths: unknown) => Reply<readonly ImageFile[]>;
  readonly close: () => void;
}

declare const __PLATTER_VERSION__: string;

/** The application with the real helper and the user's settings, not started yet. */
export async function createApp(desktop: Desktop): Promise<App> {
  const settings = new SettingsFile(settingsPath(process.env));
  await settings.load();
  const helpers = createHelperSource(process.getuid?.() ?? -1);
  return new App({ version: __PLATTER_VERSION__, desktop, helpers, settings, libraryFile: new LibraryFile(libraryPath(process.env)) });
}

export class App {
  readonly #store: StateStore;
  readonly #session: HelperSession;
  readonly #settings: SettingsFile;
  readonly #context: ActionContext;
  readonly #handlers: ReturnType<typeof createHandlers>;
  /** Windows by number, and whether each can be seen. */
  readonly #visible = new Map<number, boolean>();
  #lastConnection = 0;
  #lastNotice = 0;
  #newImageWishes = 0;
  readonly #readyWorker = new ReadyWorker();
  readonly #defaultProgram = new DefaultProgram(process.env);
  #stopWatching = (): void => {};
  #isClosing = false;

  constructor({ version, desktop, helpers, settings, libraryFile }: AppParts) {
    const { settings: preferences } = settings.remembered;
    this.#settings = settings;
    this.#store = new StateStore({
      host: desktop.kind,
      opensFolders: desktop.openFolder !== null,
      version,
      list: { kind: 'loading' },
      actions: { kind: 'locked' },
      features: null,
      jobs: [],
      undoOffers: [],
      detachRuns: [],
      notices: [],
      settings: preferences,
      library: { revision: 0, count: 0, folders: [], setAside: null },
    });
    const store = this.#store;
    this.#session = new HelperSession(helpers, store);
    const files = new FileTable();
    const { worker } = this.#readyWorker;
    const jobs = createJobs(store, desktop);
    const detaches = new DetachRuns(this.#session, jobs, (detachRuns) => store.update({ detachRuns }));
    store.onChange(({ devices }) => {
      if (devices !== undefined) detaches.disturb([...devices.removed, ...devices.changed.map(({ number: changed }) => changed)]);
    });
    this.#context = {
      store,
      session: this.#session,
      files,
      jobs,
      detaches,
      undo: new UndoOffers((undoOffers) => store.update({ undoOffers })),
      desktop,
      worker,
      neighbours: new Neighbours(worker),
      library: new Library({
        file: libraryFile,
        files,
        look: async (path) => summariseFile({ worker, devices: store.devices() }, path),
        publish: (library) => store.update({ library }),
      }),
    };
    this.#handlers = createHandlers(this.#context, this.#administration());
  }

  /** Size of the window when it was closed last; null the first time. */
  get windowSize(): WindowSize | null {
    return this.#settings.remembered.window;
  }

  /** A size that cannot be saved is no loss worth a word. */
  rememberWindow(size: WindowSize): void {
    void this.#settings.save({ window: size }).catch(() => undefined);
  }

  /** Long work that would be broken off if the program ended now. */
  get runningJobs(): number {
    return this.#context.jobs.running;
  }

  /** A wish that came from outside of the window, by the command line of the program. */
  askForImage(): void {
    this.#store.update({ attachWishes: (this.#store.get('attachWishes') ?? 0) + 1 });
  }

  /** The same for the dialog of a new image. */
  askForNewImage(): void {
    this.#newImageWishes += 1;
    this.#store.update({ newImageWishes: this.#newImageWishes });
  }

  /** For a host that is installed as a package: what the page may offer, and whether a newer package came. */
  async watchInstallation(): Promise<void> {
    const canBeDefault = await this.#defaultProgram.canBe();
    this.#store.update({ installation: { canBeDefault, otherVersion: null } });
    this.#stopWatching = watchVersion(this.#store.get('version'), (otherVersion) => {
      this.#store.update({ installation: { canBeDefault, otherVersion } });
    });
  }

  /** Starts the helper; resolves when the list is live or known to be lost. */
  async start(): Promise<void> {
    // Beside it: a folder on a slow disk must not keep the list of devices waiting.
    void this.#context.library.open();
    return this.#session.start();
  }

  connect(listener: StateListener): Connection {
    this.#lastConnection += 1;
    const number = this.#lastConnection;
    const stop = this.#store.onChange(listener);
    this.#visible.set(number, true);
    this.#tellVisibility();
    return {
      call: async (method, params) => answerCall(this.#handlers, method, params, number),
      drop: (paths) => {
        try {
          return { ok: true, value: addDropped(this.#context, paths) };
        } catch (error) {
          return { ok: false, error: toErrorData(error) };
        }
      },
      close: () => {
        stop();
        this.#context.detaches.dropConnection(number);
        this.#visible.delete(number);
        this.#tellVisibility();
      },
    };
  }

  /**
   * Opens files named on the command line or by a second start (absolute paths or file: addresses): attached and mounted as
   * the settings say; each leaves a notice.
   */
  async openFiles(names: readonly string[]): Promise<void> {
    for (const named of names) {
      if (this.#isClosing) return;
      const bytes = (/^file:/iu.test(named) ? parseFileAddress(named) : null) ?? Buffer.from(named);
      try {
        this.#addNotice(bytes, await openFromWindow(this.#context, bytes));
      } catch (error) {
        this.#addNotice(bytes, { kind: 'failed', error: toErrorData(error) });
      }
    }
  }

  /** Breaks off what runs and ends the helper; resolves when both are gone and the settings are on the disk. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#context.undo.clear();
    this.#context.detaches.clear();
    this.#context.library.close();
    this.#stopWatching();
    const lastWork = this.#context.jobs.close();
    await Promise.all([this.#session.close(lastWork), this.#readyWorker.close(), this.#settings.settled()]);
  }

  #administration(): Administration {
    return {
      setVisible: (connection, visible) => {
        if (!this.#visible.has(connection)) return;
        this.#visible.set(connection, visible);
        this.#tellVisibility();
      },
      changeSettings: async (change) => this.#changeSettings(change),
      dismissNotice: (id) => {
        this.#store.update({ notices: this.#store.get('notices').filter((notice) => notice.id !== id) });
      },
    };
  }

  async #changeSettings(change: Partial<Settings>): Promise<Settings> {
    const settings = { ...this.#store.get('settings'), ...change };
    try {
      if (change.defaultProgram === 'platter') await this.#defaultProgram.take();
      if (change.defaultProgram === 'other') await this.#defaultProgram.giveBack();
      this.#store.update({ settings });
      await this.#settings.save({ settings });
    } catch (error) {
      // They hold until the end of this session; that they will not come back must be said.
      throw new AppError('SYSTEM_REFUSED', { details: error instanceof Error ? error.message : String(error) }, { cause: error });
    }
    return settings;
  }

  #addNotice(path: Buffer, outcome: Notice['outcome']): void {
    const image = this.#context.files.describe(path);
    this.#lastNotice += 1;
    const notices = [...this.#store.get('notices'), { id: this.#lastNotice, image, outcome }];
    this.#store.update({ notices: notices.slice(-NOTICES_KEPT) });
  }

  #tellVisibility(): void {
    const isVisible = [...this.#visible.values()].includes(true);
    this.#session.setVisible(isVisible);
    this.#readyWorker.setWanted(isVisible);
  }
}

function createJobs(store: StateStore, { attention }: Desktop): Jobs {
  const told = attention === null ? null : new JobAttention(attention);
  const files = new JobFiles(jobsFolder(process.env));
  const publish = (jobs: readonly Job[]): void => {
    store.update({ jobs });
    files.publish(jobs);
    told?.update(jobs);
  };
  return new Jobs(publish, toErrorData);
}

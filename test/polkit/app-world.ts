/** The application as users of a world run it: built as it is shipped, beside the helper as a package installs both. */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build, createBuilder } from 'vite';
import { INSTALLED_FOLDER } from '../../electron/helper/helper-paths.ts';
import type { Reply } from '../../electron/ipc/errors.ts';
import type { ImageFile } from '../../electron/ipc/images.ts';
import type { RendererMethodName, RendererParamsInput, RendererResult } from '../../electron/ipc/methods.ts';
import type { AppState } from '../../electron/ipc/state.ts';
import type { AppOrder } from './user-app.ts';
import { installedFiles, type UserName, type World } from './world.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
/** No checkout above it: what runs from here looks for the installed helper. */
const APP_FOLDER = join(dirname(INSTALLED_FOLDER), 'app');

/** Puts the application and the image worker into the world. */
export async function installApp(world: World): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'platter-app-world-'));
  try {
    await buildWorker(folder);
    await build({
      configFile: false,
      root: checkout,
      logLevel: 'error',
      define: { __PLATTER_VERSION__: '"0.0.0"' },
      ssr: { noExternal: true, external: ['koffi'] },
      build: {
        ssr: 'test/polkit/user-app.ts',
        outDir: folder,
        target: 'node24',
        rolldownOptions: { output: { entryFileNames: 'app.js' } },
      },
    });
    world.rootShell(`
      install -m 644 ${folder}/worker.js ${INSTALLED_FOLDER}/image-worker.js
      mkdir -p ${APP_FOLDER}
      install -m 644 ${folder}/app.js ${APP_FOLDER}/app.js
      cp ${INSTALLED_FOLDER}/package.json ${APP_FOLDER}/
      ln -sfn ${INSTALLED_FOLDER}/node_modules ${APP_FOLDER}/node_modules`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function buildWorker(outDir: string): Promise<void> {
  const name = 'worker';
  const builder = await createBuilder({
    configFile: join(checkout, 'build/vite.config.ts'),
    logLevel: 'error',
    environments: { [name]: { build: { outDir } } },
  });
  const environment = builder.environments[name];
  if (environment === undefined) throw new Error('the build has no image worker');
  await builder.build(environment);
}

/** Starts it; `start` gets the list going, as a host of the window does. */
export async function startApp(world: World, user: UserName): Promise<UserApp> {
  const made = new UserApp(world.program(user, [installedFiles.node, join(APP_FOLDER, 'app.js')]));
  await made.ready;
  return made;
}

type OrderBody = AppOrder extends infer Each ? (Each extends AppOrder ? Omit<Each, 'id'> : never) : never;

/** A running application; each method resolves with its answer. */
export class UserApp {
  readonly ready: Promise<void>;
  /** Inside the world. */
  pid = 0;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = -1;

  constructor(child: ChildProcess) {
    this.#child = child;
    const { stdout } = child;
    if (stdout === null) throw new Error('no output');
    const lines = createInterface({ input: stdout });
    lines.on('line', (line) => this.#take(line));
    lines.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the application has ended'));
    });
    this.ready = this.#answer().then((result) => {
      this.pid = (result as { pid: number }).pid;
    });
  }

  async start(): Promise<void> {
    await this.#order({ do: 'start' });
  }

  async open(...files: readonly string[]): Promise<void> {
    await this.#order({ do: 'open', files });
  }

  /** The id of a file that was dropped on the window. */
  async drop(path: string): Promise<string> {
    const reply = (await this.#order({ do: 'drop', files: [path] })) as Reply<readonly ImageFile[]>;
    const id = reply.ok ? reply.value[0]?.id : undefined;
    if (id === undefined) throw new Error('the file was refused');
    return id;
  }

  async shown(): Promise<readonly string[]> {
    return (await this.#order({ do: 'shown' })) as readonly string[];
  }

  async state(): Promise<AppState> {
    return this.call('state/get', {});
  }

  async reply<N extends RendererMethodName>(method: N, params: RendererParamsInput<N>): Promise<Reply<RendererResult<N>>> {
    return (await this.#order({ do: 'call', method, params })) as Reply<RendererResult<N>>;
  }

  /** The result of a call that must succeed. */
  async call<N extends RendererMethodName>(method: N, params: RendererParamsInput<N>): Promise<RendererResult<N>> {
    const reply = await this.reply(method, params);
    if (!reply.ok) throw new Error(`${method}: ${JSON.stringify(reply.error)}`);
    return reply.value;
  }

  /** Ends it as a host does: the helper first. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin?.end();
    await ended;
  }

  async #order(body: OrderBody): Promise<unknown> {
    const answer = this.#answer();
    this.#child.stdin?.write(`${JSON.stringify({ id: this.#lastId, ...body })}\n`);
    return answer;
  }

  async #answer(): Promise<unknown> {
    this.#lastId += 1;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(this.#lastId, waiting);
    return waiting.promise;
  }

  #take(line: string): void {
    const { id, result, fault } = JSON.parse(line) as { id: number; result?: unknown; fault?: string };
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (fault === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(fault));
  }
}

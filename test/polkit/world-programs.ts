/** The programs that run in a world: users' own, and polkit agents; both are told and answer by lines. */
import type { ChildProcess } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { HelperErrorData } from '../../native-helper/protocol/errors.ts';
import type { MethodName, ParamsInputOf, ResultOf } from '../../native-helper/protocol/methods.ts';
import type { HelloResult } from '../../native-helper/protocol/session.ts';
import type { HelperFiles } from '../../electron/helper/helper-paths.ts';
import type { Order } from './user-program.ts';

/** Reads JSON lines and remembers those nobody has asked for yet. */
class Lines {
  readonly #lines: string[] = [];
  readonly #waiting: { accept: (line: string) => boolean; resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  #ended = false;

  constructor(input: Interface) {
    input.on('line', (line) => this.#offer(line));
    input.on('close', () => {
      this.#ended = true;
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('the program has ended'));
    });
  }

  #offer(line: string): void {
    const index = this.#waiting.findIndex(({ accept }) => accept(line));
    if (index === -1) this.#lines.push(line);
    else this.#waiting.splice(index, 1)[0]?.resolve(line);
  }

  /** The first line, past or to come, that is accepted. */
  next(accept: (line: string) => boolean): Promise<string> {
    const index = this.#lines.findIndex(accept);
    const [line] = index === -1 ? [] : this.#lines.splice(index, 1);
    if (line !== undefined) return Promise.resolve(line);
    if (this.#ended) return Promise.reject(new Error('the program has ended'));
    return new Promise((resolve, reject) => this.#waiting.push({ accept, resolve, reject }));
  }

  get unread(): readonly string[] {
    return this.#lines;
  }
}

/** A question that polkit asked an agent. */
export interface Question {
  readonly action: string;
  readonly message: string;
}

export class Agent {
  readonly ready: Promise<unknown>;
  readonly #lines: Lines;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout === null) throw new Error('no output');
    this.#lines = new Lines(createInterface({ input: child.stdout }));
    this.ready = this.#lines.next((line) => line === 'ready');
  }

  /** Waits for a question. */
  async question(): Promise<Question> {
    return JSON.parse(await this.#lines.next((line) => line.includes('"action"'))) as Question;
  }

  async cancelled(): Promise<void> {
    await this.#lines.next((line) => line.includes('"cancelled"'));
  }

  /** Questions nobody has waited for. */
  get others(): readonly Question[] {
    return this.#lines.unread.map((line) => JSON.parse(line) as Question);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }
}

export type CallOutcome<N extends MethodName> =
  | { readonly ok: ResultOf<N> }
  | { readonly failed: HelperErrorData }
  | { readonly lost: true };
export type StartResult =
  | { readonly kind: 'ready'; readonly hello: HelloResult }
  | { readonly kind: string; readonly details: string; readonly end?: { readonly status: number | null } };

type OrderBody = Order extends infer Each ? (Each extends Order ? Omit<Each, 'id'> : never) : never;

/** A user's program; each method resolves with its answer. */
export class UserProgram {
  readonly ready: Promise<void>;
  readonly uid: number;
  /** Inside the world. */
  pid = 0;
  readonly #lines: Lines;
  readonly #child: ChildProcess;
  #lastId = 0;

  constructor(uid: number, child: ChildProcess) {
    this.uid = uid;
    this.#child = child;
    if (child.stdout === null) throw new Error('no output');
    this.#lines = new Lines(createInterface({ input: child.stdout }));
    this.ready = this.#answer(0).then((result) => {
      this.pid = (result as { pid: number }).pid;
    });
  }

  /** Starts the helper through pkexec, or directly for root. */
  async start(files: HelperFiles, direct = false): Promise<StartResult> {
    return (await this.#order({ do: 'start', files, direct })) as StartResult;
  }

  /** Calls a method; `file` is opened by the user and its descriptor sent along. */
  async call<N extends MethodName>(
    method: N,
    params: ParamsInputOf<N>,
    file?: { path: string; flags: string | number },
  ): Promise<CallOutcome<N>> {
    const order = { do: 'call', method, params: params as object, ...(file === undefined ? {} : { file }) } as const;
    return (await this.#order(order)) as CallOutcome<N>;
  }

  /** The result of a call that must succeed. */
  async succeed<N extends MethodName>(
    method: N,
    params: ParamsInputOf<N>,
    file?: { path: string; flags: string | number },
  ): Promise<ResultOf<N>> {
    const outcome = await this.call(method, params, file);
    if (!('ok' in outcome)) throw new Error(`${method}: ${JSON.stringify(outcome)}`);
    return outcome.ok;
  }

  /** The code of a call that must fail; `done` when it did not. */
  async codeOf<N extends MethodName>(
    method: N,
    params: ParamsInputOf<N>,
    file?: { path: string; flags: string | number },
  ): Promise<string> {
    const outcome = await this.call(method, params, file);
    return 'failed' in outcome ? outcome.failed.code : 'ok' in outcome ? 'done' : 'lost';
  }

  /** Ends the helper; the last lines of its log. */
  async stopHelper(): Promise<readonly string[]> {
    return ((await this.#order({ do: 'stop' })) as string).split('\n');
  }

  /** Ends the program, and with it its helper. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin?.end();
    await ended;
  }

  async #order(body: OrderBody): Promise<unknown> {
    const id = ++this.#lastId;
    const answer = this.#answer(id);
    this.#child.stdin?.write(`${JSON.stringify({ id, ...body })}\n`);
    return answer;
  }

  async #answer(id: number): Promise<unknown> {
    const line = await this.#lines.next((text) => (JSON.parse(text) as { id: number }).id === id);
    const answer = JSON.parse(line) as { result?: unknown; fault?: string };
    if (answer.fault !== undefined) throw new Error(answer.fault);
    return answer.result;
  }
}

/**
 * A helper process and the raw end of its socket, for saying things that the real client never says. Requests go out by
 * sendmsg with any descriptors and control messages; everything the helper writes is kept.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import koffi from 'koffi';
import { createSocketPair } from '../../electron/helper/socket-pair.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const nodeProgram = `${root}node_modules/node/bin/node`;
export const realHelper = `${root}native-helper/main.ts`;
/** The real session with handlers that touch nothing. */
export const inertHelper = `${root}test/contract/inert-helper.ts`;

export const isRoot = process.getuid?.() === 0;
/** The program that users get, started as this user may start it. */
export const shipped: HarnessOptions = { script: realHelper, parameters: [isRoot ? '--stdio' : '--view'] };

const libc = koffi.load('libc.so.6');
const sendmsg = libc.func('long sendmsg(int, void *, int)') as (fd: number, header: Buffer, flags: number) => number;
const setsockopt = libc.func('int setsockopt(int, int, int, void *, unsigned int)') as (...values: (number | Buffer)[]) => number;

const SOL_SOCKET = 1;
const SO_PASSCRED = 16;
const MSG_DONTWAIT_NOSIGNAL = 0x4040;
const EAGAIN = 11;
const EPIPE = 32;

export interface Message {
  readonly id?: number | null;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data: { readonly code: string } };
}

export interface HarnessOptions {
  readonly script?: string;
  readonly parameters?: readonly string[];
  /** Ordinary user for --view. */
  readonly uid?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** A command that runs the helper in other surroundings. */
  readonly wrapper?: readonly string[];
  /** Asks the kernel to add SCM_CREDENTIALS to every message. */
  readonly passCredentials?: boolean;
}

export interface Exit {
  readonly status: number | null;
  readonly signal: string | null;
}

export class HelperHarness {
  readonly child: ChildProcess;
  readonly exit: Promise<Exit>;
  readonly #socket: number;
  #socketIsOpen = true;
  #output: Buffer[] = [];
  #line: Buffer[] = [];
  #messages: Message[] = [];
  #stderr = '';
  #changed = Promise.withResolvers<void>();
  #hasExited = false;
  #lastId = 0;

  constructor(options: HarnessOptions = {}) {
    const pair = createSocketPair();
    this.#socket = pair.ours;
    if (options.passCredentials === true) setsockopt(pair.theirs, SOL_SOCKET, SO_PASSCRED, Buffer.from([1, 0, 0, 0]), 4);
    const helper = [nodeProgram, options.script ?? inertHelper, ...(options.parameters ?? ['--stdio'])];
    const [program = '', ...words] = [...(options.wrapper ?? []), ...helper];
    this.child = spawn(program, words, {
      stdio: [pair.theirs, 'pipe', 'pipe'],
      env: { PATH: '/usr/bin:/bin', PKEXEC_UID: '0', ...options.environment },
      cwd: '/',
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    });
    closeSync(pair.theirs);
    this.child.stdout?.on('data', (bytes: Buffer) => this.#take(bytes));
    this.child.stderr?.on('data', (bytes: Buffer) => {
      this.#stderr += bytes.toString('latin1');
      this.#announceChange();
    });
    this.exit = new Promise((resolve) => {
      this.child.once('close', (status, signal) => {
        this.#hasExited = true;
        this.#changed.resolve();
        resolve({ status, signal });
      });
    });
  }

  /** A harness whose helper has answered hello. */
  static async ready(options: HarnessOptions = {}): Promise<HelperHarness> {
    const harness = new HelperHarness(options);
    const reply = await harness.request('session/hello', { protocolVersion: 1 });
    if (reply.result === undefined) throw new Error(`no hello: ${JSON.stringify(reply)} ${harness.stderr}`);
    return harness;
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /** Everything it wrote to standard output, as it came. */
  get output(): Buffer {
    return Buffer.concat(this.#output);
  }

  get stderr(): string {
    return this.#stderr;
  }

  get messages(): readonly Message[] {
    return this.#messages;
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** Takes what the kernel takes and waits for room for the rest. False when the helper has closed its end. */
  async send(content: string | Uint8Array, descriptors: readonly number[] = []): Promise<boolean> {
    let rest = typeof content === 'string' ? Buffer.from(content) : content;
    let attached = descriptors;
    while (rest.length > 0) {
      const sent = sendOnce(this.#socket, rest, attached);
      if (sent === -EPIPE) return false;
      if (sent === -EAGAIN) await new Promise((resolve) => setImmediate(resolve));
      else if (sent < 0) throw new Error(`sendmsg: errno ${-sent}`);
      else {
        rest = rest.subarray(sent);
        attached = [];
      }
    }
    return true;
  }

  /** Resolves with the first message that fits; rejects when the helper ends before. */
  async waitFor(fits: (message: Message) => boolean): Promise<Message> {
    return this.#waitUntil(() => this.#messages.find(fits));
  }

  /** Resolves when the log has a line with `text`. */
  async waitForLog(text: string): Promise<void> {
    await this.#waitUntil(() => (this.#stderr.includes(text) ? true : undefined));
  }

  async #waitUntil<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (this.#hasExited) throw new Error(`the helper ended: ${this.#stderr}`);
      await this.#changed.promise;
    }
  }

  /** Resolves with message number `count`, counted from 1. */
  async waitForCount(count: number): Promise<readonly Message[]> {
    await this.waitFor(() => this.#messages.length >= count);
    return this.#messages;
  }

  async request(method: string, params: unknown, descriptors: readonly number[] = []): Promise<Message> {
    const id = this.nextId();
    const fds = descriptors.length === 0 ? {} : { fds: 1 };
    await this.send(`${JSON.stringify({ jsonrpc: '2.0', id, method, params, ...fds })}\n`, descriptors);
    return this.waitFor((message) => message.id === id);
  }

  /** Sends a line that must be refused without a number and gives the code of the refusal. */
  async refusal(content: string | Uint8Array): Promise<string | undefined> {
    const before = this.#messages.length;
    await this.send(content);
    const [message] = (await this.waitForCount(before + 1)).slice(before);
    return message?.id === null ? message.error?.data.code : undefined;
  }

  async isAlive(): Promise<boolean> {
    const reply = await this.request('session/hello', { protocolVersion: 1 });
    return reply.result !== undefined;
  }

  endInput(): void {
    if (this.#socketIsOpen) closeSync(this.#socket);
    this.#socketIsOpen = false;
  }

  /** Ends the helper if it has not ended. */
  async stop(): Promise<Exit> {
    this.endInput();
    return this.exit;
  }

  /** What its descriptors are, sorted: `socket:[1]` and the like. */
  descriptors(): string[] {
    return readdirSync(`/proc/${this.pid}/fd`);
  }

  /** The most memory it ever had, in MiB. */
  peakMemoryMiB(): number {
    const match = /VmHWM:\s+(\d+) kB/u.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'));
    return Number(match?.[1]) / 1024;
  }

  #take(bytes: Buffer): void {
    this.#output.push(bytes);
    let start = 0;
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
      const line = Buffer.concat([...this.#line, bytes.subarray(start, end)]);
      this.#messages.push(JSON.parse(line.toString('utf8')) as Message);
      this.#line = [];
      start = end + 1;
    }
    this.#line.push(bytes.subarray(start));
    this.#announceChange();
  }

  #announceChange(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

function sendOnce(socket: number, bytes: Uint8Array, descriptors: readonly number[]): number {
  const content = Buffer.from(bytes.subarray(0, 128 * 1024));
  const vector = Buffer.alloc(16);
  vector.writeBigUInt64LE(koffi.address(content), 0);
  vector.writeBigUInt64LE(BigInt(content.length), 8);
  const header = Buffer.alloc(56);
  header.writeBigUInt64LE(koffi.address(vector), 16);
  header.writeBigUInt64LE(1n, 24);
  const control = Buffer.alloc(16 + Math.ceil(descriptors.length / 2) * 8);
  if (descriptors.length > 0) {
    control.writeBigUInt64LE(BigInt(16 + descriptors.length * 4), 0);
    control.writeInt32LE(SOL_SOCKET, 8);
    control.writeInt32LE(1, 12);
    descriptors.forEach((descriptor, index) => control.writeInt32LE(descriptor, 16 + index * 4));
    header.writeBigUInt64LE(koffi.address(control), 32);
    header.writeBigUInt64LE(BigInt(control.length), 40);
  }
  const sent = sendmsg(socket, header, MSG_DONTWAIT_NOSIGNAL);
  return sent < 0 ? -koffi.errno() : sent;
}

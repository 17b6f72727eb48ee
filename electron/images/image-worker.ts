/**
 * Has images looked into by the image worker, a process of its own: a hostile image that crashes or hangs it costs an error.
 * The worker starts with the first question, stays warm, and ends with this program, or after a while of silence unless it is kept. Main process.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { LineReader } from '../../native-helper/protocol/line-reader.ts';
import { DetailLines } from '../helper/detail-lines.ts';
import { findBesideHelper, type ProgramFiles } from '../helper/beside-helper.ts';
import { createSocketPair, SocketWriter } from '../helper/socket-pair.ts';
import { withNothingInherited } from '../hosts/inherited-descriptors.ts';
import type { Findings, ImageFindings, ProbeReply, ProbeRequest } from '../image-worker/findings.ts';
import { AppError } from '../ipc/errors.ts';
import { parseProbeReply } from './probe-reply.ts';

/** Where the worker and its runtime are. */
export type WorkerFiles = ProgramFiles;

/** The worker lies beside the helper, whichever of the three that is, and shares its runtime. Null: not installed. */
export function findImageWorker(): WorkerFiles | null {
  return findBesideHelper('main', ['worker.js', 'image-worker.js']);
}

/** A file that is open for reading and stays the caller's. Its number is taken when its turn comes: -1 of a FileHandle that was closed meanwhile. */
export interface ReadableFile {
  readonly fd: number;
}

/** Which part of an opened file is looked at. */
export interface ProbeRange {
  readonly offsetBytes: bigint;
  readonly sizeBytes: bigint;
  /** Logical block size: a partition table counts in it. */
  readonly sectorBytes: number;
}

export interface ImageWorkerOptions {
  readonly files?: WorkerFiles | null;
  /** A worker that does not answer is ended after this long. */
  readonly limitMs?: number;
  /** For the first answer of a process, with its start. */
  readonly firstLimitMs?: number;
  readonly idleMs?: number;
  /** A process has ended, or is given up. */
  readonly onEnd?: (ended: { readonly hasAnswered: boolean }) => void;
}

const LIMIT_MS = 10_000;
/**
 * With the start of the worker: on an overloaded machine that alone was seen to take more than ten seconds. A look that does not end is ended by the
 * worker itself before that (image-worker/main.ts).
 */
const FIRST_LIMIT_MS = 30_000;
const IDLE_MS = 120_000;
/** Workers that were killed and still hang in the kernel (a dead network share); with more of them nothing is asked any more. */
const MOST_HANGING = 4;
const LONGEST_REPLY_BYTES = 4 * 1024 * 1024;
const MEBIBYTES_OF_SCRIPT = 128;

/**
 * libblkid takes a mebibyte for each place it looks at and gives it back; glibc would return that to the kernel each time, and getting it
 * again costs a third of a look (mallopt(3): beyond what is kept here, memory is still returned).
 */
const KEPT_MEMORY = { MALLOC_TRIM_THRESHOLD_: '16777216', MALLOC_TOP_PAD_: '4194304', MALLOC_MMAP_THRESHOLD_: '4194304' } as const;
const ENVIRONMENT = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', ...KEPT_MEMORY } as const;

interface Running {
  readonly child: ChildProcess;
  readonly writer: SocketWriter;
  readonly details: DetailLines;
  hasAnswered: boolean;
  /** Null while nothing is asked. */
  question: { readonly id: number; readonly resolve: (reply: ProbeReply) => void; readonly reject: (error: Error) => void } | null;
}

export class ImageWorker {
  readonly #options: Required<Omit<ImageWorkerOptions, 'files'>> & Pick<ImageWorkerOptions, 'files'>;
  #running: Running | null = null;
  /** All processes that have not ended. */
  readonly #processes = new Set<ChildProcess>();
  #queue: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;
  #isClosed = false;
  #isKept = false;

  constructor(options: ImageWorkerOptions = {}) {
    this.#options = { limitMs: LIMIT_MS, firstLimitMs: FIRST_LIMIT_MS, idleMs: IDLE_MS, onEnd: () => undefined, ...options };
  }

  /** Of the process that answers now; for tests and the process list. */
  get pid(): number | undefined {
    return this.#running?.child.pid;
  }

  /** Kept: silence does not end it. */
  setKept(kept: boolean): void {
    this.#isKept = kept;
    this.#rest();
  }

  /** Starts the process before anything is asked. Never fails. */
  start(): void {
    try {
      this.#running ??= this.#start();
    } catch {
      // The first question tries again, and says it.
    }
  }

  /** What lies in a range. One after the other. Throws PROBE_FAILED. */
  async probe(file: ReadableFile, { offsetBytes, sizeBytes, sectorBytes }: ProbeRange): Promise<Findings> {
    const range = { offsetBytes: offsetBytes.toString(), sizeBytes: sizeBytes.toString(), sectorBytes };
    const reply = await this.#queued(file, { kind: 'probe', ...range });
    if ('findings' in reply) return reply.findings;
    throw failed('failure' in reply ? reply.failure : 'the worker answered another question');
  }

  /** All of a file, or of the part of it that begins at an offset; as {@link probe}. */
  async inspect(file: ReadableFile, sizeBytes: bigint, offsetBytes = 0n): Promise<ImageFindings> {
    const range = { offsetBytes: offsetBytes.toString(), sizeBytes: sizeBytes.toString(), sectorBytes: 512 };
    const reply = await this.#queued(file, { kind: 'inspect', ...range });
    if ('image' in reply) return reply.image;
    throw failed('failure' in reply ? reply.failure : 'the worker answered another question');
  }

  async #queued(file: ReadableFile, question: Omit<ProbeRequest, 'id'>): Promise<ProbeReply> {
    const answer = this.#queue.then(async () => this.#ask(file.fd, question));
    this.#queue = answer.catch(() => undefined);
    return answer;
  }

  /** Ends the worker; resolves when its process is gone, unless the kernel holds it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const { child } = this.#running ?? {};
    this.#drop('closed');
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 1000);
      child.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async #ask(fd: number, question: Omit<ProbeRequest, 'id'>): Promise<ProbeReply> {
    if (this.#isClosed) throw failed('the program is ending');
    if (fd < 0) throw failed('the file was closed');
    clearTimeout(this.#idle);
    const running = (this.#running ??= this.#start());
    const { limitMs, firstLimitMs } = this.#options;
    const limit = setTimeout(() => this.#drop('no answer'), running.hasAnswered ? limitMs : firstLimitMs);
    try {
      return await new Promise((resolve, reject) => {
        this.#lastId += 1;
        running.question = { id: this.#lastId, resolve, reject };
        const request: ProbeRequest = { id: this.#lastId, ...question };
        running.writer.send(Buffer.from(`${JSON.stringify(request)}\n`), fd);
      });
    } finally {
      clearTimeout(limit);
      this.#rest();
    }
  }

  /** Nothing is asked at the moment. */
  #rest(): void {
    clearTimeout(this.#idle);
    if (this.#isKept || this.#running === null || this.#running.question !== null) return;
    this.#idle = setTimeout(() => this.#drop('idle'), this.#options.idleMs);
    this.#idle.unref();
  }

  #start(): Running {
    const files = this.#options.files === undefined ? findImageWorker() : this.#options.files;
    if (files === null) throw failed('the image worker is not installed');
    if (this.#processes.size >= MOST_HANGING) throw failed('too many images hang');
    const pair = createSocketPair();
    const writer = new SocketWriter(pair.ours, () => this.#drop('the worker does not listen'));
    try {
      const words = [...runtimeOptions(files), files.script];
      const child = withNothingInherited(['ignore', 'pipe', 'pipe', pair.theirs], (stdio) =>
        spawn(files.node, words, { stdio, env: ENVIRONMENT, cwd: '/' }),
      );
      const running: Running = { child, writer, details: new DetailLines(), hasAnswered: false, question: null };
      this.#watch(running);
      return running;
    } catch (error) {
      writer.close();
      throw failed(String(error));
    } finally {
      closeSync(pair.theirs);
    }
  }

  #watch(running: Running): void {
    const { child, details } = running;
    this.#processes.add(child);
    const lines = new LineReader(LONGEST_REPLY_BYTES);
    child.stdout?.on('data', (bytes: Buffer) => {
      try {
        for (const line of lines.push(bytes)) this.#take(running, line.kind === 'text' ? line.text : '');
      } catch {
        this.#end(running, 'the worker said too much');
      }
    });
    child.stderr?.on('data', (bytes: Buffer) => details.add(bytes));
    child.once('error', (error) => {
      if (child.pid === undefined) this.#processes.delete(child);
      this.#end(running, String(error));
    });
    child.once('exit', () => this.#processes.delete(child));
    child.once('close', (status, signal) => this.#end(running, `the worker ended (${signal ?? status}) ${details.text}`));
  }

  #take(running: Running, line: string): void {
    const reply = parseProbeReply(line);
    const { question } = running;
    if (reply === null || reply.id !== question?.id) return this.#end(running, 'the worker said what is no reply');
    running.question = null;
    running.hasAnswered = true;
    question.resolve(reply);
  }

  #drop(reason: string): void {
    if (this.#running !== null) this.#end(this.#running, reason);
  }

  /** The one place where a worker ends; a question that waits fails. */
  #end(running: Running, reason: string): void {
    const isNews = this.#running === running;
    if (isNews) this.#running = null;
    running.writer.close();
    running.child.kill('SIGKILL');
    running.question?.reject(failed(reason));
    running.question = null;
    if (isNews) this.#options.onEnd({ hasAnswered: running.hasAnswered });
  }
}

/** Without a compiler there is no memory that can be both written and run. Sources need it: their types are taken off by WebAssembly. */
function runtimeOptions({ script }: WorkerFiles): readonly string[] {
  const limits = [`--max-old-space-size=${MEBIBYTES_OF_SCRIPT}`, '--v8-pool-size=1'];
  return script.endsWith('.ts') ? limits : [...limits, '--jitless'];
}

function failed(details: string): AppError {
  return new AppError('PROBE_FAILED', { details });
}

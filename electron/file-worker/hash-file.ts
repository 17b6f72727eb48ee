/** Several checksums of a file in one reading: one is computed here while the next piece is read, each further one in a thread. */
import { createHash, type Hash } from 'node:crypto';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { readSequentially } from './extents.ts';
import { PIECE_BYTES, readPieces, SLOTS, type Piece } from './reader.ts';

interface ThreadStart {
  readonly algorithm: string;
  readonly memory: SharedArrayBuffer;
}

const zeroes = Buffer.alloc(PIECE_BYTES);

function sharedBuffers(memory: SharedArrayBuffer): readonly Buffer[] {
  return Array.from({ length: SLOTS }, (_, slot) => Buffer.from(memory, slot * PIECE_BYTES, PIECE_BYTES));
}

function add(hash: Hash, buffers: readonly Buffer[], { slot, length }: Piece): void {
  hash.update((slot === null ? zeroes : (buffers[slot] ?? zeroes)).subarray(0, length));
}

/** One further algorithm. */
class HashThread {
  readonly algorithm: string;
  readonly #worker: Worker;
  #pending = 0;
  #waiting: (() => void)[] = [];
  readonly digest: Promise<string>;

  constructor(algorithm: string, memory: SharedArrayBuffer) {
    this.algorithm = algorithm;
    this.#worker = new Worker(process.argv[1] ?? '', { workerData: { algorithm, memory } satisfies ThreadStart });
    this.digest = new Promise((resolve, reject) => {
      this.#worker.on('error', reject);
      this.#worker.on('message', (message: string | null) => {
        if (message !== null) resolve(message);
        this.#pending -= 1;
        for (const resume of this.#waiting.splice(0)) resume();
      });
    });
    this.digest.catch(() => undefined);
  }

  add(piece: Piece): void {
    this.#pending += 1;
    this.#worker.postMessage(piece);
  }

  end(): void {
    this.#worker.postMessage(null);
  }

  /** Resolves when at most this many pieces wait. */
  async behind(most: number): Promise<void> {
    while (this.#pending > most) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }
}

/** The work of a thread of {@link HashThread}. */
export function runHashThread(): void {
  if (isMainThread || parentPort === null) return;
  const { algorithm, memory } = workerData as ThreadStart;
  const port = parentPort;
  const buffers = sharedBuffers(memory);
  const hash = createHash(algorithm);
  port.on('message', (piece: Piece | null) => {
    if (piece === null) {
      port.postMessage(hash.digest('hex'));
      port.close();
      return;
    }
    add(hash, buffers, piece);
    port.postMessage(null);
  });
}

/** Hexadecimal checksums by algorithm (names of Node's crypto). `onProgress` gets the bytes done so far. */
export async function hashFile(
  fd: number,
  sizeBytes: bigint,
  algorithms: readonly string[],
  onProgress: (bytesDone: bigint) => void,
): Promise<Record<string, string>> {
  const [first, ...others] = algorithms;
  if (first === undefined) return {};
  const memory = new SharedArrayBuffer(SLOTS * PIECE_BYTES);
  const buffers = sharedBuffers(memory);
  const threads = others.map((algorithm) => new HashThread(algorithm, memory));
  const hash = createHash(first);
  readSequentially(fd);
  // A slot is written again two pieces before the oldest that a thread may still read.
  const isFree = async (): Promise<void> => {
    for (const thread of threads) await thread.behind(SLOTS - 2);
  };
  for await (const piece of readPieces(fd, { start: 0n, end: sizeBytes }, buffers, isFree)) {
    for (const thread of threads) thread.add(piece);
    add(hash, buffers, piece);
    onProgress(piece.position + BigInt(piece.length));
  }
  for (const thread of threads) thread.end();
  const rest = await Promise.all(threads.map(async (thread) => [thread.algorithm, await thread.digest] as const));
  return Object.fromEntries([[first, hash.digest('hex')], ...rest]);
}

/** Has whole images read or copied by the file worker, a process of its own for each piece of work. Main process and command line. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { fileWorkMessage, type FileWork, type FileWorkMessage } from '../file-worker/messages.ts';
import { withNothingInherited } from '../hosts/inherited-descriptors.ts';
import { findImageWorker } from '../images/image-worker.ts';
import { AppError } from '../ipc/errors.ts';
import { LineReader } from '../../native-helper/protocol/line-reader.ts';
import { findConfinement } from '../tools/run-tool.ts';
import { confine } from '../tools/tool-process.ts';

const LONGEST_LINE_BYTES = 64 * 1024;

export interface FileWorkOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (bytesDone: bigint) => void;
}

/** The program lies beside the image worker and shares its runtime. Throws FILE_WORK_FAILED when it is not installed. */
function findFileWorker(): { readonly node: string; readonly script: string } {
  const worker = findImageWorker();
  const folder = worker === null ? '' : dirname(worker.script);
  const candidates = worker?.script.endsWith('.ts') === true ? ['../file-worker/main.ts'] : ['file-worker.js'];
  const script = candidates.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (worker === null || script === undefined) throw new AppError('FILE_WORK_FAILED', { details: 'the file worker is not installed' });
  return { node: worker.node, script };
}

/** Resolves with the result. Throws CANCELLED, FILE_CHANGED, FILE_IN_USE, NO_SPACE, SPARSE_UNSUPPORTED, FILE_WORK_FAILED. */
export async function runFileWork(
  work: FileWork,
  descriptors: readonly number[],
  options: FileWorkOptions = {},
): Promise<Record<string, string>> {
  const { signal, onProgress } = options;
  refuseCancelled(signal);
  const child = start(work, descriptors);
  const cancel = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', cancel);
  try {
    const last = await follow(child, onProgress);
    refuseCancelled(signal);
    if ('result' in last) return last.result;
    throw toFailure(last.failure);
  } finally {
    signal?.removeEventListener('abort', cancel);
    child.kill('SIGKILL');
  }
}

function refuseCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AppError('CANCELLED');
}

function start(work: FileWork, descriptors: readonly number[]): ChildProcess {
  const { node, script } = findFileWorker();
  const confinement = findConfinement();
  const words = [...confine(confinement), node, '--max-old-space-size=128', script, JSON.stringify(work)];
  return withNothingInherited(['pipe', 'pipe', 'pipe', ...descriptors], (stdio) =>
    spawn(confinement.setpriv, words, { stdio, env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' }, cwd: '/' }),
  );
}

type Last = Exclude<FileWorkMessage, { readonly bytesDone: string }>;

async function follow(child: ChildProcess, onProgress: ((bytesDone: bigint) => void) | undefined): Promise<Last> {
  const lines = new LineReader(LONGEST_LINE_BYTES);
  let last: Last | null = null;
  let said = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    for (const line of lines.push(bytes)) {
      const message = v.safeParse(fileWorkMessage, line.kind === 'text' ? parseJson(line.text) : null);
      if (!message.success) continue;
      if ('bytesDone' in message.output) onProgress?.(BigInt(message.output.bytesDone));
      else last = message.output;
    }
  });
  child.stderr?.on('data', (bytes: Buffer) => {
    said = (said + bytes.toString('utf8')).slice(-4000);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, ending) => {
      // Another program opened the file that was worked on: the kernel ended the worker first.
      const code = ending === 'SIGIO' ? 'IN_USE' : 'FAULT';
      resolve(last ?? { failure: { code, message: `the file worker ended (${ending ?? status}) ${said}`.trim() } });
    });
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const codes = {
  SHORTER: 'FILE_CHANGED',
  IN_USE: 'FILE_IN_USE',
  ENOSPC: 'NO_SPACE',
  EDQUOT: 'NO_SPACE',
  EFBIG: 'FILE_TOO_LARGE',
  EOPNOTSUPP: 'SPARSE_UNSUPPORTED',
} as const;

function toFailure({ code, message }: { readonly code: string; readonly message: string }): AppError {
  const known = Object.hasOwn(codes, code) ? codes[code as keyof typeof codes] : 'FILE_WORK_FAILED';
  return new AppError(known, { details: message });
}

/** Starts a helper and brings the conversation up to its first answer. Main process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { HelperError } from '../../native-helper/protocol/errors.ts';
import { PROTOCOL_VERSION, type HelloResult } from '../../native-helper/protocol/session.ts';
import { DetailLines } from './detail-lines.ts';
import { HelperClient, HelperLost } from './helper-client.ts';
import { findHelper, type HelperFiles } from './helper-paths.ts';
import { explainEnd, planLaunch, type HelperEnd, type HelperMode, type Launch, type StartFailure } from './launch.ts';
import { createSocketPair, SocketWriter } from './socket-pair.ts';

/** A helper that has said hello. */
export interface RunningHelper {
  readonly kind: 'ready';
  readonly client: HelperClient;
  readonly hello: HelloResult;
  /** Resolves when the process has ended, with its last words. Never rejects. */
  readonly ended: Promise<HelperEnd>;
  /** Ends it: it has two seconds for what is in flight. Resolves when the process is gone, or held by something in the kernel. */
  readonly stop: () => Promise<void>;
}

export type StartOutcome = RunningHelper | StartFailure;

export interface StartOptions {
  /** Null: there is no helper. Left out: the one that belongs to this program. */
  readonly files?: HelperFiles | null;
  /** Aborting gives up; the outcome is `dismissed`. */
  readonly signal?: AbortSignal;
}

/** Without a password dialog the answer takes a fraction of a second, on an overloaded machine many; a helper that is silent so long hangs. */
const HELLO_LIMIT_MS = 60_000;

/** The helper ends by itself within two seconds of the end of its input. */
const STOP_LIMIT_MS = 4000;
/** A helper ends within two seconds, or is killed; after these it is left alone. */
const GONE_LIMIT_MS = 10_000;

/** After the process ended its last output is in the pipe already; a child of its own could hold the pipe open for ever. */
const LAST_OUTPUT_MS = 1000;

/** Starts a helper once. Every way in which that can fail is a value; nothing is tried again. No time limit while polkit may be asking. */
export async function startHelper(mode: HelperMode, options: StartOptions = {}): Promise<StartOutcome> {
  const files = options.files === undefined ? findHelper() : options.files;
  if (files === null) return { kind: 'not-installed', details: '' };
  const started = launch(planLaunch(mode, files));
  const giveUp = (): void => started.client.end(new HelperLost('the start was withdrawn'));
  options.signal?.addEventListener('abort', giveUp, { once: true });
  if (options.signal?.aborted === true) giveUp();
  const limit = mode.kind === 'pkexec' ? undefined : setTimeout(() => started.client.end(new HelperLost('no answer')), HELLO_LIMIT_MS);
  try {
    const hello = await started.client.call('session/hello', { protocolVersion: PROTOCOL_VERSION });
    return { kind: 'ready', client: started.client, hello, ended: started.ended, stop: () => stop(started, mode) };
  } catch (error) {
    if (options.signal?.aborted === true) {
      // A helper that still waits for a password cannot be killed by its user; it ends with its input.
      return { kind: 'dismissed', details: started.details.text };
    }
    await stop(started, mode);
    const end = await started.ended;
    const isOtherVersion = error instanceof HelperError && error.code === 'VERSION_MISMATCH';
    return isOtherVersion ? { kind: 'version-mismatch', details: end.details } : explainEnd(mode, end);
  } finally {
    clearTimeout(limit);
    options.signal?.removeEventListener('abort', giveUp);
  }
}

interface StartedHelper {
  readonly child: ChildProcess;
  readonly client: HelperClient;
  readonly details: DetailLines;
  readonly ended: Promise<HelperEnd>;
}

function launch({ program, parameters, environment }: Launch): StartedHelper {
  const pair = createSocketPair();
  const writer = new SocketWriter(pair.ours, (error) => client.end(new HelperLost('the helper does not listen', { cause: error })));
  const client: HelperClient = new HelperClient(writer);
  const details = new DetailLines();
  try {
    const child = spawn(program, parameters, { stdio: [pair.theirs, 'pipe', 'pipe'], env: environment, cwd: '/' });
    child.stdout?.on('data', (bytes: Buffer) => client.receive(bytes));
    child.stderr?.on('data', (bytes: Buffer) => details.add(bytes));
    return { child, client, details, ended: watchEnd(child, client, details) };
  } catch (error) {
    writer.close();
    throw error;
  } finally {
    closeSync(pair.theirs);
  }
}

/** The conversation ends with the process, after everything it had said was read. */
function watchEnd(child: ChildProcess, client: HelperClient, details: DetailLines): Promise<HelperEnd> {
  return new Promise((resolve) => {
    const settle = (status: number | null, signal: string | null, errorCode: string | null): void => {
      child.stdout?.destroy();
      child.stderr?.destroy();
      client.end(new HelperLost('the helper ended'));
      resolve({ status, signal, errorCode, details: details.text });
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) settle(null, null, error.code ?? 'UNKNOWN');
    });
    child.once('exit', (status, signal) => {
      const timer = setTimeout(() => settle(status, signal, null), LAST_OUTPUT_MS);
      child.once('close', () => {
        clearTimeout(timer);
        settle(status, signal, null);
      });
    });
  });
}

async function stop(started: StartedHelper, mode: HelperMode): Promise<void> {
  started.client.close();
  // Only pkexec's helper is of another user; one that does not end by itself is stopped by the kernel when this program ends.
  const timer = mode.kind === 'pkexec' ? undefined : setTimeout(() => started.child.kill('SIGKILL'), STOP_LIMIT_MS);
  const outcome = await Promise.race([started.ended, delay(GONE_LIMIT_MS, 'late', { ref: false })]);
  clearTimeout(timer);
  if (outcome === 'late') leave(started.child);
}

/** Something in the kernel holds it, such as a file system that does not answer; nobody has to wait for that. */
function leave(child: ChildProcess): void {
  child.unref();
  child.stdout?.destroy();
  child.stderr?.destroy();
}

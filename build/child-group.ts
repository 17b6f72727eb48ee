/** Runs test programs in process groups of their own, so that nothing they start outlives them, nor us. */
import { spawn } from 'node:child_process';
import { projectRoot } from './bootstrap.mjs';
import type { Ending } from './test-counts.ts';

const running = new Set<number>();
/** A signal ends us. */
let isEnding = false;
/** Between asking to end and ending by force. */
const graceMs = 5_000;

function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false; // ESRCH: the group is empty
  }
}

/** Asks a group to end, and ends by force what is left of it a little later. */
async function endGroup(pid: number): Promise<void> {
  const deadline = Date.now() + graceMs;
  for (let alive = signalGroup(pid, 'SIGTERM'); alive; alive = process.kill(-pid, 0)) {
    if (Date.now() > deadline) {
      signalGroup(pid, 'SIGKILL');
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function endGroupQuietly(pid: number): Promise<void> {
  await endGroup(pid).catch(() => undefined); // ESRCH while waiting: it is gone
}

export interface GroupOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly limitMinutes: number;
}

/** Runs the project's Node with our output and no input; whatever of its group is left at its end is ended too. */
export async function runGroup(command: readonly string[], { environment, limitMinutes }: GroupOptions): Promise<Ending> {
  // Whoever waited for a group that a signal ended goes on with the next one, which would outlive us.
  if (isEnding) return new Promise(() => undefined);
  const child = spawn(process.execPath, command, {
    cwd: projectRoot,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: environment,
  });
  const { pid } = child;
  if (pid === undefined) return null;
  running.add(pid);
  const timer = setTimeout(() => {
    process.stdout.write(`\nStill running after ${limitMinutes} minutes: ended.\n`);
    void endGroupQuietly(pid); // its end arrives as the event below
  }, limitMinutes * 60_000);
  const ending = await new Promise<Ending>((resolve) => {
    child.once('exit', resolve);
    child.once('error', () => resolve(null));
  });
  clearTimeout(timer);
  await endGroupQuietly(pid);
  running.delete(pid);
  return ending;
}

/** On ^C and its like: ends every group, then the process with the signal's customary status. */
export function endGroupsOnSignals(): void {
  const signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
  for (const [signal, status] of Object.entries(signals)) {
    process.once(signal, () => {
      isEnding = true;
      void Promise.all([...running].map(endGroupQuietly)).then(() => process.exit(status));
    });
  }
}

/** Runs pkcheck(1), without a shell and with an environment of our own. Runs as root. */
import { spawn } from 'node:child_process';

/** How a run ended: by itself, by a signal, by the time limit or the caller's wish, or it never started. */
export type PkcheckEnd =
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'killed' }
  | { readonly kind: 'not-started' };

/** Where polkit installs it on every distribution we know; PATH is not asked. */
const PKCHECK = '/usr/bin/pkcheck';

/**
 * One run; never rejects. `timeoutMs` null waits for ever. When `signal` fires, pkcheck is ended, and polkitd closes the
 * dialog as soon as it sees it gone from the bus.
 */
export function runPkcheck(
  parameters: readonly string[],
  limits: { readonly timeoutMs: number | null; readonly signal: AbortSignal },
  program: string = PKCHECK,
): Promise<PkcheckEnd> {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, {
      cwd: '/',
      // GLib needs nothing of ours; an empty environment also keeps it from another bus than the system's.
      env: {},
      stdio: ['ignore', 'ignore', 'ignore'],
      signal: limits.signal,
      killSignal: 'SIGKILL',
      ...(limits.timeoutMs === null ? {} : { timeout: limits.timeoutMs }),
    });
    // Also called when `signal` fires; a child that was started tells its own end, so that none is left behind.
    child.on('error', () => {
      if (child.pid === undefined) resolve({ kind: 'not-started' });
    });
    child.on('exit', (status) => {
      resolve(status === null ? { kind: 'killed' } : { kind: 'exited', status });
    });
  });
}

/**
 * Lets polkit ask for a password in this terminal when no desktop would: pkttyagent, registered for this process only and
 * as a fallback, so that an agent that is there keeps its place (DESIGN.md §1.5).
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';

/** Where distributions install it; never searched in PATH. */
const PKTTYAGENT = '/usr/bin/pkttyagent';

export interface PasswordAgent {
  readonly stop: () => void;
}

/** True when this process has a terminal that somebody can type into, whatever its input and output are. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r+'));
    return true;
  } catch {
    return false;
  }
}

/** Resolves when the agent is registered; null where there is no terminal, no pkttyagent, or it gave up. */
export async function startPasswordAgent(): Promise<PasswordAgent | null> {
  if (!existsSync(PKTTYAGENT) || !hasTerminal()) return null;
  const child = spawn(PKTTYAGENT, ['--process', String(process.pid), '--fallback', '--notify-fd', '3'], {
    // It talks to the terminal itself; on its standard output it would mix with ours.
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  const registered = child.stdio[3];
  const ready = await new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', () => resolve(false));
    // pkttyagent closes this descriptor when polkit has accepted it; it must be read for its end to be seen.
    registered?.once('end', () => resolve(child.exitCode === null));
    registered?.on('data', () => {});
  });
  child.unref();
  if (!ready) return null;
  return { stop: () => child.kill() };
}

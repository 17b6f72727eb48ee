/**
 * Asks polkit, without letting it ask anybody, whether the person may attach images anyway; then the elevated helper can
 * start silently (DESIGN.md §1.4). Main process.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

const PKCHECK = '/usr/bin/pkcheck';
const ACTION = 'org.platter.loop-setup';
const LIMIT_MS = 5000;

/** True only for a clear yes; no polkit, no answer in time and every other outcome is a no. */
export async function isSetupAllowed(uid: number): Promise<boolean> {
  const startTime = parseStartTime(await readFile('/proc/self/stat', 'latin1').catch(() => ''));
  if (startTime === null) return false;
  const words = ['--action-id', ACTION, '--process', `${process.pid},${startTime},${uid}`];
  return new Promise((resolve) => {
    execFile(PKCHECK, words, { timeout: LIMIT_MS, env: { LANG: 'C.UTF-8' } }, (error) => resolve(error === null));
  });
}

/** Field 22 of /proc/PID/stat (proc_pid_stat(5)): clock ticks since boot, after the name, which may hold anything. */
export function parseStartTime(stat: string): string | null {
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTime = afterName[19];
  return startTime !== undefined && /^[1-9][0-9]*$/u.test(startTime) ? startTime : null;
}

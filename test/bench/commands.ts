/** Other people's programs under the clock. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Microseconds of the wall clock around one command, taken in a shell so that starting it costs what it costs at a prompt. */
const script = 'out=$1; shift; start=$EPOCHREALTIME; "$@" >"$out"; status=$?; end=$EPOCHREALTIME; echo "$start $end $status"';

export interface CommandRun {
  /** Milliseconds since the epoch, with microseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Throws when the command fails. */
export function runCommand(command: readonly string[], outputFile = '/dev/null'): CommandRun {
  const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', outputFile, ...command], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const [startedAt, endedAt, status] = stdout.trim().split(' ').map(Number);
  if (startedAt === undefined || endedAt === undefined || status !== 0) throw new Error(`${command.join(' ')} failed: ${stderr.trim()}`);
  return { startedAt: startedAt * 1000, endedAt: endedAt * 1000 };
}

/** Milliseconds from start to end of one command. */
export function commandTime(command: readonly string[], outputFile?: string): number {
  const { startedAt, endedAt } = runCommand(command, outputFile);
  return endedAt - startedAt;
}

/** `losetup -f --show FILE`: how long, and which device. */
export function losetupAttach(image: string, outputFile: string): CommandRun & { readonly path: string; readonly number: number } {
  const run = runCommand(['losetup', '-f', '--show', image], outputFile);
  const path = readFileSync(outputFile, 'utf8').trim();
  return { ...run, path, number: Number(/\d+$/.exec(path)?.[0]) };
}

export function losetupDetach(path: string): CommandRun {
  return runCommand(['losetup', '-d', path]);
}

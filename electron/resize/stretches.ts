/** Parts of a file: where it holds data, and lists of such parts. Main process. */
import { spawn } from 'node:child_process';
import { withNothingInherited } from '../hosts/inherited-descriptors.ts';
import { findBesideHelper } from '../helper/beside-helper.ts';
import { AppError } from '../ipc/errors.ts';

/** `end` is one past the last byte. */
export interface Stretch {
  readonly start: bigint;
  readonly end: bigint;
}

/** What is no hole in an open file. Throws TOOL_FAILED. */
export async function dataStretches(fd: number): Promise<readonly Stretch[]> {
  const files = findBesideHelper('data-stretches');
  if (files === null) throw failed('data-stretches is not installed');
  const child = withNothingInherited(['ignore', 'pipe', 'pipe', fd], (stdio) =>
    spawn(files.node, [files.script], { stdio, env: {}, cwd: '/' }),
  );
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout?.on('data', (bytes: Buffer) => output.push(bytes));
  child.stderr?.on('data', (bytes: Buffer) => errors.push(bytes));
  const status = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (status !== 0) throw failed(Buffer.concat(errors).toString('utf8').slice(-2000));
  return Buffer.concat(output).toString('latin1').split('\n').flatMap(parseLine);
}

function parseLine(line: string): readonly Stretch[] {
  const [start, end] = line.split(' ');
  return start === undefined || end === undefined ? [] : [{ start: BigInt(start), end: BigInt(end) }];
}

function failed(details: string): AppError {
  return new AppError('TOOL_FAILED', { details });
}

/** In order and without overlap; what touches becomes one. */
export function mergeStretches(stretches: readonly Stretch[]): readonly Stretch[] {
  const merged: { start: bigint; end: bigint }[] = [];
  for (const { start, end } of stretches.toSorted((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0))) {
    const last = merged.at(-1);
    if (end <= start) continue;
    if (last !== undefined && start <= last.end) last.end = end > last.end ? end : last.end;
    else merged.push({ start, end });
  }
  return merged;
}

/** Parts of a file: where it holds data, and lists of such parts. Main process. */
import { findBesideHelper } from '../helper/beside-helper.ts';
import { AppError } from '../ipc/errors.ts';
import { OutputLines } from '../tools/output-lines.ts';
import { runOwnProgram } from '../tools/run-tool.ts';

const LIMIT_MS = 30 * 60_000;

/** `end` is one past the last byte. */
export interface Stretch {
  readonly start: bigint;
  readonly end: bigint;
}

/** What is no hole in an open file. Throws TOOL_FAILED, and what runTool throws. */
export async function dataStretches(fd: number, signal: AbortSignal): Promise<readonly Stretch[]> {
  const files = findBesideHelper('data-stretches');
  if (files === null) throw failed('data-stretches is not installed');
  const stretches: Stretch[] = [];
  const lines = new OutputLines((line) => stretches.push(...parseLine(line)));
  const result = await runOwnProgram(files, { args: [], descriptors: [fd], signal, timeLimitMs: LIMIT_MS, onStdout: lines.push });
  if (result.status !== 0) throw failed(result.stderr.slice(-2000));
  return stretches;
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

/** What every command is given. */
import type { DeviceSnapshot, LoopDevice } from '../../native-helper/protocol/devices.ts';
import { AppError, type AppErrorData } from '../ipc/errors.ts';
import { encodeCells, encodeText } from './cells.ts';
import { nodePath, resolveDevice } from './device-names.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { tellFailure, toFailure, UsageFailure } from './failures.ts';
import { lookAtFile } from './named-file.ts';
import { describeOutput, writeMessage, writeOutput, type Output } from './terminal.ts';
import { fromKernelText, type KernelText } from '../../native-helper/protocol/scalars.ts';

export interface GlobalOptions {
  readonly json: boolean;
  readonly quiet: boolean;
}

export interface Context extends GlobalOptions {
  readonly output: Output;
}

export function createContext(options: GlobalOptions): Context {
  return { ...options, output: describeOutput(1) };
}

/** JSON that a terminal shows safely and every parser reads: one value, one line end. */
export function printJson(value: unknown): void {
  writeOutput(`${JSON.stringify(value)}\n`);
}

/** A sentence for people: not with --json, not with --quiet. */
export function say(context: Context, sentence: string): void {
  if (!context.json && !context.quiet) writeOutput(`${sentence}\n`);
}

/** Something that works but surprises. */
export function warn(context: Context, sentence: string): void {
  if (!context.json && !context.quiet) writeMessage(`platter: ${sentence}\n`);
}

/** A file name from the kernel, safe to show. */
export function showName(name: KernelText | null, { output }: Context): string {
  if (name === null) return '(name too long for the kernel)';
  return encodeCells(fromKernelText(name), { utf8: output.utf8, escapeOrdering: true });
}

/** A name as the person gave it, safe to show. */
export function showText(text: string, { output }: Context): string {
  return encodeText(text.toWellFormed(), { utf8: output.utf8, escapeOrdering: true });
}

/** A device with its node, which scripts want and the wire does not carry. */
export function toJsonDevice(device: LoopDevice): LoopDevice & { readonly node: string } {
  return { node: nodePath(device.number), ...device };
}

/** The device a person named. Throws AppError, or UsageFailure for a name that fits several. */
export function pickDevice(name: string, snapshot: DeviceSnapshot): LoopDevice {
  const resolution = resolveDevice(name, snapshot, lookAtFile(name));
  switch (resolution.kind) {
    case 'found':
      return resolution.device;
    case 'not-attached':
    case 'file-not-attached':
      throw new AppError('NOT_ATTACHED');
    case 'no-such-device':
    case 'unknown-name':
      throw new AppError('NO_SUCH_DEVICE');
    case 'ambiguous': {
      const nodes = resolution.devices.map((device) => nodePath(device.number)).join(', ');
      throw new UsageFailure(`${name} can mean ${nodes}: name one of these`);
    }
    default:
      return resolution satisfies never;
  }
}

/** Runs one piece of work after another; a failure is told and the others still run. The status is that of the first failure. */
export async function forEachSubject(
  subjects: readonly string[],
  context: Context,
  work: (subject: string) => Promise<ExitCode>,
): Promise<ExitCode> {
  let status: ExitCode = exitCodes.done;
  for (const subject of subjects) {
    let result: ExitCode;
    try {
      result = await work(subject);
    } catch (error) {
      if (error instanceof UsageFailure) throw error;
      const failure: AppErrorData = toFailure(error);
      result = tellFailure(failure, subject, context);
    }
    if (status === exitCodes.done) status = result;
  }
  return status;
}

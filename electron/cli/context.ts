/** What every command is given, and how it prints. Loaded by all of them, so it loads little itself. */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { fromKernelText, type KernelText } from '../../native-helper/protocol/scalars.ts';
import { encodeCells, encodeText } from './cells.ts';
import { nodePath } from './device-names.ts';
import { describeOutput, writeMessage, writeOutput, type Output } from './terminal.ts';

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

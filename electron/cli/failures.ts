/** Failures of any layer as data, and how they are told: words on stderr, or one JSON object a line with --json. */
import { HelperError } from '../../native-helper/protocol/errors.ts';
import { HelperLost } from '../helper/helper-client.ts';
import { AppError, type AppErrorData } from '../ipc/errors.ts';
import { toFileError } from '../images/open-image.ts';
import { encodeText } from './cells.ts';
import { exitCodeOf, exitCodes, type ExitCode } from './exit-codes.ts';
import { describeOutput, paint, writeMessage, type Output } from './terminal.ts';
import { describeFailure } from './text.ts';

/** The command line itself is wrong: status 2. */
export class UsageFailure extends Error {
  override readonly name = 'UsageFailure';
}

/** Any thrown value as data; faults of the program itself are thrown on. */
export function toFailure(error: unknown): AppErrorData {
  if (error instanceof AppError) return error.data;
  if (error instanceof HelperError) return error.toData();
  if (error instanceof HelperLost) return new AppError('HELPER_LOST', { details: error.message }).data;
  const { syscall } = error as { syscall?: unknown };
  if (error instanceof Error && typeof syscall === 'string') return toFileError(error).data;
  throw error;
}

export interface MessageOptions {
  readonly json: boolean;
}

/** Every line made safe for a terminal: words may hold names of files and mount points. */
function printable(line: string, output: Output): string {
  return encodeText(line, { utf8: output.utf8, escapeOrdering: true });
}

/** Tells a failure about `subject` (a device or file as the person named it) and returns its exit status. */
export function tellFailure(error: AppErrorData, subject: string | null, options: MessageOptions): ExitCode {
  const { says, changed, next } = describeFailure(error);
  if (options.json) {
    const { code, errno, detail, details } = error;
    writeMessage(
      `${JSON.stringify({ error: { code, message: says, changed, next, subject: subject?.toWellFormed(), errno, detail, details } })}\n`,
    );
    return exitCodeOf(error.code);
  }
  const output = describeOutput(2);
  const name = subject === null ? '' : `${printable(subject.toWellFormed(), output)}: `;
  const lines = [`platter: ${name}${printable(says, output)} ${paint(`[${error.code}]`, 'dim', output)}`, `  ${changed}`];
  if (next !== null) lines.push(`  Next: ${next}`);
  if (error.details !== undefined && error.details !== '' && !error.code.startsWith('FILE_')) {
    const details = error.details.split('\n').filter((line) => line.trim() !== '');
    lines.push(...details.map((line) => `  Details: ${printable(line, output)}`));
  }
  writeMessage(lines.map((line) => `${line}\n`).join(''));
  return exitCodeOf(error.code);
}

export function tellUsage(message: string, options: MessageOptions): ExitCode {
  const text = options.json
    ? JSON.stringify({ error: { code: 'USAGE', message, changed: 'Nothing was changed.', next: 'platter --help' } })
    : `platter: ${printable(message.toWellFormed(), describeOutput(2))}\n  Next: platter --help`;
  writeMessage(`${text}\n`);
  return exitCodes.usage;
}

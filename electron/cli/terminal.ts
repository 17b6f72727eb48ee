/** What is known of the terminal, and writing to it: whole, in order, and quiet when the reader has gone. */
import { fstatSync, writeSync } from 'node:fs';

export interface Output {
  /** Width in cells, null when the output is not a terminal. */
  readonly columns: number | null;
  readonly colours: boolean;
  readonly utf8: boolean;
}

/** True when the locale of the environment is UTF-8. */
export function isUtf8Locale(environment: NodeJS.ProcessEnv = process.env): boolean {
  const locale = [environment['LC_ALL'], environment['LC_CTYPE'], environment['LANG']].find((value) => value !== undefined && value !== '');
  return /utf-?8/iu.test(locale ?? '');
}

function parseColumns(text: string | undefined): number | null {
  return text !== undefined && /^[1-9][0-9]{0,4}$/u.test(text) ? Number(text) : null;
}

/**
 * True when input (0), output (1) or errors (2) are a terminal. Looking at the kind of file first keeps Node from loading node:tty,
 * which costs a tenth of the program's start. Not by process.stdin: that makes the terminal non-blocking, and no answer could be waited for.
 */
export function isTerminal(descriptor: 0 | 1 | 2): boolean {
  return fstatSync(descriptor).isCharacterDevice() && process.getBuiltinModule('node:tty').isatty(descriptor);
}

/** Looks at a descriptor (1 or 2). COLUMNS goes before the terminal's own width, NO_COLOR and TERM=dumb turn colours off. */
export function describeOutput(descriptor: 1 | 2, environment: NodeJS.ProcessEnv = process.env): Output {
  const utf8 = isUtf8Locale(environment);
  if (!isTerminal(descriptor)) return { columns: null, colours: false, utf8 };
  const noColour = environment['NO_COLOR'] !== undefined && environment['NO_COLOR'] !== '';
  const width = parseColumns(environment['COLUMNS']) ?? (descriptor === 1 ? process.stdout : process.stderr).columns;
  return { columns: width > 0 ? width : 80, colours: !noColour && environment['TERM'] !== 'dumb', utf8 };
}

/** Status of a program that SIGPIPE would have ended, as a shell reports it. */
const READER_GONE = 128 + 13;

/** Writes everything before it returns. Ends the program quietly when nobody reads any more. */
function writeAll(descriptor: 1 | 2, data: string | Uint8Array): void {
  let rest: Uint8Array = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EPIPE') process.exit(READER_GONE);
      if (code !== 'EAGAIN') throw error;
      // A pipe that another program made non-blocking and that is full: wait a moment for its reader.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

export function writeOutput(data: string | Uint8Array): void {
  writeAll(1, data);
}

/** Messages to people. Nothing may fail because a message could not be shown. */
export function writeMessage(text: string): void {
  try {
    writeAll(2, text);
  } catch {
    // Closed or full: there is nobody to tell.
  }
}

const escape = '\u001b[';
const styles = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33', cyan: '36' } as const;
export type Style = keyof typeof styles;

/** Colours a text where that is wanted. */
export function paint(text: string, style: Style, output: Output): string {
  return output.colours ? `${escape}${styles[style]}m${text}${escape}0m` : text;
}

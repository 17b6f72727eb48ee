/** Turns a failure into what a person reads. Exhaustive by type: a code without words does not compile. */
import type { AppErrorCode, AppErrorData } from '../../electron/ipc/errors.ts';
import { deviceErrorWords } from './device-error-words.ts';
import type { ErrorWords } from './error-words.ts';
import { imageErrorWords, startErrorWords } from './image-error-words.ts';
import { libraryErrorWords } from './library-error-words.ts';
import { makingErrorWords } from './making-error-words.ts';
import { resizeErrorWords } from './resize-error-words.ts';
import { sessionErrorWords } from './session-error-words.ts';
import { formatWords } from './inspection-words.ts';
import { count, formatExactBytes, formatSize, showText } from './format.ts';

export const errorWords = {
  ...sessionErrorWords,
  ...deviceErrorWords,
  ...imageErrorWords,
  ...startErrorWords,
  ...resizeErrorWords,
  ...libraryErrorWords,
  ...makingErrorWords,
} satisfies Readonly<Record<AppErrorCode, ErrorWords>>;

export interface ErrorDescription extends ErrorWords {
  /** Not a fault: the person changed their mind. Told quietly (UX.md §5). */
  readonly quiet: boolean;
  /** For the Details view; null when there is nothing more to say. */
  readonly raw: string | null;
}

/** Codes that mean that somebody closed the question for a password, or called the action off. */
const quietCodes: ReadonlySet<AppErrorCode> = new Set(['AUTHORIZATION_DISMISSED', 'ELEVATION_DISMISSED', 'CANCELLED']);

/** Failures of the start of the helper that trying again cannot cure. */
const lastingCodes: ReadonlySet<AppErrorCode> = new Set([
  'HELPER_NOT_INSTALLED',
  'ELEVATION_NO_PKEXEC',
  'HELPER_VERSION',
  'VERSION_MISMATCH',
]);

export function isLasting(code: AppErrorCode): boolean {
  return lastingCodes.has(code);
}

/** `action` names what was tried (`Could not detach disk.img`); without it the code's own title stands. */
export function describeError(error: AppErrorData, action?: string): ErrorDescription {
  const found = errorWords[error.code];
  const quiet = quietCodes.has(error.code);
  const happened = [found.happened, ...factsOf(error)].join(' ');
  return {
    title: quiet || action === undefined ? found.title : action,
    happened: quiet || action === undefined ? happened : withTitle(found, happened),
    changed: found.changed,
    next: error.format?.kind === 'explained' ? formatWords(error.format).text : found.next,
    quiet,
    raw: rawOf(error),
  };
}

/** Where the title is taken by the action, the cause begins with the code's own sentence. */
function withTitle(found: ErrorWords, happened: string): string {
  return `${found.title}. ${happened}`;
}

function factsOf(error: AppErrorData): readonly string[] {
  const facts: string[] = [];
  const { detail } = error;
  if (detail?.mountPoints !== undefined && detail.mountPoints.length > 0) {
    facts.push(`Mounted at ${detail.mountPoints.map(showText).join(', ')}.`);
  }
  if (detail?.programs !== undefined && detail.programs.length > 0) {
    facts.push(`In use by ${detail.programs.map(({ name, pid }) => `${showText(name)} (${pid})`).join(', ')}.`);
  }
  if (detail?.otherPrograms !== undefined) facts.push(`${count(detail.otherPrograms, 'program', 'programs')} of other users.`);
  if (error.format !== undefined && error.format.kind !== 'raw') facts.push(`${formatWords(error.format).title}.`);
  if (error.tool !== undefined) facts.push(toolFact(error.code, error.tool));
  if (detail?.device !== undefined) facts.push(`It is loop${detail.device}.`);
  if (detail?.limitBytes !== undefined) {
    const bytes = BigInt(detail.limitBytes);
    const size = `${formatSize(bytes)} (${formatExactBytes(bytes)})`;
    facts.push(error.code === 'NO_SPACE' ? `Free: ${size}.` : `The limit is ${size}.`);
  }
  return facts;
}

function toolFact(code: AppErrorCode, tool: NonNullable<AppErrorData['tool']>): string {
  return code === 'TOOL_MISSING'
    ? `The program is ${tool.program}; on Debian and Ubuntu the package “${tool.package}” has it.`
    : `The program is ${tool.program}.`;
}

function rawOf(error: AppErrorData): string {
  const parts = [`${error.code}: ${error.message}`];
  if (error.detail?.call !== undefined) parts.push(`call: ${error.detail.call}`);
  if (error.errno !== undefined) parts.push(`errno: ${error.errno}`);
  if (error.details !== undefined && error.details !== '') parts.push(error.details);
  return parts.join('\n').split('\n').map(showText).join('\n');
}

/** Which program is started for which kind of helper, and what its ending before the first word means. Pure. Main process. */
import type { HelperFiles } from './helper-paths.ts';

/** `view`: without rights. `direct`: this program is root itself. `pkexec`: polkit decides, perhaps after asking for a password. */
export type HelperMode = { readonly kind: 'view' } | { readonly kind: 'direct' } | { readonly kind: 'pkexec' };

export interface Launch {
  readonly program: string;
  readonly parameters: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** The helper gets these and nothing of the environment of the user; pkexec would clear it anyway. */
const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' } as const;

export function planLaunch(mode: HelperMode, files: HelperFiles): Launch {
  switch (mode.kind) {
    case 'view':
      return { program: files.node, parameters: [files.script, '--view'], environment };
    case 'direct':
      return { program: files.node, parameters: [files.script, '--stdio'], environment: { ...environment, PKEXEC_UID: '0' } };
    case 'pkexec': {
      // pkexec's own agent would ask on the terminal this program was started from (SECURITY.md §3).
      const command = files.launcher === null ? [files.node, files.script, '--stdio'] : [files.launcher, '--stdio'];
      return { program: 'pkexec', parameters: ['--disable-internal-agent', ...command], environment };
    }
    default:
      throw new TypeError(mode satisfies never);
  }
}

/** How a helper ended, or that it could not be started at all (`errorCode` such as ENOENT). */
export interface HelperEnd {
  readonly status: number | null;
  readonly signal: string | null;
  readonly errorCode: string | null;
  /** The last lines of its standard error, for the Details view. */
  readonly details: string;
}

/** Why there is no helper. Each has words of its own in the window; none is tried again by itself. */
export type StartFailure =
  /** The dialog was closed, or the start was withdrawn. */
  | { readonly kind: 'dismissed'; readonly details: string }
  | { readonly kind: 'denied'; readonly details: string }
  | { readonly kind: 'no-agent'; readonly details: string }
  | { readonly kind: 'no-pkexec'; readonly details: string }
  | { readonly kind: 'not-installed'; readonly details: string }
  | { readonly kind: 'broken'; readonly end: HelperEnd; readonly details: string }
  | { readonly kind: 'version-mismatch'; readonly details: string };

const DISMISSED = 126;
const NOT_STARTED = 127;

/** An end before hello was answered. pkexec uses 126 and 127 for itself, 127 for several things that only its words tell apart. */
export function explainEnd(mode: HelperMode, end: HelperEnd): StartFailure {
  const { details } = end;
  const cannotStart = end.errorCode === 'ENOENT' || end.errorCode === 'EACCES';
  if (cannotStart) return { kind: mode.kind === 'pkexec' ? 'no-pkexec' : 'not-installed', details };
  // The launcher's programs, or pkexec at the very end: it was allowed, and who cannot execute the runtime ends as if it had not been.
  if (mode.kind === 'pkexec' && /^(?:env: |setpriv: |Error executing \/)/mu.test(details)) return { kind: 'broken', end, details };
  if (mode.kind === 'pkexec' && end.status === DISMISSED) return { kind: 'dismissed', details };
  if (mode.kind === 'pkexec' && end.status === NOT_STARTED) return { kind: explainNotStarted(details), details };
  return { kind: 'broken', end, details };
}

/** pkexec's messages are not translated (polkit 122 to 127). */
function explainNotStarted(details: string): 'no-agent' | 'no-pkexec' | 'not-installed' | 'denied' {
  if (/No authentication agent found|Error creating textual authentication agent/u.test(details)) return 'no-agent';
  if (/must be setuid root/u.test(details)) return 'no-pkexec';
  if (/Error accessing/u.test(details)) return 'not-installed';
  return 'denied';
}

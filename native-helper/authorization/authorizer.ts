/**
 * Asks polkit whether the program that started the helper may do an action now. Runs as root.
 * The subject is always that program (pid, start time, uid), never the helper: polkit lets uid 0 do everything (SECURITY.md §3).
 */
import { HelperError } from '../protocol/errors.ts';
import type { PolkitAction } from '../protocol/methods.ts';
import { outcomeOfQuestion, type QuestionOutcome } from './pkcheck-outcome.ts';
import { runPkcheck, type PkcheckEnd } from './pkcheck.ts';
import { promptDetails } from './prompt-text.ts';

/** What a question to a person names; all are cleaned of hostile characters before they are shown. */
export interface PromptFacts {
  readonly device: number | null;
  readonly fileName: string | null;
  /** The running program it is about, by the name it gave itself; null when that is not known. Absent: it is about none. */
  readonly program?: string | null;
}

export interface Authorizer {
  /** Resolves when the action is allowed for the caller now; throws HelperError otherwise. Any doubt denies. */
  readonly check: (action: PolkitAction, prompt: PromptFacts, signal: AbortSignal) => Promise<void>;
}

/** The process polkit decides about. `startTime` is field 22 of /proc/PID/stat, clock ticks since boot. */
export interface AuthorizationSubject {
  readonly pid: number;
  readonly startTime: bigint;
  readonly uid: number;
}

export interface AuthorizerOptions {
  /** From PKEXEC_UID. 0 is granted everything without a question. */
  readonly uid: number;
  /** The program that started the helper. */
  readonly mainPid: number;
  readonly mainStartTime: bigint;
  /** True while that program has not ended; looked at after each answer, so that its pid cannot have been given to another process meanwhile. */
  readonly isMainAlive: () => boolean;
  /** Runs one pkcheck; tests that need a polkit that misbehaves give their own program here. */
  readonly run?: (parameters: readonly string[], limits: { timeoutMs: number | null; signal: AbortSignal }) => Promise<PkcheckEnd>;
}

/**
 * Time for an answer that needs no person: for a polkit that hangs, not for a slow machine, whose rightful user must not be refused. Longer
 * than the 25 s after which D-Bus itself gives up starting polkitd. With a person there is no limit: somebody may be looking for a password.
 */
export const QUIET_LIMIT_MS = 30_000;

/** An authorizer for one session. Throws RangeError for a subject that could not be told apart from the helper or from root. */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  if (options.uid === 0) return { check: async () => {} };
  const subject = checkedSubject({ pid: options.mainPid, startTime: options.mainStartTime, uid: options.uid });
  const run = options.run ?? runPkcheck;
  let questionIsOpen = false;

  async function ask(action: PolkitAction, prompt: PromptFacts, signal: AbortSignal, withPerson: boolean): Promise<QuestionOutcome> {
    const end = await run(pkcheckParameters(subject, action, prompt, withPerson), {
      timeoutMs: withPerson ? null : QUIET_LIMIT_MS,
      signal,
    });
    if (signal.aborted) throw new HelperError('CANCELLED');
    if (!options.isMainAlive()) return 'unavailable';
    return outcomeOfQuestion(end);
  }

  return {
    check: async (action, prompt, signal) => {
      if (signal.aborted) throw new HelperError('CANCELLED');
      const quiet = await ask(action, prompt, signal, false);
      if (quiet !== 'needs-person') return settle(quiet);
      // A second dialog on top of the first would not tell the person what it is about.
      if (questionIsOpen) throw new HelperError('AUTHORIZATION_BUSY');
      questionIsOpen = true;
      try {
        return settle(await ask(action, prompt, signal, true));
      } finally {
        questionIsOpen = false;
      }
    },
  };
}

/** The argument vector of one question. Exported for the test that proves who the subject is. */
export function pkcheckParameters(
  subject: AuthorizationSubject,
  action: PolkitAction,
  prompt: PromptFacts,
  withPerson: boolean,
): readonly string[] {
  const details = promptDetails(prompt).flatMap(([key, value]) => ['--detail', key, value]);
  return [
    '--action-id',
    `org.platter.${action}`,
    '--process',
    `${subject.pid},${subject.startTime},${subject.uid}`,
    ...details,
    ...(withPerson ? ['--allow-user-interaction'] : []),
  ];
}

function settle(outcome: QuestionOutcome): void {
  switch (outcome) {
    case 'granted':
      return;
    case 'denied':
      throw new HelperError('NOT_AUTHORIZED');
    case 'dismissed':
      throw new HelperError('AUTHORIZATION_DISMISSED');
    case 'needs-person':
    case 'unavailable':
      throw new HelperError('AUTHORIZATION_UNAVAILABLE');
    default:
      throw new HelperError('NOT_AUTHORIZED', { cause: outcome satisfies never });
  }
}

/** polkit grants uid 0 everything, reads uids above 2^31 - 1 as negative (CVE-2018-19788), and would grant everything to the helper itself. */
function checkedSubject(subject: AuthorizationSubject): AuthorizationSubject {
  const { pid, startTime, uid } = subject;
  if (!Number.isInteger(uid) || uid <= 0 || uid > 0x7fff_ffff) throw new RangeError('uid of the subject');
  if (!Number.isInteger(pid) || pid <= 0 || pid > 0x7fff_ffff || pid === process.pid) throw new RangeError('pid of the subject');
  if (startTime <= 0n || startTime >= 2n ** 64n) throw new RangeError('start time of the subject');
  return subject;
}

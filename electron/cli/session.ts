/** A helper with root's rights for one command: started, asked, and ended again. */
import type { MethodName, ParamsInputOf, ResultOf } from '../../native-helper/protocol/methods.ts';
import type { CallOptions } from '../helper/helper-client.ts';
import type { StartFailure } from '../helper/launch.ts';
import type { HelperMode } from '../helper/launch.ts';
import type { HelperClient } from '../helper/helper-client.ts';
import { AppError, type MainErrorCode } from '../ipc/errors.ts';
import { startPasswordAgent } from './password-agent.ts';

export interface Session {
  readonly client: HelperClient;
  readonly call: <N extends MethodName>(method: N, params: ParamsInputOf<N>, options?: CallOptions) => Promise<ResultOf<N>>;
  readonly close: () => Promise<void>;
}

const startCodes: Readonly<Record<StartFailure['kind'], MainErrorCode>> = {
  dismissed: 'ELEVATION_DISMISSED',
  denied: 'ELEVATION_DENIED',
  'no-agent': 'ELEVATION_NO_AGENT',
  'no-pkexec': 'ELEVATION_NO_PKEXEC',
  'not-installed': 'HELPER_NOT_INSTALLED',
  broken: 'HELPER_BROKEN',
  'version-mismatch': 'HELPER_VERSION',
};

async function start(mode: HelperMode, stopAgent: () => void): Promise<Session> {
  // Loaded late: commands that only look never need it.
  const { startHelper } = await import('../helper/helper-process.ts');
  const outcome = await startHelper(mode);
  if (outcome.kind !== 'ready') {
    stopAgent();
    throw new AppError(startCodes[outcome.kind], outcome.details === '' ? {} : { details: outcome.details });
  }
  const { client } = outcome;
  return {
    client,
    call: (method, params, options) => client.call(method, params, options),
    close: async () => {
      stopAgent();
      await outcome.stop();
    },
  };
}

/** True when this program is root itself and needs nobody's permission. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** Starts the helper that acts; asks for a password where the system wants one. Throws AppError. */
export async function openActingSession(): Promise<Session> {
  if (isRoot()) return start({ kind: 'direct' }, () => {});
  const agent = await startPasswordAgent();
  return start({ kind: 'pkexec' }, () => agent?.stop());
}

/** Starts a helper for looking: with root's knowledge if this is root. Never asks anything. */
export async function openViewingSession(): Promise<Session> {
  return start(isRoot() ? { kind: 'direct' } : { kind: 'view' }, () => {});
}

/** Runs `work` with a helper that acts, and ends the helper whatever happens. */
export async function withActingSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
  const session = await openActingSession();
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** Starts the real helpers for the session and says in the window's terms why one could not be had. Main process. */
import { findHelper, INSTALLED_FOLDER } from './helper/helper-paths.ts';
import { startHelper } from './helper/helper-process.ts';
import type { HelperMode, StartFailure } from './helper/launch.ts';
import type { Helper, HelperSource } from './helper-session.ts';
import { AppError, type MainErrorCode } from './ipc/errors.ts';
import { isSetupAllowed } from './preflight.ts';
import { createUdisksSource } from './udisks/udisks-source.ts';

const codes: Readonly<Record<StartFailure['kind'], MainErrorCode>> = {
  dismissed: 'ELEVATION_DISMISSED',
  denied: 'ELEVATION_DENIED',
  'no-agent': 'ELEVATION_NO_AGENT',
  'no-pkexec': 'ELEVATION_NO_PKEXEC',
  'not-installed': 'HELPER_NOT_INSTALLED',
  broken: 'HELPER_BROKEN',
  'version-mismatch': 'HELPER_VERSION',
};

export function createHelperSource(uid: number): HelperSource {
  const isRoot = uid === 0;
  if (findHelper()?.isBundled === true) return createUdisksSource(async () => start({ kind: 'view' }));
  return {
    isRoot,
    startView: async () => start({ kind: 'view' }),
    startElevated: async (signal) => start({ kind: isRoot ? 'direct' : 'pkexec' }, signal),
    // A helper from a checkout is not in the policy: pkexec would ask, whatever polkit says of the action.
    mayElevateSilently: async () => isInstalled() && isSetupAllowed(uid),
  };
}

/** Throws AppError: each way not to get a helper has a code of its own. */
async function start(mode: HelperMode, signal?: AbortSignal): Promise<Helper> {
  const outcome = await startHelper(mode, signal === undefined ? {} : { signal });
  if (outcome.kind === 'ready') return outcome;
  throw toStartError(outcome);
}

export function toStartError(failure: StartFailure): AppError {
  return new AppError(codes[failure.kind], failure.details === '' ? {} : { details: failure.details });
}

function isInstalled(): boolean {
  return findHelper()?.script.startsWith(`${INSTALLED_FOLDER}/`) ?? false;
}

/** Ends a program that uses a device: the user's own by his own right, those of others by the helper, which asks. Main process, command line. */
import type { CloseHolderParams, CloseSignal } from '../../native-helper/protocol/holders.ts';
import type { DecimalString } from '../../native-helper/protocol/scalars.ts';
import type { DeviceTarget } from '../../native-helper/protocol/devices.ts';
import type { HelperSession } from '../helper-session.ts';
import { AppError } from '../ipc/errors.ts';
import { isSameProcess, type ProcessIdentity } from './process-identity.ts';

const signals = { terminate: 'SIGTERM', kill: 'SIGKILL' } as const;

/** Errors: PROCESS_GONE, PROCESS_REFUSED; for others' processes also those of holders/close and of authorization. */
export async function closeProgram(session: Pick<HelperSession, 'call'>, params: CloseHolderParams): Promise<null> {
  const { pid, startTime, signal } = params;
  if (pid === 1 || pid === process.pid) throw new AppError('PROCESS_REFUSED');
  if (!isSameProcess({ pid, startTime })) throw new AppError('PROCESS_GONE');
  try {
    process.kill(pid, signals[signal]);
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH') throw new AppError('PROCESS_GONE', {}, { cause: error });
    if (code !== 'EPERM') throw error;
    return session.call('holders/close', params);
  }
}

export function closeParams(target: DeviceTarget, { pid, startTime }: ProcessIdentity, signal: CloseSignal): CloseHolderParams {
  return { ...target, pid, startTime: startTime as DecimalString, signal };
}

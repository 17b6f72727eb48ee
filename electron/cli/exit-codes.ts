/** Exit statuses of the command line (documented in platter(1)); losetup's own are in losetup/. */
import type { AppErrorCode } from '../ipc/errors.ts';

export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  /** The system did not allow it, nobody could be asked, or the question was dismissed. */
  notAuthorized: 3,
  /** Somebody uses the device, or it will detach only later. */
  busy: 4,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const notAuthorized: readonly AppErrorCode[] = [
  'ROOT_REQUIRED',
  'NOT_AUTHORIZED',
  'NOT_PERMITTED',
  'AUTHORIZATION_DISMISSED',
  'AUTHORIZATION_UNAVAILABLE',
  'AUTHORIZATION_BUSY',
  'ELEVATION_DISMISSED',
  'ELEVATION_DENIED',
  'ELEVATION_NO_AGENT',
  'ELEVATION_NO_PKEXEC',
];
const busy: readonly AppErrorCode[] = ['DEVICE_BUSY', 'DEVICE_MOUNTED', 'NODE_IN_USE', 'MOUNT_BUSY'];

/** Which exit status belongs to a failure. */
export function exitCodeOf(code: AppErrorCode): ExitCode {
  if (notAuthorized.includes(code)) return exitCodes.notAuthorized;
  if (busy.includes(code)) return exitCodes.busy;
  return exitCodes.failed;
}

/** holders/close: ends a program of another user that uses a device. Runs as root; needs CAP_KILL. */
import { closeDescriptor, pidfdOpen, pidfdSendSignal } from '../../linux/descriptors.ts';
import { readProcessStatus } from '../../linux/processes.ts';
import type { LoopDevice } from '../../protocol/devices.ts';
import { HelperError } from '../../protocol/errors.ts';
import type { CloseHolderParams, HolderDevice } from '../../protocol/holders.ts';
import { toHelperError } from '../kernel-errors.ts';
import { listHolders } from './holder-list.ts';

const signals = { terminate: 'SIGTERM', kill: 'SIGKILL' } as const;

/**
 * What is signalled is what was looked at: the descriptor of the process is opened first. Errors: PROCESS_REFUSED, PROCESS_GONE,
 * PROCESS_NOT_HOLDER, NOT_ATTACHED.
 */
export async function closeHolder(loops: readonly LoopDevice[], params: CloseHolderParams, signal: AbortSignal): Promise<null> {
  const { pid } = params;
  if (pid === 1 || pid === process.pid || pid === process.ppid) throw new HelperError('PROCESS_REFUSED');
  const pidfd = openProcess(pid);
  try {
    const status = readProcessStatus(pid);
    if (status === null || status.startTime.toString() !== params.startTime) throw new HelperError('PROCESS_GONE');
    if (status.isKernelThread) throw new HelperError('PROCESS_REFUSED');
    const list = await listHolders({ number: params.device, loops, uid: 0, others: 'name', isRoot: true, signal, onlyPid: pid });
    if (list === null) throw new HelperError('NOT_ATTACHED');
    if (!usesAnything(list.root)) throw new HelperError('PROCESS_NOT_HOLDER');
    pidfdSendSignal(pidfd, signals[params.signal]);
    return null;
  } catch (error) {
    throw toHelperError(error, { ESRCH: 'PROCESS_GONE' });
  } finally {
    closeDescriptor(pidfd);
  }
}

function openProcess(pid: number): number {
  try {
    return pidfdOpen(pid);
  } catch (error) {
    // EINVAL: a thread of another process.
    throw toHelperError(error, { ESRCH: 'PROCESS_GONE', EINVAL: 'PROCESS_GONE' });
  }
}

/** Of a list about one process. */
function usesAnything({ mounts, processes, devices }: HolderDevice): boolean {
  return processes.length > 0 || mounts.some((mount) => mount.processes.length > 0) || devices.some(usesAnything);
}

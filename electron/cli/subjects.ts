/** The devices and files a command is about. */
import type { DeviceSnapshot, LoopDevice } from '../../native-helper/protocol/devices.ts';
import { AppError, type AppErrorData } from '../ipc/errors.ts';
import type { Context } from './context.ts';
import { nodePath, resolveDevice } from './device-names.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';
import { tellFailure, toFailure, UsageFailure } from './failures.ts';
import { lookAtFile } from './named-file.ts';

/** The device a person named. Throws AppError, or UsageFailure for a name that fits several. */
export function pickDevice(name: string, snapshot: DeviceSnapshot): LoopDevice {
  const resolution = resolveDevice(name, snapshot, lookAtFile(name));
  switch (resolution.kind) {
    case 'found':
      return resolution.device;
    case 'not-attached':
    case 'file-not-attached':
      throw new AppError('NOT_ATTACHED');
    case 'no-such-device':
    case 'unknown-name':
      throw new AppError('NO_SUCH_DEVICE');
    case 'ambiguous': {
      const nodes = resolution.devices.map((device) => nodePath(device.number)).join(', ');
      throw new UsageFailure(`${name} can mean ${nodes}: name one of these`);
    }
    default:
      return resolution satisfies never;
  }
}

/**
 * Runs one piece of work after another; a failure is told under the name of its subject and the others still run, unless the person called
 * one off. The status is that of the first failure.
 */
export async function forEachSubject<T>(
  subjects: readonly T[],
  context: Context,
  work: (subject: T) => Promise<ExitCode>,
  nameOf: (subject: T) => string = String,
): Promise<ExitCode> {
  let status: ExitCode = exitCodes.done;
  for (const subject of subjects) {
    let result: ExitCode;
    try {
      result = await work(subject);
    } catch (error) {
      if (error instanceof UsageFailure) throw error;
      const failure: AppErrorData = toFailure(error);
      result = tellFailure(failure, nameOf(subject), context);
      if (failure.code === 'CANCELLED') return status === exitCodes.done ? result : status;
    }
    if (status === exitCodes.done) status = result;
  }
  return status;
}

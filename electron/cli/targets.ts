/**
 * Finds named devices for commands that change them: looks without rights first, so that nobody types a password for a
 * name that is wrong, and again with rights where only root can tell (reference names).
 */
import type { DeviceSnapshot, LoopDevice } from '../../native-helper/protocol/devices.ts';
import { AppError } from '../ipc/errors.ts';
import { readDevices } from './in-process-reader.ts';
import { isRoot, openActingSession, type Session } from './session.ts';

export type PickDevice = (name: string, snapshot: DeviceSnapshot) => LoopDevice;

export interface Targets {
  /** The device, and a helper that acts; the same one for all. Throws AppError and UsageFailure. */
  readonly find: (name: string, pick: PickDevice) => Promise<{ readonly session: Session; readonly device: LoopDevice }>;
  readonly session: () => Promise<Session>;
  readonly close: () => Promise<void>;
}

/** Could be the name of something only root sees. */
function mayBeReference(name: string): boolean {
  return !isRoot() && !name.includes('/') && !/^(loop)?[0-9]+$/u.test(name);
}

export function createTargets(): Targets {
  let opened: Session | null = null;
  const session = async (): Promise<Session> => (opened ??= await openActingSession());
  return {
    session,
    find: async (name, pick) => {
      try {
        const device = pick(name, readDevices());
        return { device, session: await session() };
      } catch (error) {
        if (!(error instanceof AppError) || error.data.code !== 'NO_SUCH_DEVICE' || !mayBeReference(name)) throw error;
        const acting = await session();
        return { device: pick(name, await acting.call('devices/list', {})), session: acting };
      }
    },
    close: async () => {
      await opened?.close();
    },
  };
}

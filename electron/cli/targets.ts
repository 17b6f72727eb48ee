/**
 * Finds named devices for commands that change them: looks without rights first, so that nobody types a password for a
 * name that is wrong, and again with rights where only root can tell (reference names).
 */
import type { DeviceSnapshot, LoopDevice } from '../../native-helper/protocol/devices.ts';
import { AppError } from '../ipc/errors.ts';
import { readDevices } from './in-process-reader.ts';
import { isRoot, openActingSession, type Session } from './session.ts';

/** What a name means in a list. Throws AppError, NO_SUCH_DEVICE where root may know more, and UsageFailure. */
export type PickFrom<Found> = (name: string, snapshot: DeviceSnapshot) => Found;

export interface Targets {
  /** What is named, and a helper that acts; the same one for all. Throws AppError and UsageFailure. */
  readonly resolve: <Found>(name: string, pick: PickFrom<Found>) => Promise<{ readonly session: Session; readonly found: Found }>;
  readonly find: (name: string, pick: PickFrom<LoopDevice>) => Promise<{ readonly session: Session; readonly device: LoopDevice }>;
  readonly session: () => Promise<Session>;
  readonly close: () => Promise<void>;
}

/** Could be the name of something only root sees. */
export function mayBeReference(name: string): boolean {
  return !isRoot() && !name.includes('/') && !/^(loop)?[0-9]+$/u.test(name);
}

export function createTargets(): Targets {
  let opened: Session | null = null;
  const session = async (): Promise<Session> => (opened ??= await openActingSession());
  const resolve: Targets['resolve'] = async (name, pick) => {
    try {
      const found = pick(name, readDevices());
      return { found, session: await session() };
    } catch (error) {
      if (!(error instanceof AppError) || error.data.code !== 'NO_SUCH_DEVICE' || !mayBeReference(name)) throw error;
      const acting = await session();
      return { found: pick(name, await acting.call('devices/list', {})), session: acting };
    }
  };
  return {
    session,
    resolve,
    find: async (name, pick) => {
      const { found, session: acting } = await resolve(name, pick);
      return { device: found, session: acting };
    },
    close: async () => {
      await opened?.close();
    },
  };
}

/** A device as the helper that acts knows it: with owner and identity. Throws NOT_ATTACHED, or STALE_DEVICE when it was attached anew. */
export async function readActing(session: Session, { number, diskseq }: LoopDevice): Promise<LoopDevice> {
  const { devices } = await session.call('devices/list', {});
  const device = devices.find((candidate) => candidate.number === number);
  if (device === undefined) throw new AppError('NOT_ATTACHED');
  if (device.diskseq !== diskseq) throw new AppError('STALE_DEVICE');
  return device;
}

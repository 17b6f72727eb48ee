/** What the actions of the window work with. Main process. */
import type { Desktop } from '../hosts/desktop.ts';
import type { HelperSession } from '../helper-session.ts';
import type { FileTable } from '../images/file-table.ts';
import type { ImageWorker } from '../images/image-worker.ts';
import type { Library } from '../library/library.ts';
import type { DetachRuns } from '../detach/detach-runs.ts';
import type { Neighbours } from '../images/neighbours.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { StateStore } from '../state-store.ts';
import type { UndoOffers } from '../undo-offers.ts';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { AppError } from '../ipc/errors.ts';

export interface ActionContext {
  readonly store: StateStore;
  readonly session: HelperSession;
  readonly files: FileTable;
  readonly jobs: Jobs;
  readonly undo: UndoOffers;
  readonly detaches: DetachRuns;
  readonly desktop: Desktop;
  readonly worker: ImageWorker;
  readonly neighbours: Neighbours;
  readonly library: Library;
}

/** The device as the elevated helper sees it now: the list is told at most ten times a second. Undefined: not attached any more. */
export async function readDevice(
  session: Pick<HelperSession, 'call'>,
  target: { readonly device: number; readonly diskseq: string },
): Promise<LoopDevice | undefined> {
  const { devices } = await session.call('devices/list', {});
  return devices.find(({ number, diskseq }) => number === target.device && diskseq === target.diskseq);
}

/** The device as last seen. Throws NOT_ATTACHED, or STALE_DEVICE when it was attached anew since the window looked. */
export function expectDevice(store: Pick<StateStore, 'device'>, target: { readonly device: number; readonly diskseq: string }): LoopDevice {
  const device = store.device(target.device);
  if (device === undefined) throw new AppError('NOT_ATTACHED');
  if (device.diskseq !== target.diskseq) throw new AppError('STALE_DEVICE');
  return device;
}

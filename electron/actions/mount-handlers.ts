/** Contents and mounts of attached devices, as a window asks for them. Main process. */
import type { DeviceTarget, LoopDevice, Mount } from '../../native-helper/protocol/devices.ts';
import { AppError } from '../ipc/errors.ts';
import type { Contents } from '../ipc/contents.ts';
import type { RendererParams } from '../ipc/methods.ts';
import type { RendererHandlers } from '../calls.ts';
import {
  contentsInUse,
  listPlaces,
  mountsOf,
  toContents,
  toFileSystemType,
  type MountPlace,
  type PlacedMount,
} from '../images/contents.ts';
import { probeDevice } from '../images/probe-image.ts';
import { refuseUnfinishedDevice } from '../resize/unfinished.ts';
import { expectDevice, readDevice, type ActionContext } from './context.ts';
import { mountPlace } from './mount.ts';
import { openInFileManager } from './open-folder.ts';

type MountHandlers = Pick<RendererHandlers, Extract<keyof RendererHandlers, `mounts/${string}` | 'devices/contents'>>;

export function createMountHandlers(context: ActionContext): MountHandlers {
  const { store, session, desktop } = context;
  return {
    'devices/contents': async (target) => findContents(context, expectDevice(store, target)),
    'mounts/mount': async (params) => mountOne(context, params),
    'mounts/unmount': async (params) => {
      await session.call('mounts/unmount', { ...params, lazy: false });
      return null;
    },
    'mounts/open-folder': async ({ mountId, ...target }) => {
      await openInFileManager(desktop, (await findMount(context, target, mountId)).mountPoint.text);
      return null;
    },
    'mounts/trim': async (params) => session.call('devices/trim', params),
    'mounts/grow': async (params) => session.call('mounts/grow', params),
  };
}

async function findContents({ worker }: ActionContext, device: LoopDevice): Promise<Contents> {
  const findings = await probeDevice(worker, device);
  return findings === 'unreadable' ? contentsInUse(device) : toContents(findings);
}

/** Throws NOT_MOUNTED. A mount made just now may not be in the list yet. */
async function findMount({ store, session }: ActionContext, target: DeviceTarget, mountId: number): Promise<Mount> {
  const isMount = ({ mount }: PlacedMount): boolean => mount.mountId === mountId;
  const known = mountsOf(expectDevice(store, target)).find(isMount);
  const canAsk = known === undefined && store.get('actions').kind === 'ready';
  const device = canAsk ? await readDevice(session, target) : undefined;
  const found = known ?? (device === undefined ? undefined : mountsOf(device).find(isMount));
  if (found === undefined) throw new AppError('NOT_MOUNTED');
  return found.mount;
}

async function mountOne(
  context: ActionContext,
  { partition, readOnly, ...target }: RendererParams<'mounts/mount'>,
): Promise<{ readonly mountPoint: string; readonly mountId: number }> {
  const device = expectDevice(context.store, target);
  await refuseUnfinishedDevice(device);
  const place = await findPlace(context, device, partition);
  const { mountPoint, mountId } = await mountPlace(context.session, device, place, { readOnly, detachWhenUnmounted: false });
  return { mountPoint, mountId };
}

/** What lies there. Throws FILE_SYSTEM_REFUSED, PROBE_FAILED; FILE_NOT_READABLE where only the owner of the file could say. */
async function findPlace({ worker }: ActionContext, device: LoopDevice, partition: number | null): Promise<MountPlace> {
  const findings = await probeDevice(worker, device);
  const place =
    findings === 'unreadable' ? placeInUse(device, partition) : findPlaceIn(listPlaces(findings, BigInt(device.sizeBytes)), partition);
  if (place !== undefined) return place;
  throw new AppError(findings === 'unreadable' ? 'FILE_NOT_READABLE' : 'FILE_SYSTEM_REFUSED');
}

function findPlaceIn(places: readonly MountPlace[], partition: number | null): MountPlace | undefined {
  return places.find((place) => place.partition === partition);
}

/** Mounted somewhere already, so that the kernel has said what it is. */
function placeInUse(device: LoopDevice, partition: number | null): MountPlace | undefined {
  const placed = mountsOf(device).find((one) => one.partition === partition);
  const fileSystemType = placed === undefined ? null : toFileSystemType(placed.mount.fileSystemType);
  return fileSystemType === null ? undefined : { partition, fileSystemType, label: null, sizeBytes: 0n, range: null };
}

/** Mounting what is on a device, one place or all of them. Main process. */
import { basename } from 'node:path';
import { HelperError, type HelperErrorCode } from '../../native-helper/protocol/errors.ts';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { MountParams } from '../../native-helper/protocol/mounts.ts';
import { toErrorData } from '../calls.ts';
import type { HelperSession } from '../helper-session.ts';
import { mountsOf, planMounts, type MountPlace, type PlacedMount } from '../images/contents.ts';
import { backingPath } from '../images/identity.ts';
import { toDisplayNames } from '../images/file-table.ts';
import type { Findings } from '../image-worker/findings.ts';
import type { AppErrorCode } from '../ipc/errors.ts';
import type { ContentMount, ContentMountFailure } from '../ipc/contents.ts';

type Mounter = Pick<HelperSession, 'call'>;

export interface MountWish {
  readonly readOnly: boolean;
  /** The kernel detaches the device with its last mount. */
  readonly detachWhenUnmounted: boolean;
}

/** Mounts one place; see {@link mountOrMake}. */
export async function mountPlace(session: Mounter, device: LoopDevice, place: MountPlace, wish: MountWish): Promise<ContentMount> {
  return mountOrMake(session, device, { ...placeParams(device, place), ...wish }, place.range);
}

/** A partition that the kernel made no device of (partition scan off, unknown kind of table) is told to it first. */
async function mountOrMake(session: Mounter, device: LoopDevice, params: MountParams, range: MountPlace['range']): Promise<ContentMount> {
  const { partition } = params;
  try {
    return await mountNow(session, params);
  } catch (error) {
    if (!hasCode(error, 'NO_SUCH_PARTITION') || range === null || partition === null || device.ownership !== 'own') throw error;
    await session.call('devices/set-partition', { action: 'add', device: device.number, diskseq: device.diskseq, partition, ...range });
    return mountNow(session, params);
  }
}

async function mountNow(session: Mounter, params: MountParams): Promise<ContentMount> {
  const { mount } = await session.call('mounts/mount', params);
  return { partition: params.partition, mountPoint: mount.mountPoint.text, mountId: mount.mountId };
}

function placeParams(device: LoopDevice, { partition, fileSystemType, label }: MountPlace) {
  return { device: device.number, diskseq: device.diskseq, partition, fileSystemType, label: label ?? nameOf(device, partition) };
}

/** What the folder of a file system without a label is called after. */
function nameOf(device: LoopDevice, partition: number | null): string {
  const path = backingPath(device);
  const name = path === null ? `loop${device.number}` : toDisplayNames(path).name;
  return partition === null ? name : `${name} ${partition}`;
}

export interface MountedAll {
  /** Everything mountable that is mounted now, also what was before. */
  readonly mounts: readonly ContentMount[];
  /** Of these the ones that were made now, in order. */
  readonly made: readonly ContentMount[];
  readonly failures: readonly ContentMountFailure[];
}

/**
 * Mounts whatever can be and is not yet, read-only as the device is, one after the other: names of folders and questions for passwords
 * come in order. Goes on after a failure, unless `stopsAt` its code.
 */
export async function mountAll(
  session: Mounter,
  device: LoopDevice,
  findings: Findings,
  { detachWhenUnmounted, stopsAt }: { readonly detachWhenUnmounted: boolean; readonly stopsAt: (code: AppErrorCode) => boolean },
): Promise<MountedAll> {
  const mounts: ContentMount[] = [];
  const made: ContentMount[] = [];
  const failures: ContentMountFailure[] = [];
  for (const place of planMounts(findings, BigInt(device.sizeBytes))) {
    const present = mountsOf(device).find(({ partition }) => partition === place.partition);
    if (present !== undefined) {
      mounts.push(toContentMount(present));
      continue;
    }
    try {
      const mount = await mountPlace(session, device, place, { readOnly: isReadOnly(device, place), detachWhenUnmounted });
      mounts.push(mount);
      made.push(mount);
    } catch (error) {
      const failure = toErrorData(error);
      failures.push({ partition: place.partition, error: failure });
      if (stopsAt(failure.code)) break;
    }
  }
  return { mounts, made, failures };
}

function isReadOnly(device: LoopDevice, { partition }: MountPlace): boolean {
  return device.readOnly || device.partitions.some(({ number, readOnly }) => number === partition && readOnly);
}

export function toContentMount({ partition, mount }: PlacedMount): ContentMount {
  return { partition, mountPoint: mount.mountPoint.text, mountId: mount.mountId };
}

/** Mounts again what was unmounted, as it was; what fails is told. The device may have another number by now. */
export async function mountAgain(
  session: Mounter,
  device: LoopDevice,
  mounts: readonly PlacedMount[],
  detachWhenUnmounted: boolean,
): Promise<Omit<MountedAll, 'made'>> {
  const again: ContentMount[] = [];
  const failures: ContentMountFailure[] = [];
  for (const { partition, mount, range } of mounts) {
    const { fileSystemType, readOnly, mountPoint } = mount;
    const { number, diskseq } = device;
    const params = { device: number, diskseq, partition, fileSystemType, readOnly, label: basename(mountPoint.text), detachWhenUnmounted };
    try {
      again.push(await mountOrMake(session, device, params, range));
    } catch (error) {
      failures.push({ partition, error: toErrorData(error) });
    }
  }
  return { mounts: again, failures };
}

export function hasCode(error: unknown, ...codes: readonly HelperErrorCode[]): boolean {
  return error instanceof HelperError && codes.includes(error.code);
}

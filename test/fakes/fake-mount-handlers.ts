/** The part of the fake that deals with contents and mounts. */
import type { Content, Contents } from '../../electron/ipc/contents.ts';
import type { AttachOutcome, RendererParams } from '../../electron/ipc/methods.ts';
import type { DeviceTarget, LoopDevice, Mount } from '../../native-helper/protocol/devices.ts';
import type { MountTargetParams } from '../../native-helper/protocol/mounts.ts';
import { FakeRefusal, type FakeHandlers } from './fake-contract.ts';
import type { Target } from './fake-device-handlers.ts';
import type { FakeModel } from './fake-model.ts';
import { decimal, mountAt } from './sample-devices.ts';

/** Sample contents by the number of the device; a device that is not named has one ext4 file system, or one on each partition. */
export function contentsOf(model: FakeModel, device: LoopDevice): Contents {
  const known = model.contents.get(device.number);
  if (known !== undefined) return known;
  const fileSystem = (partition: number | null, mounts: readonly Mount[], swap: boolean): Content => ({
    partition,
    partitionName: null,
    range: null,
    space: null,
    kind: swap ? 'swap' : 'file-system',
    type: swap ? 'swap' : (mounts[0]?.fileSystemType ?? 'ext4'),
    label: swap ? null : (mounts[0]?.mountPoint.text.split('/').at(-1) ?? null),
    uuid: `0f8fad5b-d9cb-469f-a165-${(device.number * 256 + (partition ?? 0)).toString(16).padStart(12, '0')}`,
    mountable: !swap,
  });
  if (device.partitions.length === 0) return [fileSystem(null, device.mounts, device.usedAsSwap)];
  const table: Content = {
    partition: null,
    partitionName: null,
    kind: 'partition-table',
    type: 'gpt',
    range: null,
    space: null,
    label: null,
    uuid: null,
    mountable: false,
  };
  return [table, ...device.partitions.map((one) => fileSystem(one.number, one.mounts, one.usedAsSwap))];
}

function mountOne(model: FakeModel, device: LoopDevice, { partition, type, label }: Content, readOnly: boolean): Mount {
  const place = partition === null ? `loop${device.number}` : `loop${device.number}p${partition}`;
  const mount = mountAt(`/run/media/maria/${label ?? place}`, type, readOnly);
  changeMounts(model, device, partition, (mounts) => [...mounts, mount]);
  return mount;
}

function changeMounts(
  model: FakeModel,
  device: LoopDevice,
  partition: number | null,
  change: (mounts: readonly Mount[]) => readonly Mount[],
): void {
  if (partition === null) model.update(device.number, { mounts: change(device.mounts) });
  else {
    const partitions = device.partitions.map((one) => (one.number === partition ? { ...one, mounts: change(one.mounts) } : one));
    model.update(device.number, { partitions });
  }
}

function mountsAt(device: LoopDevice, partition: number | null): readonly Mount[] {
  return partition === null ? device.mounts : (device.partitions.find((one) => one.number === partition)?.mounts ?? []);
}

/** Mounts of Platter; the others are of other programs. */
function isOwn(mount: Mount): boolean {
  return mount.mountPoint.text.startsWith('/run/media/');
}

export function ownMounts(device: LoopDevice): AttachOutcome['mounts'] {
  const at = (partition: number | null, mounts: readonly Mount[]) =>
    mounts.filter(isOwn).map((mount) => ({ partition, mountPoint: mount.mountPoint.text, mountId: mount.mountId }));
  return [...at(null, device.mounts), ...device.partitions.flatMap((one) => at(one.number, one.mounts))];
}

export function foreignMounts(device: LoopDevice): readonly Mount[] {
  return [...device.mounts, ...device.partitions.flatMap((one) => one.mounts)].filter((mount) => !isOwn(mount));
}

/** In use by more than the mounts that a detach undoes. */
export function isHeldByOthers(device: LoopDevice): boolean {
  const swap = device.usedAsSwap || device.partitions.some((one) => one.usedAsSwap);
  return swap || device.holders.length > 0 || foreignMounts(device).length > 0;
}

function refuseBusy(model: FakeModel, mount: Mount): void {
  const programs = model.busyMounts.get(mount.mountPoint.text);
  if (programs !== undefined) throw new FakeRefusal('MOUNT_BUSY', { detail: { mountPoints: [mount.mountPoint.text], programs } });
}

/** Unmounts what Platter mounted, all or nothing. */
export function unmountOwn(model: FakeModel, device: LoopDevice): LoopDevice {
  const kept = (mounts: readonly Mount[]): readonly Mount[] => {
    for (const mount of mounts.filter(isOwn)) refuseBusy(model, mount);
    return mounts.filter((mount) => !isOwn(mount));
  };
  const mounts = kept(device.mounts);
  const partitions = device.partitions.map((one) => ({ ...one, mounts: kept(one.mounts) }));
  return ownMounts(device).length === 0 ? device : model.update(device.number, { mounts, partitions });
}

/** Mounts whatever can be. */
export function mountAll(model: FakeModel, number: number, wanted: boolean): Pick<AttachOutcome, 'mounts' | 'mountFailures'> {
  const first = model.device(number);
  if (!wanted || first === undefined) return { mounts: [], mountFailures: [] };
  const mountable = contentsOf(model, first).filter((content) => content.mountable);
  const mounts = mountable.map((content) => {
    const device = model.device(number) ?? first;
    const mount = mountsAt(device, content.partition)[0] ?? mountOne(model, device, content, device.readOnly);
    return { partition: content.partition, mountPoint: mount.mountPoint.text, mountId: mount.mountId };
  });
  return { mounts, mountFailures: [] };
}

export function createMountHandlers(model: FakeModel, target: Target) {
  const mounted = (
    params: MountTargetParams,
  ): { readonly device: LoopDevice; readonly partition: number | null; readonly mount: Mount } => {
    const device = target(params);
    for (const partition of [null, ...device.partitions.map((one) => one.number)]) {
      const mount = mountsAt(device, partition).find((one) => one.mountId === params.mountId);
      if (mount !== undefined) return { device, partition, mount };
    }
    throw new FakeRefusal('NOT_MOUNTED');
  };
  return {
    'devices/contents': (params: DeviceTarget) => contentsOf(model, target(params)),
    'mounts/mount': (params: RendererParams<'mounts/mount'>) => {
      const device = target(params);
      const content = contentsOf(model, device).find((one) => one.partition === params.partition);
      if (content === undefined || !content.mountable) throw new FakeRefusal('FILE_SYSTEM_REFUSED');
      if (device.readOnly && !params.readOnly) throw new FakeRefusal('DEVICE_READ_ONLY');
      const { mountPoint, mountId } = mountOne(model, device, content, params.readOnly);
      return { mountPoint: mountPoint.text, mountId };
    },
    'mounts/unmount': (params: MountTargetParams) => {
      const { device, partition, mount } = mounted(params);
      if (!isOwn(mount)) throw new FakeRefusal('NOT_MOUNTED');
      refuseBusy(model, mount);
      changeMounts(model, device, partition, (mounts) => mounts.filter((one) => one !== mount));
      return null;
    },
    'mounts/open-folder': (params: MountTargetParams) => {
      mounted(params);
      if (model.state.host === 'browser') throw new FakeRefusal('NOT_IN_THIS_HOST');
      return null;
    },
    'mounts/trim': (params: MountTargetParams) => {
      if (mounted(params).mount.readOnly) throw new FakeRefusal('DEVICE_READ_ONLY');
      return { trimmedBytes: decimal(4_194_304) };
    },
    'mounts/grow': (params: MountTargetParams) => {
      const { device, partition } = mounted(params);
      const sizeBytes =
        partition === null ? device.sizeBytes : (device.partitions.find((one) => one.number === partition)?.sizeBytes ?? device.sizeBytes);
      return { oldSizeBytes: decimal(BigInt(sizeBytes) / 2n), sizeBytes };
    },
  } satisfies Partial<FakeHandlers>;
}

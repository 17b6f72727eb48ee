/** The part of the fake that answers what the page of a device asks for while it is seen. */
import type { DeviceSurroundings, MountTrouble, MountUsage, QueueProperties } from '../../electron/ipc/device-page.ts';
import type { RendererParams } from '../../electron/ipc/methods.ts';
import type { DeviceTarget, LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { FakeHandlers } from './fake-contract.ts';
import type { Target } from './fake-device-handlers.ts';
import type { FakeModel } from './fake-model.ts';
import { MIB } from './sample-devices.ts';

const queue: Omit<QueueProperties, 'logicalBlockBytes'> = {
  physicalBlockBytes: 4096,
  minimumIoBytes: 4096,
  optimalIoBytes: 0,
  discardGranularityBytes: 4096,
  discardMaximumBytes: (4n * 1024n * MIB - 512n).toString(),
  requestMaximumBytes: 1280 * 1024,
  readAheadBytes: 128 * 1024,
  scheduler: 'none',
  writeCache: 'write-back',
  rotational: false,
  queueDepth: 128,
};

/** Every mounted file system is 61 % full. */
function usageOf(device: LoopDevice): MountUsage[] {
  const places = [device, ...device.partitions];
  return places.flatMap(({ sizeBytes, mounts }) =>
    mounts.map(({ mountId }) => {
      const total = BigInt(sizeBytes) - 16n * MIB;
      const used = (total * 61n) / 100n;
      return { mountId, totalBytes: total.toString(), usedBytes: used.toString(), availableBytes: (total - used).toString() };
    }),
  );
}

function troublesOf({ mountTroubles }: FakeModel, device: LoopDevice): MountTrouble[] {
  const places = [device, ...device.partitions].flatMap(({ mounts }) => mounts.map(({ mountPoint }) => mountPoint.text));
  return mountTroubles.filter(({ mountPoint }) => places.includes(mountPoint.text));
}

export function createPageHandlers(model: FakeModel, target: Target) {
  return {
    'devices/activity': (params: DeviceTarget) => {
      const { number } = target(params);
      // Each question finds one second later: what the tests see does not depend on how quick the machine is.
      const present = model.takeActivity(number);
      return { ...present, inFlight: 0 };
    },
    'devices/traffic': () =>
      model.state.devices.map(({ number }) => {
        const { readBytes, writtenBytes } = model.takeActivity(number);
        return { number, movedBytes: (BigInt(readBytes) + BigInt(writtenBytes)).toString() };
      }),
    'devices/surroundings': ({ uuids, ...params }: RendererParams<'devices/surroundings'>): DeviceSurroundings => {
      const device = target(params);
      return {
        queue: { ...queue, logicalBlockBytes: device.logicalBlockSizeBytes },
        mounted: { usage: usageOf(device), troubles: troublesOf(model, device) },
        attachedBy: device.attachment === null ? null : 'maria',
        sameUuid: model.uuidLinks.filter(({ uuid }) => uuids.includes(uuid)),
        unfinishedResize: model.unfinished.get(device.number) ?? null,
      };
    },
  } satisfies Partial<FakeHandlers>;
}

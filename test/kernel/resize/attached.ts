/** Images of the tests of resizing on loop devices, mounted or not. Needs root. */
import { closeSync, openSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { hasCode } from '../../../electron/actions/mount.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';
import { placeBytes, testFolder, type MadeImage } from './image-maker.ts';
import type { Resizing } from './resizing.ts';

function mountsOf(device: LoopDevice) {
  return [...device.mounts, ...device.partitions.flatMap(({ mounts }) => mounts)];
}

/** As a window would: writable, with its partitions, mounted or not. */
export async function attach({ session }: Resizing, image: MadeImage, mounts: boolean): Promise<LoopDevice> {
  const fd = openSync(image.path, 'r+');
  const zero = toDecimal(0);
  const { wish, partition, startBytes } = image;
  const result = await session.call(
    'devices/attach',
    {
      readOnly: false,
      offsetBytes: zero,
      sizeLimitBytes: zero,
      logicalBlockSizeBytes: wish.table === 'gpt-4096' ? 4096 : 0,
      partitionScan: true,
      autoclear: false,
      directIo: false,
      reference: null,
      device: null,
      whenAttached: 'refuse',
    },
    { descriptors: [fd] },
  );
  closeSync(fd);
  const { number, diskseq, partitions } = result.device;
  if (partition !== null && !partitions.some((one) => one.number === partition)) {
    const range = { startBytes: toDecimal(startBytes), sizeBytes: toDecimal(placeBytes(image)) };
    await session.call('devices/set-partition', { action: 'add', device: number, diskseq, partition, ...range });
  }
  if (mounts) {
    const params = { device: number, diskseq, partition, fileSystemType: wish.type, readOnly: false, label: 'resized' };
    await session.call('mounts/mount', { ...params, detachWhenUnmounted: false });
  }
  const { devices } = await session.call('devices/list', {});
  return devices.find((device) => device.number === number) ?? result.device;
}

/** All images of this run, or those in a folder; another run on the same machine has a folder of its own. */
export async function detachAll({ session }: Resizing, folder = testFolder()): Promise<void> {
  const { devices } = await session.call('devices/list', {});
  for (const device of devices.filter(({ backingFile }) => backingFile?.text.startsWith(`${folder}/`) === true)) {
    const { number, diskseq } = device;
    for (const { mountId } of mountsOf(device)) {
      await session.call('mounts/unmount', { device: number, diskseq, mountId, lazy: false });
    }
    await detachOne(session, { device: number, diskseq });
  }
}

/** One that was attached for a mount only goes with it, and a helper whose program was killed lets go a moment later. */
async function detachOne(session: Resizing['session'], target: Pick<LoopDevice, 'diskseq'> & { readonly device: number }): Promise<void> {
  for (;;) {
    try {
      await session.call('devices/detach', { ...target, whenFree: false });
      return;
    } catch (error) {
      if (hasCode(error, 'NOT_ATTACHED', 'STALE_DEVICE', 'NO_SUCH_DEVICE')) return;
      if (!hasCode(error, 'DEVICE_BUSY')) throw error;
      await setTimeout(20);
    }
  }
}

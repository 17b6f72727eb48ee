/** platter set, capacity, rescan, partition and change: one device, one request, the device as it is now. */
import type { LoopDevice, SetParams, SetPartitionParams } from '../../../native-helper/protocol/devices.ts';
import { setCapacity } from '../../actions/set-capacity.ts';
import { openImage } from '../../images/open-image.ts';
import { toFileNameBytes } from '../../images/file-name-bytes.ts';
import { printJson, say, showText, toJsonDevice, warn, type Context } from '../context.ts';
import { pickDevice } from '../subjects.ts';
import { nodePath } from '../device-names.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { formatSize } from '../sizes.ts';
import { createTargets } from '../targets.ts';
import { attachWarnings } from '../reason-words.ts';

interface Target {
  readonly device: number;
  readonly diskseq: LoopDevice['diskseq'];
}

async function change(
  name: string,
  context: Context,
  work: (session: Session, target: Target) => Promise<LoopDevice>,
  describe: (device: LoopDevice) => string,
): Promise<ExitCode> {
  const targets = createTargets();
  try {
    const { session, device } = await targets.find(name, pickDevice);
    const changed = await work(session, { device: device.number, diskseq: device.diskseq });
    if (context.json) printJson(toJsonDevice(changed));
    else say(context, `${nodePath(changed.number)}: ${describe(changed)}`);
    return exitCodes.done;
  } finally {
    await targets.close();
  }
}

export async function set(name: string, changes: SetParams['changes'], context: Context): Promise<ExitCode> {
  return change(
    name,
    context,
    async (session, target) => {
      const device = await session.call('devices/set', { ...target, changes });
      if (changes.directIo === true && !device.directIo) warn(context, `${nodePath(device.number)}: ${attachWarnings['direct-io-off']}`);
      return device;
    },
    () => 'changed',
  );
}

export async function capacity(name: string, context: Context): Promise<ExitCode> {
  return change(name, context, setCapacity, (device) => `${formatSize(BigInt(device.sizeBytes))} (${device.sizeBytes} bytes)`);
}

export async function rescan(name: string, context: Context): Promise<ExitCode> {
  return change(
    name,
    context,
    (session, target) => session.call('devices/rescan', target),
    (device) => `${device.partitions.length} ${device.partitions.length === 1 ? 'partition' : 'partitions'}`,
  );
}

/** What to do with a partition, without the device. */
export type PartitionChange =
  | Pick<SetPartitionParams & { action: 'add' }, 'action' | 'partition' | 'startBytes' | 'sizeBytes'>
  | Pick<SetPartitionParams & { action: 'resize' }, 'action' | 'partition' | 'sizeBytes'>
  | Pick<SetPartitionParams & { action: 'delete' }, 'action' | 'partition'>;

const partitionWords = { add: 'added', resize: 'resized', delete: 'deleted' } as const;

export async function partition(name: string, what: PartitionChange, context: Context): Promise<ExitCode> {
  return change(
    name,
    context,
    (session, target) => session.call('devices/set-partition', { ...target, ...what }),
    () => `partition ${what.partition} ${partitionWords[what.action]}`,
  );
}

export async function changeBackingFile(name: string, file: string, context: Context): Promise<ExitCode> {
  // LOOP_CHANGE_FD works on read-only devices only, so reading is all that is needed.
  const image = await openImage(toFileNameBytes(file), 'read-only');
  try {
    return await change(
      name,
      context,
      (session, target) => session.call('devices/change-backing-file', target, { descriptors: [image.handle.fd] }),
      () => `now from ${showText(file, context)}`,
    );
  } finally {
    await image.handle.close();
  }
}

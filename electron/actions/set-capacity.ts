/**
 * A device takes over the size of its file. A file that became shorter is found out here, as the user: before Linux 6.16 the loop driver
 * answers zeros behind its end, so that the helper, which follows no path, cannot see it. Main process and command line.
 */
import { stat } from 'node:fs/promises';
import type { DeviceTarget, LoopDevice } from '../../native-helper/protocol/devices.ts';
import { HelperError } from '../../native-helper/protocol/errors.ts';
import type { HelperSession } from '../helper-session.ts';
import { mountsOf } from '../images/contents.ts';
import { currentBackingPath, isBackingFile } from '../images/identity.ts';
import { isHeldByOthers } from './unmount.ts';

const SECTOR_BYTES = 512n;

/** Throws DEVICE_TOO_SMALL for a device in use whose file does not hold all of it, and what `devices/set-capacity` throws. */
export async function setCapacity(session: Pick<HelperSession, 'call'>, target: DeviceTarget): Promise<LoopDevice> {
  const { devices } = await session.call('devices/list', {});
  const device = devices.find(({ number, diskseq }) => number === target.device && diskseq === target.diskseq);
  if (device !== undefined && (mountsOf(device).length > 0 || isHeldByOthers(device))) await refuseShorter(device);
  return session.call('devices/set-capacity', target);
}

/** A file that this user cannot find by its name is left to the helper. */
async function refuseShorter(device: LoopDevice): Promise<void> {
  const path = await currentBackingPath(device);
  const facts = path === null ? null : await stat(path, { bigint: true }).catch(() => null);
  if (facts === null || !facts.isFile() || !isBackingFile(device, facts)) return;
  const room = facts.size - BigInt(device.offsetBytes);
  if (room - (room % SECTOR_BYTES) >= BigInt(device.sizeBytes)) return;
  throw new HelperError('DEVICE_TOO_SMALL', { detail: { mountPoints: mountsOf(device).map(({ mount }) => mount.mountPoint.text) } });
}

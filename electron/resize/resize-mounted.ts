/** A mounted file system that the kernel makes larger or smaller, through the helper. Main process. */
import { toDecimal } from '../../native-helper/protocol/scalars.ts';
import { AppError } from '../ipc/errors.ts';
import type { PlannedFileSystem } from '../ipc/resize.ts';
import type { HelperCall, MountedPlace } from './device-side.ts';

export function shrinks({ fromBytes, toBytes }: Pick<PlannedFileSystem, 'fromBytes' | 'toBytes'>): boolean {
  return BigInt(toBytes) < BigInt(fromBytes);
}

/** Throws KERNEL_REFUSED also where nothing came of a growth. */
export async function resizeMounted(session: HelperCall, { device, mountId }: MountedPlace, fileSystem: PlannedFileSystem): Promise<void> {
  const target = { device: device.number, diskseq: device.diskseq, mountId };
  const wanted = BigInt(fileSystem.toBytes);
  if (shrinks(fileSystem)) {
    await session.call('mounts/shrink', { ...target, sizeBytes: toDecimal(wanted) });
    return;
  }
  const { sizeBytes, oldSizeBytes } = await session.call('mounts/grow', target);
  // ext4 says itself that it did nothing, and counts less than it has.
  if (fileSystem.type.startsWith('ext') || BigInt(sizeBytes) > BigInt(oldSizeBytes)) return;
  if (BigInt(sizeBytes) < (wanted * 9n) / 10n) throw new AppError('KERNEL_REFUSED', { details: `the file system has ${sizeBytes} bytes` });
}

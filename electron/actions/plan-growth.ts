/** What growing a device takes: pure, from the device, its file and the size asked for. */
import { AppError } from '../ipc/errors.ts';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';

export interface GrowthFacts {
  readonly device: Pick<LoopDevice, 'sizeBytes' | 'offsetBytes' | 'sizeLimitBytes' | 'logicalBlockSizeBytes'>;
  readonly fileBytes: bigint;
  /** What the user may still allocate on the file system of the file. */
  readonly freeBytes: bigint;
  /** Size the device shall have. */
  readonly wantedBytes: bigint;
}

export interface GrowthPlan {
  /** New size of the file; null when the file reaches far enough already. */
  readonly fileBytes: bigint | null;
  /** How the device learns of it: a device with a size limit needs a new limit. */
  readonly step: 'set-capacity' | 'set-size-limit';
}

/** Largest size Node can pass to ftruncate without rounding; far above what file systems of today hold. */
const LARGEST_FILE_BYTES = BigInt(Number.MAX_SAFE_INTEGER);

/** Throws SIZE_NOT_LARGER, SIZE_UNALIGNED, FILE_TOO_LARGE, NO_SPACE. */
export function planGrowth({ device, fileBytes, freeBytes, wantedBytes }: GrowthFacts): GrowthPlan {
  const limited = device.sizeLimitBytes !== '0';
  const end = BigInt(device.offsetBytes) + wantedBytes;
  if (wantedBytes <= BigInt(device.sizeBytes)) throw new AppError('SIZE_NOT_LARGER');
  // Without a limit the device takes all the file has: a file that is longer already cannot give less.
  if (!limited && end < fileBytes) throw new AppError('SIZE_NOT_LARGER');
  if (wantedBytes % BigInt(device.logicalBlockSizeBytes) !== 0n) throw new AppError('SIZE_UNALIGNED');
  if (end > LARGEST_FILE_BYTES) throw new AppError('FILE_TOO_LARGE');
  if (end - fileBytes > freeBytes) throw new AppError('NO_SPACE');
  return { fileBytes: end > fileBytes ? end : null, step: limited ? 'set-size-limit' : 'set-capacity' };
}

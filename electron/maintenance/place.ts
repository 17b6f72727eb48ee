/** A file system in an image that somebody wants to work on. Main process and command line, as the user. */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { findAttachments } from '../images/identity.ts';
import { inspectOpened, type InspectionContext } from '../images/inspect.ts';
import { openImage, type OpenImage } from '../images/open-image.ts';
import { AppError } from '../ipc/errors.ts';
import type { InspectedContent } from '../ipc/inspection.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { isBeingChanged, whileLocked } from '../resize/alone.ts';
import { refuseUnfinished } from '../resize/undo-file.ts';

export interface MaintenanceContext extends InspectionContext {
  readonly jobs: Pick<Jobs, 'run'>;
}

export interface Place {
  readonly partition: number | null;
  readonly content: InspectedContent;
  readonly startBytes: bigint;
  readonly sizeBytes: bigint;
}

/** `sparsifying` holds a lease, which keeps others away by itself and lets whoever attaches the image go first. */
type Mode = 'reading' | 'writing' | 'sparsifying';

/**
 * Opens an image for work on it, as long as `work` lasts. `reading` is possible beside devices that only read; the others only when nobody has it
 * attached, and with `writing` nobody attaches it meanwhile. Throws IMAGE_ATTACHED with the device, FILE_NOT_WRITABLE, RESIZE_RUNNING,
 * RESIZE_UNFINISHED, FILE_NOT_REGULAR for a block device.
 */
export async function withDetachedImage<T>(
  { devices }: Pick<MaintenanceContext, 'devices'>,
  path: Buffer,
  mode: Mode,
  work: (image: OpenImage) => Promise<T>,
): Promise<T> {
  const image = await openImage(path, mode === 'reading' ? 'read-only' : 'read-write');
  try {
    if (!image.facts.isFile()) throw new AppError('FILE_NOT_REGULAR');
    await refuseAttached(image, devices, mode);
    if (await isBeingChanged(path)) throw new AppError('RESIZE_RUNNING');
    if (mode === 'reading') return await work(image);
    if (!image.writable) throw new AppError('FILE_NOT_WRITABLE');
    await refuseUnfinished(path, image.facts);
    if (mode === 'sparsifying') return await work(image);
    return await whileLocked(image.handle, async () => {
      // Nor was one stopped just now, whose lock was waited for.
      await refuseUnfinished(path, image.facts);
      return work(image);
    });
  } finally {
    await image.handle.close();
  }
}

async function refuseAttached({ facts }: OpenImage, devices: Iterable<LoopDevice>, mode: Mode): Promise<void> {
  const known = [...devices];
  const numbers = await findAttachments(known, facts);
  const hindering = known.find(({ number, readOnly }) => numbers.includes(number) && (mode !== 'reading' || !readOnly));
  if (hindering !== undefined) throw new AppError('IMAGE_ATTACHED', { detail: { device: hindering.number } });
}

/** What is at a place of an image. Throws PROBE_FAILED, NO_SUCH_PARTITION. */
export async function findPlace(context: MaintenanceContext, image: OpenImage, path: Buffer, partition: number | null): Promise<Place> {
  const inspection = await inspectOpened(context, image, path);
  if (partition === null) {
    if (inspection.whole === null) throw new AppError('CHECK_UNSUPPORTED');
    return { partition, content: inspection.whole, startBytes: 0n, sizeBytes: image.facts.size };
  }
  const found = inspection.table?.partitions.find((one) => one.number === partition);
  if (found === undefined) throw new AppError('NO_SUCH_PARTITION');
  return { partition, content: found.content, startBytes: BigInt(found.startBytes), sizeBytes: BigInt(found.sizeBytes) };
}

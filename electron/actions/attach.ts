/** Attaching: the file is opened here as the user, the helper gets the descriptor. Main process. */
import { HelperError } from '../../native-helper/protocol/errors.ts';
import type { AttachParams, AttachResult, LoopDevice } from '../../native-helper/protocol/devices.ts';
import { toErrorData } from '../calls.ts';
import { AppError } from '../ipc/errors.ts';
import type { AttachOptions, AttachOutcome } from '../ipc/methods.ts';
import type { Settings } from '../ipc/state.ts';
import { toDisplayNames } from '../images/file-table.ts';
import { openImage, type OpenImage } from '../images/open-image.ts';
import { probeOpened } from '../images/probe-image.ts';
import { whileUsable } from '../resize/unfinished.ts';
import { isMarkedFile } from '../undo-offers.ts';
import type { ActionContext } from './context.ts';
import { mountAgain, mountAll } from './mount.ts';

/** The helper needs at least one sector; said before anybody is asked for a password. */
const SECTOR_BYTES = 512n;

/** Attaches an image a person chose options for. With `mount` what is mountable is mounted; what fails then is told and undoes nothing. */
export async function attachImage(context: ActionContext, path: Buffer, options: AttachOptions, mount: boolean): Promise<AttachOutcome> {
  return withImage(path, options, async (image) => {
    const attached = await attachOpened(context, path, image, { ...options, device: null });
    rememberUse(context, path, image);
    const { mounts, failures } = mount ? await mountOpened(context, image, attached.device) : nothingMounted;
    return { ...toOutcome(attached, image), mounts, mountFailures: failures };
  });
}

/** That the library cannot be written is no reason to fail: the image is attached. Devices are not files to keep. */
export function rememberUse({ library }: Pick<ActionContext, 'library'>, path: Buffer, { facts }: OpenImage): void {
  if (facts.isFile()) void library.use(path).catch(() => undefined);
}

const nothingMounted = { mounts: [], failures: [] } as const;

async function mountOpened(context: ActionContext, image: OpenImage, device: LoopDevice): Promise<Awaited<ReturnType<typeof mountAgain>>> {
  try {
    const findings = await probeOpened(context.worker, image, device);
    return await mountAll(context.session, device, findings, { detachWhenUnmounted: false, stopsAt: () => false });
  } catch (error) {
    return { mounts: [], failures: [{ partition: null, error: toErrorData(error) }] };
  }
}

/** Attaches what was detached, as the same device where that is still free, and mounts what was mounted. Throws UNDO_GONE, FILE_REPLACED. */
export async function undoDetach(context: ActionContext, undo: number): Promise<AttachOutcome> {
  const { path, options, file, number, mounts: before, detachWhenUnmounted } = context.undo.take(undo);
  return withImage(path, options, async (image) => {
    if (!isMarkedFile(file, image.facts)) throw new AppError('FILE_REPLACED');
    const attached = await attachAs(number, async (device) => attachOpened(context, path, image, { ...options, device }));
    const { mounts, failures } = await mountAgain(context.session, attached.device, before, detachWhenUnmounted);
    return { ...toOutcome(attached, image), mounts, mountFailures: failures };
  });
}

async function attachAs(number: number, attach: (device: number | null) => Promise<AttachResult>): Promise<AttachResult> {
  try {
    return await attach(number);
  } catch (error) {
    if (!isTaken(error)) throw error;
    return attach(null);
  }
}

/** Opens the file for as long as `work` lasts. Throws RESIZE_RUNNING, and RESIZE_UNFINISHED for one that is between two sizes. */
export async function withImage<T>(
  path: Buffer,
  { readOnly }: Pick<AttachOptions, 'readOnly'>,
  work: (image: OpenImage) => Promise<T>,
): Promise<T> {
  const image = await openImage(path, readOnly ? 'read-only' : 'read-write');
  try {
    return await whileUsable(path, image.facts, async () => work(image));
  } finally {
    await image.handle.close();
  }
}

/** How files are attached that nobody chose options for (command line, second start). */
export function optionsFromSettings({ attachReadOnly, partitionScan }: Pick<Settings, 'attachReadOnly' | 'partitionScan'>): AttachOptions {
  return {
    readOnly: attachReadOnly,
    offsetBytes: ZERO,
    sizeLimitBytes: ZERO,
    logicalBlockSizeBytes: 0,
    partitionScan,
    autoclear: false,
    directIo: false,
    reference: null,
    whenAttached: 'reuse',
  };
}

const ZERO = '0' as AttachParams['offsetBytes'];

export async function attachOpened(context: ActionContext, path: Buffer, image: OpenImage, params: AttachParams): Promise<AttachResult> {
  if (image.facts.isFile() && image.facts.size < SECTOR_BYTES) throw new AppError('IMAGE_TOO_SMALL');
  const helper = await context.session.elevated();
  const title = { kind: 'attach', fileName: toDisplayNames(path).name } as const;
  // The kernel first writes the file's dirty pages to the disk, which can take minutes (LOOP.md §0.11).
  return context.jobs.run({ title, device: null, cancellable: true }, async (signal) =>
    helper.call('devices/attach', { ...params, readOnly: params.readOnly || !image.writable }, { descriptors: [image.handle.fd], signal }),
  );
}

export function toOutcome(
  { device, outcome, readOnlyReason, warnings }: AttachResult,
  image: OpenImage,
): Omit<AttachOutcome, 'mounts' | 'mountFailures'> {
  const reason = outcome === 'attached' && image.fallback !== null ? image.fallback : readOnlyReason;
  return { device: device.number, diskseq: device.diskseq, outcome, readOnlyReason: reason, warnings };
}

/** The number belongs to something else by now. */
function isTaken(error: unknown): boolean {
  return error instanceof HelperError && ['DEVICE_BUSY', 'NO_SUCH_DEVICE', 'NO_FREE_DEVICE', 'NODE_IN_USE'].includes(error.code);
}

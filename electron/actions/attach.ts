/** Attaching: the file is opened here as the user, the helper gets the descriptor. Main process. */
import { HelperError } from '../../native-helper/protocol/errors.ts';
import type { AttachParams, AttachResult } from '../../native-helper/protocol/devices.ts';
import { AppError } from '../ipc/errors.ts';
import type { AttachOptions, AttachOutcome } from '../ipc/methods.ts';
import type { Settings } from '../ipc/state.ts';
import { toDisplayNames } from '../images/file-table.ts';
import { openImage, type OpenImage } from '../images/open-image.ts';
import { isMarkedFile } from '../undo-offers.ts';
import type { ActionContext } from './context.ts';

/** The helper needs at least one sector; said before anybody is asked for a password. */
const SECTOR_BYTES = 512n;

export async function attachImage(context: ActionContext, path: Buffer, options: AttachOptions): Promise<AttachOutcome> {
  const image = await openImage(path, options.readOnly ? 'read-only' : 'read-write');
  try {
    return await attachOpened(context, path, image, { ...options, device: null });
  } finally {
    await image.handle.close();
  }
}

/** Attaches what was detached, as the same device where that is still free. Throws UNDO_GONE, FILE_REPLACED. */
export async function undoDetach(context: ActionContext, undo: number): Promise<AttachOutcome> {
  const { path, options, file, number } = context.undo.take(undo);
  const image = await openImage(path, options.readOnly ? 'read-only' : 'read-write');
  try {
    if (!isMarkedFile(file, image.facts)) throw new AppError('FILE_REPLACED');
    try {
      return await attachOpened(context, path, image, { ...options, device: number });
    } catch (error) {
      if (!isTaken(error)) throw error;
      return await attachOpened(context, path, image, { ...options, device: null });
    }
  } finally {
    await image.handle.close();
  }
}

/** How files are attached that nobody chose options for (command line, second start). */
export function optionsFromSettings({ attachReadOnly, partitionScan }: Settings): AttachOptions {
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

async function attachOpened(context: ActionContext, path: Buffer, image: OpenImage, params: AttachParams): Promise<AttachOutcome> {
  if (image.facts.isFile() && image.facts.size < SECTOR_BYTES) throw new AppError('IMAGE_TOO_SMALL');
  const helper = await context.session.elevated();
  const title = { kind: 'attach', fileName: toDisplayNames(path).name } as const;
  // The kernel first writes the file's dirty pages to the disk, which can take minutes (LOOP.md §0.11).
  const result = await context.jobs.run({ title, device: null, cancellable: true }, async (signal) =>
    helper.call('devices/attach', { ...params, readOnly: params.readOnly || !image.writable }, { descriptors: [image.handle.fd], signal }),
  );
  return toOutcome(result, image);
}

function toOutcome({ device, outcome, readOnlyReason, warnings }: AttachResult, image: OpenImage): AttachOutcome {
  const reason = outcome === 'attached' && image.fallback !== null ? image.fallback : readOnlyReason;
  return { device: device.number, outcome, readOnlyReason: reason, warnings };
}

/** The number belongs to something else by now. */
function isTaken(error: unknown): boolean {
  return error instanceof HelperError && ['DEVICE_BUSY', 'NO_SUCH_DEVICE', 'NO_FREE_DEVICE', 'NODE_IN_USE'].includes(error.code);
}

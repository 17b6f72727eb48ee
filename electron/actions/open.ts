/**
 * Opening an image (DESIGN.md §5): look at it, attach it as the settings say, mount what is mountable, show the folder. When a step
 * fails the ones before are undone, so that a broken image leaves nothing attached. Main process and command line.
 */
import type { AttachParams, AttachResult, LoopDevice } from '../../native-helper/protocol/devices.ts';
import { toDecimal } from '../../native-helper/protocol/scalars.ts';
import type { HelperSession } from '../helper-session.ts';
import { planMounts } from '../images/contents.ts';
import { blockDeviceBytes } from '../images/describe-image.ts';
import type { ImageWorker } from '../images/image-worker.ts';
import { inspectHandle, probeOpened, type ProbedPlace } from '../images/probe-image.ts';
import type { OpenImage } from '../images/open-image.ts';
import type { Findings } from '../image-worker/findings.ts';
import { AppError, type AppErrorCode } from '../ipc/errors.ts';
import type { ContentMount, ContentMountFailure } from '../ipc/contents.ts';
import type { OpenOutcome } from '../ipc/opening.ts';
import { attachOpened, optionsFromSettings, rememberUse, toOutcome, withImage } from './attach.ts';
import type { ActionContext } from './context.ts';
import { mountAll } from './mount.ts';
import { findNotMounted, isLeftOut } from './not-mounted.ts';
import { openInFileManager } from './open-folder.ts';

/** What opening works with, in the window and on the command line alike. */
export interface Opener {
  readonly worker: ImageWorker;
  readonly session: Pick<HelperSession, 'call'>;
  readonly attach: (path: Buffer, image: OpenImage, params: AttachParams) => Promise<AttachResult>;
  /** Shows a folder in the file manager; null: it is not to be shown. */
  readonly showFolder: ((mountPoint: string) => Promise<void>) | null;
}

export interface OpenWish {
  readonly readOnly: boolean;
  readonly partitionScan: boolean;
  /** False: attached only. */
  readonly mount: boolean;
}

/** As a window or a double click opens it. */
export async function openFromWindow(context: ActionContext, path: Buffer): Promise<OpenOutcome> {
  const { attachReadOnly, partitionScan, mountFileSystems, openFolder } = context.store.get('settings');
  const { worker, session, desktop } = context;
  const opener: Opener = {
    worker,
    session,
    attach: async (file, image, params) => {
      const attached = await attachOpened(context, file, image, params);
      rememberUse(context, file, image);
      return attached;
    },
    showFolder: openFolder ? async (mountPoint) => openInFileManager(desktop, mountPoint) : null,
  };
  return openImageFile(opener, path, { readOnly: attachReadOnly, partitionScan, mount: mountFileSystems });
}

/** Throws AppError or HelperError; then nothing is left of it. */
export async function openImageFile(opener: Opener, path: Buffer, wish: OpenWish): Promise<OpenOutcome> {
  const { readOnly, partitionScan, mount } = wish;
  // The helper holds the device until it is mounted; whoever is stopped before that leaves nothing (DESIGN.md §4).
  const options = { ...optionsFromSettings({ attachReadOnly: readOnly, partitionScan }), autoclear: mount };
  return withImage(path, options, async (image) => {
    const { logicalBlockSizeBytes, sizeBytes } = await findSectorSize(opener, path, image);
    const looked = mount ? lookAhead(opener, image, { logicalBlockSizeBytes, sizeBytes }) : null;
    try {
      const attached = await opener.attach(path, image, { ...options, logicalBlockSizeBytes, device: null });
      const { outcome: kind, device, diskseq, readOnlyReason } = toOutcome(attached, image);
      const opened = looked === null ? nothingMounted : await mountOrUndo(opener, attached, image, looked);
      return { kind, device, diskseq, readOnlyReason, ...opened };
    } finally {
      // It opens the file by the descriptor that is closed next.
      await looked?.found;
    }
  });
}

const nothingMounted = { mounts: [], notMounted: [], nothingToMount: false };

interface LookAhead {
  readonly place: ProbedPlace;
  /** Null: it failed, and has to be done again to say why. Never rejects. */
  readonly found: Promise<Findings | null>;
}

/** What the device will show is looked at while it is being attached: together they take as long as the longer of them. */
function lookAhead(
  { worker }: Opener,
  image: OpenImage,
  { logicalBlockSizeBytes, sizeBytes }: { readonly logicalBlockSizeBytes: number; readonly sizeBytes: bigint },
): LookAhead {
  const place = {
    offsetBytes: toDecimal(0n),
    sizeBytes: toDecimal(sizeBytes - (sizeBytes % SMALLEST_BLOCK_BYTES)),
    logicalBlockSizeBytes: logicalBlockSizeBytes === 0 ? Number(SMALLEST_BLOCK_BYTES) : logicalBlockSizeBytes,
  };
  return { place, found: probeOpened(worker, image, place).catch(() => null) };
}

/** A device has whole sectors of these, and blocks of this size where nobody wished for others. */
const SMALLEST_BLOCK_BYTES = 512n;

/** What was found ahead, if the device is what was expected: an earlier one of this file may show another part of it. */
async function findingsOf({ worker }: Opener, image: OpenImage, device: LoopDevice, { place, found }: LookAhead): Promise<Findings> {
  const { offsetBytes, sizeBytes, logicalBlockSizeBytes } = device;
  const isExpected =
    offsetBytes === place.offsetBytes && sizeBytes === place.sizeBytes && logicalBlockSizeBytes === place.logicalBlockSizeBytes;
  return (isExpected ? await found : null) ?? probeOpened(worker, image, device);
}

/**
 * Looks before anybody is asked for a password. Zero leaves the sector size to the kernel; a partition table of 4096-byte sectors cannot
 * be seen otherwise. Throws IMAGE_NOT_RAW for what has to be converted first.
 */
async function findSectorSize(
  { worker }: Opener,
  path: Buffer,
  image: OpenImage,
): Promise<{ readonly logicalBlockSizeBytes: number; readonly sizeBytes: bigint }> {
  const { facts } = image;
  const sizeBytes = facts.isBlockDevice() ? await blockDeviceBytes(path) : facts.size;
  const { format, table } = await inspectHandle(worker, image, sizeBytes);
  if (format.kind !== 'raw') throw new AppError('IMAGE_NOT_RAW', { format });
  return { logicalBlockSizeBytes: table?.sectorBytes === 4096 ? 4096 : 0, sizeBytes };
}

type Mounted = Pick<OpenOutcome, 'mounts' | 'notMounted' | 'nothingToMount'>;

async function mountOrUndo(opener: Opener, attached: AttachResult, image: OpenImage, looked: LookAhead): Promise<Mounted> {
  const { device } = attached;
  const isOurs = attached.outcome === 'attached';
  try {
    const findings = await findingsOf(opener, image, device, looked);
    const { mounts, failures } = await mountAllOrNone(opener, device, findings, isOurs);
    if (isOurs && mounts.length === 0) await keepAttached(opener, device);
    await showLargest(opener, device, findings, mounts);
    return { mounts, notMounted: findNotMounted(findings, failures), nothingToMount: mounts.length === 0 };
  } catch (error) {
    if (isOurs) await detachAgain(opener, device);
    throw error;
  }
}

/** What this kernel or this person cannot mount is left out as long as something else can be; any other failure undoes them all. */
async function mountAllOrNone(
  { session }: Opener,
  device: LoopDevice,
  findings: Findings,
  detachWhenUnmounted: boolean,
): Promise<{ readonly mounts: readonly ContentMount[]; readonly failures: readonly ContentMountFailure[] }> {
  const wish = { detachWhenUnmounted, stopsAt: (code: AppErrorCode) => !isLeftOut(code) };
  const { mounts, made, failures } = await mountAll(session, device, findings, wish);
  const failure = failures.find(({ error }) => !isLeftOut(error.code)) ?? (mounts.length === 0 ? failures[0] : undefined);
  if (failure === undefined) return { mounts, failures };
  for (const { mountId } of made.toReversed()) {
    // What cannot be unmounted is in use already; it stays in the list, and so does its device.
    await session.call('mounts/unmount', { device: device.number, diskseq: device.diskseq, mountId, lazy: false }).catch(() => undefined);
  }
  const { code, message: _message, ...facts } = failure.error;
  throw new AppError(code, facts);
}

/** A device that nothing is mounted of lasts no longer than its helper, unless it is told to. */
async function keepAttached({ session }: Opener, { number, diskseq }: LoopDevice): Promise<void> {
  await session.call('devices/set', { device: number, diskseq, changes: { autoclear: false } });
}

/** With its last mount the device may be gone already. */
async function detachAgain({ session }: Opener, { number, diskseq }: LoopDevice): Promise<void> {
  await session.call('devices/detach', { device: number, diskseq, whenFree: true }).catch(() => undefined);
}

/** That a folder cannot be shown is no reason to take the image away again. */
async function showLargest({ showFolder }: Opener, device: LoopDevice, findings: Findings, mounts: readonly ContentMount[]): Promise<void> {
  if (showFolder === null) return;
  const bySize = planMounts(findings, BigInt(device.sizeBytes)).toSorted((a, b) => Number(b.sizeBytes - a.sizeBytes));
  const largest = bySize.map(({ partition }) => mounts.find((mount) => mount.partition === partition)).find((mount) => mount !== undefined);
  if (largest !== undefined) await showFolder(largest.mountPoint).catch(() => undefined);
}

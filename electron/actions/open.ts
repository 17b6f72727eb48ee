/**
 * Opening an image (DESIGN.md §5): attach as the settings say, mount what is mountable, show the folder. When a step fails the ones
 * before are undone, so that a broken image leaves nothing attached. Main process.
 */
import type { AttachResult, LoopDevice } from '../../native-helper/protocol/devices.ts';
import { planMounts } from '../images/contents.ts';
import { probeOpened } from '../images/probe-image.ts';
import type { OpenImage } from '../images/open-image.ts';
import type { Findings } from '../image-worker/findings.ts';
import type { ContentMount } from '../ipc/contents.ts';
import { AppError } from '../ipc/errors.ts';
import type { Notice } from '../ipc/state.ts';
import { attachOpened, optionsFromSettings, rememberUse, toOutcome, withImage } from './attach.ts';
import type { ActionContext } from './context.ts';
import { mountAll } from './mount.ts';
import { openInFileManager } from './open-folder.ts';

type Opened = Exclude<Notice['outcome'], { readonly kind: 'failed' }>;

/** Throws AppError or HelperError; then nothing is left of it. */
export async function openImageFile(context: ActionContext, path: Buffer): Promise<Opened> {
  const settings = context.store.get('settings');
  // The helper holds the device until it is mounted; whoever is stopped before that leaves nothing (DESIGN.md §4).
  const options = { ...optionsFromSettings(settings), autoclear: settings.mountFileSystems };
  return withImage(path, options, async (image) => {
    const attached = await attachOpened(context, path, image, { ...options, device: null });
    rememberUse(context, path, image);
    const { outcome: kind, device, readOnlyReason } = toOutcome(attached, image);
    const opened = settings.mountFileSystems ? await mountOrUndo(context, attached, image) : { mounts: [], nothingToMount: false };
    return { kind, device, readOnlyReason, ...opened };
  });
}

async function mountOrUndo(
  context: ActionContext,
  attached: AttachResult,
  image: OpenImage,
): Promise<{ readonly mounts: readonly ContentMount[]; readonly nothingToMount: boolean }> {
  const { device } = attached;
  const isOurs = attached.outcome === 'attached';
  try {
    const findings = await probeOpened(context.worker, image.handle, device);
    const mounts = await mountAllOrNone(context, device, findings, isOurs);
    if (isOurs && mounts.length === 0) await keepAttached(context, device);
    await showLargest(context, device, findings, mounts);
    return { mounts, nothingToMount: mounts.length === 0 };
  } catch (error) {
    if (isOurs) await detachAgain(context, device);
    throw error;
  }
}

async function mountAllOrNone(
  { session }: ActionContext,
  device: LoopDevice,
  findings: Findings,
  detachWhenUnmounted: boolean,
): Promise<readonly ContentMount[]> {
  const { mounts, made, failures } = await mountAll(session, device, findings, { detachWhenUnmounted, stopAtFailure: true });
  const [failure] = failures;
  if (failure === undefined) return mounts;
  for (const { mountId } of made.toReversed()) {
    // What cannot be unmounted is in use already; it stays in the list, and so does its device.
    await session.call('mounts/unmount', { device: device.number, diskseq: device.diskseq, mountId, lazy: false }).catch(() => undefined);
  }
  const { code, message: _message, ...facts } = failure.error;
  throw new AppError(code, facts);
}

/** A device that nothing is mounted of lasts no longer than its helper, unless it is told to. */
async function keepAttached({ session }: ActionContext, { number, diskseq }: LoopDevice): Promise<void> {
  await session.call('devices/set', { device: number, diskseq, changes: { autoclear: false } });
}

/** With its last mount the device may be gone already. */
async function detachAgain({ session }: ActionContext, { number, diskseq }: LoopDevice): Promise<void> {
  await session.call('devices/detach', { device: number, diskseq, whenFree: true }).catch(() => undefined);
}

/** That a folder cannot be shown is no reason to take the image away again. */
async function showLargest(context: ActionContext, device: LoopDevice, findings: Findings, mounts: readonly ContentMount[]): Promise<void> {
  if (!context.store.get('settings').openFolder) return;
  const bySize = planMounts(findings, BigInt(device.sizeBytes)).toSorted((a, b) => Number(b.sizeBytes - a.sizeBytes));
  const largest = bySize.map(({ partition }) => mounts.find((mount) => mount.partition === partition)).find((mount) => mount !== undefined);
  if (largest !== undefined) await openInFileManager(context.desktop, largest.mountPoint).catch(() => undefined);
}

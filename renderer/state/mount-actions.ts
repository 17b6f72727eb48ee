/** Mounting and what can be done with what is mounted; each tells its outcome itself. */
import type { AppErrorData } from '../../electron/ipc/errors.ts';
import type { LoopDevice, Mount } from '../../native-helper/protocol/devices.ts';
import { actionTitles } from '../text/action-words.ts';
import { formatSize } from '../text/format.ts';
import { mountWords } from '../text/mount-words.ts';
import { settle, targetOf, tellFailure, type Context } from './actions.ts';
import { keyOf, partitionName, titleOf } from './device-facts.ts';
import { copyText, withPending } from './device-actions.ts';
import { mountChoice, mountToOpen, type MountChoice, type Part } from './parts.ts';
import { pushToast } from './ui-store.ts';

/** Name of a part for a sentence: its label, its node, or the image. */
export function partTitle(device: LoopDevice, part: Pick<Part, 'partition' | 'content'>): string {
  const label = part.content?.label ?? '';
  if (label !== '') return label;
  return part.partition === null ? titleOf(device) : partitionName(device, { number: part.partition });
}

/** Whether folders can be shown by the file manager; otherwise their path can be copied. */
export function opensFolders(context: Context): boolean {
  const app = context.appStore.getState().app;
  return app?.opensFolders ?? app?.host === 'electron';
}

export function choiceOf(context: Context, device: LoopDevice): MountChoice {
  return mountChoice(device, context.contents.store.getState().get(keyOf(device)));
}

interface Mounted {
  readonly part: Part;
  readonly mountPoint: string;
  readonly mountId: number;
}

/** Mounts one part and tells a failure; null then. */
async function tryMount(context: Context, device: LoopDevice, part: Part, readOnly: boolean): Promise<Mounted | null> {
  const call = () => context.api.mountsMount({ ...targetOf(device), partition: part.partition, readOnly: readOnly || part.readOnly });
  const reply = await withPending(context, device, call, 'mounting');
  if (reply.ok) return { part, ...reply.value };
  tellFailure(context, actionTitles.mount(partTitle(device, part)), reply.error);
  return null;
}

/** One message for all of them, with the way into the largest. */
function tellMounted(context: Context, device: LoopDevice, mounted: readonly Mounted[]): void {
  const largest = mounted.toSorted((left, right) => (left.part.sizeBytes < right.part.sizeBytes ? 1 : -1))[0];
  if (largest === undefined) return;
  const run = (): void => void openMount(context, device, largest.mountId);
  const places = mounted.map((one) => one.mountPoint);
  pushToast(context.ui, {
    text: mounted.length === 1 ? mountWords.mounted(partTitle(device, largest.part), largest.mountPoint) : mountWords.mountedMany(places),
    action: opensFolders(context) ? { label: mountWords.open, run } : null,
  });
}

export async function mountPart(context: Context, device: LoopDevice, part: Part, readOnly: boolean): Promise<void> {
  const mounted = await tryMount(context, device, part, readOnly);
  if (mounted !== null) tellMounted(context, device, [mounted]);
}

/** Mounts everything that can be mounted and is not. */
export async function mountDevice(context: Context, device: LoopDevice): Promise<void> {
  await context.contents.know(device);
  const error = context.contents.store.getState().get(keyOf(device))?.error ?? null;
  if (error !== null) tellFailure(context, actionTitles.mount(titleOf(device)), error);
  const done: Mounted[] = [];
  for (const part of choiceOf(context, device).mountable) {
    const mounted = await tryMount(context, device, part, device.readOnly);
    if (mounted !== null) done.push(mounted);
  }
  tellMounted(context, device, done);
}

/** Unmounts; resolves to the failure, which the caller tells. */
async function unmount(context: Context, device: LoopDevice, mount: Mount): Promise<AppErrorData | null> {
  const call = () => context.api.mountsUnmount({ ...targetOf(device), mountId: mount.mountId });
  const reply = await withPending(context, device, call, 'unmounting');
  return reply.ok ? null : reply.error;
}

export async function unmountAll(context: Context, device: LoopDevice, mounts: readonly Mount[]): Promise<void> {
  let done = 0;
  // The youngest first: a mount may lie inside an older one.
  for (const mount of mounts.toReversed()) {
    const error = await unmount(context, device, mount);
    if (error === null) done += 1;
    else tellFailure(context, actionTitles.unmount(mount.mountPoint.text), error);
  }
  if (done > 0 && done === mounts.length) pushToast(context.ui, { text: mountWords.unmounted(mounts.map((one) => one.mountPoint.text)) });
}

/** One after the other: each may ask for a password, and the second needs none any more. */
export async function mountEach(context: Context, devices: readonly LoopDevice[]): Promise<void> {
  for (const device of devices) await mountDevice(context, device);
}

/** What Ctrl+M does, one after the other. */
export async function toggleEach(context: Context, devices: readonly LoopDevice[]): Promise<void> {
  for (const device of devices) await toggleMount(context, device);
}

/** Unmounts what is mounted, else mounts what can be. */
export async function toggleMount(context: Context, device: LoopDevice): Promise<void> {
  const { mounted } = choiceOf(context, device);
  if (mounted.length > 0) {
    await unmountAll(
      context,
      device,
      mounted.flatMap((part) => part.mounts),
    );
  } else await mountDevice(context, device);
}

async function openMount(context: Context, device: LoopDevice, mountId: number): Promise<void> {
  const reply = await settle(context.api.mountsOpenFolder({ ...targetOf(device), mountId }));
  if (!reply.ok) tellFailure(context, actionTitles.openFolder, reply.error);
}

/** Shows the mount in the file manager, or copies its path where there is none. */
export async function openOrCopy(context: Context, device: LoopDevice, mount: Mount): Promise<void> {
  if (opensFolders(context)) await openMount(context, device, mount.mountId);
  else await copyText(context, mount.mountPoint.text);
}

/** Opens what is mounted, else mounts what can be; false where neither is possible. */
export function openDevice(context: Context, device: LoopDevice): boolean {
  const mount = mountToOpen(device, null);
  if (mount !== null && opensFolders(context)) {
    void openOrCopy(context, device, mount);
    return true;
  }
  if (mount !== null || choiceOf(context, device).mountable.length === 0) return false;
  void mountDevice(context, device);
  return true;
}

export async function trimMount(context: Context, device: LoopDevice, mount: Mount): Promise<void> {
  const call = () => context.api.mountsTrim({ ...targetOf(device), mountId: mount.mountId });
  const reply = await withPending(context, device, call);
  if (reply.ok) pushToast(context.ui, { text: mountWords.trimmed(titleOf(device), BigInt(reply.value.trimmedBytes)) });
  else tellFailure(context, actionTitles.trim(mount.mountPoint.text), reply.error);
}

export async function growFileSystem(context: Context, device: LoopDevice, mount: Mount): Promise<void> {
  const call = () => context.api.mountsGrow({ ...targetOf(device), mountId: mount.mountId });
  const reply = await withPending(context, device, call, 'growing');
  if (!reply.ok) {
    tellFailure(context, actionTitles.growFileSystem(mount.mountPoint.text), reply.error);
    return;
  }
  context.contents.renew(device);
  const { oldSizeBytes, sizeBytes } = reply.value;
  const text =
    BigInt(sizeBytes) > BigInt(oldSizeBytes)
      ? mountWords.grown(mount.mountPoint.text, formatSize(BigInt(sizeBytes)))
      : mountWords.grownAlready(mount.mountPoint.text);
  pushToast(context.ui, { text });
}

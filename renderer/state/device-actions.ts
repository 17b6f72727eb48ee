/** The rarer actions on one device; each tells its outcome itself. */
import type { AppErrorData, Reply } from '../../electron/ipc/errors.ts';
import type { ImageFile } from '../../electron/ipc/images.ts';
import type { ResizeEnding, ResizeOutcome } from '../../electron/ipc/resize.ts';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { actionTitles, toastWords } from '../text/action-words.ts';
import { formatSize, showText } from '../text/format.ts';
import { resizeWords } from '../text/resize-words.ts';
import { openAtOnce, settle, targetOf, tellFailure, type Context } from './actions.ts';
import { keyOf, partitionName, titleOf } from './device-facts.ts';
import { openDialog, pushToast, setPending, type Pending } from './ui-store.ts';

/** Runs a call with the device marked as busy. */
export async function withPending<T>(
  context: Context,
  device: LoopDevice,
  call: () => Promise<Reply<T>>,
  pending: Pending = 'changing',
): Promise<Reply<T>> {
  setPending(context.ui, [keyOf(device)], pending);
  const reply = await settle(call());
  setPending(context.ui, [keyOf(device)], null);
  return reply;
}

/** Asks for files: the system's chooser in Electron, the folder dialog in the browser host. */
export async function chooseImages(context: Context, multiple: boolean): Promise<readonly ImageFile[]> {
  if (context.appStore.getState().app?.host === 'browser') {
    const { promise, resolve } = Promise.withResolvers<readonly ImageFile[]>();
    context.ui.setState({ chooser: { multiple, answer: resolve } });
    return promise;
  }
  const reply = await settle(context.api.imagesChoose({ multiple }));
  if (reply.ok) return reply.value;
  tellFailure(context, actionTitles.choose, reply.error);
  return [];
}

/** Asks for files; one is shown with its options before it is attached, several are attached at once. */
export async function openAttach(context: Context): Promise<void> {
  const images = await chooseImages(context, true);
  const [first] = images;
  if (first === undefined) return;
  if (images.length === 1) context.ui.setState({ dialog: { kind: 'attach', image: first } });
  else await openAtOnce(context, images);
}

export function openResize(context: Context, device: LoopDevice): void {
  openDialog(context.ui, { kind: 'resize', subject: targetOf(device), name: titleOf(device) });
}

/** Says what came of a resize, and selects the device it left: an image that was taken away and given back has another one. */
export function tellResized(context: Context, name: string, how: 'resize' | ResizeEnding, { device, sizeBytes }: ResizeOutcome): void {
  if (device !== null) context.ui.setState({ selection: new Set([keyOf(device)]) });
  const words = how === 'forget' ? resizeWords.forgotten : how === 'undo' ? resizeWords.putBackDone : resizeWords.resized;
  pushToast(context.ui, { text: words(showText(name), formatSize(BigInt(sizeBytes))) });
}

/** Goes on with the stopped resize of a device's image, puts the size back, or forgets it. True when that was done. */
export async function finishResize(context: Context, device: LoopDevice, how: ResizeEnding): Promise<boolean> {
  const reply = await withPending(context, device, () => context.api.resizeFinish({ subject: targetOf(device), how }));
  if (reply.ok) tellResized(context, titleOf(device), how, reply.value);
  else tellFailure(context, resizeWords.failedAction(showText(titleOf(device))), reply.error);
  return reply.ok;
}

/** LOOP_SET_CAPACITY: the device takes over the size of its file. */
export async function refreshCapacity(context: Context, device: LoopDevice): Promise<void> {
  const reply = await withPending(context, device, () => context.api.devicesSetCapacity(targetOf(device)));
  if (!reply.ok) tellFailure(context, actionTitles.capacity(titleOf(device)), reply.error);
  else if (reply.value.sizeBytes !== device.sizeBytes) {
    pushToast(context.ui, { text: toastWords.grown(titleOf(device), formatSize(BigInt(reply.value.sizeBytes))) });
  } else pushToast(context.ui, { text: toastWords.sameSize });
}

export async function rescanPartitions(context: Context, device: LoopDevice): Promise<void> {
  const reply = await withPending(context, device, () => context.api.devicesRescan(targetOf(device)));
  if (reply.ok) pushToast(context.ui, { text: toastWords.partitionsRead });
  else tellFailure(context, actionTitles.rescan(titleOf(device)), reply.error);
}

export async function deletePartition(context: Context, device: LoopDevice, partition: number): Promise<void> {
  const call = () => context.api.devicesSetPartition({ action: 'delete', ...targetOf(device), partition });
  const reply = await withPending(context, device, call);
  if (!reply.ok) tellFailure(context, actionTitles.deletePartition(partitionName(device, { number: partition })), reply.error);
}

export async function changeBackingFile(context: Context, device: LoopDevice): Promise<void> {
  const [image] = await chooseImages(context, false);
  if (image === undefined) return;
  const call = () => context.api.devicesChangeBackingFile({ ...targetOf(device), image: image.id });
  const reply = await withPending(context, device, call);
  if (!reply.ok) {
    tellFailure(context, actionTitles.changeFile(titleOf(device)), reply.error);
    return;
  }
  // The device has a new diskseq now; what was selected stays selected.
  context.ui.setState({ selection: new Set([keyOf(reply.value)]) });
  pushToast(context.ui, { text: toastWords.fileChanged(image.name) });
}

export async function showInFolder(context: Context, device: LoopDevice): Promise<void> {
  const reply = await settle(context.api.devicesShowInFolder(targetOf(device)));
  if (!reply.ok) tellFailure(context, actionTitles.showInFiles, reply.error);
}

export async function copyText(context: Context, value: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(value);
    pushToast(context.ui, { text: toastWords.copied, lifeMs: 2000 });
  } catch {
    pushToast(context.ui, { text: toastWords.notCopied });
  }
}

export async function addNode(context: Context, device: number | null): Promise<AppErrorData | null> {
  const reply = await settle(context.api.nodesAdd({ device }));
  if (!reply.ok) return reply.error;
  context.ui.setState({ announcement: toastWords.nodeAdded(reply.value) });
  return null;
}

export async function removeNode(context: Context, device: number): Promise<AppErrorData | null> {
  const reply = await settle(context.api.nodesRemove({ device }));
  if (!reply.ok) return reply.error;
  context.ui.setState({ announcement: toastWords.nodeRemoved(device) });
  return null;
}

export async function cancelJob(context: Context, job: number): Promise<void> {
  const reply = await settle(context.api.jobsCancel({ job }));
  if (!reply.ok && reply.error.code !== 'JOB_GONE') tellFailure(context, actionTitles.job, reply.error);
}

/** Attaches what the clipboard names; Electron's main reads the clipboard itself. */
export async function pasteImages(context: Context, text: string | null): Promise<readonly ImageFile[]> {
  const reply = await settle(context.api.imagesPaste({ text }));
  if (reply.ok) return reply.value;
  tellFailure(context, actionTitles.paste, reply.error);
  return [];
}

export async function dropImages(context: Context, files: readonly File[]): Promise<readonly ImageFile[]> {
  const reply = await settle(context.api.imagesDrop(files));
  if (reply.ok) return reply.value;
  tellFailure(context, actionTitles.drop, reply.error);
  return [];
}

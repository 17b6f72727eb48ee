/** What the window can do: each function calls main, keeps track of what is under way, and tells the outcome. */
import type { AppErrorData, Reply } from '../../electron/ipc/errors.ts';
import type { RendererApi } from '../../electron/ipc/api.ts';
import type { AttachOptions, AttachOutcome, DetachOutcome } from '../../electron/ipc/methods.ts';
import type { ImageFile } from '../../electron/ipc/images.ts';
import type { DeviceTarget, LoopDevice, SetParams } from '../../native-helper/protocol/devices.ts';
import { toDecimalText } from './decimal-text.ts';
import { keyOf, titleOf, type DeviceKey } from './device-facts.ts';
import type { AppStore } from './app-store.ts';
import type { Library } from './library.ts';
import type { ContentsCache } from './contents.ts';
import { rememberDirectIo } from './remembered-devices.ts';
import { openDialog, pushToast, setPending, type Toast, type UiStore } from './ui-store.ts';
import { actionTitles, toastWords } from '../text/action-words.ts';
import { inspectWords } from '../text/inspection-words.ts';
import { openedText } from '../text/notice-text.ts';
import { resizeWords } from '../text/resize-words.ts';

export interface Context {
  readonly api: RendererApi;
  readonly appStore: AppStore;
  readonly ui: UiStore;
  readonly contents: ContentsCache;
  readonly library: Library;
}

/** Turns a call that broke into a failed reply, so that no caller needs a second way to fail. */
export async function settle<T>(call: Promise<Reply<T>>): Promise<Reply<T>> {
  try {
    return await call;
  } catch (error) {
    const failure: AppErrorData = { code: 'INTERNAL', message: 'The call broke.', details: String(error) };
    return { ok: false, error: failure };
  }
}

/** What a call that answers with nothing else is over with: null when it went well. */
export function failureOf(reply: Reply<unknown>): AppErrorData | null {
  return reply.ok ? null : reply.error;
}

export function targetOf(device: LoopDevice): DeviceTarget {
  return { device: device.number, diskseq: device.diskseq };
}

/** The attached device of a key, undefined when it is gone. */
export function findDevice(appStore: AppStore, key: DeviceKey): LoopDevice | undefined {
  return appStore.getState().app?.devices.find((device) => keyOf(device) === key);
}

/** Tells a failure as a toast, quietly when the person dismissed it. */
export function tellFailure(context: Context, action: string, error: AppErrorData): void {
  pushToast(context.ui, { text: action, error });
}

/** Goes to the device with this number as soon as the list has it: somebody asked to see it. */
export function showDevice(context: Context, number: number): void {
  whenListed(context, number, (device) => context.ui.setState({ view: 'devices', selection: new Set([keyOf(device)]), pane: 'details' }));
}

/** Selects the device with this number as soon as the list has it; who is in the library stays there. */
export function selectDevice(context: Context, number: number): void {
  whenListed(context, number, (device) =>
    context.ui.setState(({ view, pane }) => ({ selection: new Set([keyOf(device)]), pane: view === 'devices' ? 'details' : pane })),
  );
}

function whenListed(context: Context, number: number, act: (device: LoopDevice) => void): void {
  const tryNow = (): boolean => {
    const device = context.appStore.getState().app?.devices.find((one) => one.number === number);
    if (device === undefined) return false;
    act(device);
    return true;
  };
  if (tryNow()) return;
  const stop = context.appStore.subscribe(() => {
    if (tryNow()) stop();
  });
  // The list follows within a moment; after that the person has gone on to something else.
  setTimeout(stop, 3000);
}

export async function unlock(context: Context): Promise<Reply<null>> {
  const reply = await settle(context.api.helperUnlock({}));
  // A failure stands in the state of main and is told by the banner there.
  return reply;
}

/** How files are attached as the settings say, without a dialog. */
export function defaultOptions(context: Context): AttachOptions {
  const settings = context.appStore.getState().app?.settings;
  return {
    readOnly: settings?.attachReadOnly ?? true,
    partitionScan: settings?.partitionScan ?? true,
    offsetBytes: toDecimalText(0n),
    sizeLimitBytes: toDecimalText(0n),
    logicalBlockSizeBytes: 0,
    autoclear: false,
    directIo: false,
    reference: null,
    whenAttached: 'reuse',
  };
}

export interface AttachRequest {
  readonly image: ImageFile;
  readonly options: AttachOptions;
  /** Mount what can be mounted, too. */
  readonly mount: boolean;
}

/** Attaches one image and tells what came of it; the caller tells a failure. */
export async function attachImage(context: Context, { image, options, mount }: AttachRequest): Promise<Reply<AttachOutcome>> {
  const reply = await settle(context.api.devicesAttach({ image: image.id, options, mount }));
  if (reply.ok) {
    tellAttached(context, image.name, reply.value, mount);
    if (options.directIo) whenListed(context, reply.value.device, (device) => rememberDirectIo(context.ui, device, true));
    selectDevice(context, reply.value.device);
  }
  return reply;
}

/** Opens files at once, as the settings say; each failure is told by itself, with what can be done about it. */
export async function openAtOnce(context: Context, images: readonly ImageFile[]): Promise<void> {
  for (const image of images) {
    // One after the other: each may ask for a password, and the second needs none any more.
    const reply = await settle(context.api.imagesOpen({ image: image.id }));
    if (reply.ok) {
      const device = attachedKey(reply.value);
      const action = undoAction(context, reply.value.kind, device);
      pushToast(context.ui, { text: openedText(image.name, reply.value), action, device, lifeMs: 10_000 });
      selectDevice(context, reply.value.device);
    } else {
      pushToast(context.ui, { text: actionTitles.open(image.name), error: reply.error, action: remedyOf(context, image, reply.error) });
    }
  }
}

/** What can be done about a file that could not be opened or attached, as a button; null where nothing can. */
export function remedyOf({ ui }: Pick<Context, 'ui'>, image: ImageFile, error: AppErrorData): Toast['action'] {
  const { code, format } = error;
  // An image that is between two sizes is not attached: the way out is the dialog of resizing.
  if (code === 'RESIZE_UNFINISHED') {
    return { label: resizeWords.finish, run: () => openDialog(ui, { kind: 'resize', subject: { image: image.id }, name: image.name }) };
  }
  // Root may not read it where it lies: a copy elsewhere is made with the user's rights.
  if (code === 'IMAGE_NOT_SHARED') return { label: inspectWords.copy, run: () => openDialog(ui, { kind: 'create', copyOf: image }) };
  if (code !== 'IMAGE_NOT_RAW') return null;
  if (format?.kind === 'container' || format?.kind === 'compressed') {
    const label = format.kind === 'container' ? inspectWords.convert : inspectWords.unpack;
    return { label, run: () => openDialog(ui, { kind: 'convert', image }) };
  }
  return { label: inspectWords.imageDetails, run: () => openDialog(ui, { kind: 'inspect', image }) };
}

/** The device that an attach or an open came to. */
export function attachedKey({ device: number, diskseq }: Pick<AttachOutcome, 'device' | 'diskseq'>): DeviceKey {
  return keyOf({ number, diskseq });
}

function undoAction(context: Context, kind: AttachOutcome['outcome'], key: DeviceKey): Toast['action'] {
  if (kind !== 'attached') return null;
  const undo = (): void => {
    const device = findDevice(context.appStore, key);
    if (device !== undefined) void detachDevices(context, [device]);
  };
  return { label: toastWords.undo, run: undo, undoes: true };
}

function tellAttached(context: Context, name: string, outcome: AttachOutcome, mount: boolean): void {
  for (const { partition, error } of outcome.mountFailures) tellFailure(context, actionTitles.mountOf(name, partition), error);
  const nothing = mount && outcome.mounts.length === 0 && outcome.mountFailures.length === 0;
  const text = toastWords.attached(name, outcome, nothing);
  const device = attachedKey(outcome);
  pushToast(context.ui, { text, action: undoAction(context, outcome.outcome, device), device, lifeMs: 10_000 });
}

export interface DetachReport {
  readonly detached: readonly LoopDevice[];
  readonly deferred: readonly LoopDevice[];
  /** Ids of runs that wait. */
  readonly waiting: readonly number[];
  readonly failed: readonly { readonly device: LoopDevice; readonly error: AppErrorData }[];
}

/**
 * Detaches devices. Without `whenFree`, those in use are waited for, and a dialog shows by whom; the toast with Undo
 * comes from main's offers.
 */
export async function detachDevices(context: Context, devices: readonly LoopDevice[], whenFree = false): Promise<DetachReport> {
  const keys = devices.map(keyOf);
  setPending(context.ui, keys, 'detaching');
  const replies = await Promise.all(
    devices.map(async (device) => ({
      device,
      reply: await settle(context.api.devicesDetach({ ...targetOf(device), whenFree, wait: true })),
    })),
  );
  setPending(context.ui, keys, null);
  const report = sortReplies(replies);
  rememberGone(context, replies);
  rememberDeferred(context, report.deferred);
  for (const { device, error } of report.failed) tellFailure(context, actionTitles.detach(titleOf(device)), error);
  if (report.waiting.length > 0) context.ui.setState({ dialog: { kind: 'busy', runs: report.waiting } });
  tellDetached(context, replies, report);
  return report;
}

interface DetachAnswer {
  readonly device: LoopDevice;
  readonly reply: Reply<DetachOutcome>;
}

function sortReplies(replies: readonly DetachAnswer[]): DetachReport {
  const detached: LoopDevice[] = [];
  const deferred: LoopDevice[] = [];
  const waiting: number[] = [];
  const failed: { device: LoopDevice; error: AppErrorData }[] = [];
  for (const { device, reply } of replies) {
    if (!reply.ok) failed.push({ device, error: reply.error });
    else if (reply.value.run !== undefined) waiting.push(reply.value.run);
    else (reply.value.state === 'detached' ? detached : deferred).push(device);
  }
  return { detached, deferred, waiting, failed };
}

/** Keeps what the details pane needs to say `No longer attached` and to offer the way back. */
function rememberGone(context: Context, replies: readonly DetachAnswer[]): void {
  const gone = new Map(context.ui.getState().gone);
  for (const { device, reply } of replies) {
    if (reply.ok && reply.value.state === 'detached') gone.set(keyOf(device), { device, undoId: reply.value.undoId });
  }
  context.ui.setState({ gone });
}

function rememberDeferred(context: Context, devices: readonly LoopDevice[]): void {
  if (devices.length > 0) context.ui.setState(({ deferred }) => ({ deferred: new Set([...deferred, ...devices.map(keyOf)]) }));
}

function tellDetached(context: Context, replies: readonly DetachAnswer[], report: DetachReport): void {
  for (const { device, reply } of replies) {
    // With an offer to undo, the toast is main's; without one, somebody has to say it.
    if (reply.ok && reply.value.state === 'detached' && reply.value.undoId === null) {
      pushToast(context.ui, { text: toastWords.detached(titleOf(device)) });
    }
  }
  if (report.deferred.length > 0) pushToast(context.ui, { text: toastWords.deferred(report.deferred.map(titleOf)) });
}

export async function undoDetach(context: Context, undoId: number, fileName: string): Promise<void> {
  const reply = await settle(context.api.devicesUndoDetach({ undo: undoId }));
  if (reply.ok) selectDevice(context, reply.value.device);
  else tellFailure(context, actionTitles.undo(fileName), reply.error);
}

/** Takes back a deferred detach, or switches off what would detach the device with its last user. */
export async function keepAttached(context: Context, device: LoopDevice): Promise<void> {
  setPending(context.ui, [keyOf(device)], 'changing');
  const reply = await settle(context.api.devicesCancelDetach(targetOf(device)));
  setPending(context.ui, [keyOf(device)], null);
  if (!reply.ok && reply.error.code !== 'NOT_DEFERRED') tellFailure(context, actionTitles.keep(titleOf(device)), reply.error);
}

export async function changeDevice(context: Context, device: LoopDevice, changes: SetParams['changes']): Promise<Reply<LoopDevice>> {
  setPending(context.ui, [keyOf(device)], 'changing');
  const reply = await settle(context.api.devicesSet({ ...targetOf(device), changes }));
  if (reply.ok && changes.autoclear === true) rememberDeferred(context, [device]);
  if (reply.ok && changes.directIo !== undefined) rememberDirectIo(context.ui, device, changes.directIo);
  setPending(context.ui, [keyOf(device)], null);
  return reply;
}

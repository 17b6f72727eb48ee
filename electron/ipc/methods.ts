/**
 * Everything the window can ask of main, as one table: parameters and result. The preload, the WebSocket of the browser
 * host, the handlers and the types of the renderer's API derive from it.
 */
import * as v from 'valibot';
import {
  attachParams,
  deviceTarget,
  nodeParams,
  addNodeParams,
  setParams,
  setPartitionParams,
  detachParams,
  type DetachResult,
  type KernelView,
  type LoopDevice,
} from '../../native-helper/protocol/devices.ts';
import type { AttachWarning } from '../../native-helper/protocol/devices.ts';
import { mountTargetParams, type GrowResult, type TrimResult } from '../../native-helper/protocol/mounts.ts';
import { partitionNumber } from '../../native-helper/protocol/scalar-parsers.ts';
import type { ContentMount, ContentMountFailure, Contents } from './contents.ts';
import { createMethods } from './create-methods.ts';
import { detachMethods } from './detaching.ts';
import { inspectionMethods } from './inspection-methods.ts';
import { maintenanceMethods } from './maintenance-methods.ts';
import { libraryMethods } from './library-methods.ts';
import { devicePageMethods } from './device-page.ts';
import { method } from './method.ts';
import { resizeMethods } from './resize-methods.ts';
import { fileId, type BackingFileFacts, type FolderListing, type ImageDescription, type ImageFile } from './images.ts';
import type { AppState, Settings } from './state.ts';

const nothing = v.strictObject({});
const { device: _device, ...attachOptionEntries } = attachParams.entries;
/** How to attach: the helper's parameters without the device number, which the window does not choose. */
export const attachOptions = v.strictObject(attachOptionEntries);
export type AttachOptions = v.InferOutput<typeof attachOptions>;

/** Outcome of an attach as the window tells it. */
export interface AttachOutcome {
  readonly device: number;
  /** Which of all that ever have this number. */
  readonly diskseq: LoopDevice['diskseq'];
  readonly outcome: 'attached' | 'already-attached';
  /** `no-permission`, `running`, `read-only-file-system`: found by main when it opened the file; the rest as the helper says. */
  readonly readOnlyReason:
    | 'requested'
    | 'no-permission'
    | 'running'
    | 'read-only-file-system'
    | 'immutable'
    | 'descriptor'
    | 'sealed'
    | 'existing'
    | 'kernel'
    | null;
  readonly warnings: readonly AttachWarning[];
  /** What is mounted of it by Platter now; empty when mounting was not asked for. */
  readonly mounts: readonly ContentMount[];
  /** What could not be mounted; `partition` null also when the contents could not be found out at all. */
  readonly mountFailures: readonly ContentMountFailure[];
}

export interface DetachOutcome {
  /** `waiting`: in use; {@link DetachRun} tells how it goes on. */
  readonly state: DetachResult['state'] | 'waiting';
  /** Offer to take it back, null where the file cannot be opened again by the user. */
  readonly undoId: number | null;
  /** Of the run, with `waiting` only. */
  readonly run?: number;
}

const settingsPatch = v.strictObject({
  attachReadOnly: v.optional(v.boolean()),
  partitionScan: v.optional(v.boolean()),
  showSystemDevices: v.optional(v.boolean()),
  colourScheme: v.optional(v.picklist(['system', 'light', 'dark'])),
  mountFileSystems: v.optional(v.boolean()),
  openFolder: v.optional(v.boolean()),
  defaultProgram: v.optional(v.picklist(['platter', 'other'])),
});

export const rendererMethods = {
  'state/get': method<AppState>()(nothing),
  /** The window is visible: main asks the helper for the safety re-read only then. */
  'window/visibility': method<null>()(v.strictObject({ visible: v.boolean() })),
  /** Starts the elevated helper; the system may ask for a password. Resolves when it is ready. */
  'helper/unlock': method<null>()(nothing),
  'settings/set': method<Settings>()(settingsPatch),

  /** Native file chooser; empty when dismissed. Electron host only. */
  'images/choose': method<readonly ImageFile[]>()(v.strictObject({ multiple: v.boolean() })),
  /** Browser host only: null starts in the home folder. */
  'images/list-folder': method<FolderListing>()(v.strictObject({ folder: v.nullable(fileId), showHidden: v.boolean() })),
  /** Files named by pasted text (paths or file: addresses, one a line). In Electron main reads the clipboard itself and the text is null. */
  'images/paste': method<readonly ImageFile[]>()(v.strictObject({ text: v.nullable(v.pipe(v.string(), v.maxLength(16_384))) })),
  'images/describe': method<ImageDescription>()(v.strictObject({ image: fileId })),

  /** With `mount` (default: false) everything mountable is mounted then, read-only as the device is; a failed mount leaves the device attached and is told. */
  'devices/attach': method<AttachOutcome>()(
    v.strictObject({ image: fileId, options: attachOptions, mount: v.optional(v.boolean(), false) }),
  ),
  /** Unmounts what Platter mounted of it first. When one of the mounts is busy (MOUNT_BUSY) everything stays as it was, unless `whenFree` asks for the deferred form. With `wait` (default: false) a device in use is no failure but a run that waits. */
  'devices/detach': method<DetachOutcome>()(v.strictObject({ ...detachParams.entries, wait: v.optional(v.boolean()) })),
  'devices/cancel-detach': method<null>()(deviceTarget),
  /** Attaches again with the options the device had, and mounts what was mounted; offers live ten seconds. */
  'devices/undo-detach': method<AttachOutcome>()(v.strictObject({ undo: v.pipe(v.number(), v.integer(), v.minValue(1)) })),
  'devices/set': method<LoopDevice>()(setParams),
  'devices/set-capacity': method<LoopDevice>()(deviceTarget),
  'devices/rescan': method<LoopDevice>()(deviceTarget),
  'devices/set-partition': method<LoopDevice>()(setPartitionParams),
  'devices/change-backing-file': method<LoopDevice>()(v.strictObject({ ...deviceTarget.entries, image: fileId })),
  'devices/kernel-view': method<KernelView>()(deviceTarget),
  /** Size and state of the backing file as the user sees it. */
  'devices/backing-file': method<BackingFileFacts>()(deviceTarget),
  /** Shows the backing file in the file manager. Electron host only. */
  'devices/show-in-folder': method<null>()(deviceTarget),
  /** What is on the device: libblkid's findings in the file, or what the kernel says of its mounts where the user may not read the file. Errors: PROBE_FAILED. */
  'devices/contents': method<Contents>()(deviceTarget),

  ...devicePageMethods,

  /** Mounts what is on the device or partition under /run/media/USER. Errors: FILE_SYSTEM_REFUSED where nothing mountable was found, PROBE_FAILED, and the helper's. */
  'mounts/mount': method<{ readonly mountPoint: string; readonly mountId: number }>()(
    v.strictObject({ ...deviceTarget.entries, partition: v.nullable(partitionNumber), readOnly: v.boolean() }),
  ),
  /** Mounts made by Platter only. Errors: NOT_MOUNTED, MOUNT_BUSY with the mount point and the caller's programs. */
  'mounts/unmount': method<null>()(mountTargetParams),
  /** Shows the mount in the file manager. Errors: NOT_MOUNTED, NOT_IN_THIS_HOST where there is no display. */
  'mounts/open-folder': method<null>()(mountTargetParams),
  /** Gives free space of the mounted file system back to the image file. */
  'mounts/trim': method<TrimResult>()(mountTargetParams),
  /** Grows the mounted file system to the size of its device or partition (ext4, xfs, btrfs). */
  'mounts/grow': method<GrowResult>()(mountTargetParams),

  'nodes/add': method<number>()(addNodeParams),
  'nodes/remove': method<null>()(nodeParams),
  'nodes/find-free': method<number>()(nothing),

  ...createMethods,
  ...detachMethods,
  ...inspectionMethods,
  ...libraryMethods,
  ...maintenanceMethods,
  ...resizeMethods,

  'jobs/cancel': method<null>()(v.strictObject({ job: v.pipe(v.number(), v.integer(), v.minValue(1)) })),
  'jobs/dismiss': method<null>()(v.strictObject({ job: v.pipe(v.number(), v.integer(), v.minValue(1)) })),
  'notices/dismiss': method<null>()(v.strictObject({ notice: v.pipe(v.number(), v.integer(), v.minValue(1)) })),
} as const;

export type RendererMethods = typeof rendererMethods;
export type RendererMethodName = keyof RendererMethods;
export type RendererParams<N extends RendererMethodName> = v.InferOutput<RendererMethods[N]['params']>;
export type RendererParamsInput<N extends RendererMethodName> = v.InferInput<RendererMethods[N]['params']>;
export type RendererResult<N extends RendererMethodName> = Exclude<RendererMethods[N]['result'], undefined>;

/** True for a method of the table; own properties only. */
export function isRendererMethodName(name: string): name is RendererMethodName {
  return Object.hasOwn(rendererMethods, name);
}

/**
 * The contract of the helper as one table: name, parameters, result, descriptors taken, authorization.
 * Client, dispatcher and PROTOCOL.md derive from it; a method without an authorization entry does not compile.
 */
import * as v from 'valibot';
import {
  addNodeParams,
  attachLegacyParams,
  attachParams,
  changeBackingFileParams,
  detachParams,
  deviceTarget,
  nodeParams,
  setParams,
  setPartitionParams,
  watchParams,
  type AttachResult,
  type DetachResult,
  type DeviceSnapshot,
  type KernelView,
  type LoopDevice,
} from './devices.ts';
import {
  mountParams,
  mountTargetParams,
  shrinkParams,
  unmountParams,
  type GrowResult,
  type MountResult,
  type TrimResult,
  type UnmountResult,
} from './mounts.ts';
import { closeHolderParams, holdersParams, type HolderList } from './holders.ts';
import { helloParams, type Features, type HelloResult } from './session.ts';

/** An action polkit decides about, without its prefix `org.platter.`. */
export type PolkitAction =
  | 'loop-setup'
  | 'loop-setup-special'
  | 'loop-modify-others'
  | 'loop-delete-others'
  | 'loop-nodes'
  | 'filesystem-mount'
  | 'filesystem-mount-uncommon'
  | 'filesystem-mount-others'
  | 'filesystem-unmount-others'
  | 'holders-close-others';

/**
 * Who may call a method. `none`: anybody who could start the helper. Otherwise an action for the caller's own devices
 * (null: no question) and one for those of others (`refused`: never).
 */
export type Authorization =
  | 'none'
  | {
      readonly own: PolkitAction | null;
      readonly others: PolkitAction | 'refused';
      /** Whose: the device's (default), the mount's that the request names, or both. */
      readonly of?: 'mount' | 'mount-and-device';
      /** Instead of `own` when the file system named is of an uncommon type. */
      readonly uncommon?: PolkitAction;
      /** Asked also about own devices when the request wants other users' processes named; without any of theirs nothing is asked. */
      readonly named?: PolkitAction;
    };

interface MethodEntry<Params extends v.GenericSchema, Result> {
  readonly params: Params;
  /** Number of descriptors that must come with the request. */
  readonly descriptors: 0 | 1;
  readonly authorization: Authorization;
  /** The view-only helper answers it too; all others answer ROOT_REQUIRED there. */
  readonly viewOnly: boolean;
  /** Carries the result type only; never set. */
  readonly result?: Result;
}

/** Gives an entry its result type, which no value of it shows. */
function method<Result>() {
  return <Params extends v.GenericSchema>(entry: MethodEntry<Params, Result>): MethodEntry<Params, Result> => entry;
}

const nothing = v.strictObject({});
const ownOrModify = { own: null, others: 'loop-modify-others' } as const;
const ownMountOrModify = { of: 'mount-and-device', own: null, others: 'loop-modify-others' } as const;
const nodesForAnybody = { own: 'loop-nodes', others: 'loop-nodes' } as const;

export const helperMethods = {
  /** First request of every session. Errors: VERSION_MISMATCH. */
  'session/hello': method<HelloResult>()({ params: helloParams, descriptors: 0, authorization: 'none', viewOnly: true }),
  'session/features': method<Features>()({ params: nothing, descriptors: 0, authorization: 'none', viewOnly: true }),
  /** Ends the helper after its reply; the same as end of input. */
  'session/shutdown': method<null>()({ params: nothing, descriptors: 0, authorization: 'none', viewOnly: true }),
  /** Withdraws a request that is still waiting; that one then fails with CANCELLED. True when it was found. */
  'session/cancel': method<boolean>()({
    params: v.strictObject({ request: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER)) }),
    descriptors: 0,
    authorization: 'none',
    viewOnly: true,
  }),

  'devices/list': method<DeviceSnapshot>()({ params: nothing, descriptors: 0, authorization: 'none', viewOnly: true }),
  /** From now on `devices/changed` comes for every change after the revision in the reply. Repeating it changes only `safetyRead`. */
  'devices/watch': method<{ readonly revision: number }>()({ params: watchParams, descriptors: 0, authorization: 'none', viewOnly: true }),
  /**
   * LOOP_CONFIGURE of a free device with the image that came as descriptor. With `autoclear` the device lasts as long as somebody has it
   * open: at first the helper, until it is mounted, used as swap or by another device, until `devices/set` or `devices/cancel-detach`
   * takes the flag away, until `devices/detach`, or until the helper ends, whereupon the kernel detaches it. So whoever attaches in order to mount
   * leaves nothing behind, wherever he is stopped. At most 64 devices are held so at a time (LIMIT_REACHED). Other helpers find such a device
   * busy.
   */
  'devices/attach': method<AttachResult>()({
    params: attachParams,
    descriptors: 1,
    authorization: { own: 'loop-setup', others: 'loop-setup-special' },
    viewOnly: false,
  }),
  'devices/attach-legacy': method<AttachResult>()({
    params: attachLegacyParams,
    descriptors: 1,
    authorization: { own: 'loop-setup', others: 'loop-setup-special' },
    viewOnly: false,
  }),
  'devices/detach': method<DetachResult>()({
    params: detachParams,
    descriptors: 0,
    authorization: { own: null, others: 'loop-delete-others' },
    viewOnly: false,
  }),
  /** Takes back a deferred detach by clearing AUTOCLEAR (LOOP.md §0.7). Errors: NOT_DEFERRED. */
  'devices/cancel-detach': method<LoopDevice>()({ params: deviceTarget, descriptors: 0, authorization: ownOrModify, viewOnly: false }),
  'devices/set': method<LoopDevice>()({ params: setParams, descriptors: 0, authorization: ownOrModify, viewOnly: false }),
  /** LOOP_SET_CAPACITY: the device takes over the present size of its file. */
  'devices/set-capacity': method<LoopDevice>()({ params: deviceTarget, descriptors: 0, authorization: ownOrModify, viewOnly: false }),
  /** BLKRRPART: the kernel reads the partition table anew. */
  'devices/rescan': method<LoopDevice>()({ params: deviceTarget, descriptors: 0, authorization: ownOrModify, viewOnly: false }),
  /** BLKPG: tells the kernel of one partition without touching the image. */
  'devices/set-partition': method<LoopDevice>()({
    params: setPartitionParams,
    descriptors: 0,
    authorization: ownOrModify,
    viewOnly: false,
  }),
  /** LOOP_CHANGE_FD; read-only devices, same size; the device gets a new diskseq. */
  'devices/change-backing-file': method<LoopDevice>()({
    params: changeBackingFileParams,
    descriptors: 1,
    authorization: { own: 'loop-setup', others: 'refused' },
    viewOnly: false,
  }),
  /** LOOP_GET_STATUS64 and LOOP_GET_STATUS, field by field. */
  'devices/kernel-view': method<KernelView>()({ params: deviceTarget, descriptors: 0, authorization: ownOrModify, viewOnly: false }),

  /** FITRIM on a mount of the helper: gives free space back to the image file. */
  'devices/trim': method<TrimResult>()({ params: mountTargetParams, descriptors: 0, authorization: ownMountOrModify, viewOnly: false }),

  /** fsopen to move_mount under /run/media/USER, always nosuid and nodev. Errors: FILE_SYSTEM_REFUSED, FILE_SYSTEM_UNSUPPORTED, FILE_SYSTEM_INVALID, DEVICE_READ_ONLY, MOUNT_TARGET_REFUSED. */
  'mounts/mount': method<MountResult>()({
    params: mountParams,
    descriptors: 0,
    authorization: { own: 'filesystem-mount', uncommon: 'filesystem-mount-uncommon', others: 'filesystem-mount-others' },
    viewOnly: false,
  }),
  /** Only what the helper mounted. Errors: NOT_MOUNTED, MOUNT_BUSY. */
  'mounts/unmount': method<UnmountResult>()({
    params: unmountParams,
    descriptors: 0,
    authorization: { of: 'mount', own: null, others: 'filesystem-unmount-others' },
    viewOnly: false,
  }),
  /** Grows the mounted file system to the size of its device or partition (ext4, xfs, btrfs). */
  'mounts/grow': method<GrowResult>()({ params: mountTargetParams, descriptors: 0, authorization: ownMountOrModify, viewOnly: false }),
  /** Makes a mounted btrfs smaller, moving what lies behind the new end. Errors: FILE_SYSTEM_REFUSED, FILE_SYSTEM_FULL. */
  'mounts/shrink': method<GrowResult>()({ params: shrinkParams, descriptors: 0, authorization: ownMountOrModify, viewOnly: false }),

  /** Everything that uses the device, as a tree. Takes as long as looking at every process. Errors: NOT_ATTACHED. */
  'holders/list': method<HolderList>()({
    params: holdersParams,
    descriptors: 0,
    authorization: { own: null, others: 'loop-modify-others', named: 'loop-modify-others' },
    viewOnly: true,
  }),
  /**
   * Sends a signal to a process that is in the list at this moment; a program closes its own user's processes itself. Never process 1,
   * kernel threads, the helper or the program that started it. Errors: PROCESS_GONE, PROCESS_NOT_HOLDER, PROCESS_REFUSED.
   */
  'holders/close': method<null>()({
    params: closeHolderParams,
    descriptors: 0,
    authorization: { own: 'holders-close-others', others: 'refused' },
    viewOnly: false,
  }),

  /** LOOP_CTL_ADD; the reply is the number. */
  'nodes/add': method<number>()({ params: addNodeParams, descriptors: 0, authorization: nodesForAnybody, viewOnly: false }),
  'nodes/remove': method<null>()({ params: nodeParams, descriptors: 0, authorization: nodesForAnybody, viewOnly: false }),
  /** LOOP_CTL_GET_FREE: a hint, gone as soon as somebody else attaches (LOOP.md §0.13). Makes a node when none is free. */
  'nodes/find-free': method<number>()({ params: nothing, descriptors: 0, authorization: nodesForAnybody, viewOnly: false }),
} as const;

export type HelperMethods = typeof helperMethods;
export type MethodName = keyof HelperMethods;
export type ParamsOf<N extends MethodName> = v.InferOutput<HelperMethods[N]['params']>;
export type ParamsInputOf<N extends MethodName> = v.InferInput<HelperMethods[N]['params']>;
export type ResultOf<N extends MethodName> = Exclude<HelperMethods[N]['result'], undefined>;

/** True for a method of the table; own properties only, so that `constructor` is none. */
export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(helperMethods, name);
}

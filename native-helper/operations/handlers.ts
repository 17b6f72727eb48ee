/** All operations on devices and nodes as one table for the dispatcher. Runs in the helper. */
import { detectFeatures } from '../linux/features.ts';
import { readDiskseq } from '../linux/sysfs.ts';
import type { LoopDevice } from '../protocol/devices.ts';
import { HelperError } from '../protocol/errors.ts';
import type { Features } from '../protocol/session.ts';
import type { HandlersOf } from '../rpc/handlers.ts';
import { attach } from './attach.ts';
import { attachLegacy } from './attach-legacy.ts';
import { cancelDetach } from './cancel-detach.ts';
import { changeBackingFile } from './change-backing-file.ts';
import { detach } from './detach.ts';
import { toTarget, type Target } from './device-access.ts';
import { closeHolder } from './holders/close-holder.ts';
import { listHolders } from './holders/holder-list.ts';
import { HeldDevices } from './held-devices.ts';
import { listenToKernel } from './kernel-events.ts';
import { viewKernel } from './kernel-view.ts';
import { LiveDevices } from './live-devices.ts';
import { addNode, findFreeNode, removeNode } from './nodes.ts';
import type { Operations, OperationsContext } from './operations-context.ts';
import { rescan } from './rescan.ts';
import { setCapacity } from './set-capacity.ts';
import { setDevice } from './set.ts';
import { setPartition } from './set-partition.ts';

/** The methods this folder answers; mounting/ answers the others. */
export type OperationName =
  | 'session/features'
  | 'devices/list'
  | 'devices/watch'
  | 'devices/attach'
  | 'devices/attach-legacy'
  | 'devices/detach'
  | 'devices/cancel-detach'
  | 'devices/set'
  | 'devices/set-capacity'
  | 'devices/rescan'
  | 'devices/set-partition'
  | 'devices/change-backing-file'
  | 'devices/kernel-view'
  | 'holders/list'
  | 'holders/close'
  | 'nodes/add'
  | 'nodes/remove'
  | 'nodes/find-free';

/** Handlers, and the live list for those who change devices in other ways. */
export interface OperationHandlers {
  readonly handlers: HandlersOf<OperationName>;
  readonly live: LiveDevices;
  /** Something was mounted or unmounted; `mounted` is the device that has a mount now. */
  readonly onMountsChanged: (mounted: Target | null) => void;
  /** See {@link LiveDevices.isSlow}. */
  readonly isSlow: (number: number) => boolean;
  /** Lets go of everything that the poller watches for this folder. */
  readonly stop: () => void;
}

/** Starts listening to the kernel; the first list is read when somebody asks for it. */
export function createHandlers(context: OperationsContext): OperationHandlers {
  let events: ReturnType<typeof listenToKernel> | null = null;
  const live = new LiveDevices({
    mode: context.mode,
    records: context.records,
    notify: (changes) => context.notify('devices/changed', changes),
    drain: () => events?.drain(),
  });
  events = listenToKernel(context.poller, {
    onEvents: (numbers, partitioned) => live.onEvents(numbers, partitioned),
    readAll: () => live.readAll(),
    readMounts: () => live.readMounts(),
    readHolders: () => live.readHolders(),
  });
  const held = new HeldDevices();
  live.onRefreshed = (number, entry) => held.check(number, entry);
  const onMountsChanged = (mounted: Target | null): void => {
    live.readMounts();
    // Whatever the list knows of its partitions.
    if (mounted !== null) held.release(mounted);
  };
  const stop = (): void => {
    held.releaseAll();
    live.stop();
    events.stop();
  };
  const handlers = { ...viewHandlers(context, live), ...actionHandlers(context, live, held) };
  return { handlers, live, onMountsChanged, isSlow: (number) => live.isSlow(number), stop };
}

type ViewName = 'session/features' | 'devices/list' | 'devices/watch' | 'holders/list';

function viewHandlers({ uid, mode }: OperationsContext, live: LiveDevices): HandlersOf<ViewName> {
  return {
    'session/features': () => readFeatures(),
    'devices/list': () => live.list(),
    'devices/watch': ({ safetyRead }) => ({ revision: live.watch(safetyRead) }),
    'holders/list': async ({ others, ...params }, { signal }) => {
      const loops = attachedLoops(live, toTarget(params));
      const list = await listHolders({ number: params.device, loops, uid, others, isRoot: mode === 'elevated', signal });
      if (list === null) throw new HelperError('NOT_ATTACHED');
      return list;
    },
  };
}

/** All of them; the one that is asked about must be the one the caller saw. Errors: NO_SUCH_DEVICE, NOT_ATTACHED, STALE_DEVICE. */
function attachedLoops(live: LiveDevices, { number, diskseq }: Target): readonly LoopDevice[] {
  const attached = live.readAttachment(number);
  if (attached === null) throw new HelperError(readDiskseq(number) === null ? 'NO_SUCH_DEVICE' : 'NOT_ATTACHED');
  if (attached.diskseq !== diskseq) throw new HelperError('STALE_DEVICE');
  return live.list().devices;
}

let features: Features | null = null;

/** Asked once: a kernel does not change while it runs. */
function readFeatures(): Features {
  features ??= detectFeatures();
  return features;
}

function actionHandlers(context: OperationsContext, live: LiveDevices, held: HeldDevices): HandlersOf<Exclude<OperationName, ViewName>> {
  /** The dispatcher answers ROOT_REQUIRED itself; this stands between a fault there and an action without root. */
  const operations = (): Operations => {
    if (context.mode !== 'elevated' || context.records === null) throw new HelperError('ROOT_REQUIRED');
    return {
      uid: context.uid,
      live,
      records: context.records,
      held,
      largestBlockBytes: () => readFeatures().largestLogicalBlockSizeBytes,
      canConfigure: () => readFeatures().loopConfigure,
      canChangeBackingFile: () => readFeatures().changeBackingFile,
    };
  };
  return {
    'devices/attach': (params, request) => attach(operations(), params, request),
    'devices/attach-legacy': (params, request) => attachLegacy(operations(), params, request),
    'devices/detach': (params, { signal }) => detach(operations(), params, signal),
    'devices/cancel-detach': (params) => cancelDetach(operations(), params),
    'devices/set': (params) => setDevice(operations(), params),
    'devices/set-capacity': (params) => setCapacity(operations(), params),
    'devices/rescan': (params) => rescan(operations(), params),
    'devices/set-partition': (params) => setPartition(operations(), params),
    'devices/change-backing-file': (params, request) => changeBackingFile(operations(), params, request),
    'devices/kernel-view': (params) => {
      operations();
      return viewKernel(live, params);
    },
    'holders/close': async (params, { signal }) => {
      operations();
      return closeHolder(attachedLoops(live, toTarget(params)), params, signal);
    },
    'nodes/add': (params) => addNode(operations(), params),
    'nodes/remove': (params, { signal }) => removeNode(operations(), params, signal),
    'nodes/find-free': () => findFreeNode(operations()),
  };
}

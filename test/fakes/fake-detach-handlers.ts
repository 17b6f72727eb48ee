/** The part of the fake that deals with detaching and with who uses a device. */
import type { DetachRun, DetachState } from '../../electron/ipc/detaching.ts';
import { isFree as isFreeList } from '../../electron/ipc/holder-facts.ts';
import type { RendererParams } from '../../electron/ipc/methods.ts';
import type { LoopDevice, Mount } from '../../native-helper/protocol/devices.ts';
import type { HolderDevice, HolderList, HolderMount, HolderProcess } from '../../native-helper/protocol/holders.ts';
import { FakeRefusal, type FakeHandlers } from './fake-contract.ts';
import type { Target } from './fake-device-handlers.ts';
import { isHeldByOthers, foreignMounts, unmountOwn } from './fake-mount-handlers.ts';
import { isFree, type FakeModel } from './fake-model.ts';
import { decimal, kernelText } from './sample-devices.ts';

type Waiting = Extract<DetachState, { kind: 'waiting' }>;

function programsAt(model: FakeModel, mount: Mount): readonly HolderProcess[] {
  return (model.busyMounts.get(mount.mountPoint.text) ?? []).map(({ pid, name }) => ({
    pid,
    startTime: decimal(100_000 + pid),
    name,
    uid: 1000,
    user: 'maria',
    uses: [{ kind: 'open', path: kernelText(`${mount.mountPoint.text}/report.odt`), mode: 'write' }],
    moreUses: 0,
  }));
}

function toMounts(model: FakeModel, mounts: readonly Mount[]): readonly HolderMount[] {
  return mounts.map((mount) => ({ ...mount, root: kernelText('/'), namespace: null, inside: [], processes: programsAt(model, mount) }));
}

const nothing = { swaps: [], btrfsDevices: [], processes: [], devices: [] } as const;

/** What main would list of a device of the model. */
export function holdersOf(model: FakeModel, device: LoopDevice): HolderList {
  const name = `loop${device.number}`;
  const partitions: HolderDevice[] = device.partitions.map(({ number, deviceNumber, mounts, usedAsSwap }) => ({
    ...nothing,
    kind: 'partition',
    name: `${name}p${number}`,
    deviceNumber,
    title: null,
    mounts: toMounts(model, mounts),
    swaps: usedAsSwap ? [kernelText(`/dev/${name}p${number}`)] : [],
  }));
  const mappings: HolderDevice[] = device.holders.map((holder) => ({
    ...nothing,
    kind: 'luks',
    name: holder,
    deviceNumber: '253:4',
    title: kernelText('luks-secret'),
    mounts: [],
  }));
  const root: HolderDevice = {
    ...nothing,
    kind: 'loop',
    name,
    deviceNumber: `7:${device.number}`,
    title: device.backingFile,
    mounts: toMounts(model, device.mounts),
    swaps: device.usedAsSwap ? [kernelText(`/dev/${name}`)] : [],
    devices: [...partitions, ...mappings],
  };
  return { root, hiddenProcesses: 0, writers: [], hiddenWriters: 0, unreadableProcesses: 0, unexplained: 'unknown' };
}

/** Unmounts what Platter mounted and detaches, or refuses with what keeps the device. */
function tryDetach(model: FakeModel, before: LoopDevice, whenFree: boolean): { state: 'detached' | 'deferred'; undoId: number | null } {
  const device = whenFree || isHeldByOthers(before) ? before : unmountOwn(model, before);
  if (isFree(device)) {
    model.remove(device.number);
    const fileName = device.backingFile?.text.split('/').at(-1) ?? `loop${device.number}`;
    // What was mounted is mounted again with the device.
    return { state: 'detached', undoId: device.backingFileState === 'named' ? model.offerUndo(before, fileName) : null };
  }
  if (!whenFree) {
    const mounts = foreignMounts(device).map((mount) => mount.mountPoint.text);
    throw new FakeRefusal(mounts.length > 0 ? 'DEVICE_MOUNTED' : 'DEVICE_BUSY', { detail: { mountPoints: mounts } });
  }
  model.update(device.number, { autoclear: true });
  return { state: 'deferred', undoId: null };
}

function startRun(model: FakeModel, device: LoopDevice, { data }: FakeRefusal): DetachRun {
  const state: Waiting = {
    kind: 'waiting',
    because: data,
    holders: holdersOf(model, device),
    closing: [],
    triedWith: null,
    looksSinceTry: 1,
  };
  const fileName = device.backingFile?.text.split('/').at(-1) ?? `loop${device.number}`;
  const run = { id: model.nextId(), device: device.number, diskseq: device.diskseq, fileName, state };
  model.change({ detachRuns: [...model.state.detachRuns, run] });
  return run;
}

function endRun(model: FakeModel, id: number): void {
  model.change({ detachRuns: model.state.detachRuns.filter((run) => run.id !== id) });
}

function changeRun(model: FakeModel, id: number, change: (state: Waiting) => DetachState): void {
  const detachRuns = model.state.detachRuns.map((run) =>
    run.id === id && run.state.kind === 'waiting' ? { ...run, state: change(run.state) } : run,
  );
  model.change({ detachRuns });
}

/** As main looks once a second: whoever is gone leaves the lists, and what is free is detached. */
export function lookAtRuns(model: FakeModel): void {
  for (const { id, device: number, diskseq } of model.state.detachRuns) {
    const device = model.device(number);
    if (device?.diskseq !== diskseq) {
      endRun(model, id);
      continue;
    }
    const holders = holdersOf(model, device);
    changeRun(model, id, (state) => ({ ...state, holders }));
    if (!isFreeList(holders)) continue;
    tryDetach(model, device, false);
    endRun(model, id);
  }
}

/** The programs have ended. */
function closePrograms(model: FakeModel, pids: ReadonlySet<number>): void {
  for (const [place, programs] of model.busyMounts) {
    const left = programs.filter(({ pid, stubborn = false }) => stubborn || !pids.has(pid));
    if (left.length === 0 && programs.length > 0) model.busyMounts.delete(place);
    else model.busyMounts.set(place, left);
  }
  lookAtRuns(model);
}

export function createDetachHandlers(model: FakeModel, target: Target) {
  const runOf = (id: number): DetachRun & { readonly state: Waiting } => {
    const run = model.state.detachRuns.find((one) => one.id === id);
    if (run?.state.kind !== 'waiting') throw new FakeRefusal('RUN_GONE');
    return { ...run, state: run.state };
  };
  const pidsOf = (run: DetachRun & { readonly state: Waiting }): ReadonlySet<number> => {
    const device = model.device(run.device);
    const mounts = device === undefined ? [] : [...device.mounts, ...device.partitions.flatMap((one) => one.mounts)];
    return new Set(mounts.flatMap((mount) => programsAt(model, mount).map(({ pid }) => pid)));
  };
  const ask = (id: number, pids: ReadonlySet<number>): void => {
    changeRun(model, id, (state) => ({
      ...state,
      closing: [...pids].map((pid) => ({ pid, startTime: String(100_000 + pid), state: 'asked' as const })),
    }));
    closePrograms(model, pids);
  };
  return {
    'devices/detach': ({ wait = false, ...params }: RendererParams<'devices/detach'>) => {
      const device = target(params);
      try {
        return tryDetach(model, device, params.whenFree);
      } catch (error) {
        if (!wait || !(error instanceof FakeRefusal)) throw error;
        return { state: 'waiting' as const, undoId: null, run: startRun(model, device, error).id };
      }
    },
    'detaches/choose': ({ run: id, choice }: RendererParams<'detaches/choose'>) => {
      const run = runOf(id);
      const device = model.device(run.device);
      if (choice === 'close' || choice === 'force') ask(id, pidsOf(run));
      if (choice === 'cancel' || choice === 'when-free') endRun(model, id);
      if (choice === 'when-free' && device !== undefined) tryDetach(model, device, true);
      return null;
    },
    'detaches/close-program': ({ run, pid }: RendererParams<'detaches/close-program'>) => {
      runOf(run);
      ask(run, new Set([pid]));
      return null;
    },
    'detaches/mine': () =>
      model.state.devices.filter(({ ownership }) => ownership === 'own').map(({ number, diskseq }) => ({ device: number, diskseq })),
    'holders/list': (params: RendererParams<'holders/list'>) => holdersOf(model, target(params)),
    'holders/close': (params: RendererParams<'holders/close'>) => {
      const { pid } = params;
      target(params);
      if (![...model.busyMounts.values()].some((programs) => programs.some((program) => program.pid === pid))) {
        throw new FakeRefusal('PROCESS_GONE');
      }
      closePrograms(model, new Set([pid]));
      return null;
    },
  } satisfies Partial<FakeHandlers>;
}

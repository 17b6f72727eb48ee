/**
 * Finds everything that uses loop devices: devices on top from sysfs, mounts of every namespace, processes. Runs in the helper, as
 * root or not, and in programs that only look. Long: a slice at a time, so that the helper answers others meanwhile.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readBtrfsDevices } from '../../linux/block-stack.ts';
import { readMountNamespace } from '../../linux/process-files.ts';
import { readMountInfo, readSwaps } from '../../linux/process-mounts.ts';
import { realUidOfProcess } from '../../linux/process-owner.ts';
import { listProcesses } from '../../linux/processes.ts';
import type { LoopDevice } from '../../protocol/devices.ts';
import type { HolderDevice, HolderList, OthersToTell } from '../../protocol/holders.ts';
import { backingFileOf, type BackingFile } from './backing-file.ts';
import { claimStateOf } from './claim.ts';
import { buildHolderTree, isTreeEmpty, namespaceDescriber } from './holder-tree.ts';
import { buildStack, flattenStack, type StackNode } from './holder-stack.ts';
import { MountPlaces } from './mount-places.ts';
import { describeProcess, groupByPlace, isHolder, toWriter, type FoundProcess } from './found-process.ts';
import { ProcessScan, type ScanResult } from './process-scan.ts';
import { UseRoom } from './process-uses.ts';

/** Whoever asks for anything else waits no longer than this for a slice to end, and for the step that was begun. */
const SLICE_MS = 2;

/** On whose behalf, and how far it is looked. */
interface Asker {
  /** All attached loop devices, as the reader knows them. */
  readonly loops: readonly LoopDevice[];
  readonly uid: number;
  readonly others: OthersToTell;
  readonly signal?: AbortSignal;
  /** Looks at this process only. */
  readonly onlyPid?: number;
}

export interface HolderQuestion extends Asker {
  readonly number: number;
  /** Root finds out whether the device can be claimed. */
  readonly isRoot: boolean;
}

/** Null when the device is gone. Throws the signal's reason. */
export async function listHolders({ number, isRoot, ...asker }: HolderQuestion): Promise<HolderList | null> {
  const { found, processes, unreadable, isNamed } = await lookAt([number], asker);
  const [device] = found;
  if (device === undefined) return null;
  const { root, nodes } = device;
  const hidden = processes.filter((process) => !isNamed(process.uid) && isHolder(process)).length;
  const isListed = hidden > 0 || !isTreeEmpty(root);
  return {
    root,
    hiddenProcesses: hidden,
    writers: processes
      .filter(({ uid }) => isNamed(uid))
      .map(toWriter)
      .filter((process) => process !== null),
    hiddenWriters: processes.filter((process) => !isNamed(process.uid) && toWriter(process) !== null).length,
    unreadableProcesses: unreadable,
    unexplained: isListed ? 'unknown' : isRoot && asker.onlyPid === undefined ? claimStateOf(nodes) : 'unknown',
  };
}

/** The trees of several devices with one look at every process, by number; those that are gone are left out. Claims no device. */
export async function listTrees(numbers: readonly number[], asker: Asker): Promise<ReadonlyMap<number, HolderDevice>> {
  const { found } = await lookAt(numbers, asker);
  return new Map(found.map(({ number, root }) => [number, root]));
}

interface Looked {
  readonly found: readonly { readonly number: number; readonly nodes: readonly StackNode[]; readonly root: HolderDevice }[];
  readonly processes: readonly FoundProcess[];
  readonly unreadable: number;
  readonly isNamed: (uid: number | null) => boolean;
}

async function lookAt(numbers: readonly number[], asker: Asker): Promise<Looked> {
  const isNamed = (uid: number | null): boolean => asker.others === 'name' || asker.uid === 0 || uid === asker.uid;
  const mounts = readMountInfo();
  const stacks = numbers.flatMap((number) => {
    const stack = buildStack(number, { loops: asker.loops, mounts });
    return stack === null ? [] : [{ number, stack, nodes: flattenStack(stack) }];
  });
  if (stacks.length === 0) return { found: [], processes: [], unreadable: 0, isNamed };
  const nodes = [...new Map(stacks.flatMap((one) => one.nodes.map((node) => [node.block.name, node]))).values()];
  const places = toPlaces(nodes);
  places.addNamespace(readMountNamespace(process.pid) ?? '', mounts);
  // Who writes to the file behind a device is asked of one device only.
  const file = numbers.length === 1 ? backingFileOf(nodes[0]?.loop ?? null) : null;
  const { processes, unreadable, namespaces } = await scanProcesses(asker, { places, nodes, file });
  const sources = {
    places,
    processes: groupByPlace(processes.filter(({ uid }) => isNamed(uid))),
    ownNamespace: readMountNamespace(process.pid) ?? '',
    describeNamespace: namespaceDescriber(namespaces, (pid) => isNamed(realUidOfProcess(pid))),
    swaps: readSwaps(),
  };
  const found = stacks.map(({ number, stack, nodes: own }) => ({ number, nodes: own, root: buildHolderTree(stack, sources) }));
  return { found, processes, unreadable, isNamed };
}

function toPlaces(nodes: readonly StackNode[]): MountPlaces {
  const btrfs = readBtrfsDevices();
  return new MountPlaces(
    nodes.map(({ block }) => ({ name: block.name, deviceNumber: block.deviceNumber, btrfsDevices: btrfs.get(block.name) ?? [] })),
  );
}

interface Scanned {
  readonly processes: readonly FoundProcess[];
  readonly unreadable: number;
  readonly namespaces: ReadonlyMap<string, readonly number[]>;
}

interface ScanPlaces {
  readonly places: MountPlaces;
  readonly nodes: readonly StackNode[];
  readonly file: BackingFile | null;
}

async function scanProcesses(asker: Asker, { places, nodes, file }: ScanPlaces): Promise<Scanned> {
  const { uid, others, signal, onlyPid } = asker;
  // Of partitions of a listed device the path begins like that of the device.
  const nodePrefixes = nodes.filter(({ block }) => block.kind !== 'partition').map(({ block }) => `/dev/${block.name}`);
  const onlyUid = others === 'leave-out' && uid !== 0 ? uid : null;
  const scan = new ProcessScan(places, { nodePrefixes, file, onlyUid, room: new UseRoom() });
  const turns = new Turns(signal);
  const processes: FoundProcess[] = [];
  let unreadable = 0;
  for (const pid of onlyPid === undefined ? listProcesses() : [onlyPid]) {
    if (pid === process.pid) continue;
    const result = await finish(scan.scan(pid), turns);
    if (result.kind === 'unreadable' || (result.kind === 'looked' && !result.uses.isWhole)) unreadable += 1;
    const found = result.kind === 'looked' && !result.uses.isEmpty ? describeProcess(pid, result.uses) : null;
    if (found !== null) processes.push(found);
    if (turns.isOver) await turns.next();
  }
  return { processes, unreadable, namespaces: scan.namespaces };
}

/** Lets other work come between when a slice is over. */
class Turns {
  readonly #signal: AbortSignal | undefined;
  #start = performance.now();

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  get isOver(): boolean {
    return performance.now() - this.#start >= SLICE_MS;
  }

  /** Throws the signal's reason. */
  async next(): Promise<void> {
    await nextTurn();
    this.#signal?.throwIfAborted();
    this.#start = performance.now();
  }
}

async function finish(steps: Generator<undefined, ScanResult>, turns: Turns): Promise<ScanResult> {
  try {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      if (turns.isOver) await turns.next();
    }
  } finally {
    // Closes what it has open when the work was cancelled.
    steps.return({ kind: 'nothing' });
  }
}

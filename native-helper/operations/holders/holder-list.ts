/**
 * Finds everything that uses a loop device: devices on top from sysfs, mounts of every namespace, processes. Runs in the helper, as
 * root or not, and in programs that only look. Long: a slice at a time, so that the helper answers others meanwhile.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readBtrfsDevices } from '../../linux/block-stack.ts';
import { readMountNamespace } from '../../linux/process-files.ts';
import { readMountInfo, readSwaps } from '../../linux/process-mounts.ts';
import { realUidOfProcess } from '../../linux/process-owner.ts';
import { listProcesses } from '../../linux/processes.ts';
import type { LoopDevice } from '../../protocol/devices.ts';
import type { HolderList, OthersToTell } from '../../protocol/holders.ts';
import { backingFileOf } from './backing-file.ts';
import { claimStateOf } from './claim.ts';
import { buildHolderTree, isTreeEmpty } from './holder-tree.ts';
import { buildStack, flattenStack, type StackNode } from './holder-stack.ts';
import { MountPlaces } from './mount-places.ts';
import { describeProcess, isHolder, toWriter, type FoundProcess } from './found-process.ts';
import { ProcessScan, type FoundUse } from './process-scan.ts';

/** Whoever asks for anything else waits no longer than this for a slice to end, and for the largest process. */
const SLICE_MS = 2;

export interface HolderQuestion {
  readonly number: number;
  /** All attached loop devices, as the reader knows them. */
  readonly loops: readonly LoopDevice[];
  /** On whose behalf. */
  readonly uid: number;
  readonly others: OthersToTell;
  /** Root finds out whether the device can be claimed. */
  readonly isRoot: boolean;
  readonly signal?: AbortSignal;
  /** Looks at this process only. */
  readonly onlyPid?: number;
}

/** Null when the device is gone. Throws the signal's reason. */
export async function listHolders(question: HolderQuestion): Promise<HolderList | null> {
  const mounts = readMountInfo();
  const stack = buildStack(question.number, { loops: question.loops, mounts });
  if (stack === null) return null;
  const nodes = flattenStack(stack);
  const places = toPlaces(nodes);
  places.addNamespace(readMountNamespace(process.pid) ?? '', mounts);
  const { processes, unreadable, namespaces } = await scanProcesses(question, places, nodes);
  const isNamed = (process: FoundProcess): boolean => question.others === 'name' || question.uid === 0 || process.uid === question.uid;
  const root = buildHolderTree(stack, {
    places,
    processes: processes.filter(isNamed),
    namespaces,
    ownNamespace: readMountNamespace(process.pid) ?? '',
    isNamed: (pid) => question.others === 'name' || question.uid === 0 || realUidOfProcess(pid) === question.uid,
    swaps: readSwaps(),
  });
  const hidden = processes.filter((process) => !isNamed(process) && isHolder(process)).length;
  const isListed = hidden > 0 || !isTreeEmpty(root);
  return {
    root,
    hiddenProcesses: hidden,
    writers: processes
      .filter(isNamed)
      .map(toWriter)
      .filter((process) => process !== null),
    hiddenWriters: processes.filter((process) => !isNamed(process) && toWriter(process) !== null).length,
    unreadableProcesses: unreadable,
    unexplained: isListed ? 'unknown' : question.isRoot && question.onlyPid === undefined ? claimStateOf(nodes) : 'unknown',
  };
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

async function scanProcesses(question: HolderQuestion, places: MountPlaces, nodes: readonly StackNode[]): Promise<Scanned> {
  const { uid, others, signal, onlyPid } = question;
  // Of partitions of a listed device the path begins like that of the device.
  const prefixes = nodes.filter(({ block }) => block.kind !== 'partition').map(({ block }) => `/dev/${block.name}`);
  const file = backingFileOf(nodes[0]?.loop ?? null);
  const scan = new ProcessScan(places, { nodePrefixes: prefixes, file, onlyUid: others === 'leave-out' && uid !== 0 ? uid : null });
  const found: { pid: number; uses: readonly FoundUse[] }[] = [];
  let unreadable = 0;
  let sliceStart = performance.now();
  for (const pid of onlyPid === undefined ? listProcesses() : [onlyPid]) {
    if (pid === process.pid) continue;
    const result = scan.scan(pid);
    if (result.kind === 'uses') found.push({ pid, uses: result.uses });
    else if (result.kind === 'unreadable') unreadable += 1;
    if (performance.now() - sliceStart < SLICE_MS) continue;
    await nextTurn();
    signal?.throwIfAborted();
    sliceStart = performance.now();
  }
  const processes = found.map(({ pid, uses }) => describeProcess(pid, uses)).filter((process) => process !== null);
  return { processes, unreadable, namespaces: scan.namespaces };
}

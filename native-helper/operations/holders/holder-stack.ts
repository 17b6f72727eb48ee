/** The devices that a list of holders is about: one loop device, and everything that lies on it, also in files of its file systems. */
import { readBlockStack, type BlockNode } from '../../linux/block-stack.ts';
import type { MountEntry } from '../../linux/process-mounts.ts';
import type { LoopDevice } from '../../protocol/devices.ts';
import { fromKernelText } from '../../protocol/scalars.ts';
import { encodeDeviceNumber } from './device-number.ts';
import { innermostMount } from './mount-places.ts';

/** A block device with all devices on top, loop devices included. */
export interface StackNode {
  readonly block: BlockNode;
  /** Of a loop device: what the list says of it. */
  readonly loop: LoopDevice | null;
  readonly above: readonly StackNode[];
}

export interface StackSources {
  /** All attached loop devices. */
  readonly loops: readonly LoopDevice[];
  /** Of the reader's namespace: finds loop devices in files where only root knows the device of the file. */
  readonly mounts: readonly MountEntry[];
  readonly readStack?: (name: string) => BlockNode | null;
}

/** The tree from loop device N upwards; null when it is gone. Each loop device occurs once. */
export function buildStack(number: number, sources: StackSources): StackNode | null {
  const { loops, mounts, readStack = readBlockStack } = sources;
  const seen = new Set<number>();
  const addLoop = (loopNumber: number): StackNode | null => {
    seen.add(loopNumber);
    const block = readStack(`loop${loopNumber}`);
    if (block === null) return null;
    return { block, loop: loops.find((loop) => loop.number === loopNumber) ?? null, above: addAbove(block) };
  };
  const addAbove = (block: BlockNode): StackNode[] => {
    const devices = block.above.map((above) => ({ block: above, loop: null, above: addAbove(above) }));
    const files = loops.filter((loop) => !seen.has(loop.number) && liesOn(loop, block, mounts));
    return [...devices, ...files.map((loop) => addLoop(loop.number)).filter((node) => node !== null)];
  };
  return addLoop(number);
}

/** The file of a loop device is that block device, or lies on its file system. */
function liesOn(loop: LoopDevice, block: BlockNode, mounts: readonly MountEntry[]): boolean {
  const deviceNumber = encodeDeviceNumber(block.deviceNumber);
  if (loop.identity !== null && loop.identity.rdevice !== '0') return loop.identity.rdevice === deviceNumber;
  if (loop.identity?.device === deviceNumber) return true;
  if (loop.backingFile === null) return false;
  const path = Buffer.from(fromKernelText(loop.backingFile)).toString('latin1');
  if (path === `/dev/${block.name}`) return true;
  // Where the identity is known it decides, but btrfs has a device number for each of its subvolumes.
  const mount = innermostMount(mounts, path);
  if (mount === null || (loop.identity !== null && mount.fileSystemType !== 'btrfs')) return false;
  return mount.deviceNumber === block.deviceNumber || Buffer.from(mount.source).toString('latin1') === `/dev/${block.name}`;
}

/** The node and everything above it, each device once. */
export function flattenStack(root: StackNode): StackNode[] {
  const found = new Map<string, StackNode>();
  const visit = (node: StackNode): void => {
    if (!found.has(node.block.name)) found.set(node.block.name, node);
    for (const above of node.above) visit(above);
  };
  visit(root);
  return [...found.values()];
}

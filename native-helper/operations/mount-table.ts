/** Which loop devices and partitions are mounted or used as swap, from /proc/self/mountinfo and /proc/swaps. Pure. */
import type { Mount } from '../protocol/devices.ts';
import { toKernelText } from '../protocol/scalars.ts';
import { sameList, type UseFacts } from './device-facts.ts';

/** One line of mountinfo, as linux/process-mounts.ts gives it. */
export interface MountLine {
  readonly mountId: number;
  /** Major and minor as `7:3`. */
  readonly deviceNumber: string;
  readonly mountPoint: Uint8Array;
  readonly fileSystemType: string;
  readonly source: Uint8Array;
  readonly readOnly: boolean;
}

/** Mounts by device number, by source path where the device number says nothing (btrfs shows 0:x, LOOP.md §2.4), and swap by path. */
export interface MountTable {
  readonly byDevice: ReadonlyMap<string, readonly Mount[]>;
  readonly bySource: ReadonlyMap<string, readonly Mount[]>;
  readonly swaps: ReadonlySet<string>;
}

const LOOP_PATH = /^\/dev\/loop(\d{1,7})(?:p\d{1,5})?$/u;
const NOT_USED: UseFacts = { mounts: [], usedAsSwap: false };

/** Sorts the lines by what they are mounts of. Lines of other devices are dropped when they cannot be of a loop device. */
export function buildMountTable(lines: readonly MountLine[], swapPaths: readonly Uint8Array[]): MountTable {
  const byDevice = new Map<string, Mount[]>();
  const bySource = new Map<string, Mount[]>();
  for (const line of lines) {
    const isVirtual = line.deviceNumber.startsWith('0:');
    const source = isVirtual ? Buffer.from(line.source).toString('latin1') : '';
    if (isVirtual && !LOOP_PATH.test(source)) continue;
    const mount: Mount = {
      mountId: line.mountId,
      mountPoint: toKernelText(line.mountPoint),
      fileSystemType: line.fileSystemType,
      readOnly: line.readOnly,
    };
    const [table, key] = isVirtual ? [bySource, source] : [byDevice, line.deviceNumber];
    const list = table.get(key);
    if (list === undefined) table.set(key, [mount]);
    else list.push(mount);
  }
  const swaps = new Set(swapPaths.map((path) => Buffer.from(path).toString('latin1')).filter((path) => LOOP_PATH.test(path)));
  return { byDevice, bySource, swaps };
}

/** Who uses a device (`7:3`, `/dev/loop3`) or partition (`259:1`, `/dev/loop3p1`). */
export function useOf(table: MountTable, deviceNumber: string, path: string): UseFacts {
  const mounts = table.byDevice.get(deviceNumber);
  const virtual = table.bySource.get(path);
  const usedAsSwap = table.swaps.has(path);
  if (mounts === undefined && virtual === undefined && !usedAsSwap) return NOT_USED;
  return { mounts: [...(mounts ?? []), ...(virtual ?? [])], usedAsSwap };
}

/** Device numbers and paths whose use differs between two tables. */
export function changedUses(before: MountTable, after: MountTable): { deviceNumbers: ReadonlySet<string>; paths: ReadonlySet<string> } {
  return { deviceNumbers: changedKeys(before.byDevice, after.byDevice), paths: changedPaths(before, after) };
}

function changedKeys(before: ReadonlyMap<string, readonly Mount[]>, after: ReadonlyMap<string, readonly Mount[]>): Set<string> {
  const keys = new Set<string>();
  for (const [key, mounts] of before) if (!sameList(mounts, after.get(key) ?? [])) keys.add(key);
  for (const key of after.keys()) if (!before.has(key)) keys.add(key);
  return keys;
}

function changedPaths(before: MountTable, after: MountTable): Set<string> {
  const paths = changedKeys(before.bySource, after.bySource);
  for (const path of before.swaps) if (!after.swaps.has(path)) paths.add(path);
  for (const path of after.swaps) if (!before.swaps.has(path)) paths.add(path);
  return paths;
}

/** N of `/dev/loopN` and `/dev/loopNpM`; null for other paths. */
export function loopNumberOfPath(path: string): number | null {
  const match = LOOP_PATH.exec(path)?.[1];
  return match === undefined ? null : Number(match);
}

/** Folders of /sys that say what hangs on loop devices: partitions of one device, and the mappings on top of all. Readable by everybody. */
import { readdirSync } from 'node:fs';
import { checkLoopNumber } from './loop-control.ts';

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    // A device that went while it was looked at.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Partition numbers of loop device N, ascending: the price does not depend on how many devices there are. Empty when it has gone. */
export function listPartitionsOf(number: number): number[] {
  const prefix = `loop${checkLoopNumber(number)}p`;
  const partitions: number[] = [];
  for (const name of list(`/sys/block/loop${number}`)) {
    if (name.startsWith(prefix)) partitions.push(Number(name.slice(prefix.length)));
  }
  return partitions.filter((partition) => Number.isInteger(partition) && partition > 0).sort((a, b) => a - b);
}

/** True for the name of a block device that can lie on others: device mapper, MD, bcache. */
export function isStackedName(name: string): boolean {
  return /^(?:dm-|md|bcache)\d/u.test(name);
}

/**
 * Devices on top of loop devices or their partitions, by loop number, from the `slaves/` of the few that can be on top. The
 * `holders/` of every loop device say the same at a price for each (LOOP.md §2.1).
 */
export function listStackedDevices(): Map<number, string[]> {
  const stacked = new Map<number, string[]>();
  for (const name of list('/sys/block')) {
    if (!isStackedName(name)) continue;
    for (const below of list(`/sys/block/${name}/slaves`)) {
      const number = Number(/^loop(\d{1,7})(?:p\d{1,5})?$/u.exec(below)?.[1] ?? -1);
      if (number < 0) continue;
      const names = stacked.get(number);
      if (names === undefined) stacked.set(number, [name]);
      else if (!names.includes(name)) names.push(name);
    }
  }
  return stacked;
}

/** A process that uses something, with what a list says of it. */
import { readAccount } from '../../linux/accounts.ts';
import { realUidOfProcess } from '../../linux/process-owner.ts';
import { readProcessStatus } from '../../linux/processes.ts';
import type { HolderProcess } from '../../protocol/holders.ts';
import { toDecimal } from '../../protocol/scalars.ts';
import type { PlaceKey } from './process-scan.ts';
import type { CountedUses, ProcessUses } from './process-uses.ts';

export interface FoundProcess extends Omit<HolderProcess, 'uses' | 'moreUses'> {
  readonly found: Pick<ProcessUses, 'places' | 'writes'>;
}

/** Null when it has ended meanwhile. */
export function describeProcess(pid: number, found: ProcessUses): FoundProcess | null {
  const status = readProcessStatus(pid);
  const uid = realUidOfProcess(pid);
  if (status === null || uid === null) return null;
  return {
    pid,
    startTime: toDecimal(status.startTime),
    name: status.name,
    uid,
    user: readAccount(uid)?.name ?? null,
    found,
  };
}

/** What each process does at each place. */
export function groupByPlace(processes: readonly FoundProcess[]): ReadonlyMap<PlaceKey, readonly HolderProcess[]> {
  const groups = new Map<PlaceKey, HolderProcess[]>();
  for (const process of processes) {
    for (const [place, uses] of process.found.places) {
      const listed = withUses(process, uses);
      if (listed === null) continue;
      const group = groups.get(place);
      if (group === undefined) groups.set(place, [listed]);
      else group.push(listed);
    }
  }
  return groups;
}

/** It uses more than the backing file, which keeps nobody from detaching. */
export function isHolder({ found }: FoundProcess): boolean {
  return [...found.places.keys()].some((place) => place !== 'file');
}

/** What it writes past the file systems; null: nothing. */
export function toWriter(process: FoundProcess): HolderProcess | null {
  return withUses(process, process.found.writes);
}

function withUses({ found: _found, ...process }: FoundProcess, { uses, count }: CountedUses): HolderProcess | null {
  return uses.length === 0 ? null : { ...process, uses, moreUses: count - uses.length };
}

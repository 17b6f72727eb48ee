/** A process that uses something, with what a list says of it. */
import { readAccount } from '../../linux/accounts.ts';
import { realUidOfProcess } from '../../linux/process-owner.ts';
import { readProcessStatus } from '../../linux/processes.ts';
import type { HolderProcess } from '../../protocol/holders.ts';
import { toDecimal } from '../../protocol/scalars.ts';
import type { FoundUse, PlaceKey } from './process-scan.ts';

/** More than this of one process nobody reads. */
const MOST_USES = 8;

export interface FoundProcess extends Omit<HolderProcess, 'uses' | 'moreUses'> {
  readonly places: ReadonlyMap<PlaceKey, readonly FoundUse[]>;
}

/** Null when it has ended meanwhile. */
export function describeProcess(pid: number, uses: readonly FoundUse[]): FoundProcess | null {
  const status = readProcessStatus(pid);
  const uid = realUidOfProcess(pid);
  if (status === null || uid === null) return null;
  return {
    pid,
    startTime: toDecimal(status.startTime),
    name: status.name,
    uid,
    user: readAccount(uid)?.name ?? null,
    places: Map.groupBy(uses, ({ place }) => place),
  };
}

/** What the process does at one place. */
export function toHolderProcess({ places, ...process }: FoundProcess, place: PlaceKey): HolderProcess | null {
  const uses = places.get(place)?.map(({ use }) => use) ?? [];
  if (uses.length === 0) return null;
  return { ...process, uses: uses.slice(0, MOST_USES), moreUses: Math.max(0, uses.length - MOST_USES) };
}

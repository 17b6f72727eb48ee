/** A process that uses something, with what a list says of it. */
import { readAccount } from '../../linux/accounts.ts';
import { realUidOfProcess } from '../../linux/process-owner.ts';
import { readProcessStatus } from '../../linux/processes.ts';
import type { HolderProcess, ProcessUse } from '../../protocol/holders.ts';
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
export function toHolderProcess(process: FoundProcess, place: PlaceKey): HolderProcess | null {
  return withUses(process, process.places.get(place)?.map(({ use }) => use) ?? []);
}

/** It uses more than the backing file, which keeps nobody from detaching. */
export function isHolder({ places }: FoundProcess): boolean {
  return [...places.keys()].some((place) => place !== 'file');
}

/** What it writes past the file systems; null: nothing. */
export function toWriter(process: FoundProcess): HolderProcess | null {
  const found = [...process.places.values()]
    .flat()
    .filter(({ place, use }) => place === 'file' || (use.kind === 'node' && use.mode !== 'read'));
  return withUses(
    process,
    found.map(({ use }) => use),
  );
}

function withUses({ places: _places, ...process }: FoundProcess, uses: readonly ProcessUse[]): HolderProcess | null {
  if (uses.length === 0) return null;
  return { ...process, uses: uses.slice(0, MOST_USES), moreUses: Math.max(0, uses.length - MOST_USES) };
}

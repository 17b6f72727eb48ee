/** Which devices are the busiest, from counters that are read every few seconds. Pure. */
import type { DeviceTraffic } from '../../electron/ipc/device-page.ts';

export interface Busyness {
  /** Bytes of each device at the last reading, by its number. */
  readonly moved: ReadonlyMap<number, bigint>;
  /** What was moved of late, the older the less it counts, so that the order does not jump. */
  readonly scores: ReadonlyMap<number, number>;
}

export const nothingMoved: Busyness = { moved: new Map(), scores: new Map() };

/** What is left of a score after one reading. */
const KEPT = 0.7;

export function addTraffic(before: Busyness, traffic: readonly DeviceTraffic[]): Busyness {
  const moved = new Map<number, bigint>();
  const scores = new Map<number, number>();
  for (const { number, movedBytes } of traffic) {
    const now = BigInt(movedBytes);
    const last = before.moved.get(number) ?? now;
    moved.set(number, now);
    const fresh = now > last ? Number(now - last) : 0;
    const score = (before.scores.get(number) ?? 0) * KEPT + fresh;
    // What is left of a rush long ago is no activity.
    if (score >= 1) scores.set(number, score);
  }
  return { moved, scores };
}

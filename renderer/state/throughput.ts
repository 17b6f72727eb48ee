/** Rates from counters that are read once a second. Pure. */
import type { DeviceActivity } from '../../electron/ipc/device-page.ts';

/** Average between two readings. */
export interface RateSample {
  readonly readBytesPerSecond: number;
  readonly writtenBytesPerSecond: number;
}

export interface Throughput {
  readonly last: DeviceActivity;
  /** Oldest first; none after the first reading. */
  readonly samples: readonly RateSample[];
}

/** A minute of seconds. */
export const SAMPLES_KEPT = 60;
/** After a longer gap nobody knows when what was read in it was read. */
const LONGEST_GAP_MS = 5000;

/** Takes in one more reading. After a gap, or when the counters went back (the node was made anew), it begins again. */
export function addActivity(before: Throughput | null, now: DeviceActivity): Throughput {
  if (before === null) return { last: now, samples: [] };
  const elapsedMs = now.atMs - before.last.atMs;
  const readBytes = BigInt(now.readBytes) - BigInt(before.last.readBytes);
  const writtenBytes = BigInt(now.writtenBytes) - BigInt(before.last.writtenBytes);
  if (elapsedMs <= 0 || elapsedMs > LONGEST_GAP_MS || readBytes < 0n || writtenBytes < 0n) return { last: now, samples: [] };
  const perSecond = (bytes: bigint): number => (Number(bytes) * 1000) / elapsedMs;
  const sample = { readBytesPerSecond: perSecond(readBytes), writtenBytesPerSecond: perSecond(writtenBytes) };
  return { last: now, samples: [...before.samples, sample].slice(-SAMPLES_KEPT) };
}

const SMALLEST_SCALE = 64 * 1024;

/** The top of the plot: a power of two that everything fits below, so that it seldom moves. */
export function scaleOf(samples: readonly RateSample[]): number {
  let scale = SMALLEST_SCALE;
  const most = Math.max(0, ...samples.flatMap((sample) => [sample.readBytesPerSecond, sample.writtenBytesPerSecond]));
  while (scale < most) scale *= 2;
  return scale;
}

/** How high each value lies in the plot, from 0 to 1. */
export function heightsOf(values: readonly number[], scale: number): readonly number[] {
  return values.map((value) => Math.min(value, scale) / scale);
}

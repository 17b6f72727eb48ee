/** Numbers of a benchmark. Milliseconds unless said otherwise. */

/** Nearest rank; `share` from 0 to 1. Throws RangeError for no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
  if (value === undefined) throw new RangeError('no values');
  return value;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** One measured action: what it took. */
export type Contestant = () => Promise<number> | number;

/** Runs the contestants in turn, so that whatever else the machine does falls on all of them alike. */
export async function interleave<N extends string>(
  contestants: Readonly<Record<N, Contestant>>,
  rounds: number,
): Promise<Record<N, number[]>> {
  const names = Object.keys(contestants) as N[];
  const samples = {} as Record<N, number[]>;
  for (const name of names) samples[name] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) samples[name].push(await contestants[name]());
  }
  return samples;
}

/** Milliseconds that an action took on the monotonic clock. */
export async function timeOf(action: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await action();
  return performance.now() - startedAt;
}

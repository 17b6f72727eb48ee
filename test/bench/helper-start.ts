/** How soon a helper answers hello, and how much memory it holds. */
import type { HelperFiles } from '../../electron/helper/helper-paths.ts';
import { residentMiB } from './process-facts.ts';
import { milliseconds, type Results } from './results.ts';
import { median } from './statistics.ts';
import { startReady } from './workplace.ts';

const rounds = 10;

export async function benchHelperStart(files: HelperFiles, results: Results): Promise<void> {
  const starts: number[] = [];
  const memory: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now();
    const helper = await startReady({ kind: 'direct' }, files);
    starts.push(performance.now() - startedAt);
    await helper.client.call('devices/list', {});
    memory.push(residentMiB(helper.hello.pid));
    await helper.stop();
  }
  results.add(milliseconds('helper', 'start to answered hello', median(starts), 150));
  results.add({
    group: 'helper',
    name: 'resident memory after the first list',
    value: median(memory),
    unit: 'MiB',
    goal: { kind: 'largest', value: 90 },
  });
}

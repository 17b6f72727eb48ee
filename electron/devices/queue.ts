/** Properties of a device's request queue, from sysfs. Main process. */
import { readFile } from 'node:fs/promises';
import type { QueueProperties } from '../ipc/device-page.ts';

/** Null when the device node has gone, or goes while it is read. */
export async function readQueue(number: number): Promise<QueueProperties | null> {
  const text = async (name: string): Promise<string> => (await readFile(`/sys/block/loop${number}/queue/${name}`, 'latin1')).trim();
  const value = async (name: string): Promise<number> => Number(await text(name));
  try {
    const [logical, physical, minimum, optimal, granularity, requestKib, readAheadKib, rotational, depth] = await Promise.all(
      [
        'logical_block_size',
        'physical_block_size',
        'minimum_io_size',
        'optimal_io_size',
        'discard_granularity',
        'max_sectors_kb',
        'read_ahead_kb',
        'rotational',
        'nr_requests',
      ].map(value),
    );
    const [discardMaximum, scheduler, cache] = await Promise.all(['discard_max_bytes', 'scheduler', 'write_cache'].map(text));
    return {
      logicalBlockBytes: logical ?? 0,
      physicalBlockBytes: physical ?? 0,
      minimumIoBytes: minimum ?? 0,
      optimalIoBytes: optimal ?? 0,
      discardGranularityBytes: granularity ?? 0,
      discardMaximumBytes: discardMaximum ?? '0',
      requestMaximumBytes: (requestKib ?? 0) * 1024,
      readAheadBytes: (readAheadKib ?? 0) * 1024,
      scheduler: schedulerInUse(scheduler ?? ''),
      writeCache: cache === 'write back' ? 'write-back' : 'write-through',
      rotational: rotational === 1,
      queueDepth: depth ?? 0,
    };
  } catch {
    return null;
  }
}

/** `[none] mq-deadline kyber` → `none`. Pure. */
export function schedulerInUse(text: string): string {
  return /\[([^\]]*)\]/u.exec(text)?.[1] ?? text;
}

/** Counters of a device's requests, from sysfs: readable by everybody, and cheap enough for once a second. Main process. */
import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import type { DeviceActivity } from '../ipc/device-page.ts';

/** The counters' sectors, whatever the device's own are (Documentation/block/stat.rst). */
const SECTOR_BYTES = 512n;

/** Null when the device node has gone. */
export async function readActivity(number: number): Promise<DeviceActivity | null> {
  const text = await readFile(`/sys/block/loop${number}/stat`, 'latin1').catch(() => null);
  return text === null ? null : parseActivity(text, performance.now());
}

/** Kernels before 4.18 have no columns for discards; the order of the others never changed. Pure. */
export function parseActivity(text: string, atMs: number): DeviceActivity {
  const columns = text.trim().split(/\s+/u);
  const bytes = (index: number): string => (BigInt(columns[index] ?? '0') * SECTOR_BYTES).toString();
  return {
    atMs,
    readOperations: Number(columns[0] ?? 0),
    readBytes: bytes(2),
    writeOperations: Number(columns[4] ?? 0),
    writtenBytes: bytes(6),
    inFlight: Number(columns[8] ?? 0),
    discardedBytes: bytes(13),
  };
}

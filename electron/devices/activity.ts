/** Counters of a device's requests, from sysfs: readable by everybody, and cheap enough for once a second. Main process. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import type { DeviceActivity, DeviceTraffic } from '../ipc/device-page.ts';

/** The counters' sectors, whatever the device's own are (Documentation/block/stat.rst). */
const SECTOR_BYTES = 512n;

/**
 * Null when the device node has gone. On this thread: the kernel adds up its counters and waits for nobody, while another thread
 * would have to be woken four times for it, each second.
 */
export function readActivity(number: number): DeviceActivity | null {
  try {
    return parseActivity(readFileSync(`/sys/block/loop${number}/stat`, 'latin1'), performance.now());
  } catch {
    return null;
  }
}

/** One read for all of them. Empty where the kernel does not say. */
export async function readTraffic(): Promise<readonly DeviceTraffic[]> {
  return parseTraffic(await readFile('/proc/diskstats', 'latin1').catch(() => ''));
}

/** Whole loop devices only; their partitions count for them already. Pure. */
export function parseTraffic(text: string): readonly DeviceTraffic[] {
  return text.split('\n').flatMap((line) => {
    const [, , name = '', ...columns] = line.trim().split(/\s+/u);
    const number = /^loop(0|[1-9][0-9]*)$/u.exec(name)?.[1];
    if (number === undefined) return [];
    const movedBytes = (BigInt(columns[2] ?? 0) + BigInt(columns[6] ?? 0)) * SECTOR_BYTES;
    return [{ number: Number(number), movedBytes: movedBytes.toString() }];
  });
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

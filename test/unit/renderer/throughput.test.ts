/** Rates from counters. */
import { describe, expect, test } from 'vitest';
import type { DeviceActivity } from '../../../electron/ipc/device-page.ts';
import { addActivity, heightsOf, SAMPLES_KEPT, scaleOf, type Throughput } from '../../../renderer/state/throughput.ts';

const reading = (atMs: number, readBytes: number, writtenBytes = 0): DeviceActivity => ({
  atMs,
  readBytes: String(readBytes),
  writtenBytes: String(writtenBytes),
  discardedBytes: '0',
  readOperations: 0,
  writeOperations: 0,
  inFlight: 0,
});
const follow = (...readings: DeviceActivity[]): Throughput | null =>
  readings.reduce((before: Throughput | null, now) => addActivity(before, now), null);

describe('throughput', () => {
  test('is what was read between two readings, by the time between them', () => {
    expect(follow(reading(0, 0), reading(500, 1000, 20), reading(1500, 1000, 1020))?.samples).toEqual([
      { readBytesPerSecond: 2000, writtenBytesPerSecond: 40 },
      { readBytesPerSecond: 0, writtenBytesPerSecond: 1000 },
    ]);
  });

  test('begins anew after a gap, and when the counters went back', () => {
    const before = [reading(0, 0), reading(1000, 10)];
    expect(follow(...before, reading(7000, 20))?.samples).toEqual([]);
    expect(follow(...before, reading(2000, 5))?.samples).toEqual([]);
    expect(follow(...before, reading(1000, 10))?.samples).toEqual([]);
  });

  test('keeps a minute', () => {
    const readings = Array.from({ length: SAMPLES_KEPT + 10 }, (_, second) => reading(second * 1000, second));
    expect(follow(...readings)?.samples).toHaveLength(SAMPLES_KEPT);
  });

  test('is drawn below a scale that is a power of two, the newest at the right', () => {
    const sample = (rate: number) => ({ readBytesPerSecond: rate, writtenBytesPerSecond: 0 });
    expect([scaleOf([]), scaleOf([sample(65_536)]), scaleOf([sample(65_537)])]).toEqual([65_536, 65_536, 131_072]);
    expect(heightsOf([0, 50, 100, 101], 100)).toEqual([0, 0.5, 1, 1]);
  });
});

import { describe, expect, test } from 'vitest';
import { planGrowth } from '../../../electron/actions/plan-growth.ts';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';
import { sampleDevice } from './samples.ts';

const MIB = 2n ** 20n;
const device = sampleDevice({ sizeBytes: toDecimal(8n * MIB) });
const facts = { device, fileBytes: 8n * MIB, freeBytes: 100n * MIB, wantedBytes: 16n * MIB };

describe('growing a device', () => {
  test('makes the file as long as the device shall be', () => {
    expect(planGrowth(facts)).toEqual({ fileBytes: 16n * MIB, step: 'set-capacity' });
  });

  test('counts the offset in', () => {
    const moved = { ...device, offsetBytes: toDecimal(MIB), sizeBytes: toDecimal(7n * MIB) };
    expect(planGrowth({ ...facts, device: moved })).toEqual({ fileBytes: 17n * MIB, step: 'set-capacity' });
  });

  test('moves the size limit of a device that has one, and leaves a file that is long enough', () => {
    const limited = { ...device, sizeLimitBytes: toDecimal(8n * MIB) };
    expect(planGrowth({ ...facts, device: limited })).toEqual({ fileBytes: 16n * MIB, step: 'set-size-limit' });
    expect(planGrowth({ ...facts, device: limited, fileBytes: 64n * MIB })).toEqual({ fileBytes: null, step: 'set-size-limit' });
  });

  test('takes over what a file has grown outside, but never less than that', () => {
    expect(planGrowth({ ...facts, fileBytes: 16n * MIB })).toEqual({ fileBytes: null, step: 'set-capacity' });
    expect(() => planGrowth({ ...facts, fileBytes: 17n * MIB })).toThrow('not larger');
  });

  test('by exactly the free space is possible, by one sector more is not', () => {
    expect(planGrowth({ ...facts, freeBytes: 8n * MIB }).fileBytes).toBe(16n * MIB);
    expect(() => planGrowth({ ...facts, freeBytes: 8n * MIB - 1n })).toThrow('enough free space');
  });

  test.each([8n * MIB, 4n * MIB, 0n])('to %d bytes is refused', (wantedBytes) => {
    expect(() => planGrowth({ ...facts, wantedBytes })).toThrow('not larger');
  });

  test('to a part of a logical block is refused', () => {
    const large = { ...device, logicalBlockSizeBytes: 4096 };
    expect(() => planGrowth({ ...facts, device: large, wantedBytes: 16n * MIB + 512n })).toThrow('multiple');
    expect(planGrowth({ ...facts, wantedBytes: 16n * MIB + 512n }).fileBytes).toBe(16n * MIB + 512n);
  });

  test('beyond what Node can name without rounding is refused', () => {
    expect(() => planGrowth({ ...facts, wantedBytes: 2n ** 62n, freeBytes: 2n ** 63n })).toThrow('cannot hold');
  });
});

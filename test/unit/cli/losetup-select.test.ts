/** What `losetup -D` would take and how -L compares; neither is ever run on the devices of this machine. */
import { describe, expect, test } from 'vitest';
import { selectOwn } from '../../../electron/cli/losetup/change.ts';
import { compareRange } from '../../../electron/cli/losetup/setup.ts';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';
import { sampleDevice } from './sample.ts';

describe('-D', () => {
  const devices = [
    sampleDevice(0),
    sampleDevice(1, { ownership: 'other-user' }),
    sampleDevice(2, { ownership: 'unknown' }),
    sampleDevice(3),
  ];

  test('takes only what the caller attached', () => {
    expect(selectOwn(devices, false).map(({ number }) => number)).toEqual([0, 3]);
  });

  test('takes everything for root', () => {
    expect(selectOwn(devices, true)).toEqual(devices);
  });
});

describe('-L', () => {
  const attached = (offset: number, limit: number) => sampleDevice(0, { offsetBytes: toDecimal(offset), sizeLimitBytes: toDecimal(limit) });
  test.each([
    [null, 0n, 0, 0, 'same'],
    [4096n, 8192n, 4096, 8192, 'same'],
    [0n, 0n, 4096, 0, 'overlaps'],
    [8192n, 0n, 4096, 8192, 'overlaps'],
    [12_288n, 0n, 4096, 8192, 'apart'],
    [0n, 4096n, 4096, 8192, 'apart'],
    [0n, 4097n, 4096, 8192, 'overlaps'],
    [4096n, 4096n, 4096, 8192, 'overlaps'],
  ] as const)('offset %s and limit %s against %i and %i: %s', (offset, sizeLimit, attachedOffset, attachedLimit, expected) => {
    expect(compareRange({ offset, sizeLimit }, attached(attachedOffset, attachedLimit))).toBe(expected);
  });
});

import { InvalidArgumentError } from 'commander';
import { describe, expect, test } from 'vitest';
import { UsageFailure } from '../../../electron/cli/failures.ts';
import { attachOptions, parseDeviceNumber, parsePartitionChange, setChanges, toBlockSize, toSize } from '../../../electron/cli/options.ts';

describe('sizes', () => {
  test('go up to what the kernel takes', () => {
    expect(toSize('9223372036854775807')).toBe(2n ** 63n - 1n);
    expect(() => toSize('9223372036854775808')).toThrow(InvalidArgumentError);
    expect(toBlockSize('4K')).toBe(4096);
    expect(() => toBlockSize('4G')).toThrow(InvalidArgumentError);
  });
});

describe('attach', () => {
  test('without options attaches plainly and uses what is there', () => {
    expect(attachOptions({})).toEqual({
      readOnly: false,
      offsetBytes: 0n,
      sizeLimitBytes: 0n,
      logicalBlockSizeBytes: 0,
      partitionScan: false,
      autoclear: false,
      directIo: false,
      reference: null,
      device: null,
      whenAttached: 'reuse',
      legacy: null,
    });
  });

  test.each([
    ['--legacy with what loop(4) cannot', { legacy: 'status', blockSize: 512 }],
    ['--legacy with a device', { legacy: 'status64', device: 'loop3' }],
    ['--again and --no-reuse', { again: true, reuse: false }],
    ['a reference name of 64 bytes', { reference: 'x'.repeat(64) }],
    ['a reference name that is not UTF-8', { reference: '\udcff' }],
    ['a device that is none', { device: 'sda' }],
  ])('refuses %s', (_about, options) => {
    expect(() => attachOptions(options)).toThrow(UsageFailure);
  });
});

test('set names only what was asked for, and something', () => {
  expect(setChanges({ autoclear: false, offset: 512n })).toEqual({ autoclear: false, offsetBytes: '512' });
  expect(() => setChanges({})).toThrow(UsageFailure);
});

describe('partition', () => {
  const parse = (action: string, number: string, start?: string, size?: string) => parsePartitionChange({ action, number, start, size });
  test('reads its three forms', () => {
    expect(parse('add', '1', '1M', '2M')).toEqual({ action: 'add', partition: 1, startBytes: '1048576', sizeBytes: '2097152' });
    expect(parse('resize', '65535', '1K')).toEqual({ action: 'resize', partition: 65_535, sizeBytes: '1024' });
    expect(parse('delete', '3')).toEqual({ action: 'delete', partition: 3 });
  });
  test.each([
    ['add', '1', '1M'],
    ['add', '1'],
    ['resize', '1'],
    ['resize', '1', '1M', '2M'],
    ['delete', '1', '1M'],
    ['delete', '0'],
    ['delete', '65536'],
    ['delete', '01'],
    ['add', '1', 'x', '1M'],
    ['format', '1'],
  ])('refuses %s %s %s %s', (...words) => {
    expect(() => parse(words[0] ?? '', words[1] ?? '', words[2], words[3])).toThrow(UsageFailure);
  });
});

test('device numbers have three spellings', () => {
  expect([parseDeviceNumber('/dev/loop3'), parseDeviceNumber('loop3'), parseDeviceNumber('3')]).toEqual([3, 3, 3]);
});

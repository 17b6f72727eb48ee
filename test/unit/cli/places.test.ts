import { describe, expect, test } from 'vitest';
import { describeContent } from '../../../electron/cli/contents.ts';
import { UsageFailure } from '../../../electron/cli/failures.ts';
import { mountOptions } from '../../../electron/cli/options.ts';
import { resizeOptions } from '../../../electron/cli/resize-options.ts';
import { mountAt, parsePartitionName, pickMounts, placePath } from '../../../electron/cli/places.ts';
import type { DeviceSnapshot, LoopDevice, Mount } from '../../../native-helper/protocol/devices.ts';
import type { Content } from '../../../electron/ipc/contents.ts';
import { AppError } from '../../../electron/ipc/errors.ts';
import { sampleDevice } from './sample.ts';

function mount(mountId: number, mountPoint: string): Mount {
  return { mountId, mountPoint: { text: mountPoint, base64: null }, fileSystemType: 'ext4', readOnly: false };
}

function partition(number: number, mounts: readonly Mount[]): LoopDevice['partitions'][number] {
  const zero = '0' as LoopDevice['sizeBytes'];
  return { number, deviceNumber: `259:${number}`, startBytes: zero, sizeBytes: zero, readOnly: false, mounts, usedAsSwap: false };
}

function snapshot(...devices: readonly LoopDevice[]): DeviceSnapshot {
  return { revision: 1, devices, unboundNumbers: [] };
}

describe('the name of a partition', () => {
  test.each([
    ['loop3p1', { device: 'loop3', partition: 1 }],
    ['/dev/loop3p12', { device: '/dev/loop3', partition: 12 }],
    ['loop3', null],
    ['3p1', null],
    ['loop3p0', null],
    ['loop3p99999', null],
    ['/tmp/loop3p1', null],
    ['loop99999999p1', null],
  ])('%s', (name, expected) => {
    expect(parsePartitionName(name)).toEqual(expected);
  });

  test('is written as the kernel does', () => {
    expect([placePath({ number: 3 }, null), placePath({ number: 3 }, 2)]).toEqual(['/dev/loop3', '/dev/loop3p2']);
  });
});

describe('mounts', () => {
  const devices = snapshot(
    sampleDevice(900_001, { partitions: [partition(1, [mount(41, '/nowhere/a')]), partition(2, [mount(42, '/nowhere/b')])] }),
    sampleDevice(900_002, { mounts: [mount(43, '/nowhere/c'), mount(44, '/nowhere/c')] }),
  );
  const idsOf = (name: string): number[] => pickMounts(name, devices).map((placed) => placed.mount.mountId);

  test('are found by mount point, and of several on top of each other the one that is seen', () => {
    expect(mountAt(Buffer.from('/nowhere/c'), devices)?.mount.mountId).toBe(44);
    expect(idsOf('/nowhere/../nowhere/b/')).toEqual([42]);
    expect(mountAt(Buffer.from('/nowhere'), devices)).toBeNull();
  });

  test('of a device come the last made first', () => {
    expect(idsOf('loop900001')).toEqual([42, 41]);
    expect(idsOf('/dev/loop900001p1')).toEqual([41]);
  });

  test('where there are none that is told', () => {
    expect(() => idsOf('/dev/loop900001p7')).toThrow(new AppError('NOT_MOUNTED'));
    expect(() => idsOf('/')).toThrow(new AppError('NOT_MOUNTED'));
  });
});

describe('options', () => {
  test('mount takes a number and nothing else', () => {
    expect(mountOptions({ partition: '2', readOnly: true })).toEqual({ partition: 2, readOnly: true });
    expect(mountOptions({})).toEqual({ partition: null, readOnly: false });
    for (const bad of ['0', '-1', '1x', '70000', '']) expect(() => mountOptions({ partition: bad })).toThrow(UsageFailure);
  });

  test('resize takes exactly one wish', () => {
    const resize = { kind: 'resize', place: null, reserve: false, dryRun: false };
    expect(resizeOptions({ to: 5n })).toEqual({ ...resize, wish: { kind: 'to', sizeBytes: '5' } });
    expect(resizeOptions({ by: -5n, partition: '2', dryRun: true })).toEqual({
      ...resize,
      wish: { kind: 'by', bytes: '-5' },
      place: 2,
      dryRun: true,
    });
    expect(resizeOptions({ smallest: true, reserve: true })).toEqual({ ...resize, wish: { kind: 'smallest' }, reserve: true });
    expect(resizeOptions({ fill: true, leaveFree: true })).toEqual({ ...resize, wish: { kind: 'fill' }, place: 'free' });
    for (const kind of ['continue', 'undo', 'forget']) expect(resizeOptions({ [kind]: true })).toEqual({ kind });
    expect(resizeOptions({ to: 5n, new: 'b.img' })).toEqual({ kind: 'new', wish: { kind: 'to', sizeBytes: '5' }, file: 'b.img' });
    for (const rest of [{ dryRun: true }, { partition: '1' }, { reserve: true }, { leaveFree: true }]) {
      expect(() => resizeOptions({ to: 1n, new: 'b.img', ...rest })).toThrow(UsageFailure);
    }
    expect(() => resizeOptions({ undo: true, new: 'b.img' })).toThrow(UsageFailure);
    for (const wrong of [
      {},
      { to: 1n, by: 1n },
      { to: 1n, undo: true },
      { undo: true, reserve: true },
      { undo: true, forget: true },
      { to: 1n, partition: 'x' },
    ]) {
      expect(() => resizeOptions(wrong)).toThrow(UsageFailure);
    }
    expect(() => resizeOptions({ to: 1n, partition: '1', leaveFree: true })).toThrow(UsageFailure);
  });
});

test.each([
  [{ kind: 'file-system', type: 'ext4', label: 'a' }, 'ext4 file system "a"'],
  [{ kind: 'file-system', type: 'vfat', label: '\u001b]0;x\u0007' }, 'vfat file system "\\x1b]0;x\\x07"'],
  [{ kind: 'swap', type: 'swap', label: null }, 'swap'],
  [{ kind: 'encrypted', type: 'crypto_LUKS', label: null }, 'crypto_LUKS encrypted'],
  [{ kind: 'partition-table', type: 'gpt', label: null }, 'gpt partition table'],
  [{ kind: 'nothing', type: '', label: null }, ''],
] as const)('contents in words: %j', (content, words) => {
  const context = { json: false, quiet: false, output: { columns: null, colours: false, utf8: true } };
  const whole: Content = { partition: null, partitionName: null, range: null, space: null, uuid: null, mountable: false, ...content };
  expect(describeContent(whole, context)).toBe(words);
});

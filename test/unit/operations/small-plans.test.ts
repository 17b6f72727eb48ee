import { describe, expect, test } from 'vitest';
import { busyError, isGone, mountPointsOf, planUnfinished } from '../../../native-helper/operations/detach-plan.ts';
import { sortEvents } from '../../../native-helper/operations/kernel-events.ts';
import { planPartition, type PartitionWish } from '../../../native-helper/operations/partition-plan.ts';
import { HelperError } from '../../../native-helper/protocol/errors.ts';
import { toKernelText } from '../../../native-helper/protocol/scalars.ts';
import type { Mount } from '../../../native-helper/protocol/devices.ts';
import { partition } from '../../fakes/sample-devices.ts';

const mount = (mountPoint: string): Mount => ({
  mountId: 1,
  mountPoint: toKernelText(Buffer.from(mountPoint)),
  fileSystemType: 'ext4',
  readOnly: false,
});

describe('a detach that is not done', () => {
  test('mount points of the device and its partitions are named', () => {
    const partitions = [partition(1, 0n, 512n, { mounts: [mount('/b')] }), partition(2, 512n, 512n)];
    const device = { mounts: [mount('/a')], partitions };
    expect(mountPointsOf(device)).toEqual(['/a', '/b']);
    expect(busyError(device, 16).toData()).toMatchObject({ code: 'DEVICE_MOUNTED', errno: 16, detail: { mountPoints: ['/a', '/b'] } });
    expect(busyError({ mounts: [], partitions: [] }, 16).code).toBe('DEVICE_BUSY');
    expect(busyError(null).code).toBe('DEVICE_BUSY');
  });

  test('a number that was taken again counts as gone', () => {
    expect(isGone(null, 5n)).toBe(true);
    expect(isGone({ diskseq: 7n }, 5n)).toBe(true);
    expect(isGone({ diskseq: 5n }, 5n)).toBe(false);
  });

  test.each([
    [true, false, 'leave-deferred'],
    [true, true, 'leave-deferred'],
    [false, false, 'cancel'],
    [false, true, 'leave-as-before'],
  ])('when free %s, autoclear before %s: %s', (whenFree, hadAutoclear, expected) => {
    expect(planUnfinished(whenFree, hadAutoclear)).toBe(expected);
  });
});

describe('partitions', () => {
  const device = {
    sizeBytes: 1_048_576n,
    logicalBlockSizeBytes: 4096,
    partitions: [
      { number: 1, startBytes: 4096n, sizeBytes: 8192n, isMounted: false },
      { number: 2, startBytes: 16_384n, sizeBytes: 4096n, isMounted: true },
    ],
  };
  const outcome = (wish: PartitionWish): string => {
    try {
      const { startBytes, sizeBytes } = planPartition(wish, device);
      return `${startBytes}+${sizeBytes}`;
    } catch (error) {
      if (error instanceof HelperError) return error.code;
      throw error;
    }
  };

  test.each([
    [{ action: 'add', partition: 3, startBytes: 20_480n, sizeBytes: 4096n }, '20480+4096'],
    [{ action: 'add', partition: 3, startBytes: 12_288n, sizeBytes: 4096n }, '12288+4096'],
    [{ action: 'add', partition: 1, startBytes: 20_480n, sizeBytes: 4096n }, 'PARTITION_INVALID'],
    [{ action: 'add', partition: 3, startBytes: 0n, sizeBytes: 4096n }, 'PARTITION_INVALID'],
    [{ action: 'add', partition: 3, startBytes: 20_480n, sizeBytes: 512n }, 'PARTITION_INVALID'],
    [{ action: 'add', partition: 3, startBytes: 12_288n, sizeBytes: 8192n }, 'PARTITION_INVALID'],
    [{ action: 'add', partition: 3, startBytes: 1_044_480n, sizeBytes: 8192n }, 'PARTITION_INVALID'],
    [{ action: 'add', partition: 3, startBytes: 20_480n, sizeBytes: 2n ** 63n - 4096n }, 'PARTITION_INVALID'],
    [{ action: 'resize', partition: 1, sizeBytes: 12_288n }, '4096+12288'],
    [{ action: 'resize', partition: 1, sizeBytes: 16_384n }, 'PARTITION_INVALID'],
    [{ action: 'resize', partition: 2, sizeBytes: 8192n }, '16384+8192'],
    [{ action: 'resize', partition: 2, sizeBytes: 0n }, 'PARTITION_INVALID'],
    [{ action: 'resize', partition: 9, sizeBytes: 4096n }, 'NO_SUCH_PARTITION'],
    [{ action: 'delete', partition: 1 }, '4096+8192'],
    [{ action: 'delete', partition: 2 }, 'DEVICE_MOUNTED'],
    [{ action: 'delete', partition: 9 }, 'NO_SUCH_PARTITION'],
  ] as const)('%o: %s', (wish, expected) => {
    expect(outcome(wish)).toBe(expected);
  });

  test('a mounted one does not shrink', () => {
    const larger = { ...device, partitions: [{ number: 2, startBytes: 4096n, sizeBytes: 16_384n, isMounted: true }] };
    expect(() => planPartition({ action: 'resize', partition: 2, sizeBytes: 8192n }, larger)).toThrow(new HelperError('DEVICE_TOO_SMALL'));
  });
});

describe('a batch of events', () => {
  const event = (devicePath: string, action = 'change', subsystem = 'block') => ({
    action,
    devicePath,
    variables: new Map([['SUBSYSTEM', subsystem]]),
  });

  test('names each device once', () => {
    const events = [
      event('/devices/virtual/bdi/7:3', 'add', 'bdi'),
      event('/devices/virtual/block/loop3', 'add'),
      event('/devices/virtual/block/loop3'),
      event('/devices/virtual/block/loop12/loop12p1', 'add'),
      event('/devices/pci0000:00/0000:00:05.0/virtio2/block/vda/vda1'),
    ];
    expect(sortEvents({ events })).toEqual({ numbers: new Set([3, 12]), partitioned: new Set([12]), holders: false });
  });

  test.each(['/devices/virtual/block/dm-0', '/devices/virtual/block/md127', '/devices/virtual/block/bcache0'])(
    '%s is on top of something',
    (path) => {
      expect(sortEvents({ events: [event(path)] })).toEqual({ numbers: new Set(), partitioned: new Set(), holders: true });
    },
  );
});

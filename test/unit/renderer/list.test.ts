/** What the list shows, and the picture of a device. */
import { describe, expect, test } from 'vitest';
import type { Contents } from '../../../electron/ipc/contents.ts';
import { addTraffic, nothingMoved } from '../../../renderer/state/busyness.ts';
import { isSystemDevice, systemKindOf, systemKindOfPath } from '../../../renderer/state/system-devices.ts';
import { viewList, type ListQuery } from '../../../renderer/state/list-view.ts';
import { listedSegments, segmentsOf } from '../../../renderer/state/partition-map.ts';
import { partFill } from '../../../renderer/state/parts.ts';
import { fileNameOf, folderOf, isInUse } from '../../../renderer/state/device-facts.ts';
import { resizeExcuse } from '../../../renderer/state/excuses.ts';
import { decimal, GIB, loopDevice, MIB, mountAt, partition, snapDevices, typicalDevices } from '../../fakes/sample-devices.ts';

const query: ListQuery = { search: '', filter: 'all', sort: 'number', showSystem: false };
const names = (part: Partial<ListQuery>, devices = typicalDevices()): readonly number[] =>
  viewList(devices, { ...query, ...part }).devices.map((device) => device.number);

describe('system devices', () => {
  test.each([
    '/var/lib/snapd/snaps/core22_1033.snap',
    '/var/lib/flatpak/repo/x.img',
    '/var/lib/docker/devicemapper/data',
    '/home/maria/.local/share/containers/storage/x',
    '/run/live/medium/live/filesystem.squashfs',
  ])('are known by their path: %s', (path) => {
    expect(systemKindOfPath(path)).not.toBeNull();
  });

  test.each(['/home/maria/snap/disk.img', '/var/lib/libvirt/images/vm.img', '/srv/docker/disk.img', '/home/var/lib/docker/x'])(
    'are not: %s',
    (path) => {
      expect(systemKindOfPath(path)).toBeNull();
    },
  );

  test('are not those that the user attached with Platter', () => {
    expect(isSystemDevice(loopDevice(1, '/var/lib/docker/x.img', { ownership: 'own' }))).toBe(false);
    expect(isSystemDevice(loopDevice(1, null))).toBe(false);
  });

  test('are told apart for root too, to whom every device is his own', () => {
    expect(systemKindOf(loopDevice(1, '/var/lib/snapd/snaps/a_1.snap', { attachment: null }))).toBe('snap');
    expect(systemKindOf(loopDevice(1, '/var/snap/lxd/common/x.img', { ownership: 'unknown' }))).toBe('lxd');
  });

  test('are counted but hidden until asked for', () => {
    const devices = [...typicalDevices(), ...snapDevices(20, 34)];
    expect(viewList(devices, query)).toMatchObject({ systemCount: 34, candidateCount: 6 });
    expect(viewList(devices, { ...query, showSystem: true }).devices).toHaveLength(40);
    expect(viewList(devices, { ...query, filter: 'system' }).devices).toHaveLength(34);
  });
});

describe('the list', () => {
  test('is filtered by mounted, in use and read-only', () => {
    expect(names({ filter: 'mounted' })).toEqual([0, 1, 5]);
    expect(names({ filter: 'in-use' })).toEqual([0, 1, 3, 5]);
    expect(names({ filter: 'read-only' })).toEqual([1, 4]);
  });

  test('is searched by path, node, mount point and file system', () => {
    expect(names({ search: 'WIN11' })).toEqual([3]);
    expect(names({ search: '/dev/loop5' })).toEqual([5]);
    expect(names({ search: 'media/maria/debian' })).toEqual([0]);
    expect(names({ search: 'btrfs' })).toEqual([1]);
    expect(names({ search: ' nothing ' })).toEqual([]);
  });

  test('is sorted by name as people count, by age and by size', () => {
    const devices = [loopDevice(1, '/a/disk10.img'), loopDevice(2, '/b/disk9.img'), loopDevice(3, '/c/Disk1.img')];
    expect(names({ sort: 'name' }, devices)).toEqual([3, 2, 1]);
    expect(
      names({ sort: 'newest' }, [loopDevice(1, '/a', { diskseq: decimal(100) }), loopDevice(2, '/b', { diskseq: decimal(9) })]),
    ).toEqual([1, 2]);
    expect(names({ sort: 'size' })[0]).toBe(3);
  });

  test('is sorted by activity, the rest by name', () => {
    const devices = [loopDevice(1, '/a.img'), loopDevice(2, '/b.img'), loopDevice(3, '/c.img')];
    const busyness = new Map([
      [2, 10],
      [3, 500],
    ]);
    expect(names({ sort: 'activity', busyness }, devices)).toEqual([3, 2, 1]);
    expect(names({ sort: 'activity' }, devices)).toEqual([1, 2, 3]);
  });

  test('counts what was moved of late, less from reading to reading', () => {
    const traffic = (...bytes: number[]) => bytes.map((movedBytes, number) => ({ number, movedBytes: String(movedBytes) }));
    const first = addTraffic(nothingMoved, traffic(1000, 0));
    expect(first.scores.size).toBe(0);
    const second = addTraffic(first, traffic(1000, 100));
    expect([...second.scores]).toEqual([[1, 100]]);
    const third = addTraffic(second, traffic(1050, 100));
    expect([...third.scores]).toEqual([
      [0, 50],
      [1, 70],
    ]);
    expect([...addTraffic(third, traffic(0, 100)).scores.keys()]).toEqual([0, 1]);
  });
});

describe('the partition map', () => {
  test('shows partitions and the gaps between them, but not alignment', () => {
    const device = loopDevice(1, '/x', {
      sizeBytes: decimal(10n * GIB),
      partitions: [partition(2, 6n * GIB, GIB), partition(1, MIB, GIB)],
    });
    expect(segmentsOf(device).map(({ id, startBytes, sizeBytes }) => [id, startBytes, sizeBytes])).toEqual([
      ['p1', MIB, GIB],
      [`free-${MIB + GIB}`, MIB + GIB, 5n * GIB - MIB],
      ['p2', 6n * GIB, GIB],
      [`free-${7n * GIB}`, 7n * GIB, 3n * GIB],
    ]);
  });

  test('tells no gap between partitions that overlap', () => {
    const device = loopDevice(1, '/x', { sizeBytes: decimal(8n * GIB), partitions: [partition(1, 0n, 8n * GIB), partition(5, GIB, GIB)] });
    expect(segmentsOf(device).map((segment) => segment.kind)).toEqual(['partition', 'partition']);
  });

  test('draws what the table in the image names between what the kernel knows, and nothing that only holds others', () => {
    const found = { partitionName: null, space: null, label: null, uuid: null, mountable: false } as const;
    const at = (start: bigint, size: bigint) => ({ startBytes: start.toString(), sizeBytes: size.toString() });
    const contents: Contents = [
      { ...found, partition: null, range: null, kind: 'partition-table', type: 'dos' },
      { ...found, partition: 1, range: at(GIB, GIB), kind: 'file-system', type: 'ext4' },
      { ...found, partition: 2, range: at(2n * GIB, 6n * GIB), kind: 'partition-table', type: 'dos' },
      { ...found, partition: 5, range: at(3n * GIB, GIB), kind: 'swap', type: 'swap' },
    ];
    const device = loopDevice(1, '/x', { sizeBytes: decimal(8n * GIB), partitions: [partition(5, 3n * GIB, GIB)] });
    expect(segmentsOf(device, contents).map(({ kind, startBytes, sizeBytes }) => [kind, startBytes / GIB, sizeBytes / GIB])).toEqual([
      ['free', 0n, 1n],
      ['unread', 1n, 1n],
      ['free', 2n, 1n],
      ['partition', 3n, 1n],
      ['free', 4n, 4n],
    ]);
    expect(listedSegments(device, contents).at(-1)).toMatchObject({ kind: 'unread', partition: 2 });
  });

  test('shows a device without partitions as one piece', () => {
    expect(segmentsOf(loopDevice(1, '/x'))).toEqual([{ kind: 'whole', id: 'whole', startBytes: 0n, sizeBytes: GIB }]);
  });

  test('is coloured by what is mounted, used as swap, or found in it', () => {
    const nothing = { mounts: [], usedAsSwap: false, content: null };
    const found = { partition: null, partitionName: null, range: null, space: null, label: null, uuid: null, mountable: false } as const;
    expect(partFill({ ...nothing, mounts: [mountAt('/x', 'ext4')] })).toBe('ext');
    expect(partFill({ ...nothing, mounts: [mountAt('/x', 'ntfs3')] })).toBe('ntfs');
    expect(partFill({ ...nothing, usedAsSwap: true })).toBe('swap');
    expect(partFill(nothing)).toBe('other');
    expect(partFill({ ...nothing, content: { ...found, kind: 'encrypted', type: 'crypto_LUKS' } })).toBe('luks');
    expect(partFill({ ...nothing, content: { ...found, kind: 'file-system', type: 'xfs' } })).toBe('xfs');
    expect(partFill({ ...nothing, content: { ...found, kind: 'raid-or-volume', type: 'LVM2_member' } })).toBe('lvm');
  });
});

test('names are the last part of a path', () => {
  expect(fileNameOf('/a/b.img')).toBe('b.img');
  expect(fileNameOf('/a/b/')).toBe('/a/b/');
  expect(folderOf('/b.img')).toBe('/');
});

test('a device is in use by a swap partition and by a holder', () => {
  expect(isInUse(loopDevice(1, '/x', { partitions: [partition(1, 0n, GIB, { usedAsSwap: true })] }))).toBe(true);
  expect(isInUse(loopDevice(1, '/x', { holders: ['dm-0'] }))).toBe(true);
  expect(isInUse(loopDevice(1, '/x'))).toBe(false);
});

test('resizing is excused where there is no file to resize, not by a read-only device or a size limit', () => {
  expect(resizeExcuse(loopDevice(1, '/x'))).toBeNull();
  expect(resizeExcuse(loopDevice(1, '/x', { readOnly: true }))).toBeNull();
  expect(resizeExcuse(loopDevice(1, '/x', { backingFileState: 'deleted' }))).toBe('file-deleted');
  expect(resizeExcuse(loopDevice(1, '/x', { sizeLimitBytes: decimal(512) }))).toBeNull();
  expect(resizeExcuse(loopDevice(1, '/dev/sda1', { identity: null }))).toBe('backed-by-device');
  expect(resizeExcuse(loopDevice(1, null))).toBe('file-unknown');
});

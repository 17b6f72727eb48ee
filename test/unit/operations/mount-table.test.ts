import { describe, expect, test } from 'vitest';
import { buildMountTable, changedUses, loopNumberOfPath, useOf, type MountLine } from '../../../native-helper/operations/mount-table.ts';

const line = (
  changes: Partial<Record<'deviceNumber' | 'mountPoint' | 'source' | 'fileSystemType', string>> & { mountId?: number },
): MountLine => ({
  mountId: changes.mountId ?? 30,
  deviceNumber: changes.deviceNumber ?? '7:3',
  mountPoint: Buffer.from(changes.mountPoint ?? '/mnt'),
  fileSystemType: changes.fileSystemType ?? 'ext4',
  source: Buffer.from(changes.source ?? '/dev/loop3'),
  readOnly: false,
});

describe('who uses a device', () => {
  test('by its device number, all mounts of it', () => {
    const table = buildMountTable([line({}), line({ mountId: 31, mountPoint: '/bind' }), line({ deviceNumber: '7:4' })], []);
    expect(useOf(table, '7:3', '/dev/loop3').mounts.map(({ mountPoint }) => mountPoint.text)).toEqual(['/mnt', '/bind']);
    expect(useOf(table, '7:5', '/dev/loop5')).toEqual({ mounts: [], usedAsSwap: false });
  });

  test('by its source, where the file system has a number of its own', () => {
    const lines = [
      line({ deviceNumber: '0:44', fileSystemType: 'btrfs', source: '/dev/loop3p1' }),
      line({ deviceNumber: '0:5', source: 'devtmpfs' }),
    ];
    const table = buildMountTable(lines, []);
    expect(useOf(table, '259:1', '/dev/loop3p1').mounts).toHaveLength(1);
    expect(table.bySource.size).toBe(1);
  });

  test('the source of any other file system says nothing', () => {
    const table = buildMountTable([line({ deviceNumber: '8:1', source: '/dev/loop3' })], []);
    expect(useOf(table, '7:3', '/dev/loop3').mounts).toEqual([]);
  });

  test('swap', () => {
    const table = buildMountTable([], [Buffer.from('/dev/loop3'), Buffer.from('/swapfile')]);
    expect(useOf(table, '7:3', '/dev/loop3').usedAsSwap).toBe(true);
    expect(table.swaps.size).toBe(1);
  });

  test('mount points that are no text', () => {
    const table = buildMountTable([{ ...line({}), mountPoint: Buffer.from([0x2f, 0xff]) }], []);
    expect(useOf(table, '7:3', '/dev/loop3').mounts[0]?.mountPoint).toEqual({ text: '/\uFFFD', base64: 'L/8=' });
  });
});

describe('what changed', () => {
  const empty = buildMountTable([], []);
  test('nothing', () => {
    const table = buildMountTable([line({})], [Buffer.from('/dev/loop1')]);
    const changes = changedUses(table, buildMountTable([line({})], [Buffer.from('/dev/loop1')]));
    expect([...changes.deviceNumbers, ...changes.paths]).toEqual([]);
  });

  test('mounts that came, went and moved', () => {
    const before = buildMountTable([line({}), line({ deviceNumber: '7:4' }), line({ deviceNumber: '7:5' })], []);
    const after = buildMountTable([line({}), line({ deviceNumber: '7:4', mountPoint: '/moved' }), line({ deviceNumber: '259:2' })], []);
    expect([...changedUses(before, after).deviceNumbers].toSorted()).toEqual(['259:2', '7:4', '7:5']);
  });

  test('swaps and sources', () => {
    const table = buildMountTable([line({ deviceNumber: '0:44', source: '/dev/loop9' })], [Buffer.from('/dev/loop8p2')]);
    expect([...changedUses(empty, table).paths].toSorted()).toEqual(['/dev/loop8p2', '/dev/loop9']);
    expect([...changedUses(table, empty).paths].toSorted()).toEqual(['/dev/loop8p2', '/dev/loop9']);
  });
});

test.each([
  ['/dev/loop0', 0],
  ['/dev/loop12p3', 12],
  ['/dev/loop', null],
  ['/dev/loop1x', null],
  ['/dev/loop-control', null],
  ['loop1', null],
  ['/dev/loop12345678', null],
])('%s', (path, number) => {
  expect(loopNumberOfPath(path)).toBe(number);
});

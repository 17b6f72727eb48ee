import { describe, expect, test } from 'vitest';
import { contentsInUse, listPlaces, planMounts, toContents, toFileSystemType } from '../../../electron/images/contents.ts';
import { parseProbeReply } from '../../../electron/images/probe-reply.ts';
import type { Findings, PartitionFinding, Signature, SizedSignature } from '../../../electron/image-worker/findings.ts';
import type { Mount, Partition } from '../../../native-helper/protocol/devices.ts';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';
import { sampleDevice } from './samples.ts';

const nothing: SizedSignature = { space: null, type: '', usage: '', version: '', label: '', uuid: '', tableType: '', ambiguous: false };
const ext4: SizedSignature = { ...nothing, type: 'ext4', usage: 'filesystem', label: 'Root', uuid: 'ab-cd' };

function partition(number: number, signature: Partial<Signature>, changes: Partial<PartitionFinding> = {}): PartitionFinding {
  return { ...nothing, ...signature, number, name: '', startBytes: String(number * 1024), sizeBytes: '512', isExtended: false, ...changes };
}

describe('what is shown of an image', () => {
  const kinds: readonly (readonly [string, Partial<Signature>, object])[] = [
    ['a file system', ext4, { kind: 'file-system', type: 'ext4', label: 'Root', uuid: 'ab-cd', mountable: true }],
    [
      'NTFS, which the kernel calls otherwise',
      { type: 'ntfs', usage: 'filesystem' },
      { kind: 'file-system', type: 'ntfs', mountable: true },
    ],
    ['a file system nobody mounts', { type: 'reiserfs', usage: 'filesystem' }, { kind: 'file-system', mountable: false }],
    ['one named like something of JavaScript', { type: 'constructor', usage: 'filesystem' }, { kind: 'file-system', mountable: false }],
    ['swap', { type: 'swap', usage: 'other' }, { kind: 'swap', type: 'swap', mountable: false }],
    ['LUKS', { type: 'crypto_LUKS', usage: 'crypto' }, { kind: 'encrypted', mountable: false }],
    ['LVM', { type: 'LVM2_member', usage: 'raid' }, { kind: 'raid-or-volume', mountable: false }],
    ['a journal alone', { type: 'jbd', usage: 'other' }, { kind: 'other', mountable: false }],
    ['a table', { tableType: 'gpt' }, { kind: 'partition-table', type: 'gpt', mountable: false }],
    ['a file system with a table beside it', { ...ext4, type: 'iso9660', tableType: 'dos' }, { kind: 'file-system', type: 'iso9660' }],
    ['signatures that exclude each other', { ambiguous: true }, { kind: 'other', type: '', mountable: false }],
    ['zeros', {}, { kind: 'nothing', type: '', label: null, uuid: null, mountable: false }],
  ];
  test.each(kinds)('%s', (_name, signature, expected) => {
    expect(toContents({ whole: { ...nothing, ...signature }, partitions: [] })).toMatchObject([{ partition: null, ...expected }]);
  });

  test('partitions come by number, and one that only holds others is a table', () => {
    const partitions = [partition(5, ext4), partition(4, {}, { isExtended: true }), partition(1, { type: 'swap', usage: 'other' })];
    expect(toContents({ whole: { ...nothing, tableType: 'dos' }, partitions }).map((one) => [one.partition, one.kind])).toEqual([
      [null, 'partition-table'],
      [1, 'swap'],
      [4, 'partition-table'],
      [5, 'file-system'],
    ]);
    const named = partition(1, {}, { name: 'EFI System' });
    expect(toContents({ whole: nothing, partitions: [named] }).map(({ partitionName }) => partitionName)).toEqual([null, 'EFI System']);
    expect(toContents({ whole: nothing, partitions })[3]?.range).toEqual({ startBytes: '5120', sizeBytes: '512' });
  });

  test('of a file the user may not read is what is in use', () => {
    const mount: Mount = { mountId: 7, mountPoint: { text: '/mnt', base64: null }, fileSystemType: 'xfs', readOnly: false };
    const part = (number: number, changes: Partial<Partition>): Partition => ({
      number,
      deviceNumber: `259:${number}`,
      startBytes: toDecimal(512),
      sizeBytes: toDecimal(512),
      readOnly: false,
      mounts: [],
      usedAsSwap: false,
      ...changes,
    });
    const device = { ...sampleDevice(), partitions: [part(1, { mounts: [mount] }), part(2, {}), part(3, { usedAsSwap: true })] };
    expect(contentsInUse(device).map(({ partition: number, kind, type, mountable }) => [number, kind, type, mountable])).toEqual([
      [1, 'file-system', 'xfs', true],
      [3, 'swap', 'swap', false],
    ]);
  });
});

describe('what is mounted of an image', () => {
  const table: Findings = {
    whole: { ...nothing, tableType: 'gpt' },
    partitions: [partition(3, ext4), partition(1, { type: 'vfat', usage: 'filesystem' }), partition(2, { type: 'swap', usage: 'other' })],
  };

  test('every file system of a table, by number, and where it lies', () => {
    expect(planMounts(table, 9000n)).toEqual([
      { partition: 1, fileSystemType: 'vfat', label: null, sizeBytes: 512n, range: { startBytes: '1024', sizeBytes: '512' } },
      { partition: 3, fileSystemType: 'ext4', label: 'Root', sizeBytes: 512n, range: { startBytes: '3072', sizeBytes: '512' } },
    ]);
  });

  test('only the whole where that is a file system: mounted, it keeps its partitions from being mounted', () => {
    const hybrid: Findings = {
      whole: { ...nothing, type: 'iso9660', usage: 'filesystem', tableType: 'dos', label: 'LIVE' },
      partitions: table.partitions,
    };
    expect(planMounts(hybrid, 9000n)).toEqual([
      { partition: null, fileSystemType: 'iso9660', label: 'LIVE', sizeBytes: 9000n, range: null },
    ]);
    expect(listPlaces(hybrid, 9000n).map((place) => place.partition)).toEqual([null, 1, 3]);
  });

  test('nothing of a table without file systems', () => {
    expect(planMounts({ whole: { ...nothing, tableType: 'gpt' }, partitions: [partition(1, {})] }, 9000n)).toEqual([]);
  });

  test.each([
    ['ext4', 'ext4'],
    ['ntfs', 'ntfs3'],
    ['vfat', 'vfat'],
    ['overlay', null],
    ['tmpfs', null],
    ['toString', null],
  ])('the type %s is mounted as %s', (type, expected) => {
    expect(toFileSystemType(type)).toBe(expected);
  });
});

describe('what the worker says', () => {
  const findings: Findings = { whole: ext4, partitions: [partition(1, ext4)] };

  test('is taken when it is a reply', () => {
    expect(parseProbeReply(JSON.stringify({ id: 1, findings }))).toEqual({ id: 1, findings });
    expect(parseProbeReply('{"id":2,"failure":"no"}')).toEqual({ id: 2, failure: 'no' });
  });

  test.each([
    ['no JSON', 'x'],
    ['no reply', '{}'],
    ['no id', JSON.stringify({ findings })],
    ['a partition 0', JSON.stringify({ id: 1, findings: { ...findings, partitions: [partition(0, ext4)] } })],
    ['a negative start', JSON.stringify({ id: 1, findings: { ...findings, partitions: [partition(1, ext4, { startBytes: '-1' })] } })],
    [
      'a size beyond 63 bits',
      JSON.stringify({ id: 1, findings: { ...findings, partitions: [partition(1, ext4, { sizeBytes: '9223372036854775808' })] } }),
    ],
    [
      'too many partitions',
      JSON.stringify({ id: 1, findings: { ...findings, partitions: Array.from({ length: 257 }, () => partition(1, ext4)) } }),
    ],
    ['a label of a megabyte', JSON.stringify({ id: 1, findings: { ...findings, whole: { ...ext4, label: 'x'.repeat(1024 * 1024) } } })],
  ])('is refused when it is %s', (_name, line) => {
    expect(parseProbeReply(line)).toBeNull();
  });
});

import { describe, expect, test } from 'vitest';
import { checkerOf, outcomeOf, parseExtProgress, refusalOf, targetWords } from '../../../electron/maintenance/check-plan.ts';
import { isUuidOf, labelProblem, relabellerOf, shownLabel, uuidFrom } from '../../../electron/maintenance/relabel-plan.ts';

const types = ['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'vfat', 'exfat', 'ntfs', 'swap'] as const;
const file = '/proc/self/fd/3';

describe('plans of checks', () => {
  test('read what the statuses of e2fsck mean', () => {
    const judge = checkerOf('ext4')?.judge;
    expect([0, 1, 2, 3, 4, 5, 8, 16, 32, 139].map((status) => judge?.(status))).toEqual([
      'clean',
      'corrected',
      'clean',
      'corrected',
      'damaged',
      'damaged',
      null,
      null,
      null,
      null,
    ]);
  });

  test('reach into partitions where the tool can', () => {
    const ext = checkerOf('ext4');
    const squashfs = checkerOf('squashfs');
    if (ext === null || squashfs === null) throw new Error('a checker is missing');
    expect(targetWords(ext, file, 1_048_576n)).toEqual([`${file}?offset=1048576`]);
    expect(targetWords(squashfs, file, 4096n)).toEqual(['-o', '4096', file]);
    expect(targetWords(ext, file, 0n)).toEqual([file]);
  });

  test('say why something is not repaired', () => {
    const refusal = (type: string, partition: number | null) => {
      const checker = checkerOf(type);
      return checker === null ? 'none' : refusalOf(checker, partition);
    };
    expect(refusal('btrfs', null)).toBe('btrfs');
    expect(refusal('ntfs', 1)).toBe('ntfs');
    expect(refusal('squashfs', null)).toBe('read-only-format');
    expect(refusal('vfat', 1)).toBe('partition');
    expect(refusal('vfat', null)).toBeNull();
    expect(refusal('ext4', 3)).toBeNull();
    expect(refusal('toString', null)).toBe('none');
  });

  test('only call repaired what a second check found clean', () => {
    expect(outcomeOf('damaged', 'clean')).toBe('repaired');
    expect(outcomeOf('damaged', 'damaged')).toBe('partly-repaired');
    expect(outcomeOf('clean', 'clean')).toBe('clean');
  });

  test('read how far e2fsck is', () => {
    expect(parseExtProgress('1 50 100 /proc/self/fd/3')).toBe(0.1);
    expect(parseExtProgress('5 1 1 /proc/self/fd/3')).toBe(1);
    expect(parseExtProgress('Pass 1: Checking inodes, blocks, and sizes')).toBeNull();
  });
});

describe('plans of labels', () => {
  test.each(types)('of %s never begin with a dash, and never hold control characters', (type) => {
    for (const label of ['-h', '--help', '-L', '-']) expect(labelProblem(type, label)).toBe('leading-dash');
    for (const label of ['a\nb', 'a\0b', '\u001b[31m']) expect(labelProblem(type, label)).toBe('characters');
    expect(labelProblem(type, 'Data1')).toBeNull();
    expect(labelProblem(type, '')).toBeNull();
  });

  test.each([
    ['ext4', 16],
    ['xfs', 12],
    ['vfat', 11],
    ['swap', 15],
    ['btrfs', 255],
  ] as const)('of %s have at most %d bytes', (type, most) => {
    expect(labelProblem(type, 'a'.repeat(most))).toBeNull();
    expect(labelProblem(type, 'a'.repeat(most + 1))).toBe('too-long');
  });

  test.each(['a b', 'a"b', "a'b", 'a\\b', 'a;b'])('of XFS leave out what its program reads otherwise: %j', (label) => {
    expect(labelProblem('xfs', label)).toBe('characters');
  });

  test('give the file and the label as words of their own', () => {
    expect(relabellerOf('ext4')?.label(file, 'my data')).toEqual({ program: 'tune2fs', args: ['-L', 'my data', file] });
    expect(relabellerOf('xfs')?.label(file, '')).toEqual({ program: 'xfs_db', args: ['-x', '-p', 'xfs_admin', '-c', 'label --', file] });
    expect(relabellerOf('iso9660')).toBeNull();
    expect(shownLabel('vfat', 'efi')).toBe('EFI');
  });

  test.each(types)('of %s make identifiers of its form', (type) => {
    const bytes = new Uint8Array(16).map((_, index) => index * 17);
    expect(isUuidOf(type, uuidFrom(type, bytes))).toBe(true);
    expect(isUuidOf(type, 'no-uuid; rm -rf')).toBe(false);
  });
});

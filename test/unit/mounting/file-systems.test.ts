import { expect, test } from 'vitest';
import { planFileSystem } from '../../../native-helper/mounting/file-systems.ts';
import { attributesFor } from '../../../native-helper/mounting/mount.ts';
import { encodeReadAcl } from '../../../native-helper/mounting/mount-target.ts';
import { fileSystemTypes, isFileSystemType, type FileSystemType } from '../../../native-helper/protocol/mounts.ts';

const owner = { uid: 1000, gid: 1001 };
const types = Object.keys(fileSystemTypes) as FileSystemType[];

test('only types of the table are types', () => {
  for (const name of ['auto', 'tmpfs', 'proc', 'constructor', '__proto__', 'ext4 ', 'EXT4', '']) expect(isFileSystemType(name)).toBe(false);
});

test('the common types are those of the design', () => {
  expect(types.filter((type) => fileSystemTypes[type] === 'common').toSorted()).toEqual([
    'btrfs',
    'erofs',
    'exfat',
    'ext2',
    'ext3',
    'ext4',
    'iso9660',
    'ntfs3',
    'squashfs',
    'udf',
    'vfat',
    'xfs',
  ]);
});

test('every type that has no owners gets the user as owner, and shows its files to that user alone', () => {
  for (const type of ['vfat', 'exfat', 'ntfs3', 'udf', 'hfs', 'hfsplus'] as const) {
    const { parameters } = planFileSystem(type, { readOnly: false, skipJournal: false }, owner);
    expect([type, parameters]).toEqual([
      type,
      expect.arrayContaining([
        ['uid', '1000'],
        ['gid', '1001'],
        ['umask', '077'],
      ]),
    ]);
  }
  expect(planFileSystem('iso9660', { readOnly: false, skipJournal: false }, owner).parameters).toEqual([
    ['ro', null],
    ['uid', '1000'],
    ['gid', '1001'],
    ['mode', '0400'],
    ['dmode', '0500'],
  ]);
});

test('no plan has a parameter that takes rights from the restrictions or names another device', () => {
  const forbidden = new Set(['suid', 'dev', 'exec', 'rw', 'device', 'subvol', 'context', 'source', 'data', 'showexec']);
  for (const type of types) {
    for (const readOnly of [true, false]) {
      const { parameters } = planFileSystem(type, { readOnly, skipJournal: true }, owner);
      expect(parameters.filter(([key]) => forbidden.has(key))).toEqual([]);
    }
  }
});

test('file systems that cannot be written are read-only, and ro is said for every read-only mount', () => {
  for (const type of types) {
    expect(planFileSystem(type, { readOnly: true, skipJournal: false }, owner).parameters[0]).toEqual(['ro', null]);
    const isAlways = ['squashfs', 'erofs', 'iso9660'].includes(type);
    expect(planFileSystem(type, { readOnly: false, skipJournal: false }, owner).readOnly).toBe(isAlways);
  }
});

test('a journal is skipped in read-only mounts only', () => {
  const skips = (type: FileSystemType, readOnly: boolean): boolean =>
    planFileSystem(type, { readOnly, skipJournal: true }, owner).parameters.some(([key]) => key === 'noload' || key === 'norecovery');
  expect([skips('ext4', true), skips('xfs', true), skips('ext4', false), skips('xfs', false)]).toEqual([true, true, false, false]);
});

test('ext2 and ext3 are read by the driver of ext4', () => {
  expect(planFileSystem('ext2', { readOnly: true, skipJournal: false }, owner).driver).toBe('ext4');
});

test('a second xfs of the same UUID is only mounted read-only', () => {
  expect(planFileSystem('xfs', { readOnly: true, skipJournal: false }, owner).secondTry).toEqual(['nouuid', null]);
  expect(planFileSystem('xfs', { readOnly: false, skipJournal: false }, owner).secondTry).toBeNull();
});

test('nosuid and nodev are part of every mount; wishes only add to them', () => {
  expect(attributesFor({}, false)).toBe(0x2 | 0x4);
  expect(attributesFor({ noExecute: false, noSymbolicLinks: false }, true)).toBe(0x1 | 0x2 | 0x4);
  expect(attributesFor({ noExecute: true, noSymbolicLinks: true }, true)).toBe(0x1 | 0x2 | 0x4 | 0x8 | 0x20_0000);
});

test('the access list of a user folder is that of setfacl -m u:UID:r-x on mode 0750', () => {
  expect(encodeReadAcl(0x1234).toString('hex')).toBe(
    '02000000' + '01000700ffffffff' + '0200050034120000' + '04000500ffffffff' + '10000500ffffffff' + '20000000ffffffff',
  );
});

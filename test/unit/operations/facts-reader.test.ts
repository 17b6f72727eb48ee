import { describe, expect, test } from 'vitest';
import { FactsReader } from '../../../native-helper/operations/facts-reader.ts';

type Line = readonly [mountPoint: string, deviceNumber: string, type: string];
const local: readonly Line[] = [
  ['/', '8:1', 'ext4'],
  ['/home', '8:2', 'btrfs'],
];

function readerOf(lines: readonly Line[]): (path: string | null) => string | null {
  const reader = new FactsReader('elevated');
  reader.setMounts(
    lines.map(([mountPoint, deviceNumber, fileSystemType]) => ({ mountPoint: Buffer.from(mountPoint), deviceNumber, fileSystemType })),
  );
  return (path) => reader.remoteDeviceOf(path === null ? null : Buffer.from(path));
}

describe('where a file lies', () => {
  test('without remote mounts everything is the kernel’s own, whatever its name', () => {
    expect([readerOf(local)('/home/a.img'), readerOf(local)(null)]).toEqual([null, null]);
  });

  test.each<[string | null, string | null]>([
    ['/mnt/net/a.img', '0:50'],
    ['/mnt/net/a.img (deleted)', '0:50'],
    ['/mnt/net', null],
    ['/mnt/network/a.img', null],
    ['/mnt/net/disk/a.img', null],
    ['/home/a.img', null],
    [null, ''],
  ])('%s: %s', (path, expected) => {
    const lines: readonly Line[] = [...local, ['/mnt/net', '0:50', 'nfs4'], ['/mnt/net/disk', '8:3', 'xfs']];
    expect(readerOf(lines)(path)).toBe(expected);
  });

  test.each(['fuse', 'fuse.sshfs', 'fuseblk', 'nfs', 'cifs', '9p', 'virtiofs'])('%s is remote', (type) => {
    expect(readerOf([...local, ['/mnt', '0:50', type]])('/mnt/a.img')).toBe('0:50');
  });

  test.each(['fusectl', 'overlay', 'tmpfs', 'nfsd', 'ext4'])('%s is not', (type) => {
    const lines: readonly Line[] = [...local, ['/mnt', '0:50', type], ['/else', '0:51', 'nfs']];
    expect(readerOf(lines)('/mnt/a.img')).toBeNull();
  });

  test('of two mounts in one place the later one counts', () => {
    const under: Line = ['/mnt', '0:50', 'nfs'];
    const over: Line = ['/mnt', '8:3', 'ext4'];
    expect(readerOf([...local, under, over])('/mnt/a.img')).toBeNull();
    expect(readerOf([...local, over, under])('/mnt/a.img')).toBe('0:50');
  });

  test('a root on the network makes all remote that is not mounted elsewhere', () => {
    const at = readerOf([
      ['/', '0:30', 'nfs4'],
      ['/home', '8:2', 'ext4'],
    ]);
    expect([at('/srv/a.img'), at('/home/a.img')]).toEqual(['0:30', null]);
  });
});

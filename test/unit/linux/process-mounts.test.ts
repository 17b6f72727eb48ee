/** Parsers of /proc/self/mountinfo and /proc/swaps, with bytes a hostile user can put there. */
import { describe, expect, test } from 'vitest';
import { parseMountInfo, parseSwaps, readMountInfo, readSwaps } from '../../../native-helper/linux/process-mounts.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const plain = '36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n';

describe('mountinfo', () => {
  test('a line becomes an entry', () => {
    expect(parseMountInfo(bytes(plain))).toEqual([
      {
        mountId: 36,
        parentId: 35,
        deviceNumber: '98:0',
        root: bytes('/mnt1'),
        mountPoint: bytes('/mnt2'),
        options: 'rw,noatime',
        fileSystemType: 'ext3',
        source: bytes('/dev/root'),
        readOnly: false,
      },
    ]);
  });

  test('octal escapes become bytes, whatever they are', () => {
    const [entry] = parseMountInfo(bytes('1 2 7:3 / /a\\040b\\011c\\012d\\134e\\377\xe9 ro - ext4 /dev/loop3 rw\n'));
    expect(entry?.mountPoint).toEqual(bytes('/a b\tc\nd\\e\xff\xe9'));
    expect(entry?.readOnly).toBe(true);
  });

  test('what is no octal escape stays, and an escaped backslash does not start another', () => {
    const [entry] = parseMountInfo(bytes('1 2 7:3 / /\\9\\04\\400\\134040 rw - ext4 x rw\n'));
    expect(entry?.mountPoint).toEqual(bytes('/\\9\\04\\400\\040'));
  });

  test('a mount point that looks like the separator or like another line stays one name', () => {
    const [entry, ...others] = parseMountInfo(bytes('1 2 7:3 / /-\\0401\\0122\\0407:4 rw shared:1 master:2 - ext4 - rw\n'));
    expect([entry?.mountPoint, entry?.source, entry?.fileSystemType, others]).toEqual([bytes('/- 1\n2 7:4'), bytes('-'), 'ext4', []]);
  });

  test('a file system that is read-only makes the mount read-only; a name with ro in it does not', () => {
    const entries = parseMountInfo(bytes('1 2 7:3 / /a rw - ext4 x ro\n2 2 7:3 / /b rw,errors=remount-ro - ext4 x rw,prot\n'));
    expect(entries.map(({ readOnly }) => readOnly)).toEqual([true, false]);
  });

  test('an empty source is an empty name', () => {
    expect(parseMountInfo(bytes('1 2 0:30 / /a rw - tmpfs  rw\n'))[0]?.source).toEqual(bytes(''));
  });

  test.each([
    '',
    '\n\n',
    'x\n',
    '1 2 7:3 / /a rw ext4 x rw\n',
    'a 2 7:3 / /a rw - ext4 x rw\n',
    '1 2 7 / /a rw - ext4 x rw\n',
    '1 2 7:3 / /a rw - ext4\n',
  ])('leaves out the line %j and keeps the others', (line) => {
    expect(parseMountInfo(bytes(line + plain)).map(({ mountId }) => mountId)).toEqual([36]);
  });

  test('this process has a root', () => {
    expect(readMountInfo().some(({ mountPoint }) => Buffer.from(mountPoint).equals(bytes('/')))).toBe(true);
  });
});

describe('swaps', () => {
  test('the first column of every line but the heading is a path', () => {
    const text =
      'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n' +
      '/dev/loop3p1                            partition\t8388604\t\t0\t\t-2\n' +
      '/swap\\040file\\134\\377\\040(deleted)\t\tfile\t1\t0\t-3\n';
    expect(parseSwaps(bytes(text))).toEqual([bytes('/dev/loop3p1'), bytes('/swap file\\\xff (deleted)')]);
  });

  test('a heading alone is no swap', () => {
    expect(parseSwaps(bytes('Filename\tType\n'))).toEqual([]);
    expect(Array.isArray(readSwaps())).toBe(true);
  });
});

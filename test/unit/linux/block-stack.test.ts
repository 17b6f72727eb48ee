/** What lies on block devices, from trees of /sys as they are with LUKS, LVM, multipath, MD and btrfs. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kindOfMapping, readBlockStack, readBtrfsDevices, type BlockNode } from '../../../native-helper/linux/block-stack.ts';

let sys = '';
beforeAll(() => {
  sys = mkdtempSync(join(tmpdir(), 'platter-sys-'));
  // One line for each file: path, then text; folders that hold only names end in a slash.
  for (const line of readFileSync(new URL('../../pages/sys-stacked.txt', import.meta.url), 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [path = '', ...words] = line.split(' ');
    const target = join(sys, path);
    if (path.endsWith('/')) mkdirSync(target, { recursive: true });
    else {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, `${words.join(' ')}\n`);
    }
  }
});
afterAll(() => rmSync(sys, { recursive: true }));

/** `name kind title` and what is above. */
function toShort(node: BlockNode | null): unknown {
  return node === null ? null : [`${node.name} ${node.deviceNumber} ${node.kind} ${node.title ?? '-'}`, ...node.above.map(toShort)];
}

describe('the tree above a device', () => {
  test('has an unlocked LUKS volume with LVM on it', () => {
    expect(toShort(readBlockStack('loop0', sys))).toEqual([
      'loop0 7:0 loop -',
      ['dm-0 253:0 luks luks-8d2c', ['dm-1 253:1 lvm vg0-root'], ['dm-2 253:2 lvm vg0-swap_1']],
    ]);
  });

  test('has partitions in order, and a RAID below each of its members', () => {
    const raid = ['md127 9:127 md -', ['md127p1 259:9 partition -']];
    expect(toShort(readBlockStack('loop1', sys))).toEqual([
      'loop1 7:1 loop -',
      ['loop1p1 259:0 partition -', raid],
      ['loop1p2 259:1 partition -', raid],
      ['loop1p10 259:2 partition -'],
    ]);
  });

  test('has the partitions that kpartx maps on a multipath device', () => {
    expect(toShort(readBlockStack('loop2', sys))).toEqual([
      'loop2 7:2 loop -',
      ['dm-3 253:3 multipath mpatha', ['dm-4 253:4 partition mpatha-part1']],
    ]);
  });

  test('is nothing where there is no such device', () => {
    expect(readBlockStack('loop9', sys)).toBeNull();
  });
});

test.each([
  ['CRYPT-LUKS2-8d2c-luks-8d2c', 'luks'],
  ['CRYPT-LUKS1-8d2c-x', 'luks'],
  ['CRYPT-PLAIN-x', 'encrypted'],
  ['CRYPT-VERITY-8d2c-x', 'encrypted'],
  ['LVM-abc', 'lvm'],
  ['mpath-3600', 'multipath'],
  ['part1-mpath-3600', 'partition'],
  ['', 'device-mapper'],
] as const)('a mapping with the UUID %s is of the kind %s', (uuid, kind) => {
  expect(kindOfMapping(uuid)).toBe(kind);
});

test('all devices of a btrfs file system are known for each of them', () => {
  expect(Object.fromEntries(readBtrfsDevices(sys))).toEqual({
    loop3: ['loop3', 'loop4'],
    loop4: ['loop3', 'loop4'],
    vda2: ['vda2'],
  });
});

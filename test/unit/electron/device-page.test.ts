/** What the page of a device is told, from texts as the kernel and the system write them. */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { accountNameIn } from '../../../electron/devices/account-name.ts';
import { parseActivity, parseTraffic } from '../../../electron/devices/activity.ts';
import { schedulerInUse } from '../../../electron/devices/queue.ts';
import { parseMountOptions, troubleIn } from '../../../electron/devices/mounted-state.ts';
import { findSameUuids } from '../../../electron/devices/same-uuid.ts';

test('reads the counters of requests in bytes, with and without those of discards', () => {
  const line =
    '    3223      189    32527      584     1416     2734    82348     1131        2     1172     2188       38        5   797076';
  expect(parseActivity(`${line}        9     1049      461\n`, 7)).toEqual({
    atMs: 7,
    readOperations: 3223,
    readBytes: (32_527n * 512n).toString(),
    writeOperations: 1416,
    writtenBytes: (82_348n * 512n).toString(),
    inFlight: 2,
    discardedBytes: (797_076n * 512n).toString(),
  });
  expect(parseActivity('1 0 8 0 0 0 0 0 0 0 0', 0)).toMatchObject({ readBytes: '4096', discardedBytes: '0' });
  expect(parseActivity('1 0 18446744073709551615 0 0 0 0 0 0 0 0', 0).readBytes).toBe(((2n ** 64n - 1n) * 512n).toString());
});

test('reads what whole loop devices have moved, from the table of all', () => {
  const text = [
    '   8       0 sda 1 0 8 0 1 0 8 0 0 0 0',
    '   7       0 loop0 3223 189 32527 584 1416 2734 82348 1131 0 1172 2188 38 5 797076 9 1049 461',
    ' 259       0 loop0p1 1 0 8 0 1 0 8 0 0 0 0',
    '   7      12 loop12 1 0 8 0 1 0 16 0 0 0 0',
    '',
  ].join('\n');
  expect(parseTraffic(text)).toEqual([
    { number: 0, movedBytes: String((32_527 + 82_348) * 512) },
    { number: 12, movedBytes: String(24 * 512) },
  ]);
});

test('finds the scheduler in use', () => {
  expect([schedulerInUse('[none] mq-deadline'), schedulerInUse('none [bfq]'), schedulerInUse('none')]).toEqual(['none', 'bfq', 'none']);
});

test('finds the name of an account and takes none from a broken line', () => {
  const passwd = 'root:x:0:0::/root:/bin/sh\n:x:7:7::/:\nmaria:x:1000:1000:Maria:/home/maria:/bin/bash\nbroken\n';
  expect([0, 7, 1000, 1001].map((uid) => accountNameIn(passwd, uid))).toEqual(['root', null, 'maria', null]);
});

test('names other devices with the same UUID, and neither the device itself nor its partitions', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'platter-uuid-'));
  try {
    symlinkSync('../../sda2', join(folder, 'AAAA-1111'));
    symlinkSync('../../loop3p1', join(folder, 'bbbb'));
    symlinkSync('../../loop30', join(folder, 'cccc'));
    const found = await findSameUuids({ number: 3 }, ['AAAA-1111', 'bbbb', 'cccc', 'dddd', 'AAAA-1111'], folder);
    expect(found).toEqual([
      { uuid: 'AAAA-1111', node: 'sda2' },
      { uuid: 'cccc', node: 'loop30' },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('finds in the list of mounts what the kernel made read-only or stopped, and nothing that was mounted so', () => {
  const lines = [
    '36 25 7:0 / /media/a\\040b rw,nosuid,nodev shared:1 - ext4 /dev/loop0 ro,errors=remount-ro',
    '37 25 7:1 / /media/c rw - ext4 /dev/loop1 rw,emergency_ro',
    '38 25 7:2 / /media/d rw shared:2 master:1 - ext4 /dev/loop2 rw,shutdown',
    '39 25 7:3 / /media/e ro - ext4 /dev/loop3 ro',
    '40 25 7:4 / /media/f rw - squashfs /dev/loop4 ro',
    '41 25 7:5 / /media/g rw - xfs /dev/loop5 rw,attr2',
    'broken',
  ];
  const options = parseMountOptions(`${lines.join('\n')}\n`);
  const troubles = [36, 37, 38, 39, 40, 41, 42].map((id) => troubleIn(options.get(id), id !== 40));
  expect(troubles).toEqual(['file-system-read-only', 'file-system-read-only', 'file-system-stopped', null, null, null, null]);
});

/** Partition tables that this kernel reads by itself: what is there after an attach, and which events are sent in which order (LOOP.md §1.5). */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { release } from 'node:os';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rereadPartitions } from '../../../native-helper/linux/block-device.ts';
import { closeDescriptor } from '../../../native-helper/linux/descriptors.ts';
import { isReleaseAtLeast } from '../../../native-helper/linux/features.ts';
import { loopFlags } from '../../../native-helper/linux/loop-device.ts';
import { isLoopEvent, openUeventSocket, receiveUevents } from '../../../native-helper/linux/uevents.ts';
import { detachDevice } from '../../kernel/loop-fixture.ts';
import { codeOf, targetOf, useOperations, type AttachWishes } from '../../kernel/operations/operations-fixture.ts';

const MIB = 1024 * 1024;
const operations = useOperations();
const { loop } = operations;
let socket = -1;

beforeEach(() => {
  socket = openUeventSocket();
});
afterEach(() => closeDescriptor(socket));

/** Two partitions of a mebibyte each, from the first mebibyte on, in a table for sectors of that size. */
function makePartitioned(sectorBytes: 512 | 4096, label: 'gpt' | 'dos' = 'gpt'): string {
  const path = loop.makeImage(`${label}-${sectorBytes}.img`, 16 * MIB).toString();
  const sectors = MIB / sectorBytes;
  // sfdisk takes the size of sectors from a device, and from nowhere else.
  const losetup = (...words: string[]): string => execFileSync('losetup', words, { encoding: 'utf8' }).trim();
  const device = losetup('--find', '--show', '--sector-size', String(sectorBytes), path);
  try {
    execFileSync('sfdisk', ['-q', '--no-reread', '--no-tell-kernel', device], {
      input: `label: ${label}\nstart=${sectors}, size=${sectors}\nstart=${2 * sectors}, size=${sectors}\n`,
    });
  } finally {
    losetup('--detach', device);
  }
  return path;
}

function eventsOf(number: number): string[] {
  const { events, overflowed } = receiveUevents(socket);
  expect(overflowed).toBe(false);
  return events.flatMap((event) => {
    const about = isLoopEvent(event);
    if (about?.number !== number) return [];
    const details = ['RESIZE', 'DISK_MEDIA_CHANGE'].filter((key) => event.variables.get(key) === '1');
    return [[event.action, ...(about.partition === null ? [] : [`p${about.partition}`]), ...details].join(' ')];
  });
}

const twoPartitions = [
  { number: 1, startBytes: String(MIB), sizeBytes: String(MIB) },
  { number: 2, startBytes: String(2 * MIB), sizeBytes: String(MIB) },
];

describe.each([512, 4096] as const)('sectors of %i bytes', (sectorBytes) => {
  test('the partitions are in the answer to the attach', async () => {
    for (const label of ['gpt', 'dos'] as const) {
      const wishes: AttachWishes = { partitionScan: true, logicalBlockSizeBytes: sectorBytes };
      const { device } = await operations.attach(makePartitioned(sectorBytes, label), wishes);
      expect(device.partitions).toMatchObject(twoPartitions);
      expect(await operations.find(device.number)).toEqual(device);
    }
  });

  test('read with the other sector size, a GPT shows nothing', async () => {
    const other = sectorBytes === 512 ? 4096 : 512;
    const { device } = await operations.attach(makePartitioned(sectorBytes), { partitionScan: true, logicalBlockSizeBytes: other });
    // The protective entry of the table is one for sectors of 512 bytes; what it says is not what is there.
    expect(device.partitions.map(({ sizeBytes }) => sizeBytes)).not.toContain(String(MIB));
  });

  test('the events of attaching, reading anew and detaching come in their order', async () => {
    const path = makePartitioned(sectorBytes);
    const number = loop.addNode();
    eventsOf(number);
    const attached = await loop.attach(path, { number, flags: loopFlags.partitionScan, logicalBlockSizeBytes: sectorBytes });
    const attaching = eventsOf(number);
    const fd = loop.openDevice(number);
    rereadPartitions(fd);
    const rereading = eventsOf(number);
    loop.close(fd);
    await detachDevice(attached);
    expect(attaching).toEqual(['change', 'change', 'add p1', 'add p2']);
    expect(rereading).toEqual(['remove p1', 'remove p2', 'change', 'add p1', 'add p2']);
    expect(eventsOf(number)).toEqual(['change', 'change DISK_MEDIA_CHANGE', 'remove p1', 'remove p2']);
  });
});

test('the window’s list gains the partitions and loses them, by events alone', async () => {
  await operations.call('devices/watch', { safetyRead: false });
  const { device } = await operations.attach(makePartitioned(512), { partitionScan: true });
  await operations.call('devices/detach', { ...targetOf(device), whenFree: false });
  const seen = operations.changes.flatMap(({ changed }) => changed).filter(({ number }) => number === device.number);
  expect(seen.at(-1)?.partitions.length ?? 2).toBe(2);
  expect(await operations.find(device.number)).toBeUndefined();
});

test('scanning can be turned on later, and a table written meanwhile is read anew', async () => {
  const path = makePartitioned(512);
  const { device } = await operations.attach(path);
  expect(device.partitions).toEqual([]);
  const scanned = await operations.call('devices/set', { ...targetOf(device), changes: { partitionScan: true } });
  expect(scanned.partitions).toMatchObject(twoPartitions);
  execFileSync('sfdisk', ['-q', '--no-reread', '--no-tell-kernel', '--append', path], { input: `start=${(3 * MIB) / 512}, size=2048\n` });
  const reread = await operations.call('devices/rescan', targetOf(device));
  expect(reread.partitions).toMatchObject([...twoPartitions, { number: 3, startBytes: String(3 * MIB), sizeBytes: String(MIB) }]);
});

test('a table that lies about its end gives no partition behind the device', async () => {
  const path = loop.makeImage('liar.img', 4 * MIB).toString();
  execFileSync('sfdisk', ['-q', path], { input: 'label: dos\nstart=2048, size=2048\nstart=4096, size=2048\n' });
  const fd = openSync(path, 'r+');
  // The length of the second entry: everything that 32 bits can count.
  writeSync(fd, Buffer.from([0xff, 0xff, 0xff, 0xff]), 0, 4, 446 + 16 + 12);
  closeSync(fd);
  const { device } = await operations.attach(path, { partitionScan: true });
  for (const { startBytes, sizeBytes } of device.partitions) {
    expect(Number(startBytes) + Number(sizeBytes)).toBeLessThanOrEqual(4 * MIB);
  }
});

test('changing the backing file changes the partitions', async () => {
  const { device } = await operations.attach(makePartitioned(512), { partitionScan: true, readOnly: true });
  const other = loop.makeImage('other.img', 16 * MIB).toString();
  execFileSync('sfdisk', ['-q', other], { input: 'label: gpt\nstart=8192, size=2048\n' });
  eventsOf(device.number);
  const changed = await operations.call('devices/change-backing-file', targetOf(device), [loop.open(other)]);
  const events = eventsOf(device.number);
  expect(events.filter((event) => event.startsWith('remove'))).toEqual(['remove p1', 'remove p2']);
  expect(changed.partitions).toMatchObject([{ number: 1, startBytes: String(4 * MIB), sizeBytes: String(MIB) }]);
  // Until 6.15 the events of the new partitions are suppressed with those of the change itself (LOOP.md §1.6).
  if (isReleaseAtLeast(release(), 6, 15)) expect(events).toContain('add p1');
});

test('a mounted partition keeps the table from being read anew, and the device from being detached', async () => {
  const path = makePartitioned(512);
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-E', `offset=${MIB}`, path, '1024k']);
  const { device } = await operations.attach(path, { partitionScan: true });
  const place = `${loop.folder}/place`;
  execFileSync('mkdir', [place]);
  execFileSync('mount', [`/dev/loop${device.number}p1`, place]);
  try {
    expect(await codeOf(operations.call('devices/rescan', targetOf(device)))).toMatch(/^DEVICE_(MOUNTED|BUSY)$/u);
    expect(await codeOf(operations.call('devices/detach', { ...targetOf(device), whenFree: false }))).toBe('DEVICE_MOUNTED');
    expect((await operations.find(device.number))?.partitions).toMatchObject([{ mounts: [{ mountPoint: { text: place } }] }, {}]);
  } finally {
    execFileSync('umount', [place]);
  }
});

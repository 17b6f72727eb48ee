import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loopGetStatus64, loopSetStatus64 } from '../../../native-helper/linux/loop-device.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { detachDevice, waitFor } from '../loop-fixture.ts';
import { targetOf, useOperations } from './operations-fixture.ts';

const MIB = 1024 * 1024;
const operations = useOperations();
const { loop, changes } = operations;

/** The last that was said of a device: its state, `removed`, or undefined for nothing yet. */
function told(number: number): LoopDevice | 'removed' | undefined {
  for (const change of changes.toReversed()) {
    const device = change.changed.find((candidate) => candidate.number === number);
    if (device !== undefined) return device;
    if (change.removed.includes(number)) return 'removed';
  }
  return undefined;
}

/** Waits until a device has been told of in a certain way. */
function toldThat(number: number, what: string, holds: (device: LoopDevice) => boolean): Promise<LoopDevice> {
  return waitFor(`to be told: ${what}`, () => {
    const device = told(number);
    return device !== undefined && device !== 'removed' && holds(device) ? device : null;
  });
}

const losetup = (...parameters: string[]): string => execFileSync('losetup', parameters, { encoding: 'utf8' }).trim();

describe('what others do is told without being asked', () => {
  test('attaching, growing and detaching by losetup', async () => {
    await operations.call('devices/watch', { safetyRead: false });
    const path = loop.makeImage('by-losetup.img', MIB).toString();
    const number = Number(losetup('-f', '--show', path).replace('/dev/loop', ''));
    const attached = loop.adopt(number);
    const device = await toldThat(number, 'attached', ({ backingFile }) => backingFile?.text === path);
    expect(device).toMatchObject({ diskseq: String(attached.diskseq), sizeBytes: String(MIB), readOnly: false });
    execFileSync('truncate', ['-s', '2M', path]);
    losetup('-c', `/dev/loop${number}`);
    await toldThat(number, 'grown', ({ sizeBytes }) => sizeBytes === String(2 * MIB));
    losetup('-d', `/dev/loop${number}`);
    await waitFor('to be told of the detach', () => told(number) === 'removed');
    expect(changes.at(-1)?.unboundNumbers).toContain(number);
  });

  test('mounting and unmounting', async () => {
    const { device } = await operations.attach(loop.makeImage('mounted.img', 4 * MIB));
    await operations.call('devices/watch', { safetyRead: false });
    execFileSync('mkfs.ext4', ['-q', '-F', `/dev/loop${device.number}`], { stdio: 'ignore' });
    const mountPoint = join(loop.folder, 'with space\nand more');
    mkdirSync(mountPoint);
    execFileSync('mount', ['-o', 'ro', `/dev/loop${device.number}`, mountPoint]);
    try {
      const mounted = await toldThat(device.number, 'mounted', ({ mounts }) => mounts.length === 1);
      expect(mounted.mounts).toMatchObject([{ mountPoint: { text: mountPoint, base64: null }, fileSystemType: 'ext4', readOnly: true }]);
    } finally {
      execFileSync('umount', [mountPoint]);
    }
    await toldThat(device.number, 'unmounted', ({ mounts }) => mounts.length === 0);
    expect(await operations.find(device.number)).toEqual(device);
  });

  test('partitions that come and go', async () => {
    const { device } = await operations.attach(loop.makeImage('parts.img', MIB));
    await operations.call('devices/watch', { safetyRead: false });
    execFileSync('addpart', [`/dev/loop${device.number}`, '7', '8', '16']);
    const parted = await toldThat(device.number, 'a partition', ({ partitions }) => partitions.length === 1);
    expect(parted.partitions).toMatchObject([{ number: 7, startBytes: '4096', sizeBytes: '8192' }]);
    execFileSync('delpart', [`/dev/loop${device.number}`, '7']);
    await toldThat(device.number, 'no partition', ({ partitions }) => partitions.length === 0);
    expect(changes.length).toBeGreaterThanOrEqual(2);
  });

  test('swap', async () => {
    const { device } = await operations.attach(loop.makeImage('swap.img', MIB));
    await operations.call('devices/watch', { safetyRead: false });
    const node = `/dev/loop${device.number}`;
    execFileSync('mkswap', [node], { stdio: 'ignore' });
    execFileSync('swapon', [node]);
    try {
      expect((await toldThat(device.number, 'swap', ({ usedAsSwap }) => usedAsSwap)).usedAsSwap).toBe(true);
    } finally {
      execFileSync('swapoff', [node]);
    }
    await toldThat(device.number, 'no swap', ({ usedAsSwap }) => !usedAsSwap);
  });

  test('nothing the kernel does not announce is missing from the next list', async () => {
    const { device } = await operations.attach(loop.makeImage('silent.img', MIB));
    const node = `/dev/loop${device.number}`;
    expect(await operations.find(device.number)).toEqual(device);
    losetup('--sector-size', '4096', node);
    expect(await operations.find(device.number)).toEqual({ ...device, logicalBlockSizeBytes: 4096 });
    losetup('--sector-size', '512', node);
    expect(await operations.find(device.number)).toEqual(device);
    const fd = loop.openDevice(device.number, 'read');
    const status = loopGetStatus64(fd);
    await loopSetStatus64(fd, { ...status, flags: status.flags | 4, fileName: Buffer.from('renamed') });
    expect(await operations.find(device.number)).toEqual({ ...device, autoclear: true, reference: { text: 'renamed', base64: null } });
    await loopSetStatus64(fd, status);
    expect(await operations.find(device.number)).toEqual(device);
    loop.close(fd);
  });

  test('a file that was renamed or deleted shows in the next list', async () => {
    const path = loop.makeImage('moving.img', MIB);
    const { device } = await operations.attach(path);
    const moved = join(loop.folder, 'moved.img');
    renameSync(path, moved);
    expect(await operations.find(device.number)).toMatchObject({ backingFile: { text: moved }, backingFileState: 'named' });
    unlinkSync(moved);
    expect(await operations.find(device.number)).toMatchObject({ backingFile: { text: moved }, backingFileState: 'deleted' });
  });
});

test('with more than a hundred devices the list is just as fresh', async () => {
  const devices: { number: number; diskseq: bigint; path: string }[] = [];
  for (let index = 0; index < 110; index++) {
    const path = loop.makeImage(`crowd-${index}.img`, 65_536).toString();
    devices.push({ ...(await loop.attach(path)), path });
  }
  const [moved, silent, replaced] = devices.slice(20, 23);
  if (moved === undefined || silent === undefined || replaced === undefined) throw new Error('too few');
  const namesOf = async (): Promise<Map<number, string | undefined>> => {
    const { devices: listed } = await operations.call('devices/list', {});
    return new Map(listed.map(({ number, backingFile }) => [number, backingFile?.text]));
  };
  // The second list compares with the first, and keeps what it needs for the third.
  for (let round = 0; round < 3; round++) {
    const names = await namesOf();
    expect(devices.filter(({ number, path }) => names.get(number) !== path)).toEqual([]);
  }
  renameSync(moved.path, `${moved.path}-moved`);
  losetup('--sector-size', '4096', `/dev/loop${silent.number}`);
  await detachDevice(replaced);
  await loop.attach(devices[0]?.path ?? '', { number: replaced.number, readOnly: true });
  const names = await namesOf();
  expect(names.get(moved.number)).toBe(`${moved.path}-moved`);
  expect((await operations.find(silent.number))?.logicalBlockSizeBytes).toBe(4096);
  expect(names.get(replaced.number)).toBe(devices[0]?.path);
});

describe('revisions', () => {
  test('grow by one with each message, and each message is a difference', async () => {
    const { revision } = await operations.call('devices/watch', { safetyRead: false });
    const { device } = await operations.attach(loop.makeImage('a.img', MIB));
    await waitFor('the attach to be told', () => told(device.number) !== undefined);
    await operations.call('devices/detach', { ...targetOf(device), whenFree: false });
    await waitFor('the detach to be told', () => told(device.number) === 'removed');
    expect(changes.map((change) => change.revision)).toEqual(changes.map((_, index) => revision + index + 1));
  });

  test('a list carries the revision of what was told before it', async () => {
    await operations.call('devices/watch', { safetyRead: false });
    const { device } = await operations.attach(loop.makeImage('b.img', MIB));
    const list = await operations.call('devices/list', {});
    expect(list.devices).toContainEqual(device);
    expect(changes.at(-1)?.revision).toBe(list.revision);
    expect((await operations.call('devices/list', {})).devices).toContainEqual(device);
  });

  test('nothing is told before somebody watches', async () => {
    const { device } = await operations.attach(loop.makeImage('c.img', MIB));
    await operations.find(device.number);
    expect(changes).toEqual([]);
  });
});

test('who watches ten thousand times is told each change once', async () => {
  const { revision } = await operations.call('devices/watch', { safetyRead: true });
  for (let count = 1; count < 10_000; count++) await operations.call('devices/watch', { safetyRead: count % 2 === 0 });
  const { device } = await operations.attach(loop.makeImage('once.img', MIB));
  await waitFor('the attach to be told', () => told(device.number) !== undefined);
  expect(changes.map((change) => change.revision)).toEqual(changes.map((_, index) => revision + index + 1));
});

test('a burst of changes arrives completely', async () => {
  await operations.call('devices/watch', { safetyRead: false });
  const devices: { number: number; diskseq: bigint }[] = [];
  for (let index = 0; index < 30; index++) devices.push(await loop.attach(loop.makeImage(`burst-${index}.img`, MIB)));
  await waitFor('all to be told', () => devices.every(({ number }) => typeof told(number) === 'object'));
  for (const device of devices) await detachDevice(device);
  await waitFor('all to be told gone', () => devices.every(({ number }) => told(number) === 'removed'));
  expect(changes.every(({ changed, removed, unboundNumbers }) => changed.length + removed.length + unboundNumbers.length > 0)).toBe(true);
});

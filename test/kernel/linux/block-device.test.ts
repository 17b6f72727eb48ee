/** Opening loop devices safely, and BLKPG and BLKRRPART with their refusals (LOOP.md §1.3). */
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  addPartition,
  deletePartition,
  getDiskseq,
  getLogicalBlockSizeBytes,
  getSizeBytes,
  isReadOnly,
  loopDeviceExists,
  rereadPartitions,
  resizePartition,
} from '../../../native-helper/linux/block-device.ts';
import { getStatusFlags } from '../../../native-helper/linux/descriptors.ts';
import { loopFlags } from '../../../native-helper/linux/loop-device.ts';
import { readPartition } from '../../../native-helper/linux/sysfs.ts';
import { errnoOf, useLoopFixture } from '../loop-fixture.ts';

const fixture = useLoopFixture();

async function attached(flags = 0) {
  const device = await fixture.attach(fixture.makeImage('image.img', 1_048_576), { flags });
  return { ...device, fd: fixture.openDevice(device.number) };
}

test('opens a device close-on-exec and non-blocking, with the access asked for', async () => {
  const { number } = await attached();
  const modes = [fixture.openDevice(number, 'read'), fixture.openDevice(number, 'write')].map((fd) => getStatusFlags(fd) & 0o4003);
  expect(modes).toEqual([0o4000, 0o4002]);
});

test('refuses to open exclusively what somebody else has exclusively', async () => {
  const { number } = await attached();
  fixture.openDevice(number, 'read', { exclusive: true });
  expect(await errnoOf(() => fixture.openDevice(number, 'read', { exclusive: true }))).toBe('EBUSY');
  expect(await errnoOf(() => fixture.openDevice(number, 'read'))).toBe('success');
});

test('refuses symbolic links and whatever else stands where the node should be', async () => {
  const [first, second] = [fixture.addNode(), fixture.addNode()];
  const nodes = [first, second].map((number) => `/dev/loop${number}`);
  const unused = [900_001, 900_002].map((number) => number + Math.floor(Math.random() * 90_000));
  const [link, folder] = unused.map((number) => `/dev/loop${number}`);
  if (link === undefined || folder === undefined || existsSync(link) || existsSync(folder)) throw new Error('the names are taken');
  symlinkSync(nodes[0] ?? '', link);
  mkdirSync(folder);
  try {
    expect(await errnoOf(() => fixture.openDevice(unused[0] ?? 0, 'read'))).toBe('ELOOP');
    expect(() => fixture.openDevice(unused[1] ?? 0, 'read')).toThrow('is not that loop device');
    expect(unused.map((number) => loopDeviceExists(number))).toEqual([false, false]);
  } finally {
    rmSync(link);
    rmSync(folder, { recursive: true });
  }
});

test('a block-device question to a file fails with ENOTTY', async () => {
  const file = fixture.open(fixture.makeImage('file.img', 4096));
  for (const ask of [getSizeBytes, getLogicalBlockSizeBytes, isReadOnly, getDiskseq, rereadPartitions]) {
    expect(await errnoOf(() => ask(file))).toBe('ENOTTY');
  }
});

test('partitions are added, grown in place and deleted', async () => {
  const { number, fd } = await attached();
  addPartition(fd, { partition: 1, startBytes: 65_536n, sizeBytes: 65_536n });
  resizePartition(fd, { partition: 1, startBytes: 65_536n, sizeBytes: 131_072n });
  expect(readPartition(number, 1)).toMatchObject({ startBytes: 65_536n, sizeBytes: 131_072n, readOnly: false });
  deletePartition(fd, 1);
  expect(readPartition(number, 1)).toBeNull();
});

test('the kernel refuses partitions that overlap, are taken, missing, in use, odd or outside', async () => {
  const { number, fd } = await attached();
  addPartition(fd, { partition: 1, startBytes: 65_536n, sizeBytes: 65_536n });
  const open = fixture.open(`/dev/loop${number}p1`);
  const outcomes = {
    overlap: await errnoOf(() => addPartition(fd, { partition: 2, startBytes: 65_536n, sizeBytes: 512n })),
    taken: await errnoOf(() => addPartition(fd, { partition: 1, startBytes: 512n, sizeBytes: 512n })),
    missing: await errnoOf(() => deletePartition(fd, 7)),
    inUse: await errnoOf(() => deletePartition(fd, 1)),
    noLength: await errnoOf(() => addPartition(fd, { partition: 3, startBytes: 512n, sizeBytes: 0n })),
    moved: await errnoOf(() => resizePartition(fd, { partition: 1, startBytes: 512n, sizeBytes: 512n })),
    ofAPartition: await errnoOf(() => addPartition(open, { partition: 1, startBytes: 0n, sizeBytes: 512n })),
  };
  fixture.close(open);
  deletePartition(fd, 1);
  expect(outcomes).toEqual({
    overlap: 'EBUSY',
    taken: 'EBUSY',
    missing: 'ENXIO',
    inUse: 'EBUSY',
    noLength: 'EINVAL',
    moved: 'EINVAL',
    ofAPartition: 'EINVAL',
  });
});

test('rereading partitions needs partition scan and exclusive use', async () => {
  const without = await attached();
  expect(await errnoOf(() => rereadPartitions(without.fd))).toBe('EINVAL');
  const { number, fd } = await attached(loopFlags.partitionScan);
  rereadPartitions(fd);
  fixture.openDevice(number, 'read', { exclusive: true });
  expect(await errnoOf(() => rereadPartitions(fd))).toBe('EBUSY');
});

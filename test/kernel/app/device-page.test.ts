/** What the page of a device asks for, of real devices: counters that move, the queue, how full a mount is, who attached it. */
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { killedAt } from '../resize/resizing.ts';
import { attach, call, device, failure, makeImage, MIB, until, useApp } from './app-fixture.ts';

useApp();

const target = ({ number, diskseq }: { readonly number: number; readonly diskseq: string }) => ({ device: number, diskseq });

test('counts what is read and written', async () => {
  const { device: number } = await attach(makeImage(8 * MIB));
  const before = await call('devices/activity', target(await device(number)));
  const moved = async () => BigInt((await call('devices/traffic', {})).find((one) => one.number === number)?.movedBytes ?? -1);
  const movedBefore = await moved();
  const fd = openSync(`/dev/loop${number}`, 'r+');
  try {
    writeSync(fd, Buffer.alloc(2 * MIB, 1));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  const after = await call('devices/activity', target(await device(number)));
  expect(BigInt(after.writtenBytes) - BigInt(before.writtenBytes)).toBe(BigInt(2 * MIB));
  expect((await moved()) - movedBefore).toBeGreaterThanOrEqual(BigInt(2 * MIB));
  expect(after.writeOperations).toBeGreaterThan(before.writeOperations);
  expect(after.atMs).toBeGreaterThan(before.atMs);
});

test('tells the queue as the kernel has it', async () => {
  const { device: number } = await attach(makeImage(MIB), { logicalBlockSizeBytes: 4096 });
  const { queue } = await call('devices/surroundings', { ...target(await device(number)), uuids: [] });
  const attribute = (name: string): string => readFileSync(`/sys/block/loop${number}/queue/${name}`, 'utf8').trim();
  expect(queue).toMatchObject({
    logicalBlockBytes: 4096,
    physicalBlockBytes: Number(attribute('physical_block_size')),
    discardMaximumBytes: attribute('discard_max_bytes'),
    readAheadBytes: Number(attribute('read_ahead_kb')) * 1024,
    queueDepth: Number(attribute('nr_requests')),
  });
  expect(attribute('scheduler')).toContain(`${queue?.scheduler}`);
});

test('tells of a resize that was stopped, until it is finished', async () => {
  const path = makeImage(16 * MIB);
  execFileSync('mkfs.ext4', ['-q', '-F', path]);
  // The second step saves what undoing needs: nothing was changed, and the image can be attached.
  await killedAt(path, { kind: 'by', bytes: String(16 * MIB) }, 1, 'end');
  const { device: number } = await attach(path);
  const unfinished = async () => (await call('devices/surroundings', { ...target(await device(number)), uuids: [] })).unfinishedResize;
  expect(await unfinished()).toMatchObject({ fromBytes: String(16 * MIB), toBytes: String(32 * MIB), step: 'resize-file', stepNumber: 3 });
  const seen = await device(number);
  const outcome = await call('resize/finish', { subject: target(seen), how: 'undo' });
  expect(outcome).toMatchObject({ sizeBytes: String(16 * MIB), device: { number } });
  await until(async () => (await device(number)).diskseq === outcome.device?.diskseq);
  expect(await unfinished()).toBeNull();
});

test('tells how full a mounted file system is, who attached the device, and when', async () => {
  const path = makeImage(64 * MIB);
  execFileSync('mkfs.ext4', ['-q', '-F', path]);
  const start = Date.now();
  const { device: number } = await attach(path);
  const { mountPoint, mountId } = await call('mounts/mount', { ...target(await device(number)), partition: null, readOnly: false });
  await until(async () => (await device(number)).mounts.length === 1);
  const fd = openSync(join(mountPoint, 'filler'), 'w');
  writeSync(fd, Buffer.alloc(4 * MIB, 1));
  fsyncSync(fd);
  closeSync(fd);
  const seen = await device(number);
  const { mounted, attachedBy } = await call('devices/surroundings', { ...target(seen), uuids: [] });
  expect(mounted.usage.map((one) => one.mountId)).toEqual([mountId]);
  expect(Number(mounted.usage[0]?.usedBytes)).toBeGreaterThanOrEqual(4 * MIB);
  expect(Number(mounted.usage[0]?.totalBytes)).toBeLessThan(64 * MIB);
  expect(attachedBy).toBe('root');
  expect(seen.attachment?.at).toBeGreaterThanOrEqual(start);
  await call('mounts/unmount', { ...target(seen), mountId });
});

test('says where partitions lie that the kernel did not read, and how large their file systems are', async () => {
  const path = makeImage(24 * MIB);
  execFileSync('sfdisk', ['-q', path], { input: 'label: gpt\nstart=2048, size=32768\n' });
  execFileSync('mkfs.ext4', ['-q', '-F', '-b', '4096', '-E', 'offset=1048576', path, '8192k'], { stdio: 'ignore' });
  const { device: number } = await attach(path);
  const contents = await call('devices/contents', target(await device(number)));
  expect(contents[1]).toMatchObject({
    partition: 1,
    type: 'ext4',
    range: { startBytes: String(MIB), sizeBytes: String(16 * MIB) },
    space: { fileSystemBytes: String(8 * MIB) },
  });
  expect(Number(contents[1]?.space?.usedBytes)).toBeGreaterThan(0);
  expect(contents[0]).toMatchObject({ partition: null, range: null, space: null });
});

test('does not say how full the file system is that covers the mount', async () => {
  const path = makeImage(16 * MIB);
  execFileSync('mkfs.ext4', ['-q', '-F', path]);
  const { device: number } = await attach(path);
  const { mountPoint, mountId } = await call('mounts/mount', { ...target(await device(number)), partition: null, readOnly: false });
  execFileSync('mount', ['-t', 'tmpfs', 'none', mountPoint]);
  try {
    await until(async () => (await device(number)).mounts.length === 1);
    expect((await call('devices/surroundings', { ...target(await device(number)), uuids: [] })).mounted).toEqual({
      usage: [],
      troubles: [],
    });
  } finally {
    execFileSync('umount', [mountPoint]);
  }
  await call('mounts/unmount', { ...target(await device(number)), mountId });
});

test('refuses a device that was attached anew, and names that are no UUID', async () => {
  const { device: number } = await attach(makeImage(MIB));
  const { diskseq } = await device(number);
  const old = { device: number, diskseq: (BigInt(diskseq) - 1n).toString() };
  expect(await failure('devices/activity', old)).toMatchObject({ code: 'STALE_DEVICE' });
  expect(await failure('devices/surroundings', { device: number, diskseq, uuids: ['../../sda'] })).toMatchObject({ code: 'INVALID_CALL' });
});

/** A mounted partition made larger while files are open on it, and the file system after it (BLKPG_RESIZE_PARTITION, mounts/grow). */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hasFileSystem, useMountFixture } from '../../kernel/mounting/mount-fixture.ts';
import { targetOf, useOperations } from '../../kernel/operations/operations-fixture.ts';

const MIB = 1024 * 1024;
const operations = useOperations();
const { loop } = operations;
const mounts = useMountFixture(loop);

const types = [
  ['ext4', ['mke2fs', '-q', '-t', 'ext4'], 64],
  ['xfs', ['mkfs.xfs', '-q'], 320],
  ['btrfs', ['mkfs.btrfs', '-q'], 320],
] as const;

test.each(types)('%s: file, device, partition and file system grow while it is mounted', async (type, make, megabytes) => {
  expect(hasFileSystem(type)).toBe(true);
  const inner = mounts.makeFormatted(make, megabytes * MIB);
  const path = loop.makeImage('whole.img', (megabytes + 2) * MIB).toString();
  execFileSync('sfdisk', ['-q', path], { input: `label: gpt\nstart=2048, size=${megabytes * 2048}\n` });
  execFileSync('dd', [`if=${inner}`, `of=${path}`, 'bs=1M', 'seek=1', 'conv=notrunc,sparse', 'status=none']);
  const { device } = await operations.attach(path, { partitionScan: true });
  const own = { number: device.number, diskseq: BigInt(device.diskseq) };
  const result = await mounts.mount(own, { partition: 1, fileSystemType: type });
  const file = join(result.mount.mountPoint.text, 'open-all-the-time');
  const fd = openSync(file, 'w');
  try {
    writeSync(fd, 'before');
    truncateSync(path, (2 * megabytes + 2) * MIB);
    await operations.call('devices/set-capacity', targetOf(device));
    const sizeBytes = String(2 * megabytes * MIB);
    const resized = await operations.call('devices/set-partition', { ...targetOf(device), action: 'resize', partition: 1, sizeBytes });
    expect(resized.partitions).toMatchObject([{ number: 1, startBytes: String(MIB), sizeBytes }]);
    const grown = await mounts.grow(own, result);
    expect(Number(grown.sizeBytes)).toBeGreaterThan(Number(grown.oldSizeBytes) * 1.5);
    writeSync(fd, ', after');
  } finally {
    closeSync(fd);
  }
  expect(readFileSync(file, 'utf8')).toBe('before, after');
  // The flags of the mount are those it was made with (SECURITY.md e50).
  expect(mounts.mounted()[0]?.options.split(',')).toEqual(expect.arrayContaining(['nosuid', 'nodev']));
  expect(await mounts.unmount(own, result)).toBe('unmounted');
});

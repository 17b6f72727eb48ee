/** SECURITY.md (e) rows 45 and 46, and the rest of the operations. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isReleaseAtLeast } from '../../../native-helper/linux/features.ts';
import { loopDeviceExists } from '../../../native-helper/linux/block-device.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { readDiskseq } from '../../../native-helper/linux/sysfs.ts';
import { detachDevice } from '../loop-fixture.ts';
import { codeOf, refusalOf, targetOf, useOperations, type AttachWishes } from './operations-fixture.ts';

const MIB = 1024 * 1024;
const operations = useOperations();
const { loop } = operations;

async function attachNew(wishes: AttachWishes = {}, name = 'image.img'): Promise<LoopDevice> {
  return (await operations.attach(loop.makeImage(name, MIB), wishes)).device;
}

async function whileMounted(path: string, work: () => Promise<void>): Promise<void> {
  // Whole from the start: what the kernel would still write later, on a slow machine, makes a shortened file longer again.
  execFileSync('mkfs.ext4', ['-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0', path], { stdio: 'ignore' });
  const mountPoint = join(loop.folder, 'mounted');
  mkdirSync(mountPoint, { recursive: true });
  execFileSync('mount', [path, mountPoint]);
  try {
    await work();
  } finally {
    execFileSync('umount', [mountPoint]);
  }
}

/** The same device attached anew: by the same user, at its own time. */
function laterThan(device: LoopDevice): object {
  return { ...device, attachment: { ...device.attachment, at: expect.any(Number) as unknown } };
}

describe('the capacity', () => {
  test('follows a file that grew, also under a mount', async () => {
    const path = loop.makeImage('growing.img', MIB);
    const { device } = await operations.attach(path);
    truncateSync(path, 2 * MIB);
    expect(await operations.call('devices/set-capacity', targetOf(device))).toEqual({ ...device, sizeBytes: String(2 * MIB) });
    await whileMounted(`/dev/loop${device.number}`, async () => {
      truncateSync(path, 4 * MIB);
      expect((await operations.call('devices/set-capacity', targetOf(device))).sizeBytes).toBe(String(4 * MIB));
    });
  });

  test('follows a file that shrank', async () => {
    const path = loop.makeImage('shrinking.img', 4 * MIB);
    const { device } = await operations.attach(path);
    truncateSync(path, 2 * MIB);
    expect((await operations.call('devices/set-capacity', targetOf(device))).sizeBytes).toBe(String(2 * MIB));
  });

  // Before, nothing tells the helper; whoever calls it compares the sizes himself (electron/actions/set-capacity.ts).
  test.runIf(isReleaseAtLeast(release(), 6, 16))('does not follow it while a file system is mounted (Linux 6.16)', async () => {
    const path = loop.makeImage('cut.img', 4 * MIB);
    const { device } = await operations.attach(path);
    await whileMounted(`/dev/loop${device.number}`, async () => {
      truncateSync(path, 2 * MIB);
      expect(await refusalOf(operations.call('devices/set-capacity', targetOf(device)))).toMatchObject({
        code: 'DEVICE_TOO_SMALL',
        detail: { mountPoints: [join(loop.folder, 'mounted')] },
      });
      expect((await operations.find(device.number))?.sizeBytes).toBe(String(4 * MIB));
      truncateSync(path, 4 * MIB);
      expect((await operations.call('devices/set-capacity', targetOf(device))).sizeBytes).toBe(String(4 * MIB));
    });
  });

  test('is not asked for on a device that was attached anew', async () => {
    const device = await attachNew();
    expect(await codeOf(operations.call('devices/set-capacity', { device: device.number, diskseq: '1' }))).toBe('STALE_DEVICE');
  });
});

describe('partitions', () => {
  test('are added, resized and deleted without touching the image', async () => {
    const device = await attachNew();
    const call = (rest: object): Promise<LoopDevice> =>
      operations.call('devices/set-partition', { ...targetOf(device), partition: 2, ...rest } as never);
    const added = await call({ action: 'add', startBytes: '8192', sizeBytes: '65536' });
    const deviceNumber = added.partitions[0]?.deviceNumber;
    const partition = { number: 2, deviceNumber, startBytes: '8192', sizeBytes: '65536', readOnly: false, mounts: [], usedAsSwap: false };
    expect(added).toEqual({ ...device, partitions: [partition] });
    expect(await operations.find(device.number)).toEqual(added);
    expect((await call({ action: 'resize', sizeBytes: '131072' })).partitions).toEqual([{ ...partition, sizeBytes: '131072' }]);
    expect(await call({ action: 'delete' })).toEqual(device);
  });

  test('are refused where they do not fit', async () => {
    const device = await attachNew();
    const call = (rest: object): Promise<LoopDevice> => operations.call('devices/set-partition', { ...targetOf(device), ...rest } as never);
    await call({ action: 'add', partition: 1, startBytes: '4096', sizeBytes: '65536' });
    const before = await operations.find(device.number);
    const bad = [
      [{ action: 'add', partition: 1, startBytes: '131072', sizeBytes: '4096' }, 'PARTITION_INVALID'],
      [{ action: 'add', partition: 2, startBytes: '8192', sizeBytes: '4096' }, 'PARTITION_INVALID'],
      [{ action: 'add', partition: 2, startBytes: '0', sizeBytes: '4096' }, 'PARTITION_INVALID'],
      [{ action: 'add', partition: 2, startBytes: '131072', sizeBytes: '0' }, 'PARTITION_INVALID'],
      [{ action: 'add', partition: 2, startBytes: '131073', sizeBytes: '4096' }, 'PARTITION_INVALID'],
      [{ action: 'add', partition: 2, startBytes: String(MIB), sizeBytes: '512' }, 'PARTITION_INVALID'],
      [{ action: 'add', partition: 2, startBytes: '131072', sizeBytes: String(2n ** 63n - 512n) }, 'PARTITION_INVALID'],
      [{ action: 'add', partition: 65_535, startBytes: '131072', sizeBytes: '4096' }, 'PARTITION_INVALID'],
      [{ action: 'resize', partition: 1, sizeBytes: String(MIB) }, 'PARTITION_INVALID'],
      [{ action: 'resize', partition: 5, sizeBytes: '4096' }, 'NO_SUCH_PARTITION'],
      [{ action: 'delete', partition: 5 }, 'NO_SUCH_PARTITION'],
    ] as const;
    for (const [rest, code] of bad) expect(await codeOf(call(rest))).toBe(code);
    expect(await operations.find(device.number)).toEqual(before);
    await call({ action: 'delete', partition: 1 });
  });

  test("that the image before left behind are not the next one's", async () => {
    const number = loop.addNode();
    const device = await attachNew({ device: number });
    const where = { partition: 1, startBytes: '4096', sizeBytes: '65536' };
    await operations.call('devices/set-partition', { ...targetOf(device), action: 'add', ...where });
    // As losetup does it: on some kernels the partition stays.
    await detachDevice({ number, diskseq: BigInt(device.diskseq) });
    await loop.attach(loop.makeImage('foreign.img', MIB), { number });
    await detachDevice({ number, diskseq: readDiskseq(number) ?? 0n });
    expect((await attachNew({ device: number }, 'next.img')).partitions).toEqual([]);
    expect(operations.operations.live.readPartitionRanges(number)).toEqual([]);
  });

  test('that are mounted stay, and do not shrink', async () => {
    const device = await attachNew();
    const call = (rest: object): Promise<LoopDevice> =>
      operations.call('devices/set-partition', { ...targetOf(device), partition: 1, ...rest } as never);
    await call({ action: 'add', startBytes: '4096', sizeBytes: String(MIB / 2) });
    await whileMounted(`/dev/loop${device.number}p1`, async () => {
      const now = await operations.find(device.number);
      expect(now?.partitions[0]?.mounts).toMatchObject([{ fileSystemType: 'ext4', mountPoint: { text: join(loop.folder, 'mounted') } }]);
      expect(await codeOf(call({ action: 'delete' }))).toBe('DEVICE_MOUNTED');
      expect(await codeOf(call({ action: 'resize', sizeBytes: '65536' }))).toBe('DEVICE_TOO_SMALL');
      expect((await call({ action: 'resize', sizeBytes: String(MIB / 2 + 4096) })).partitions[0]?.sizeBytes).toBe(String(MIB / 2 + 4096));
      expect(await codeOf(operations.call('devices/detach', { ...targetOf(device), whenFree: false }))).toBe('DEVICE_MOUNTED');
    });
    await call({ action: 'delete' });
  });
});

describe('reading the partition table anew', () => {
  test('is refused without partition scan', async () => {
    expect(await codeOf(operations.call('devices/rescan', targetOf(await attachNew())))).toBe('PARTITION_SCAN_OFF');
  });

  test('works with it, and says when the device is mounted', async () => {
    const device = await attachNew({ partitionScan: true });
    expect(await operations.call('devices/rescan', targetOf(device))).toEqual(device);
    await whileMounted(`/dev/loop${device.number}`, async () => {
      expect(await codeOf(operations.call('devices/rescan', targetOf(device)))).toBe('DEVICE_MOUNTED');
    });
  });

  test('is busy while somebody claims the device', async () => {
    const device = await attachNew({ partitionScan: true });
    const fd = loop.openDevice(device.number, 'read', { exclusive: true });
    expect(await codeOf(operations.call('devices/rescan', targetOf(device)))).toBe('DEVICE_BUSY');
    loop.close(fd);
  });
});

describe('another backing file', () => {
  test('takes the place of one of the same size, with a new diskseq', async () => {
    const device = await attachNew({ readOnly: true });
    const other = loop.makeImage('other.img', MIB);
    const changed = await operations.call('devices/change-backing-file', targetOf(device), [loop.open(other)]);
    expect(BigInt(changed.diskseq)).toBeGreaterThan(BigInt(device.diskseq));
    expect(changed.backingFile?.text).toBe(other.toString());
    const { diskseq, identity, backingFile } = device;
    expect({ ...changed, diskseq, identity, backingFile }).toEqual(laterThan(device));
    expect(await codeOf(operations.call('devices/change-backing-file', targetOf(device), [loop.open(other)]))).toBe('STALE_DEVICE');
  });

  test('is refused for a writable device, another size, a file written elsewhere, and the device itself', async () => {
    const writable = await attachNew({}, 'writable.img');
    const device = await attachNew({ readOnly: true });
    const call = (path: Buffer | string, target = device): Promise<LoopDevice> =>
      operations.call('devices/change-backing-file', targetOf(target), [loop.open(path)]);
    expect(await codeOf(call(loop.makeImage('a.img', MIB), writable))).toBe('DEVICE_NOT_READ_ONLY');
    expect(await refusalOf(call(loop.makeImage('b.img', MIB + 512)))).toMatchObject({
      code: 'IMAGE_SIZE_DIFFERS',
      detail: { limitBytes: String(MIB) },
    });
    expect(await codeOf(call(loop.makeImage('c.img', 100)))).toBe('IMAGE_TOO_SMALL');
    expect(await refusalOf(call(join(loop.folder, 'writable.img')))).toMatchObject({
      code: 'IMAGE_OVERLAPS',
      detail: { device: writable.number },
    });
    const itself = loop.keep(loop.openDevice(device.number, 'read'));
    expect(await codeOf(operations.call('devices/change-backing-file', targetOf(device), [itself]))).toBe('IMAGE_IS_THIS_DEVICE');
    loop.close(itself);
    expect(await operations.find(device.number)).toEqual(device);
  });
});

describe('the two calls of the man page', () => {
  const plain = {
    readOnly: false,
    offsetBytes: '0',
    sizeLimitBytes: '0',
    partitionScan: false,
    autoclear: false,
    reference: null,
  } as const;

  test.each(['LOOP_SET_STATUS64', 'LOOP_SET_STATUS'] as const)('%s gives the same device as LOOP_CONFIGURE', async (statusCall) => {
    const path = loop.makeImage('same.img', MIB);
    const wishes = { offsetBytes: '4096', readOnly: true, reference: 'legacy', partitionScan: true };
    const { device } = await operations.attach(path, wishes);
    await operations.call('devices/detach', { ...targetOf(device), whenFree: false });
    const legacy = await operations.call('devices/attach-legacy', { ...plain, ...wishes, statusCall }, [loop.open(path)]);
    loop.adopt(legacy.device.number);
    const { number, diskseq } = device;
    expect({ ...legacy.device, number, diskseq }).toEqual(laterThan(device));
    expect(legacy).toMatchObject({ outcome: 'attached', readOnlyReason: 'requested', warnings: [] });
  });

  test('the old structure knows no limit and no large offset', async () => {
    const path = loop.makeImage('large.img', 4 * 1024 * MIB);
    const attempt = (wishes: object): Promise<unknown> =>
      operations.call('devices/attach-legacy', { ...plain, statusCall: 'LOOP_SET_STATUS', ...wishes }, [loop.open(path)]);
    expect(await codeOf(attempt({ sizeLimitBytes: '512' }))).toBe('INVALID_PARAMETERS');
    expect(await codeOf(attempt({ offsetBytes: String(2n ** 31n) }))).toBe('INVALID_PARAMETERS');
    expect(loop.census()).toEqual([]);
  });

  test('keeps the rules about the same file', async () => {
    const path = loop.makeImage('rules.img', MIB);
    const { device } = await operations.attach(path);
    const attempt = operations.call('devices/attach-legacy', { ...plain, statusCall: 'LOOP_SET_STATUS64' }, [loop.open(path)]);
    expect(await refusalOf(attempt)).toMatchObject({ code: 'IMAGE_OVERLAPS', detail: { device: device.number } });
  });
});

describe('what the kernel reports', () => {
  test('comes field by field, in both structures', async () => {
    const device = await attachNew({ offsetBytes: '4096', reference: 'view' });
    const view = await operations.call('devices/kernel-view', targetOf(device));
    const values = (fields: typeof view.status): Record<string, string> =>
      'errno' in fields ? {} : Object.fromEntries(fields.map(({ name, value }) => [name, value]));
    expect(values(view.status64)).toEqual({
      lo_device: device.identity?.device,
      lo_inode: device.identity?.inode,
      lo_rdevice: '0',
      lo_offset: '4096',
      lo_sizelimit: '0',
      lo_number: String(device.number),
      lo_encrypt_type: '0',
      lo_encrypt_key_size: '0',
      lo_flags: '0',
      lo_file_name: Buffer.from('view'.padEnd(64, '\0')).toString('hex'),
      lo_crypt_name: '00'.repeat(64),
      lo_encrypt_key: '00'.repeat(32),
      'lo_init[0]': '0',
      'lo_init[1]': '0',
    });
    expect(values(view.status)).toMatchObject({ lo_offset: '4096', lo_name: Buffer.from('view'.padEnd(64, '\0')).toString('hex') });
  });

  test('includes what the old structure cannot say', async () => {
    const path = loop.makeImage('far.img', 4 * 1024 * MIB);
    const { device } = await operations.attach(path, { offsetBytes: String(2n ** 31n) });
    expect((await operations.call('devices/kernel-view', targetOf(device))).status).toEqual({ errno: 75 });
  });
});

describe('nodes', () => {
  test('are added by number or by the kernel, and removed', async () => {
    const number = 900_000 + Math.floor(Math.random() * 90_000);
    expect(await operations.call('nodes/add', { device: number })).toBe(number);
    try {
      expect(await refusalOf(operations.call('nodes/add', { device: number }))).toMatchObject({
        code: 'NODE_EXISTS',
        detail: { device: number },
      });
      expect((await operations.call('devices/list', {})).unboundNumbers).toContain(number);
    } finally {
      expect(await operations.call('nodes/remove', { device: number })).toBeNull();
    }
    expect(loopDeviceExists(number)).toBe(false);
    expect((await operations.call('devices/list', {})).unboundNumbers).not.toContain(number);
    expect(await codeOf(operations.call('nodes/remove', { device: number }))).toBe('NO_SUCH_DEVICE');
    const free = await operations.call('nodes/add', { device: null });
    expect(loopDeviceExists(free)).toBe(true);
    await operations.call('nodes/remove', { device: free });
  });

  test('in use are not removed', async () => {
    const number = loop.addNode();
    await operations.attach(loop.makeImage('bound.img', MIB), { device: number });
    expect(await codeOf(operations.call('nodes/remove', { device: number }))).toBe('NODE_IN_USE');
    const open = loop.addNode();
    const fd = loop.openDevice(open, 'read');
    expect(await codeOf(operations.call('nodes/remove', { device: open }))).toBe('NODE_IN_USE');
    loop.close(fd);
  });

  test('are found free', async () => {
    const free = await operations.call('nodes/find-free', {});
    expect(loopDeviceExists(free)).toBe(true);
  });
});

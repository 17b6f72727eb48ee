/** Reading and changing an attached device: status, capacity, direct I/O, block size (LOOP.md §1.2 and §1.3). */
import { spawnSync } from 'node:child_process';
import { truncateSync } from 'node:fs';
import { release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { projectNode } from '../../../build/bootstrap.mjs';
import { getLogicalBlockSizeBytes, getSizeBytes } from '../../../native-helper/linux/block-device.ts';
import { fileFacts, fileSystemMagic } from '../../../native-helper/linux/descriptors.ts';
import { isReleaseAtLeast } from '../../../native-helper/linux/features.ts';
import { call, ioctlMemory, ioctlValue } from '../../../native-helper/linux/ffi.ts';
import {
  loopFlags,
  loopGetStatus,
  loopGetStatus64,
  loopRequests,
  loopSetBlockSize,
  loopSetCapacity,
  loopSetDirectIo,
  loopSetStatus,
  loopSetStatus64,
} from '../../../native-helper/linux/loop-device.ts';
import {
  LOOP_INFO64_BYTES,
  cutAtNul,
  emptyStatus64,
  encodeLoopInfo64,
  type LoopStatus,
} from '../../../native-helper/linux/loop-structures.ts';
import { errnoOf, useLoopFixture, type AttachOptions } from '../loop-fixture.ts';

const MEBIBYTE = 1024 * 1024;
const TMPFS_MAGIC = 0x0102_1994n;
const fixture = useLoopFixture();

/** A device with a file of 1 MiB, and a descriptor of each. */
async function attached(options: AttachOptions = {}) {
  const path = fixture.makeImage('image.img', MEBIBYTE);
  const device = await fixture.attach(path, options);
  return { ...device, path, backingFd: fixture.open(path), fd: fixture.openDevice(device.number) };
}

function unboundFd(): number {
  return fixture.openDevice(fixture.addNode());
}

const text = (bytes: Uint8Array): string => Buffer.from(cutAtNul(bytes)).toString();

const emptyStatus: LoopStatus = {
  number: 0,
  device: 0n,
  inode: 0n,
  rdevice: 0n,
  offsetBytes: 0,
  encryptType: 0,
  encryptKeySize: 0,
  flags: 0,
  name: new Uint8Array(0),
  encryptKey: new Uint8Array(0),
  init: [0n, 0n],
  reserved: new Uint8Array(0),
};

describe('LOOP_GET_STATUS64 and LOOP_GET_STATUS', () => {
  test('report every field of the same device', async () => {
    const { number, fd, backingFd } = await attached({ offsetBytes: 512n, sizeLimitBytes: 4096n, flags: 8, reference: 'tag' });
    const { device, inode } = fileFacts(backingFd);
    const { fileName, ...status64 } = loopGetStatus64(fd);
    expect(text(fileName)).toBe('tag');
    expect(status64).toEqual({
      device,
      inode,
      rdevice: 0n,
      offsetBytes: 512n,
      sizeLimitBytes: 4096n,
      number,
      encryptType: 0,
      encryptKeySize: 0,
      flags: 8,
      cryptName: new Uint8Array(64),
      encryptKey: new Uint8Array(32),
      init: [0n, 0n],
    });
    const { name, ...status } = await loopGetStatus(fd);
    expect(text(name)).toBe('tag');
    expect(status).toEqual({
      device,
      inode,
      rdevice: 0n,
      offsetBytes: 512,
      number,
      encryptType: 0,
      encryptKeySize: 0,
      flags: 8,
      encryptKey: new Uint8Array(32),
      init: [0n, 0n],
      reserved: new Uint8Array(4),
    });
  });

  test('name a block device behind the device by its own number', async () => {
    const lower = await attached();
    const upper = await fixture.attach(`/dev/loop${lower.number}`);
    const { rdevice } = fileFacts(lower.fd);
    expect(loopGetStatus64(fixture.openDevice(upper.number)).rdevice).toBe(rdevice);
  });

  test('fail with ENXIO when unbound, EINVAL without memory, EFAULT with bad memory', async () => {
    const { fd } = await attached();
    const read = (request: number, address: number): Promise<string> =>
      errnoOf(() => call('ioctl', () => ioctlValue(fd, request, address)));
    expect([
      await errnoOf(() => loopGetStatus64(unboundFd())),
      await errnoOf(() => loopGetStatus(unboundFd())),
      await read(loopRequests.LOOP_GET_STATUS64, 0),
      await read(loopRequests.LOOP_GET_STATUS64, 8),
      await read(loopRequests.LOOP_GET_STATUS, 8),
    ]).toEqual(['ENXIO', 'ENXIO', 'EINVAL', 'EFAULT', 'EFAULT']);
  });

  test('differ where an offset is too large for the old form', async () => {
    const { fd } = await attached({ offsetBytes: 2n ** 31n });
    expect(loopGetStatus64(fd).offsetBytes).toBe(2n ** 31n);
    expect(await errnoOf(() => loopGetStatus(fd))).toBe('EOVERFLOW');
  });

  test('unknown requests fail with EINVAL on a loop device and ENOTTY elsewhere', async () => {
    const { fd, backingFd } = await attached();
    expect(await errnoOf(() => call('ioctl', () => ioctlValue(fd, 0x4c7f, 0)))).toBe('EINVAL');
    expect(await errnoOf(() => call('ioctl', () => ioctlValue(backingFd, 0x4c7f, 0)))).toBe('ENOTTY');
  });
});

describe('LOOP_SET_STATUS64', () => {
  test('changes offset, size limit, reference and autoclear when given back what was read', async () => {
    const { fd } = await attached({ reference: 'before' });
    const holder = fixture.openDevice(loopGetStatus64(fd).number, 'read');
    const status = { ...loopGetStatus64(fd), offsetBytes: 1024n, sizeLimitBytes: 2048n, flags: loopFlags.autoclear };
    await loopSetStatus64(fd, { ...status, fileName: Buffer.from('after') });
    const after = loopGetStatus64(holder);
    expect([after.offsetBytes, after.sizeLimitBytes, after.flags, text(after.fileName), getSizeBytes(fd)]).toEqual([
      1024n,
      2048n,
      loopFlags.autoclear,
      'after',
      2048n,
    ]);
    await loopSetStatus64(fd, { ...after, flags: 0 });
    expect(loopGetStatus64(fd).flags).toBe(0);
  });

  test('never clears partition scan and ignores read-only and direct I/O', async () => {
    const { fd } = await attached({ flags: loopFlags.partitionScan });
    await loopSetStatus64(fd, { ...loopGetStatus64(fd), flags: loopFlags.readOnly | loopFlags.directIo });
    expect(loopGetStatus64(fd).flags).toBe(loopFlags.partitionScan);
  });

  test('is no patch: a status with nothing set takes offset, limit and reference away', async () => {
    const { fd } = await attached({ offsetBytes: 512n, sizeLimitBytes: 1024n, reference: 'gone' });
    await loopSetStatus64(fd, emptyStatus64);
    const { offsetBytes, sizeLimitBytes, fileName } = loopGetStatus64(fd);
    expect([offsetBytes, sizeLimitBytes, text(fileName)]).toEqual([0n, 0n, '']);
  });

  test('accepts an offset behind the end, which leaves nothing', async () => {
    const { fd } = await attached();
    await loopSetStatus64(fd, { ...loopGetStatus64(fd), offsetBytes: 2n ** 63n - 1n });
    expect(getSizeBytes(fd)).toBe(0n);
  });

  test('refuses encryption, ranges beyond 2^63, bad memory and unbound devices', async () => {
    const { fd } = await attached();
    const status = loopGetStatus64(fd);
    expect({
      encryptType: await errnoOf(() => loopSetStatus64(fd, { ...status, encryptType: 1 })),
      encryptKeySize: await errnoOf(() => loopSetStatus64(fd, { ...status, encryptKeySize: 33 })),
      offset: await errnoOf(() => loopSetStatus64(fd, { ...status, offsetBytes: 2n ** 63n })),
      sizeLimit: await errnoOf(() => loopSetStatus64(fd, { ...status, sizeLimitBytes: 2n ** 63n })),
      memory: await errnoOf(() => call('ioctl', () => ioctlValue(fd, loopRequests.LOOP_SET_STATUS64, 8))),
      unbound: await errnoOf(() => loopSetStatus64(unboundFd(), status)),
      unboundNow: await errnoOf(() =>
        call('ioctl', () => ioctlMemory(unboundFd(), loopRequests.LOOP_SET_STATUS64, encodeLoopInfo64(status), LOOP_INFO64_BYTES)),
      ),
    }).toEqual({
      encryptType: 'EINVAL',
      encryptKeySize: 'EINVAL',
      offset: 'EOVERFLOW',
      sizeLimit: 'EOVERFLOW',
      memory: 'EFAULT',
      unbound: 'ENXIO',
      unboundNow: 'ENXIO',
    });
  });
});

describe('LOOP_SET_STATUS', () => {
  test('sets offset and reference, and resets the size limit', async () => {
    const { fd } = await attached({ sizeLimitBytes: 4096n });
    await loopSetStatus(fd, { ...(await loopGetStatus(fd)), offsetBytes: 2048, name: Buffer.from('old form') });
    const { offsetBytes, sizeLimitBytes, fileName } = loopGetStatus64(fd);
    expect([offsetBytes, sizeLimitBytes, text(fileName)]).toEqual([2048n, 0n, 'old form']);
  });

  test.runIf(isReleaseAtLeast(release(), 5, 18))('drops an encryption type in silence, where the 64-bit form refuses it', async () => {
    const { fd } = await attached();
    await loopSetStatus(fd, { ...emptyStatus, encryptType: 1, encryptKeySize: 32 });
    expect([(await loopGetStatus(fd)).encryptType, loopGetStatus64(fd).encryptKeySize]).toEqual([0, 0]);
  });

  test('refuses a negative offset, bad memory and unbound devices', async () => {
    const { fd } = await attached();
    expect([
      await errnoOf(() => loopSetStatus(fd, { ...emptyStatus, offsetBytes: -1 })),
      await errnoOf(() => call('ioctl', () => ioctlValue(fd, loopRequests.LOOP_SET_STATUS, 8))),
      await errnoOf(() => loopSetStatus(unboundFd(), emptyStatus)),
    ]).toEqual(['EOVERFLOW', 'EFAULT', 'ENXIO']);
  });
});

describe('LOOP_SET_CAPACITY', () => {
  test('takes over the size that the file has now', async () => {
    const { fd, path } = await attached();
    truncateSync(path, 2 * MEBIBYTE);
    expect(getSizeBytes(fd)).toBe(BigInt(MEBIBYTE));
    await loopSetCapacity(fd);
    expect(getSizeBytes(fd)).toBe(BigInt(2 * MEBIBYTE));
  });

  test('fails with ENXIO when unbound', async () => {
    expect(await errnoOf(() => loopSetCapacity(unboundFd()))).toBe('ENXIO');
  });
});

describe('LOOP_SET_DIRECT_IO', () => {
  test('is switched on and off, and refused for an offset between sectors', async () => {
    const { fd, backingFd } = await attached({ logicalBlockSizeBytes: 4096 });
    // tmpfs takes O_DIRECT since Linux 6.6 only.
    if (fileSystemMagic(backingFd) === TMPFS_MAGIC && !isReleaseAtLeast(release(), 6, 6)) return;
    await loopSetDirectIo(fd, true);
    const on = loopGetStatus64(fd).flags;
    await loopSetDirectIo(fd, false);
    expect([on, loopGetStatus64(fd).flags]).toEqual([loopFlags.directIo, 0]);
    await loopSetStatus64(fd, { ...loopGetStatus64(fd), offsetBytes: 1n });
    expect(await errnoOf(() => loopSetDirectIo(fd, true))).toBe('EINVAL');
  });

  test('fails with EINVAL for a file without direct I/O and ENXIO when unbound', async () => {
    const device = await fixture.attach('/proc/version', { readOnly: true });
    expect(await errnoOf(() => loopSetDirectIo(fixture.openDevice(device.number), true))).toBe('EINVAL');
    expect(await errnoOf(() => loopSetDirectIo(unboundFd(), true))).toBe('ENXIO');
  });
});

describe('LOOP_SET_BLOCK_SIZE', () => {
  test('changes the logical block size', async () => {
    const { fd } = await attached();
    await loopSetBlockSize(fd, 4096);
    const large = getLogicalBlockSizeBytes(fd);
    await loopSetBlockSize(fd, 512);
    expect([large, getLogicalBlockSizeBytes(fd)]).toEqual([4096, 512]);
  });

  test('refuses other values with EINVAL and unbound devices with ENXIO', async () => {
    const { fd } = await attached();
    expect([
      await errnoOf(() => loopSetBlockSize(fd, 256)),
      await errnoOf(() => loopSetBlockSize(fd, 3000)),
      await errnoOf(() => loopSetBlockSize(fd, 131_072)),
      await errnoOf(() => loopSetBlockSize(unboundFd(), 512)),
    ]).toEqual(['EINVAL', 'EINVAL', 'EINVAL', 'ENXIO']);
  });

  test.runIf(isReleaseAtLeast(release(), 6, 17))('refuses with EBUSY while somebody else has the device exclusively', async () => {
    const { fd, number } = await attached();
    fixture.openDevice(number, 'read', { exclusive: true });
    expect(await errnoOf(() => loopSetBlockSize(fd, 512))).toBe('EBUSY');
  });
});

test('without capabilities and with a read-only descriptor, only what changes settings is refused, and sysfs and events are there for everybody', async () => {
  const { number, fd } = await attached();
  fixture.close(fd);
  const held = fixture.openDevice(number, 'read');
  const script = fileURLToPath(new URL('as-nobody.ts', import.meta.url));
  const child = spawnSync(projectNode, [script, String(number)], { stdio: ['ignore', 'pipe', 'pipe', held], encoding: 'utf8' });
  expect(child.stderr).toBe('');
  expect(JSON.parse(child.stdout)).toEqual({
    LOOP_SET_STATUS64: 'EPERM',
    LOOP_SET_STATUS: 'EPERM',
    LOOP_SET_CAPACITY: 'EPERM',
    LOOP_SET_DIRECT_IO: 'EPERM',
    LOOP_SET_BLOCK_SIZE: 'EPERM',
    BLKRRPART: 'EACCES',
    LOOP_GET_STATUS64: 'success',
    BLKGETDISKSEQ: 'success',
    readLoopAttributes: '1048576',
    scanLoopDevice: 'EACCES',
    openUeventSocket: 'success',
    detectFeatures: 'true',
    LOOP_CLR_FD: 'success',
  });
});

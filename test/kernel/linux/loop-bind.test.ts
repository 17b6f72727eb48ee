/** LOOP_SET_FD, LOOP_CONFIGURE, LOOP_CHANGE_FD: what the kernel takes as a backing file and what it refuses (LOOP.md §1.3). */
import { constants, mkdirSync } from 'node:fs';
import { release } from 'node:os';
import { describe, expect, test } from 'vitest';
import { getDiskseq, getLogicalBlockSizeBytes, getSizeBytes, isReadOnly } from '../../../native-helper/linux/block-device.ts';
import { makeMemoryFile, seals, addSeals } from '../../../native-helper/linux/descriptors.ts';
import { detectFeatures, isReleaseAtLeast } from '../../../native-helper/linux/features.ts';
import { ioctlMemory, ioctlValue, call } from '../../../native-helper/linux/ffi.ts';
import {
  loopChangeFd,
  loopClearFd,
  loopConfigure,
  loopFlags,
  loopGetStatus64,
  loopRequests,
  loopSetFd,
} from '../../../native-helper/linux/loop-device.ts';
import { LOOP_CONFIG_BYTES, cutAtNul, encodeLoopConfig, type LoopConfig } from '../../../native-helper/linux/loop-structures.ts';
import { isBound } from '../../../native-helper/linux/sysfs.ts';
import { errnoOf, useLoopFixture, waitFor } from '../loop-fixture.ts';

const MEBIBYTE = 1024 * 1024;
const O_PATH = 0o10_000_000;
const fixture = useLoopFixture();
const features = detectFeatures();

function plainConfig(backingFd: number): LoopConfig {
  return { backingFd, logicalBlockSizeBytes: 0, flags: 0, offsetBytes: 0n, sizeLimitBytes: 0n, reference: new Uint8Array(0) };
}

/** A node of our own that is not attached, opened. */
function openUnbound(): { number: number; fd: number } {
  const number = fixture.addNode();
  return { number, fd: fixture.openDevice(number) };
}

/** Both calls that bind: the same files must be taken and refused. */
const binders = [
  ['LOOP_SET_FD', loopSetFd],
  ['LOOP_CONFIGURE', (fd: number, backingFd: number) => loopConfigure(fd, plainConfig(backingFd))],
] as const;

describe.each(binders)('%s, as LOOP_SET_FD and LOOP_CONFIGURE alike,', (name, bind) => {
  test('binds a file, takes its size in sectors and gives a new diskseq', async () => {
    const { number, fd } = openUnbound();
    const before = getDiskseq(fd);
    await bind(fd, fixture.open(fixture.makeImage('plain.img', MEBIBYTE + 700)));
    fixture.adopt(number);
    expect({ size: getSizeBytes(fd), sector: getLogicalBlockSizeBytes(fd), readOnly: isReadOnly(fd), bound: isBound(number) }).toEqual({
      size: BigInt(MEBIBYTE + 512),
      sector: 512,
      readOnly: false,
      bound: true,
    });
    expect(getDiskseq(fd)).toBeGreaterThan(before);
    expect(await errnoOf(() => bind(fd, fixture.open(fixture.makeImage('second.img', 512))))).toBe('EBUSY');
  });

  test('is read-only when the file or the device was opened for reading only', async () => {
    const path = fixture.makeImage('read-only.img', 4096);
    const first = openUnbound();
    await bind(first.fd, fixture.open(path, constants.O_RDONLY));
    fixture.adopt(first.number);
    const second = fixture.addNode();
    const fd = fixture.openDevice(second, 'read');
    await bind(fd, fixture.open(path));
    fixture.adopt(second);
    expect([isReadOnly(first.fd), isReadOnly(fd)]).toEqual([true, true]);
  });

  test('takes an empty file, a file of /proc and a file in memory that is sealed', async () => {
    const memory = fixture.keep(makeMemoryFile(Buffer.alloc(8192)));
    addSeals(memory, seals.shrink | seals.grow);
    const empty = fixture.open(fixture.makeImage('empty.img', 0));
    const sizes: bigint[] = [];
    for (const backingFd of [empty, fixture.open('/proc/version', constants.O_RDONLY), memory]) {
      const { number, fd } = openUnbound();
      await bind(fd, backingFd);
      fixture.adopt(number);
      sizes.push(getSizeBytes(fd));
    }
    expect(sizes).toEqual([0n, 0n, 8192n]);
  });

  test('refuses what is not a file of its own with EBADF or EINVAL and leaves the device unbound', async () => {
    const { number, fd } = openUnbound();
    const folder = `${fixture.folder}/folder-${name}`;
    mkdirSync(folder);
    const unboundLower = fixture.openDevice(fixture.addNode());
    const path = fixture.makeImage('path.img', 4096);
    const outcomes = {
      notOpen: await errnoOf(() => bind(fd, 999_999)),
      pathOnly: await errnoOf(() => bind(fd, fixture.open(path, O_PATH))),
      itself: await errnoOf(() => bind(fd, fd)),
      directory: await errnoOf(() => bind(fd, fixture.open(folder, constants.O_RDONLY))),
      characterDevice: await errnoOf(() => bind(fd, fixture.open('/dev/null'))),
      unboundLower: await errnoOf(() => bind(fd, unboundLower)),
    };
    expect(outcomes).toEqual({
      notOpen: 'EBADF',
      pathOnly: 'EBADF',
      itself: 'EBADF',
      directory: 'EINVAL',
      characterDevice: 'EINVAL',
      unboundLower: 'EINVAL',
    });
    expect(isBound(number)).toBe(false);
  });

  test('refuses with EBUSY while somebody else has the device exclusively', async () => {
    const number = fixture.addNode();
    fixture.openDevice(number, 'read', { exclusive: true });
    const fd = fixture.openDevice(number);
    const image = fixture.open(fixture.makeImage('exclusive.img', 4096));
    expect(await errnoOf(() => bind(fd, image))).toBe('EBUSY');
  });

  test('fails with ENOTTY on what is no loop device', async () => {
    const file = fixture.open(fixture.makeImage('not-a-device.img', 4096));
    expect(await errnoOf(() => bind(file, file))).toBe('ENOTTY');
  });
});

describe('LOOP_CONFIGURE', () => {
  test('sets everything in one step', async () => {
    const { number, fd } = openUnbound();
    const reference = Buffer.from('a reference');
    await loopConfigure(fd, {
      backingFd: fixture.open(fixture.makeImage('all.img', MEBIBYTE)),
      logicalBlockSizeBytes: 4096,
      flags: loopFlags.readOnly | loopFlags.partitionScan | loopFlags.autoclear,
      offsetBytes: 8192n,
      sizeLimitBytes: 16_384n,
      reference,
    });
    fixture.adopt(number);
    const status = loopGetStatus64(fd);
    expect({
      number: status.number,
      flags: status.flags,
      offset: status.offsetBytes,
      limit: status.sizeLimitBytes,
      reference: Buffer.from(cutAtNul(status.fileName)).toString(),
      size: getSizeBytes(fd),
      sector: getLogicalBlockSizeBytes(fd),
    }).toEqual({ number, flags: 13, offset: 8192n, limit: 16_384n, reference: 'a reference', size: 16_384n, sector: 4096 });
  });

  test('keeps 63 bytes of a reference, with what follows a NUL inside', async () => {
    const { number, fd } = openUnbound();
    const reference = Buffer.alloc(64, 'r');
    reference[5] = 0;
    await loopConfigure(fd, { ...plainConfig(fixture.open(fixture.makeImage('name.img', 4096))), reference });
    fixture.adopt(number);
    const expected = Buffer.from(reference);
    expected[63] = 0;
    expect(Buffer.from(loopGetStatus64(fd).fileName)).toEqual(expected);
  });

  test('writes out a dirty file larger than what is asked about, on another thread', async () => {
    const path = fixture.makeImage('large.img', 300 * MEBIBYTE);
    const { number, fd } = openUnbound();
    await loopConfigure(fd, plainConfig(fixture.open(path)));
    fixture.adopt(number);
    expect(getSizeBytes(fd)).toBe(300n * 1_048_576n);
  });

  test('refuses flags it does not know, encryption and ranges beyond 2^63', async () => {
    const { number, fd } = openUnbound();
    const config = plainConfig(fixture.open(fixture.makeImage('refused.img', 4096)));
    const raw = (change: (bytes: DataView) => void): Promise<string> => {
      const bytes = encodeLoopConfig(config);
      change(new DataView(bytes.buffer));
      return errnoOf(() => call('LOOP_CONFIGURE', () => ioctlMemory(fd, loopRequests.LOOP_CONFIGURE, bytes, LOOP_CONFIG_BYTES)));
    };
    const outcomes = {
      formerFlag: await errnoOf(() => loopConfigure(fd, { ...config, flags: 2 })),
      unknownFlag: await errnoOf(() => loopConfigure(fd, { ...config, flags: 32 })),
      encryptType: await raw((bytes) => bytes.setUint32(8 + 44, 1, true)),
      encryptKeySize: await raw((bytes) => bytes.setUint32(8 + 48, 33, true)),
      offset: await errnoOf(() => loopConfigure(fd, { ...config, offsetBytes: 2n ** 63n })),
      sizeLimit: await errnoOf(() => loopConfigure(fd, { ...config, sizeLimitBytes: 2n ** 63n })),
      noStructure: await errnoOf(() => call('LOOP_CONFIGURE', () => ioctlValue(fd, loopRequests.LOOP_CONFIGURE, 0))),
    };
    expect(outcomes).toEqual({
      formerFlag: 'EINVAL',
      unknownFlag: 'EINVAL',
      encryptType: 'EINVAL',
      encryptKeySize: 'EINVAL',
      offset: 'EOVERFLOW',
      sizeLimit: 'EOVERFLOW',
      noStructure: 'EFAULT',
    });
    expect(isBound(number)).toBe(false);
  });

  test('takes the powers of two that the features promise as block size, and no other', async () => {
    const { number, fd } = openUnbound();
    const config = plainConfig(fixture.open(fixture.makeImage('sectors.img', MEBIBYTE)));
    const largest = features.largestLogicalBlockSizeBytes;
    const outcomes: Record<number, string> = {};
    for (const logicalBlockSizeBytes of [256, 768, 4097, largest * 2, 512, 1024, 4096, largest]) {
      outcomes[logicalBlockSizeBytes] = await errnoOf(() => loopConfigure(fd, { ...config, logicalBlockSizeBytes }));
      if (!isBound(number)) continue;
      expect(getLogicalBlockSizeBytes(fd)).toBe(logicalBlockSizeBytes);
      // Alone on this device, so the detach comes with the close; the first success also gives the device its events back (LOOP.md §0.2).
      loopClearFd(fd);
      fixture.close(fd);
      await waitFor('the detach', () => !isBound(number));
      break;
    }
    for (const logicalBlockSizeBytes of [1024, 4096, largest]) {
      const device = await fixture.attachDescriptor(config.backingFd, { logicalBlockSizeBytes, number });
      const again = fixture.openDevice(device.number);
      expect(getLogicalBlockSizeBytes(again)).toBe(logicalBlockSizeBytes);
      loopClearFd(again);
      fixture.close(again);
      await waitFor('the detach', () => !isBound(number));
    }
    expect(outcomes).toEqual({ 256: 'EINVAL', 512: 'success', 768: 'EINVAL', 4097: 'EINVAL', [largest * 2]: 'EINVAL' });
  });
});

describe.skipIf(!features.changeBackingFile)('LOOP_CHANGE_FD', () => {
  test('puts another file of the same size behind a read-only device, with a new diskseq', async () => {
    const { number, diskseq } = await fixture.attach(fixture.makeImage('old.img', 8192), { readOnly: true });
    const fd = fixture.openDevice(number, 'read');
    const before = loopGetStatus64(fd).inode;
    await loopChangeFd(fd, fixture.open(fixture.makeImage('new.img', 8192), constants.O_RDONLY));
    expect(loopGetStatus64(fd).inode).not.toBe(before);
    expect(getDiskseq(fd)).toBeGreaterThan(diskseq);
  });

  test('refuses writable devices, other sizes, other types, itself, what leads back to itself, and unbound devices', async () => {
    const readOnly = await fixture.attach(fixture.makeImage('ro.img', 8192), { readOnly: true });
    const writable = await fixture.attach(fixture.makeImage('rw.img', 8192));
    const fd = fixture.openDevice(readOnly.number, 'read');
    const same = fixture.open(fixture.makeImage('same.img', 8192));
    const upper = await fixture.attach(`/dev/loop${readOnly.number}`, { readOnly: true });
    const outcomes = {
      chain: await errnoOf(() => loopChangeFd(fd, fixture.openDevice(upper.number, 'read'))),
      notOpen: await errnoOf(() => loopChangeFd(fd, 999_999)),
      itself: await errnoOf(() => loopChangeFd(fd, fd)),
      writable: await errnoOf(() => loopChangeFd(fixture.openDevice(writable.number), same)),
      otherSize: await errnoOf(() => loopChangeFd(fd, fixture.open(fixture.makeImage('other.img', 4096)))),
      otherType: await errnoOf(() => loopChangeFd(fd, fixture.open('/dev/null'))),
      unbound: await errnoOf(() => loopChangeFd(openUnbound().fd, same)),
    };
    expect(outcomes).toEqual({
      chain: 'EBADF',
      notOpen: 'EBADF',
      itself: 'EBADF',
      writable: 'EINVAL',
      otherSize: 'EINVAL',
      otherType: 'EINVAL',
      unbound: 'ENXIO',
    });
  });
});

test('the features agree with the release: all that Platter needs is there', () => {
  expect(features.loopConfigure).toBe(true);
  expect(features.kernelRelease).toBe(release());
  expect(isReleaseAtLeast(release(), 5, 15)).toBe(true);
});

/**
 * SECURITY.md (e) rows 35 to 40 and 47; row 44 is in two-helpers.test.ts, row 41 in test/polkit/limits.test.ts and test/kernel/records, row 48 in
 * test/contract/old-kernel.test.ts.
 */
import { constants, linkSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addSeals, makeMemoryFile, seals } from '../../../native-helper/linux/descriptors.ts';
import { detachDevice } from '../loop-fixture.ts';
import { codeOf, refusalOf, targetOf, useOperations } from './operations-fixture.ts';
import { plainAttach } from './plain-attach.ts';

const MIB = 1024 * 1024;
const operations = useOperations();
const { loop } = operations;

describe('attaching an image', () => {
  test('binds a free device and tells everything about it', async () => {
    const path = loop.makeImage('plain.img', MIB);
    const fd = loop.open(path);
    const { device, ...rest } = await operations.attachDescriptor(fd);
    expect(rest).toEqual({ outcome: 'attached', readOnlyReason: null, warnings: [] });
    expect(device).toMatchObject({
      sizeBytes: String(MIB),
      readOnly: false,
      autoclear: false,
      partitionScan: false,
      directIo: false,
      offsetBytes: '0',
      sizeLimitBytes: '0',
      logicalBlockSizeBytes: 512,
      backingFile: { text: path.toString(), base64: null },
      backingFileState: 'named',
      ownership: 'own',
      partitions: [],
      mounts: [],
      usedAsSwap: false,
      holders: [],
    });
    expect(device.reference?.text).toMatch(/^platter:0:[\w-]{17,}$/u);
    expect(device.identity?.rdevice).toBe('0');
  });

  test('gives every attachment a tag of its own, or the name that was asked for', async () => {
    const first = await operations.attach(loop.makeImage('one.img', MIB));
    const second = await operations.attach(loop.makeImage('two.img', MIB));
    const named = await operations.attach(loop.makeImage('three.img', MIB), { reference: 'my-disk' });
    expect(first.device.reference?.text).not.toBe(second.device.reference?.text);
    expect(named.device.reference).toEqual({ text: 'my-disk', base64: null });
  });

  test('passes range, block size, partition scan and direct I/O on', async () => {
    const { device, warnings } = await operations.attach(loop.makeImage('range.img', MIB), {
      offsetBytes: '4096',
      sizeLimitBytes: '65536',
      logicalBlockSizeBytes: 4096,
      partitionScan: true,
      directIo: true,
    });
    expect(device).toMatchObject({
      offsetBytes: '4096',
      sizeLimitBytes: '65536',
      sizeBytes: '65536',
      logicalBlockSizeBytes: 4096,
      partitionScan: true,
    });
    expect(warnings).toEqual(device.directIo ? [] : ['direct-io-off']);
  });

  test('takes the device that was asked for, and refuses it when it is taken', async () => {
    const number = loop.addNode();
    const { device } = await operations.attach(loop.makeImage('here.img', MIB), { device: number });
    expect(device.number).toBe(number);
    expect(await codeOf(operations.attach(loop.makeImage('there.img', MIB), { device: number }))).toBe('NODE_IN_USE');
    expect(await codeOf(operations.attach(loop.makeImage('nowhere.img', MIB), { device: 1_048_575 }))).toBe('NO_SUCH_DEVICE');
  });

  test('warns of a last block that cannot be read', async () => {
    const { warnings } = await operations.attach(loop.makeImage('odd.img', MIB + 512), { logicalBlockSizeBytes: 4096 });
    expect(warnings).toEqual(['last-block-partial']);
  });

  test('attaches a file without a name and says so', async () => {
    const path = loop.makeImage('gone.img', MIB);
    const fd = loop.open(path);
    unlinkSync(path);
    const { device, warnings } = await operations.attachDescriptor(fd);
    expect(warnings).toEqual(['file-deleted']);
    expect(device).toMatchObject({ backingFile: { text: path.toString() }, backingFileState: 'deleted' });
  });

  test('attaches a block device', async () => {
    const below = await operations.attach(loop.makeImage('below.img', MIB));
    const above = await operations.attach(`/dev/loop${below.device.number}`, { readOnly: true }, constants.O_RDONLY);
    expect(above.device).toMatchObject({
      sizeBytes: String(MIB),
      readOnly: true,
      backingFile: { text: `/dev/loop${below.device.number}` },
    });
    expect(above.device.identity?.rdevice).not.toBe('0');
    await operations.call('devices/detach', { ...targetOf(above.device), whenFree: false });
  });
});

describe('why a device is read-only', () => {
  test.each([
    ['the caller wants it', { readOnly: true }, constants.O_RDWR, 'requested'],
    ['the descriptor is', {}, constants.O_RDONLY, 'descriptor'],
  ] as const)('%s', async (_, wishes, flags, reason) => {
    const { device, readOnlyReason } = await operations.attach(loop.makeImage(`ro-${reason}.img`, MIB), wishes, flags);
    expect({ readOnly: device.readOnly, readOnlyReason }).toEqual({ readOnly: true, readOnlyReason: reason });
    const fd = loop.openDevice(device.number, 'write');
    expect(() => writeSync(fd, Buffer.alloc(512))).toThrow(/EPERM/u);
    loop.close(fd);
  });

  test('the file is sealed against writing', async () => {
    const fd = loop.keep(makeMemoryFile(Buffer.alloc(8192)));
    addSeals(fd, seals.write);
    const { device, readOnlyReason } = await operations.attachDescriptor(fd);
    expect({ readOnly: device.readOnly, readOnlyReason }).toEqual({ readOnly: true, readOnlyReason: 'sealed' });
    await detachDevice({ number: device.number, diskseq: BigInt(device.diskseq) });
  });
});

describe('a file that is attached already', () => {
  test('is refused, naming the device, also by another name', async () => {
    const path = loop.makeImage('twice.img', MIB);
    const { device } = await operations.attach(path);
    const otherName = join(loop.folder, 'other-name.img');
    linkSync(path, otherName);
    for (const name of [path, otherName]) {
      expect(await refusalOf(operations.attach(name))).toMatchObject({ code: 'IMAGE_OVERLAPS', detail: { device: device.number } });
    }
    expect(loop.census()).toEqual([device.number]);
  });

  test('is given back when the caller wants that', async () => {
    const path = loop.makeImage('again.img', MIB);
    const { device } = await operations.attach(path);
    const again = await operations.attach(path, { whenAttached: 'reuse' });
    expect(again).toEqual({ device, outcome: 'already-attached', readOnlyReason: null, warnings: [] });
    const limited = await operations.attach(path, { whenAttached: 'reuse', sizeLimitBytes: String(MIB) });
    expect(limited.device.number).toBe(device.number);
  });

  test('says that the device at hand is read-only', async () => {
    const path = loop.makeImage('again-ro.img', MIB);
    await operations.attach(path, { readOnly: true });
    const { readOnlyReason } = await operations.attach(path, { whenAttached: 'reuse' });
    expect(readOnlyReason).toBe('existing');
  });

  test('may be attached again when both are read-only', async () => {
    const path = loop.makeImage('both-ro.img', MIB);
    const first = await operations.attach(path, { readOnly: true });
    const second = await operations.attach(path, { readOnly: true, whenAttached: 'attach-again' });
    expect(second.outcome).toBe('attached');
    expect(second.device.number).not.toBe(first.device.number);
    expect(await codeOf(operations.attach(path, { whenAttached: 'attach-again' }))).toBe('IMAGE_OVERLAPS');
  });

  test('is never written by two devices at once, whoever attached the first', async () => {
    const path = loop.makeImage('foreign.img', MIB);
    const foreign = await loop.attach(path);
    for (const whenAttached of ['refuse', 'reuse', 'attach-again'] as const) {
      const wishes = { whenAttached, offsetBytes: '4096' };
      expect(await refusalOf(operations.attach(path, wishes))).toMatchObject({
        code: 'IMAGE_OVERLAPS',
        detail: { device: foreign.number },
      });
    }
  });

  test('is not read through a second device while somebody writes to it through the first', async () => {
    const path = loop.makeImage('foreign-written.img', MIB);
    const foreign = await loop.attach(path);
    const attempt = operations.attach(path, { readOnly: true, whenAttached: 'attach-again' });
    expect(await refusalOf(attempt)).toMatchObject({ code: 'IMAGE_OVERLAPS', detail: { device: foreign.number } });
    expect(loop.census()).toEqual([foreign.number]);
  });

  test('is attached in parts that do not touch each other', async () => {
    const path = loop.makeImage('parts.img', MIB);
    await operations.attach(path, { sizeLimitBytes: '4096' });
    const { device } = await operations.attach(path, { offsetBytes: '4096', sizeLimitBytes: '4096' });
    expect(device.sizeBytes).toBe('4096');
    expect(await codeOf(operations.attach(path, { offsetBytes: '4096' }))).toBe('IMAGE_OVERLAPS');
  });
});

describe('input that must be refused', () => {
  const image = (): Buffer => loop.makeImage('image.img', MIB);

  test.each([
    ['an offset at the end', { offsetBytes: String(MIB) }, 'OFFSET_BEYOND_END'],
    ['an offset far beyond the end', { offsetBytes: String(2n ** 63n - 512n) }, 'OFFSET_BEYOND_END'],
    ['an unaligned offset', { offsetBytes: '7' }, 'OFFSET_UNALIGNED'],
    ['an offset between blocks', { offsetBytes: '512', logicalBlockSizeBytes: 4096 }, 'OFFSET_UNALIGNED'],
    ['a limit beyond the end', { offsetBytes: '512', sizeLimitBytes: String(MIB) }, 'SIZE_LIMIT_BEYOND_END'],
    ['a limit that wraps with the offset', { offsetBytes: '512', sizeLimitBytes: String(2n ** 63n - 512n) }, 'SIZE_LIMIT_BEYOND_END'],
    ['an unaligned limit', { sizeLimitBytes: '513' }, 'SIZE_LIMIT_UNALIGNED'],
    ['a block size of 7', { logicalBlockSizeBytes: 7 }, 'BLOCK_SIZE_INVALID'],
    ['a block size of 256', { logicalBlockSizeBytes: 256 }, 'BLOCK_SIZE_INVALID'],
    ['a block size of 1,000', { logicalBlockSizeBytes: 1000 }, 'BLOCK_SIZE_INVALID'],
    ['a block size of 2^31', { logicalBlockSizeBytes: 2 ** 31 }, 'BLOCK_SIZE_INVALID'],
  ])('%s', async (_, wishes, code) => {
    expect(await codeOf(operations.attach(image(), wishes))).toBe(code);
    expect(loop.census()).toEqual([]);
  });

  test.each([
    ['a block size of 2^32 + 512', { logicalBlockSizeBytes: 2 ** 32 + 512 }],
    ['an offset of 2^63', { offsetBytes: String(2n ** 63n) }],
    ['a negative offset', { offsetBytes: '-512' }],
    ['a device of 2^20', { device: 2 ** 20 }],
    ['a key that the schema does not have', { fd: 7 }],
    ['a reference of 64 bytes', { reference: 'x'.repeat(64) }],
    ['a reference with a NUL', { reference: 'a\0b' }],
  ])('%s does not fit the schema', async (_, wishes) => {
    const attempt = operations.call('devices/attach', { ...plainAttach, ...wishes }, [loop.open(image())]);
    await expect(attempt).rejects.toThrow(/Invalid/u);
    expect(loop.census()).toEqual([]);
  });

  test('an empty file and one of 100 bytes', async () => {
    for (const bytes of [0, 100, 511]) {
      expect(await refusalOf(operations.attach(loop.makeImage(`small-${bytes}.img`, bytes)))).toMatchObject({
        code: 'IMAGE_TOO_SMALL',
        detail: { limitBytes: '512' },
      });
    }
    expect(loop.census()).toEqual([]);
  });
});

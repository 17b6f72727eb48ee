import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { isBound } from '../../../native-helper/linux/sysfs.ts';
import { codeOf, refusalOf, targetOf, useOperations, type AttachWishes } from './operations-fixture.ts';

const MIB = 1024 * 1024;
const operations = useOperations();
const { loop } = operations;

async function attachNew(wishes: AttachWishes = {}): Promise<LoopDevice> {
  return (await operations.attach(loop.makeImage('image.img', MIB), wishes)).device;
}

const set = (device: LoopDevice, changes: Parameters<typeof request>[1]): Promise<LoopDevice> => request(device, changes);
const request = (device: LoopDevice, changes: Partial<Record<string, string | number | boolean>>): Promise<LoopDevice> =>
  operations.call('devices/set', { ...targetOf(device), changes });

/** Runs work while the device is mounted. */
async function whileMounted(device: LoopDevice, work: (mountPoint: string) => Promise<void>): Promise<void> {
  execFileSync('mkfs.ext4', ['-q', '-F', `/dev/loop${device.number}`], { stdio: 'ignore' });
  const mountPoint = join(loop.folder, `mount-${device.number}`);
  mkdirSync(mountPoint, { recursive: true });
  execFileSync('mount', [`/dev/loop${device.number}`, mountPoint]);
  try {
    await work(mountPoint);
  } finally {
    execFileSync('umount', [mountPoint]);
  }
}

describe('changing one setting leaves all others as they were', () => {
  const start = { offsetBytes: '4096', sizeLimitBytes: '65536', reference: 'before', readOnly: true } as const;

  test.each([
    ['the offset', { offsetBytes: '8192' }],
    ['the size limit', { sizeLimitBytes: '32768' }],
    ['the reference', { reference: 'after' }],
    ['partition scan', { partitionScan: true }],
    ['nothing', {}],
  ])('%s', async (_, changes) => {
    const device = await attachNew(start);
    const changed = await set(device, changes);
    const { sizeLimitBytes = device.sizeLimitBytes, reference, ...rest } = changes as Record<string, string>;
    expect(changed).toEqual({
      ...device,
      ...rest,
      sizeLimitBytes,
      sizeBytes: sizeLimitBytes,
      reference: reference === undefined ? device.reference : { text: reference, base64: null },
    });
    expect(await operations.find(device.number)).toEqual(changed);
  });

  test('the logical block size, there and back', async () => {
    const device = await attachNew(start);
    expect(await set(device, { logicalBlockSizeBytes: 4096 })).toEqual({ ...device, logicalBlockSizeBytes: 4096 });
    expect(await set(device, { logicalBlockSizeBytes: 512 })).toEqual(device);
  });

  test('direct I/O, there and back', async () => {
    const device = await attachNew({ logicalBlockSizeBytes: 4096 });
    const code = await set(device, { directIo: true }).then(
      (changed) => String(changed.directIo),
      (error: { code: string }) => error.code,
    );
    // The file system of the test folder may not offer it.
    expect(['true', 'DIRECT_IO_REFUSED']).toContain(code);
    expect(await set(device, { directIo: false })).toEqual(device);
  });

  test('a range without a limit again', async () => {
    const device = await attachNew(start);
    expect(await set(device, { sizeLimitBytes: '0' })).toEqual({ ...device, sizeLimitBytes: '0', sizeBytes: String(MIB - 4096) });
  });

  test('several at once', async () => {
    const device = await attachNew();
    const changes = { offsetBytes: '4096', logicalBlockSizeBytes: 4096, reference: 'all', partitionScan: true };
    expect(await set(device, changes)).toEqual({
      ...device,
      offsetBytes: '4096',
      sizeBytes: String(MIB - 4096),
      logicalBlockSizeBytes: 4096,
      partitionScan: true,
      reference: { text: 'all', base64: null },
    });
  });
});

describe('changes that are refused leave everything as it was', () => {
  test.each([
    ['an offset beyond the end', { offsetBytes: String(2 * MIB), reference: 'new' }, 'OFFSET_BEYOND_END'],
    ['an offset at the end', { offsetBytes: String(MIB) }, 'OFFSET_BEYOND_END'],
    ['an unaligned offset', { offsetBytes: '100' }, 'OFFSET_UNALIGNED'],
    ['an offset that does not fit the new block size', { offsetBytes: '512', logicalBlockSizeBytes: 4096 }, 'OFFSET_UNALIGNED'],
    ['a limit beyond the end', { sizeLimitBytes: String(2 * MIB) }, 'SIZE_LIMIT_BEYOND_END'],
    ['a limit near 2^63', { sizeLimitBytes: String(2n ** 63n - 512n), reference: 'new' }, 'SIZE_LIMIT_BEYOND_END'],
    ['an unaligned limit', { sizeLimitBytes: '1000' }, 'SIZE_LIMIT_UNALIGNED'],
    ['a block size of 7', { logicalBlockSizeBytes: 7 }, 'BLOCK_SIZE_INVALID'],
    ['a block size of 131,072', { logicalBlockSizeBytes: 131_072, reference: 'new' }, 'BLOCK_SIZE_INVALID'],
    ['autoclear where nobody holds the device', { autoclear: true }, 'AUTOCLEAR_WOULD_DETACH'],
    ['autoclear together with a new offset', { autoclear: true, offsetBytes: '512' }, 'AUTOCLEAR_WOULD_DETACH'],
  ])('%s', async (_, changes, code) => {
    const device = await attachNew();
    expect(await codeOf(set(device, changes))).toBe(code);
    expect(await operations.find(device.number)).toEqual(device);
  });

  test('partition scan cannot be switched off', async () => {
    const device = await attachNew({ partitionScan: true });
    expect(await codeOf(set(device, { partitionScan: false, reference: 'new' }))).toBe('PARTITION_SCAN_PERMANENT');
    expect(await operations.find(device.number)).toEqual(device);
  });

  test('direct I/O that the kernel refuses takes the changes before it back', async () => {
    const device = await attachNew();
    // An offset of 512 is unaligned for every file system with blocks of 4,096 bytes; where the kernel takes it, there is nothing to undo.
    const outcome = await set(device, { offsetBytes: '512', reference: 'new', directIo: true }).then(
      () => 'accepted',
      (error: { code: string }) => error.code,
    );
    const now = await operations.find(device.number);
    const accepted = {
      ...device,
      offsetBytes: '512',
      sizeBytes: String(MIB - 512),
      directIo: true,
      reference: { text: 'new', base64: null },
    };
    expect({ outcome, now }).toEqual(outcome === 'accepted' ? { outcome, now: accepted } : { outcome: 'DIRECT_IO_REFUSED', now: device });
  });

  test('a device that was attached anew since', async () => {
    const device = await attachNew();
    expect(await codeOf(set({ ...device, diskseq: '1' as LoopDevice['diskseq'] }, { reference: 'new' }))).toBe('STALE_DEVICE');
    expect(await operations.find(device.number)).toEqual(device);
  });
});

describe('the range of a device, when another one is over the same file', () => {
  const first = { sizeLimitBytes: String(MIB) } as const;
  const second = { offsetBytes: String(MIB), sizeLimitBytes: String(MIB) } as const;

  /** Two devices over a file of 3 MiB; the second is the one to change. */
  async function attachTwo(one: AttachWishes, other: AttachWishes): Promise<readonly [LoopDevice, LoopDevice]> {
    const path = loop.makeImage('shared.img', 3 * MIB);
    const neighbour = await operations.attach(path, { ...one, whenAttached: 'attach-again' });
    return [neighbour.device, (await operations.attach(path, { ...other, whenAttached: 'attach-again' })).device];
  }

  async function expectRefused(device: LoopDevice, changes: Parameters<typeof request>[1], neighbour: LoopDevice): Promise<void> {
    expect(await refusalOf(set(device, changes))).toMatchObject({ code: 'IMAGE_OVERLAPS', detail: { device: neighbour.number } });
    expect(await operations.find(device.number)).toEqual(device);
  }

  test.each([
    ['onto the other one', first, second, { offsetBytes: '0' }],
    ['into the other one', first, second, { offsetBytes: String(MIB - 4096) }],
    ['over the other one with everything else', first, second, { offsetBytes: '0', sizeLimitBytes: '0', reference: 'new' }],
    ['up to where the other one begins and further', second, first, { sizeLimitBytes: String(MIB + 4096) }],
    ['to the end of the file', second, first, { sizeLimitBytes: '0' }],
  ])('is not moved %s while both write', async (_, one, other, changes) => {
    const [neighbour, device] = await attachTwo(one, other);
    await expectRefused(device, changes, neighbour);
  });

  test('is compared with devices of other programs, too', async () => {
    const path = loop.makeImage('foreign.img', 3 * MIB);
    const { device } = await operations.attach(path, second);
    const foreign = await loop.attach(path, { sizeLimitBytes: BigInt(MIB) });
    expect(await refusalOf(set(device, { offsetBytes: '0' }))).toMatchObject({
      code: 'IMAGE_OVERLAPS',
      detail: { device: foreign.number },
    });
  });

  test.each([
    ['a reader onto a writer', first, { ...second, readOnly: true }, { offsetBytes: '0' }],
    ['a writer onto a reader', { ...first, readOnly: true }, second, { offsetBytes: '0' }],
    ['a writer onto a reader of all there is', { readOnly: true }, second, { offsetBytes: '0', sizeLimitBytes: '0', partitionScan: true }],
  ])('is not made the very same: %s', async (_, one, other, changes) => {
    const [neighbour, device] = await attachTwo(one, other);
    await expectRefused(device, changes, neighbour);
  });

  test.each([
    ['beside it', first, second, { offsetBytes: String(2 * MIB) }],
    ['over a reader of a part', { ...first, readOnly: true }, { sizeLimitBytes: String(MIB / 2) }, { sizeLimitBytes: '0' }],
    ['onto a reader, as a reader', { ...first, readOnly: true }, { ...second, readOnly: true }, { offsetBytes: '0' }],
  ])('may be moved %s', async (_, one, other, changes) => {
    const [, device] = await attachTwo(one, other);
    expect(await set(device, changes)).toMatchObject(changes);
  });

  test('is no matter to other changes, even where two writers are there already', async () => {
    const path = loop.makeImage('both.img', 3 * MIB);
    const { device } = await operations.attach(path);
    await loop.attach(path);
    expect((await set(device, { reference: 'kept' })).reference?.text).toBe('kept');
  });

  test('comes apart where two writers overlapped', async () => {
    const path = loop.makeImage('apart.img', 3 * MIB);
    const { device } = await operations.attach(path, second);
    await loop.attach(path, { sizeLimitBytes: BigInt(MIB + 4096) });
    expect(await set(device, { offsetBytes: String(2 * MIB) })).toMatchObject({ offsetBytes: String(2 * MIB) });
  });
});

describe('while a file system is mounted', () => {
  test('range and block size stay, with the mount point in the answer', async () => {
    const device = await attachNew();
    await whileMounted(device, async (mountPoint) => {
      for (const changes of [{ offsetBytes: '4096' }, { sizeLimitBytes: '4096' }, { logicalBlockSizeBytes: 4096 }]) {
        expect(await refusalOf(set(device, changes))).toMatchObject({ code: 'DEVICE_MOUNTED', detail: { mountPoints: [mountPoint] } });
      }
      const now = await operations.find(device.number);
      expect({ ...now, mounts: [] }).toEqual(device);
    });
  });

  test('the reference may change, and autoclear may be switched on and off', async () => {
    const device = await attachNew();
    await whileMounted(device, async () => {
      expect((await set(device, { reference: 'mounted' })).reference?.text).toBe('mounted');
      expect((await set(device, { autoclear: true })).autoclear).toBe(true);
      expect((await set(device, { autoclear: false })).autoclear).toBe(false);
    });
    expect(isBound(device.number)).toBe(true);
  });
});

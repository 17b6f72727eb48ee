/** SECURITY.md (e) rows 42 and 43; those about other users are in test/polkit/actions.test.ts. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isBound } from '../../../native-helper/linux/sysfs.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { HelperError } from '../../../native-helper/protocol/errors.ts';
import { detachDevice, waitFor } from '../loop-fixture.ts';
import { withShutDownXfs } from '../shut-down-xfs.ts';
import { codeOf, openLoopNodes, refusalOf, targetOf, useOperations } from './operations-fixture.ts';

const MIB = 1024 * 1024;
const operations = useOperations();
const { loop } = operations;

async function attachNew(name: string, wishes = {}): Promise<LoopDevice> {
  return (await operations.attach(loop.makeImage(name, MIB), wishes)).device;
}

/** An ext4 file system in an image, mounted on a folder of this test; unmounted by the function that comes back. */
function mountNew(device: LoopDevice): { mountPoint: string; unmount: () => void } {
  execFileSync('mkfs.ext4', ['-q', '-F', `/dev/loop${device.number}`], { stdio: 'ignore' });
  const mountPoint = join(loop.folder, `mount-${device.number}`);
  mkdirSync(mountPoint, { recursive: true });
  execFileSync('mount', [`/dev/loop${device.number}`, mountPoint]);
  let mounted = true;
  return {
    mountPoint,
    unmount: () => {
      if (mounted) execFileSync('umount', [mountPoint]);
      mounted = false;
    },
  };
}

describe('detaching', () => {
  test('does not need the file, whose disk was pulled out', async () => {
    await withShutDownXfs(loop, async (path, shutDown) => {
      const { device } = await operations.attach(Buffer.from(path));
      shutDown();
      expect(await operations.call('devices/detach', { ...targetOf(device), whenFree: false })).toEqual({ state: 'detached' });
    });
  });

  test('is verified against the kernel', async () => {
    const device = await attachNew('plain.img');
    expect(await operations.call('devices/detach', { ...targetOf(device), whenFree: false })).toEqual({ state: 'detached' });
    expect(loop.census()).toEqual([]);
    expect(await operations.find(device.number)).toBeUndefined();
  });

  test('leaves the device of another diskseq alone', async () => {
    const device = await attachNew('first.img');
    await detachDevice({ number: device.number, diskseq: BigInt(device.diskseq) });
    expect(await codeOf(operations.call('devices/detach', { ...targetOf(device), whenFree: false }))).toMatch(
      /^(?:NOT_ATTACHED|STALE_DEVICE)$/u,
    );
    const number = loop.addNode();
    const one = await loop.attach(loop.makeImage('one.img', MIB), { number });
    await detachDevice(one);
    const two = await loop.attach(loop.makeImage('two.img', MIB), { number });
    const request = { device: number, diskseq: String(one.diskseq), whenFree: true };
    expect(await codeOf(operations.call('devices/detach', request))).toBe('STALE_DEVICE');
    expect(loop.census()).toEqual([two.number]);
  });

  test('tells a node without a file and a node that does not exist apart', async () => {
    const number = loop.addNode();
    expect(await codeOf(operations.call('devices/detach', { device: number, diskseq: '1', whenFree: false }))).toBe('NOT_ATTACHED');
    expect(await codeOf(operations.call('devices/detach', { device: 1_048_575, diskseq: '1', whenFree: false }))).toBe('NO_SUCH_DEVICE');
  });
});

describe('a device that somebody keeps open', () => {
  test('is busy after a while, and nothing has changed', async () => {
    const device = await attachNew('open.img');
    const fd = loop.openDevice(device.number, 'read');
    expect(await codeOf(operations.call('devices/detach', { ...targetOf(device), whenFree: false }))).toBe('DEVICE_BUSY');
    expect(await operations.find(device.number)).toEqual(device);
    loop.close(fd);
    expect(await operations.find(device.number)).toEqual(device);
  });

  test('stays as it was when the request is withdrawn', async () => {
    const device = await attachNew('withdrawn.img');
    const fd = loop.openDevice(device.number, 'read');
    const controller = new AbortController();
    const result = operations.call('devices/detach', { ...targetOf(device), whenFree: false }, [], controller.signal);
    controller.abort(new HelperError('CANCELLED'));
    expect(await codeOf(result)).toBe('CANCELLED');
    expect(await operations.find(device.number)).toEqual(device);
    loop.close(fd);
  });

  test('is detached by the request that waits when it is closed in time', async () => {
    const device = await attachNew('closing.img');
    const fd = loop.openDevice(device.number, 'read');
    const result = operations.call('devices/detach', { ...targetOf(device), whenFree: false });
    // LOOP_CLR_FD shows as autoclear while it waits.
    await waitFor('the request to wait', () => openLoopNodes().length === 1 && isBound(device.number));
    loop.close(fd);
    expect(await result).toEqual({ state: 'detached' });
  });

  test('is detached when it is free, if that is wanted', async () => {
    const device = await attachNew('deferred.img');
    const fd = loop.openDevice(device.number, 'read');
    expect(await operations.call('devices/detach', { ...targetOf(device), whenFree: true })).toEqual({ state: 'deferred' });
    expect((await operations.find(device.number))?.autoclear).toBe(true);
    expect(await operations.call('devices/detach', { ...targetOf(device), whenFree: true })).toEqual({ state: 'deferred' });
    // Its record stays as long as it does.
    const record = join(loop.folder, 'records/devices', device.diskseq);
    expect(existsSync(record)).toBe(true);
    loop.close(fd);
    await waitFor('the kernel to detach it', () => !isBound(device.number));
    expect(loop.census()).toEqual([]);
    await operations.call('devices/list', {});
    expect(existsSync(record)).toBe(false);
  });

  test('can be kept after all', async () => {
    const device = await attachNew('kept.img');
    expect(await codeOf(operations.call('devices/cancel-detach', targetOf(device)))).toBe('NOT_DEFERRED');
    const fd = loop.openDevice(device.number, 'read');
    await operations.call('devices/detach', { ...targetOf(device), whenFree: true });
    expect(await operations.call('devices/cancel-detach', targetOf(device))).toEqual(device);
    loop.close(fd);
    expect(await operations.find(device.number)).toEqual(device);
  });

  test('keeps its reference, offset and limit through all of that', async () => {
    const device = await attachNew('through.img', { reference: 'name', offsetBytes: '4096', sizeLimitBytes: '8192', readOnly: true });
    const fd = loop.openDevice(device.number, 'read');
    expect(await codeOf(operations.call('devices/detach', { ...targetOf(device), whenFree: false }))).toBe('DEVICE_BUSY');
    expect(await operations.find(device.number)).toEqual(device);
    loop.close(fd);
  });
});

describe('a mounted device', () => {
  test('is refused with its mount point', async () => {
    const device = await attachNew('mounted.img');
    const { mountPoint, unmount } = mountNew(device);
    try {
      expect(await refusalOf(operations.call('devices/detach', { ...targetOf(device), whenFree: false }))).toMatchObject({
        code: 'DEVICE_MOUNTED',
        detail: { mountPoints: [mountPoint] },
      });
      expect((await operations.find(device.number))?.autoclear).toBe(false);
    } finally {
      unmount();
    }
  });

  test('is detached at its unmount, if that is wanted', async () => {
    const device = await attachNew('mounted-deferred.img');
    const { unmount } = mountNew(device);
    try {
      expect(await operations.call('devices/detach', { ...targetOf(device), whenFree: true })).toEqual({ state: 'deferred' });
    } finally {
      unmount();
    }
    await waitFor('the kernel to detach it', () => !isBound(device.number));
  });
});

describe('partitions that were added by hand', () => {
  test('are gone after the detach, so that the next image does not inherit them', async () => {
    const device = await attachNew('table.img');
    const where = { ...targetOf(device), partition: 1, startBytes: '4096', sizeBytes: '8192' };
    const { partitions } = await operations.call('devices/set-partition', { action: 'add', ...where });
    expect(partitions).toHaveLength(1);
    await operations.call('devices/detach', { ...targetOf(device), whenFree: false });
    expect(operations.operations.live.readPartitionRanges(device.number)).toEqual([]);
  });

  test('are there again when the detach is refused', async () => {
    const device = await attachNew('table-busy.img');
    const where = { ...targetOf(device), partition: 3, startBytes: '4096', sizeBytes: '8192' };
    const before = await operations.call('devices/set-partition', { action: 'add', ...where });
    const fd = loop.openDevice(device.number, 'read');
    expect(await codeOf(operations.call('devices/detach', { ...targetOf(device), whenFree: false }))).toBe('DEVICE_BUSY');
    const after = await operations.find(device.number);
    // Added anew, a partition has a new device number.
    const withoutNumber = (device: LoopDevice | undefined): unknown =>
      device?.partitions.map((partition) => ({ ...partition, deviceNumber: '' }));
    expect(withoutNumber(after)).toEqual(withoutNumber(before));
    loop.close(fd);
  });
});

test('a device in use by another loop device is busy', async () => {
  const below = await attachNew('below.img');
  const backing = loop.open(`/dev/loop${below.number}`);
  const above = await operations.attachDescriptor(backing, { readOnly: true });
  loop.close(backing);
  expect(await codeOf(operations.call('devices/detach', { ...targetOf(below), whenFree: false }))).toBe('DEVICE_BUSY');
  await operations.call('devices/detach', { ...targetOf(above.device), whenFree: false });
  expect(await operations.call('devices/detach', { ...targetOf(below), whenFree: false })).toEqual({ state: 'detached' });
});

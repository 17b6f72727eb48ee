/**
 * What the window may expect of udisks2, in the same words over the fake (unit suite) and over the real service (test/vm/person, in
 * a session with logind). Each case leaves nothing attached.
 */
import { open } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { AttachParams } from '../../native-helper/protocol/devices.ts';
import type { DecimalString } from '../../native-helper/protocol/scalars.ts';
import type { UdisksClient } from '../../electron/udisks/udisks-client.ts';

export interface UdisksWorld {
  readonly client: () => UdisksClient;
  /** A file of 16 MiB with an ext4 in it, which belongs to whoever runs this. */
  readonly image: () => string;
}

const zero = '0' as DecimalString;
export const attachPlainly: AttachParams = {
  readOnly: true,
  offsetBytes: zero,
  sizeLimitBytes: zero,
  logicalBlockSizeBytes: 0,
  partitionScan: true,
  autoclear: false,
  directIo: false,
  reference: null,
  device: null,
  whenAttached: 'reuse',
};

export function describeUdisks({ client, image }: UdisksWorld): void {
  async function attach(change: Partial<AttachParams> = {}) {
    const params = { ...attachPlainly, ...change };
    const file = await open(image(), params.readOnly ? 'r' : 'r+');
    try {
      return await client().call('devices/attach', params, { descriptors: [file.fd] });
    } finally {
      await file.close();
    }
  }

  test('attaches a file read-only, mounts it, unmounts it and detaches it', async () => {
    const { device, outcome, readOnlyReason } = await attach();
    expect([device.backingFile?.text, device.readOnly, outcome, readOnlyReason]).toEqual([image(), true, 'attached', 'requested']);
    const { number, diskseq } = device;
    const wish = {
      device: number,
      diskseq,
      partition: null,
      fileSystemType: 'ext4',
      readOnly: true,
      label: 'x',
      detachWhenUnmounted: false,
    };
    const { mount } = await client().call('mounts/mount', wish);
    expect(mount).toMatchObject({ readOnly: true, mountPoint: { text: expect.stringMatching(/^\/(?:run\/)?media\//u) as unknown } });
    const detach = { device: number, diskseq, whenFree: false };
    await expect(client().call('devices/detach', detach)).rejects.toMatchObject({ code: 'DEVICE_MOUNTED' });
    const target = { device: number, diskseq, mountId: mount.mountId, lazy: false };
    expect(await client().call('mounts/unmount', target)).toEqual({ state: 'unmounted' });
    expect(await client().call('devices/detach', detach)).toEqual({ state: 'detached' });
  });

  test('attaches for writing, once: the second time gives the same device, another range is refused', async () => {
    const { device } = await attach({ readOnly: false });
    try {
      expect(device.readOnly).toBe(false);
      expect(await attach({ readOnly: false })).toMatchObject({ outcome: 'already-attached', device: { number: device.number } });
      const elsewhere = { readOnly: false, offsetBytes: '1048576' as DecimalString };
      await expect(attach(elsewhere)).rejects.toMatchObject({ code: 'IMAGE_OVERLAPS', detail: { device: device.number } });
    } finally {
      await client().call('devices/detach', { device: device.number, diskseq: device.diskseq, whenFree: true });
    }
  });

  test('a part of a file', async () => {
    const range = { offsetBytes: '1048576' as DecimalString, sizeLimitBytes: '2097152' as DecimalString };
    const { device } = await attach(range);
    try {
      expect(device).toMatchObject(range);
    } finally {
      await client().call('devices/detach', { device: device.number, diskseq: device.diskseq, whenFree: true });
    }
  });

  test('refuses what its command line cannot do, and a device that is another by now', async () => {
    await expect(attach({ directIo: true })).rejects.toMatchObject({ code: 'ROOT_REQUIRED' });
    await expect(attach({ logicalBlockSizeBytes: 4096 })).rejects.toMatchObject({ code: 'ROOT_REQUIRED' });
    const { device } = await attach();
    const target = { device: device.number, diskseq: '1' as DecimalString };
    await expect(client().call('devices/detach', { ...target, whenFree: false })).rejects.toMatchObject({ code: 'STALE_DEVICE' });
    await expect(client().call('devices/set-capacity', target)).rejects.toMatchObject({ code: 'ROOT_REQUIRED' });
    const changes = { ...target, diskseq: device.diskseq, changes: { autoclear: !device.autoclear } };
    await expect(client().call('devices/set', changes)).rejects.toMatchObject({ code: 'ROOT_REQUIRED' });
    await client().call('devices/detach', { device: device.number, diskseq: device.diskseq, whenFree: false });
  });
}

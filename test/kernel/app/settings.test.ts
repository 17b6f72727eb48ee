/** Settings of a device from the window, and the end of the application. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, truncateSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { toDecimal } from '../../../native-helper/protocol/scalars.ts';
import { attach, call, createTestApp, device, failure, makeImage, MIB, useApp } from './app-fixture.ts';

useApp();

describe('settings of a device', () => {
  test('reach the kernel', async () => {
    const path = makeImage();
    const { device: number } = await attach(path);
    const target = { device: number, diskseq: (await device(number)).diskseq };
    expect(await call('devices/set', { ...target, changes: { offsetBytes: toDecimal(4096), reference: 'name' } })).toMatchObject({
      offsetBytes: '4096',
      reference: { text: 'name' },
    });
    truncateSync(path, 2 * MIB);
    expect(await call('devices/set-capacity', target)).toMatchObject({ sizeBytes: `${2 * MIB - 4096}` });
    const view = await call('devices/kernel-view', target);
    expect(view.status64).toEqual(expect.arrayContaining([{ name: 'lo_offset', value: '4096' }]));
  });

  test('do not include a capacity that would cut what is mounted', async () => {
    const path = makeImage(4 * MIB);
    // Whole from the start: what the kernel would still write later makes a shortened file longer again.
    execFileSync('mkfs.ext4', ['-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0', path], { stdio: 'ignore' });
    const { device: number } = await attach(path);
    const target = { device: number, diskseq: (await device(number)).diskseq };
    const mount = await call('mounts/mount', { ...target, partition: null, readOnly: false });
    try {
      truncateSync(path, 2 * MIB);
      expect(await failure('devices/set-capacity', target)).toMatchObject({
        code: 'DEVICE_TOO_SMALL',
        detail: { mountPoints: [mount.mountPoint] },
      });
      expect((await device(number)).sizeBytes).toBe(`${4 * MIB}`);
      truncateSync(path, 4 * MIB);
      expect((await call('devices/set-capacity', target)).sizeBytes).toBe(`${4 * MIB}`);
    } finally {
      await call('mounts/unmount', { ...target, mountId: mount.mountId });
    }
    truncateSync(path, 2 * MIB);
    expect((await call('devices/set-capacity', target)).sizeBytes).toBe(`${2 * MIB}`);
  });

  test('and the file behind it are told as they are now', async () => {
    const path = makeImage();
    const { device: number } = await attach(path);
    const target = { device: number, diskseq: (await device(number)).diskseq };
    truncateSync(path, 2 * MIB);
    expect(await call('devices/backing-file', target)).toMatchObject({ kind: 'present', path, sizeBytes: `${2 * MIB}`, writable: true });
    rmSync(path);
    expect(await call('devices/backing-file', target)).toEqual({ kind: 'missing', path: `${path} (deleted)` });
    expect((await failure('devices/show-in-folder', target)).code).toBe('NOT_IN_THIS_HOST');
  });

  test('do not include which device is free, which the kernel says', async () => {
    expect(await call('nodes/find-free', {})).toBeGreaterThanOrEqual(0);
  });
});

test('closing the application ends its helper', async () => {
  const children = (): string[] =>
    readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('native-helper/main.ts'));
  const other = createTestApp('other.json');
  const before = children();
  await other.start();
  expect(children()).toHaveLength(before.length + 1);
  await other.close();
  expect(children()).toEqual(before);
});

/** A helper killed at any step leaves nothing that the next one does not put right. Real devices and mounts in a world of their own. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { attachOptions } from './attach-options.ts';
import type { KillPoint } from './kill-at.ts';
import { useWorld } from './use-world.ts';
import { checkoutInside, folderInside } from './world.ts';
import type { UserProgram } from './world-programs.ts';

const { world, startedFromSources } = await useWorld();
const isArm = process.arch === 'arm64';

/** Root's program with a helper that ends when it enters `point`. */
async function started(point: KillPoint | null = null): Promise<UserProgram> {
  if (point === null) return startedFromSources();
  return startedFromSources(`import { killAt } from '${checkoutInside}/test/polkit/kill-at.ts';\nkillAt(${JSON.stringify(point)});`);
}

function makeImage(): string {
  const path = `${folderInside}/${randomBytes(4).toString('hex')}.img`;
  world.rootShell(`truncate -s 4M ${path}; mkfs.ext4 -q ${path}`);
  return path;
}

async function attach(program: UserProgram, path: string, autoclear = false): Promise<LoopDevice> {
  const { device } = await program.succeed('devices/attach', { ...attachOptions, readOnly: false, autoclear }, { path, flags: 'r+' });
  return device;
}

function mountParams(device: LoopDevice) {
  const whole = { partition: null, fileSystemType: 'ext4', readOnly: false, label: 'disk', detachWhenUnmounted: true };
  return { device: device.number, diskseq: device.diskseq, ...whole };
}

/** What is there of an image: in the kernel, in the records, in folders. */
function census(path: string) {
  const attached = world.rootShell(`losetup -n -O NAME -j ${path} | sed 's:/dev/::' | xargs -r -I{} cat /sys/block/{}/diskseq`).trim();
  const list = (folder: string): string[] => world.rootShell(`ls -A ${folder} 2>/dev/null || true`).split('\n').filter(Boolean);
  return {
    attached: attached === '' ? [] : attached.split('\n'),
    pending: list('/run/platter/pending'),
    recorded: list('/run/platter/devices'),
    mountRecords: list('/run/platter/mounts').length,
    folders: list('/run/media/root'),
    mounts: world.rootShell("grep -c ' /run/media/root/' /proc/self/mountinfo || true").trim(),
  };
}
const nothing = { attached: [], pending: [], recorded: [], mountRecords: 0, folders: [], mounts: '0' };

const calls = {
  umount2: isArm ? 39 : 166,
  link: isArm ? 37 : 86,
  unlink: isArm ? 35 : 87,
  rename: isArm ? 38 : 82,
  mkdirat: isArm ? 34 : 258,
  unlinkat: isArm ? 35 : 263,
  move_mount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
} as const;

describe('attaching', () => {
  test.each<[string, KillPoint, 'attached' | 'answered' | 'nothing']>([
    ['before LOOP_CONFIGURE', { ioctl: 0x4c0a }, 'nothing'],
    ['before the record gets the name udev looks for', { call: calls.link }, 'nothing'],
    ['between LOOP_CONFIGURE and the record', { call: calls.rename }, 'attached'],
    ['between the reply and the end of the name udev looks for', { call: calls.unlink }, 'answered'],
  ])('killed %s', async (_name, point, outcome) => {
    const path = makeImage();
    const killed = await started(point);
    const reply = await killed.call('devices/attach', { ...attachOptions, readOnly: false }, { path, flags: 'r+' });
    expect(reply).toMatchObject(outcome === 'answered' ? { ok: { outcome: 'attached' } } : { lost: true });
    // What comes after the reply may have to wait for a question that is there already.
    await expect.poll(async () => killed.call('devices/list', {})).toEqual({ lost: true });
    const next = await started();
    const left = census(path);
    if (outcome === 'nothing') {
      expect(left).toEqual(nothing);
      return;
    }
    // Attached, and known as what it is.
    expect(left).toEqual({ ...nothing, attached: left.attached, recorded: left.attached });
    expect(left.attached).toHaveLength(1);
    const { devices } = await next.succeed('devices/list', {});
    const device = devices.find(({ diskseq }) => diskseq === left.attached[0]);
    if (device === undefined) throw new Error('not listed');
    await next.succeed('devices/detach', { device: device.number, diskseq: device.diskseq, whenFree: false });
    expect(census(path)).toEqual(nothing);
  });
});

describe('detaching', () => {
  test.each<[string, KillPoint, 'attached' | 'nothing']>([
    ['before LOOP_CLR_FD', { ioctl: 0x4c01 }, 'attached'],
    ['before the record is removed', { call: calls.unlink }, 'nothing'],
  ])('killed %s', async (_name, point, outcome) => {
    const path = makeImage();
    const first = await started();
    const device = await attach(first, path);
    await first.end();
    const killed = await started(point);
    const target = { device: device.number, diskseq: device.diskseq };
    expect(await killed.call('devices/detach', { ...target, whenFree: false })).toEqual({ lost: true });
    const next = await started();
    if (outcome === 'attached') {
      expect(census(path)).toEqual({ ...nothing, attached: [device.diskseq], recorded: [device.diskseq] });
      await next.succeed('devices/detach', { ...target, whenFree: false });
    }
    expect(census(path)).toEqual(nothing);
  });
});

test('a type that is no file system of a disk is refused before the kernel hears of it: this helper would not survive fsopen', async () => {
  const path = makeImage();
  const helper = await started({ call: calls.fsopen });
  const device = await attach(helper, path);
  for (const fileSystemType of ['auto', 'tmpfs', 'proc', 'overlay', 'fuse', 'nfs', 'ext4 ', 'ext4\0x', '../ext4', 'EXT4', '']) {
    const outcome = await helper.call('mounts/mount', { ...mountParams(device), fileSystemType });
    expect({ fileSystemType, outcome }).toMatchObject({ fileSystemType, outcome: { failed: { code: 'FILE_SYSTEM_REFUSED' } } });
  }
  expect(await helper.call('mounts/mount', mountParams(device))).toEqual({ lost: true });
});

describe('mounting', () => {
  test.each<[string, KillPoint]>([
    ['before fsopen', { call: calls.fsopen }],
    ['before fsconfig', { call: calls.fsconfig }],
    ['before fsmount', { call: calls.fsmount }],
    ['before the folder is made', { call: calls.mkdirat }],
    ['before move_mount', { call: calls.move_mount }],
  ])('killed %s, nothing is mounted', async (_name, point) => {
    const path = makeImage();
    const killed = await started(point);
    const device = await attach(killed, path);
    expect(await killed.call('mounts/mount', mountParams(device))).toEqual({ lost: true });
    const next = await started();
    expect(census(path)).toEqual({ ...nothing, attached: [device.diskseq], recorded: [device.diskseq] });
    // And it can be done again.
    const { mount } = await next.succeed('mounts/mount', mountParams(device));
    expect(mount.mountPoint.text).toBe('/run/media/root/disk');
    const target = { device: device.number, diskseq: device.diskseq, mountId: mount.mountId };
    await next.succeed('mounts/unmount', { ...target, lazy: false });
    expect((await started()) !== null && census(path)).toEqual(nothing);
  });

  test('killed between move_mount and the record, the next one knows the mount as its own and can end it', async () => {
    const path = makeImage();
    const killed = await started({ ioctl: 0x4c04 });
    const device = await attach(killed, path);
    expect(await killed.call('mounts/mount', mountParams(device))).toEqual({ lost: true });
    const next = await started();
    expect(census(path)).toMatchObject({ mounts: '1', mountRecords: 1, folders: ['disk'] });
    const { devices } = await next.succeed('devices/list', {});
    const mountId = devices.find(({ number }) => number === device.number)?.mounts[0]?.mountId ?? -1;
    const target = { device: device.number, diskseq: device.diskseq };
    await next.succeed('mounts/unmount', { ...target, mountId, lazy: false });
    expect(census(path)).toMatchObject({ mounts: '0', mountRecords: 0, folders: [] });
    await next.succeed('devices/detach', { ...target, whenFree: false });
  });
});

describe('opening: attached with autoclear, and then mounted', () => {
  /** A killed process lets go of its descriptors one after another, and the pipe that tells of its end may be the first. */
  async function untilDetached(path: string): Promise<void> {
    await expect.poll(() => census(path).attached, { timeout: 20_000 }).toEqual([]);
  }

  test.each<[string, KillPoint]>([
    ['between LOOP_CONFIGURE and the record', { call: calls.rename }],
    ['before fsopen', { call: calls.fsopen }],
    ['before fsconfig', { call: calls.fsconfig }],
    ['before fsmount', { call: calls.fsmount }],
    ['before the folder is made', { call: calls.mkdirat }],
    ['before move_mount', { call: calls.move_mount }],
  ])('killed %s, nothing is attached', async (_name, point) => {
    const path = makeImage();
    const killed = await started(point);
    const options = { ...attachOptions, readOnly: false, autoclear: true };
    const attached = await killed.call('devices/attach', options, { path, flags: 'r+' });
    if ('ok' in attached) expect(await killed.call('mounts/mount', mountParams(attached.ok.device))).toEqual({ lost: true });
    else expect(attached).toEqual({ lost: true });
    await untilDetached(path);
    await started();
    expect(census(path)).toEqual(nothing);
  });

  test('once mounted it stays while the helper goes, and goes with the mount', async () => {
    const path = makeImage();
    const first = await started();
    const device = await attach(first, path, true);
    const { mount, detachesWhenUnmounted } = await first.succeed('mounts/mount', { ...mountParams(device), detachWhenUnmounted: false });
    expect(detachesWhenUnmounted).toBe(true);
    await first.end();
    expect(census(path)).toMatchObject({ attached: [device.diskseq], mounts: '1' });
    world.root('umount', mount.mountPoint.text);
    await untilDetached(path);
    await started();
    expect(census(path)).toEqual(nothing);
  });

  test('the helper lets go at the first mount, so that the unmount detaches while it goes on', async () => {
    const path = makeImage();
    const program = await started();
    const device = await attach(program, path, true);
    const { mount } = await program.succeed('mounts/mount', mountParams(device));
    const target = { device: device.number, diskseq: device.diskseq, mountId: mount.mountId };
    await program.succeed('mounts/unmount', { ...target, lazy: false });
    await untilDetached(path);
    const { devices } = await program.succeed('devices/list', {});
    expect(devices.filter(({ diskseq }) => diskseq === device.diskseq)).toEqual([]);
    expect(census(path)).toEqual(nothing);
  });
});

describe('unmounting', () => {
  test.each<[string, KillPoint, 'mounted' | 'nothing']>([
    ['before umount2', { call: calls.umount2 }, 'mounted'],
    ['between umount2 and the record', { call: calls.unlink }, 'nothing'],
    ['between the record and the folder', { call: calls.unlinkat }, 'nothing'],
  ])('killed %s', async (_name, point, outcome) => {
    const path = makeImage();
    const first = await started();
    const device = await attach(first, path);
    const { mount } = await first.succeed('mounts/mount', mountParams(device));
    await first.end();
    const killed = await started(point);
    const target = { device: device.number, diskseq: device.diskseq, mountId: mount.mountId };
    expect(await killed.call('mounts/unmount', { ...target, lazy: false })).toEqual({ lost: true });
    const next = await started();
    if (outcome === 'mounted') {
      expect(census(path)).toMatchObject({ mounts: '1', mountRecords: 1, folders: ['disk'] });
      await next.succeed('mounts/unmount', { ...target, lazy: false });
      await next.end();
      await started();
    }
    expect(census(path)).toEqual(nothing);
  });
});

/**
 * Mounting as ordinary users do it: who sees what, and what cannot be got out of it. Real polkitd, the helper as installed, real images.
 * SECURITY.md (e) rows 49 to 51 and 53 to 58; those that need no users are in test/kernel/mounting, names in test/unit/mounting.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { attachOptions } from './attach-options.ts';
import { useWorld } from './use-world.ts';
import { folderInside, users, type UserName } from './world.ts';
import type { UserProgram } from './world-programs.ts';

const { world, program, started } = await useWorld();
const home = `${folderInside}/home/alice`;

/** An ext4 image of Alice's, with a folder `tree` as its content; 16 MiB. */
function makeImage(tree = ''): string {
  const path = `${home}/${randomBytes(4).toString('hex')}.img`;
  const content = tree === '' ? '' : `-d ${tree}`;
  world.rootShell(`truncate -s 16M ${path}; mkfs.ext4 -q ${content} ${path}; chown alice ${path}`);
  return path;
}

async function attach(program: UserProgram, path: string): Promise<LoopDevice> {
  const { device } = await program.succeed('devices/attach', { ...attachOptions, readOnly: false }, { path, flags: 'r+' });
  return device;
}

function mountParams(device: LoopDevice, changes: object = {}) {
  const whole = { partition: null, fileSystemType: 'ext4', readOnly: false, label: 'My Disk', detachWhenUnmounted: false };
  return { device: device.number, diskseq: device.diskseq, ...whole, ...changes };
}

/** The status of a command a user runs. */
async function statusOf(user: UserName, ...command: readonly string[]): Promise<number | null> {
  return (await world.run(user, ...command)).status;
}

test('an image opens, shows its files to its user alone, and is gone after the eject', async () => {
  const alice = await started('alice');
  world.rootShell(
    `rm -rf ${folderInside}/tree; mkdir ${folderInside}/tree; echo hello >${folderInside}/tree/file; chmod -R a+rX ${folderInside}/tree`,
  );
  const device = await attach(alice, makeImage(`${folderInside}/tree`));
  const { mount, detachesWhenUnmounted } = await alice.succeed('mounts/mount', mountParams(device, { detachWhenUnmounted: true }));
  const place = '/run/media/alice/My Disk';
  expect([mount.mountPoint.text, detachesWhenUnmounted]).toEqual([place, true]);
  expect((await world.run('alice', 'cat', `${place}/file`)).stdout).toBe('hello\n');
  expect(await statusOf('bob', 'ls', '/run/media/alice')).not.toBe(0);
  expect(await statusOf('bob', 'cat', `${place}/file`)).not.toBe(0);
  const target = { device: device.number, diskseq: device.diskseq, mountId: mount.mountId };
  expect(await alice.succeed('mounts/unmount', { ...target, lazy: false })).toEqual({ state: 'unmounted' });
  expect(world.root('ls', '/run/media/alice')).toBe('');
  expect(world.rootShell(`cat /sys/block/loop${device.number}/loop/backing_file || true`)).not.toContain(home);
  expect(world.root('ls', '/run/platter/mounts')).toBe('');
});

test('setuid programs and device nodes in an image do nothing, and would without the restrictions', async () => {
  const alice = await started('alice');
  const tree = `${folderInside}/tree`;
  world.rootShell(`rm -rf ${tree}; mount -o remount,dev /run; mkdir ${tree}; chmod 755 ${tree}; cp /usr/bin/id ${tree}/id; chmod 4755 ${tree}/id
    mknod -m 666 ${tree}/zero c 1 5; ln -s /etc/shadow ${tree}/link
    cp /bin/cat ${tree}/cat; setcap cap_dac_override+ep ${tree}/cat; echo secret >${folderInside}/secret; chmod 600 ${folderInside}/secret`);
  const device = await attach(alice, makeImage(tree));
  const { mount } = await alice.succeed('mounts/mount', mountParams(device));
  const place = mount.mountPoint.text;
  const tryAll = async (folder: string) => ({
    uid: (await world.run('alice', `${folder}/id`, '-u')).stdout.trim(),
    device: await statusOf('alice', 'head', '-c1', `${folder}/zero`),
    link: await statusOf('alice', 'cat', `${folder}/link`),
    capability: (await world.run('alice', `${folder}/cat`, `${folderInside}/secret`)).stdout,
  });
  expect(await tryAll(place)).toEqual({ uid: String(users.alice), device: 1, link: 1, capability: '' });
  // The same image, mounted without them by root: the test can tell the difference.
  world.rootShell(`mkdir -p ${folderInside}/open; mount /dev/loop${device.number} ${folderInside}/open`);
  try {
    expect(await tryAll(`${folderInside}/open`)).toEqual({ uid: '0', device: 0, link: 1, capability: 'secret\n' });
  } finally {
    world.root('umount', `${folderInside}/open`);
  }
});

test('the folder of a user cannot be changed by that user, nor listed by others', async () => {
  const alice = await started('alice');
  const device = await attach(alice, makeImage());
  await alice.succeed('mounts/mount', mountParams(device));
  const folder = '/run/media/alice';
  expect(world.root('stat', '-c', '%u:%g %a', folder)).toBe('0:0 750\n');
  expect(world.root('getfacl', '-pcn', folder)).toContain(`user:${users.alice}:r-x`);
  expect(await statusOf('alice', 'ls', folder)).toBe(0);
  expect(await statusOf('alice', 'mkdir', `${folder}/x`)).not.toBe(0);
  expect(await statusOf('alice', 'ln', '-s', '/etc', `${folder}/x`)).not.toBe(0);
  expect(await statusOf('alice', 'mv', `${folder}/My Disk`, `${folder}/x`)).not.toBe(0);
  expect(await statusOf('alice', 'rmdir', `${folder}/My Disk`)).not.toBe(0);
  expect(await statusOf('bob', 'ls', folder)).not.toBe(0);
});

test('a umask of nothing opens no file and no folder of the helper to anybody', async () => {
  world.root('rm', '-rf', '/run/platter', '/run/media');
  const alice = await started('alice', ['bash', '-c', 'umask 000; exec "$@"', 'bash']);
  const device = await attach(alice, makeImage());
  await alice.succeed('mounts/mount', mountParams(device));
  const modes = world.rootShell("find /run/platter /run/media -xdev -printf '%m %y\\n' | sort -u").trim().split('\n');
  // /run/media itself may be read by everybody; the mount is the top of the image.
  expect(modes.filter((mode) => !['600 f', '700 d', '750 d', '755 d'].includes(mode))).toEqual([]);
  expect(world.root('stat', '-c', '%a', '/run/media', '/run/media/alice', '/run/platter')).toBe('755\n750\n700\n');
});

test.each(['../../etc', 'a/b', '..', 'a b', 'é', 'x'.repeat(300)])(
  'a user whose name is "%s" gets a folder by his number',
  async (name) => {
    const alice = await started('alice');
    const device = await attach(alice, makeImage());
    const passwd = world.root('cat', '/etc/passwd');
    world.write('/etc/passwd', passwd.replace(/^alice:/mu, `${name}:`));
    try {
      const { mount } = await alice.succeed('mounts/mount', mountParams(device));
      expect(mount.mountPoint.text).toBe(`/run/media/${users.alice}/My Disk`);
    } finally {
      world.write('/etc/passwd', passwd);
    }
  },
);

test('the folder is refused when others than root could write to it', async () => {
  const alice = await started('alice');
  const device = await attach(alice, makeImage());
  for (const change of [
    'chmod 777 /run/media/alice',
    'chown alice /run/media/alice',
    'rmdir /run/media/alice; ln -s /tmp /run/media/alice',
  ]) {
    world.rootShell(`rm -rf /run/media/alice; mkdir -p /run/media/alice; ${change}`);
    expect({ change, code: await alice.codeOf('mounts/mount', mountParams(device)) }).toEqual({ change, code: 'MOUNT_TARGET_REFUSED' });
  }
  world.root('rm', '-rf', '/run/media/alice');
  expect(world.root('cat', '/proc/self/mountinfo')).not.toContain(`/dev/loop${device.number} `);
});

test('a mount in use names the programs of its user, and those of no other', async () => {
  const alice = await started('alice');
  const device = await attach(alice, makeImage());
  const { mount } = await alice.succeed('mounts/mount', mountParams(device));
  world.root('chmod', '755', mount.mountPoint.text);
  const target = { device: device.number, diskseq: device.diskseq, mountId: mount.mountId, lazy: false };
  // Root reads these links and descriptors of others with CAP_SYS_PTRACE only.
  for (const hold of ['cd', 'exec 7<']) {
    const holder = await program('alice', ['sh', '-c', `${hold} '${mount.mountPoint.text}' && exec "$@"`, 'sh']);
    const outcome = await alice.call('mounts/unmount', target);
    expect(outcome).toMatchObject({ failed: { code: 'MOUNT_BUSY', detail: { programs: [{ pid: holder.pid }] } } });
    await holder.end();
  }
  world.rootShell(`cd '${mount.mountPoint.text}'; sleep 1000 >/dev/null 2>&1 & echo $! >${folderInside}/holder`);
  const other = await alice.call('mounts/unmount', target);
  expect(other).toMatchObject({ failed: { code: 'MOUNT_BUSY', detail: { programs: [] } } });
  world.rootShell(`kill $(cat ${folderInside}/holder)`);
});

test('a file system whose top folder is closed to all but its owner is trimmed, for which root needs CAP_DAC_READ_SEARCH', async () => {
  const alice = await started('alice');
  const device = await attach(alice, makeImage());
  const { mount } = await alice.succeed('mounts/mount', mountParams(device));
  world.root('chown', 'alice', mount.mountPoint.text);
  world.root('chmod', '700', mount.mountPoint.text);
  const target = { device: device.number, diskseq: device.diskseq, mountId: mount.mountId };
  expect(await alice.codeOf('devices/trim', target)).toBe('done');
});

/** CAP_SYS_RESOURCE, capability 24: some machines lack it. */
const mayGrowExt4 =
  ((BigInt(`0x${/^CapBnd:\t(?<bits>\w+)$/mu.exec(readFileSync('/proc/self/status', 'latin1'))?.groups?.['bits']}`) >> 24n) & 1n) === 1n;

test.skipIf(!mayGrowExt4)('a mounted ext4 grows with its image, for which the helper needs CAP_SYS_RESOURCE', async () => {
  const alice = await started('alice');
  const path = makeImage();
  const device = await attach(alice, path);
  const { mount } = await alice.succeed('mounts/mount', mountParams(device));
  world.root('truncate', '-s', '32M', path);
  const target = { device: device.number, diskseq: device.diskseq };
  await alice.succeed('devices/set-capacity', target);
  const { oldSizeBytes, sizeBytes } = await alice.succeed('mounts/grow', { ...target, mountId: mount.mountId });
  expect(Number(sizeBytes)).toBeGreaterThan(Number(oldSizeBytes) * 1.5);
});

describe('the mount of another user', () => {
  test('is unmounted by him only when an administrator approves', async () => {
    const alice = await started('alice');
    const bob = await started('bob');
    const device = await attach(alice, makeImage());
    const { mount } = await alice.succeed('mounts/mount', mountParams(device));
    const target = { device: device.number, diskseq: device.diskseq, mountId: mount.mountId };
    expect(await bob.codeOf('mounts/unmount', { ...target, lazy: false })).toBe('AUTHORIZATION_UNAVAILABLE');
    expect(await bob.codeOf('mounts/grow', target)).toBe('AUTHORIZATION_UNAVAILABLE');
    expect(await bob.codeOf('devices/trim', target)).toBe('AUTHORIZATION_UNAVAILABLE');
    const agent = await world.agent(bob, 'approve');
    expect(await bob.codeOf('mounts/unmount', { ...target, lazy: true })).toBe('NOT_PERMITTED');
    expect(await bob.codeOf('mounts/unmount', { ...target, lazy: false })).toBe('done');
    expect((await agent.question()).action).toBe('org.platter.filesystem-unmount-others');
    await agent.stop();
  });

  test('he mounts her device for himself when an administrator approves', async () => {
    const alice = await started('alice');
    const bob = await started('bob');
    const device = await attach(alice, makeImage());
    const agent = await world.agent(bob, 'approve');
    expect(await bob.codeOf('mounts/mount', mountParams(device, { detachWhenUnmounted: true }))).toBe('NOT_PERMITTED');
    const { mount } = await bob.succeed('mounts/mount', mountParams(device));
    expect(mount.mountPoint.text).toBe('/run/media/bob/My Disk');
    expect((await agent.question()).action).toBe('org.platter.filesystem-mount-others');
    await agent.stop();
  });
});

test('an uncommon type needs an administrator, and every other type is refused without asking', async () => {
  const alice = await started('alice');
  const device = await attach(alice, makeImage());
  expect(await alice.codeOf('mounts/mount', mountParams(device, { fileSystemType: 'minix' }))).toBe('AUTHORIZATION_UNAVAILABLE');
  const agent = await world.agent(alice, 'approve');
  const types = ['auto', 'tmpfs', 'proc', 'overlay', 'fuse', 'nfs', 'ext4 ', 'ext4\0x', '../ext4', 'EXT4', '', 'constructor', '__proto__'];
  for (const fileSystemType of types) {
    const code = await alice.codeOf('mounts/mount', mountParams(device, { fileSystemType }));
    expect({ fileSystemType, code }).toEqual({ fileSystemType, code: 'FILE_SYSTEM_REFUSED' });
  }
  expect(agent.others).toEqual([]);
  await agent.stop();
});

test('a label and UUID of the system’s own table of file systems change nothing', async () => {
  const alice = await started('alice');
  const path = makeImage();
  const place = `${folderInside}/by-table`;
  const uuid = world.root('blkid', '-o', 'value', '-s', 'UUID', path).trim();
  world.write(`${folderInside}/fstab`, `UUID=${uuid} ${place} ext4 defaults,nofail,suid,dev 0 0\nLABEL=data ${place} ext4 user,suid 0 0\n`);
  world.rootShell(`mkdir -p ${place}; tune2fs -L data ${path} >/dev/null; mount --bind ${folderInside}/fstab /etc/fstab`);
  try {
    const device = await attach(alice, path);
    const { mount } = await alice.succeed('mounts/mount', mountParams(device, { label: 'data' }));
    expect(mount.mountPoint.text).toBe('/run/media/alice/data');
    const line = world.rootShell(`grep ' /run/media/alice/data ' /proc/self/mountinfo`);
    expect(line).toMatch(/ [^ ]*nosuid,nodev/u);
    expect(world.rootShell(`grep -c ' ${place} ' /proc/self/mountinfo || true`)).toBe('0\n');
  } finally {
    world.root('umount', '/etc/fstab');
  }
});

test('nothing is unmounted that the helper did not mount', async () => {
  const alice = await started('alice');
  const device = await attach(alice, makeImage());
  world.rootShell(`mkdir -p /run/media/alice/by-hand; mount /dev/loop${device.number} /run/media/alice/by-hand`);
  const { devices } = await alice.succeed('devices/list', {});
  const byHand = devices.find(({ number }) => number === device.number)?.mounts[0];
  expect(byHand?.mountPoint.text).toBe('/run/media/alice/by-hand');
  const agent = await world.agent(alice, 'approve');
  for (const mountId of [byHand?.mountId ?? -1, 0, 1]) {
    const params = { device: device.number, diskseq: device.diskseq, mountId, lazy: false };
    expect(await alice.codeOf('mounts/unmount', params)).toBe('NOT_MOUNTED');
  }
  expect(agent.others).toEqual([]);
  await agent.stop();
  world.rootShell('umount /run/media/alice/by-hand; rmdir /run/media/alice/by-hand');
});

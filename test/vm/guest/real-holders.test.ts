/**
 * Real LUKS, LVM, multipath and MD on loop devices, made by their own tools: what stands above a device is named by kind and name down to the
 * program that keeps it, detaching is refused with that, and works once it is gone. There is no udev here; the tools make their nodes.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import type { HolderDevice } from '../../../native-helper/protocol/holders.ts';
import { platter } from '../../kernel/cli/command.ts';
import { refusalOf, targetOf, useOperations } from '../../kernel/operations/operations-fixture.ts';

const MIB = 1024 * 1024;
const operations = useOperations();
const { loop } = operations;
const undo: (() => void)[] = [];
const name = (what: string): string => `platter-${process.pid}-${what}`;
let environment: NodeJS.ProcessEnv = {};

beforeEach(() => {
  const configuration = join(loop.folder, 'lvm');
  mkdirSync(configuration, { recursive: true });
  const lines = [
    'devices { scan = [ "/dev" ] use_devicesfile = 0 obtain_device_list_from_udev = 0 external_device_info_source = "none"',
    `  filter = [ "a|^/dev/loop|", "a|^/dev/mapper/platter-${process.pid}-|", "r|.*|" ] }`,
    'activation { udev_sync = 0 udev_rules = 0 monitoring = 0 }',
    `global { locking_dir = "${configuration}" event_activation = 0 }`,
    'backup { backup = 0 archive = 0 }',
  ];
  writeFileSync(join(configuration, 'lvm.conf'), `${lines.join('\n')}\n`);
  environment = { ...process.env, DM_DISABLE_UDEV: '1', LVM_SYSTEM_DIR: configuration, LVM_SUPPRESS_FD_WARNINGS: '1' };
});
afterEach(() => {
  for (const step of undo.splice(0).toReversed()) step();
});

function run(program: string, words: readonly string[], input = ''): string {
  return execFileSync(program, words, { env: environment, input, stdio: ['pipe', 'pipe', 'pipe'], encoding: 'utf8' });
}

async function attach(image: string): Promise<LoopDevice> {
  return (await operations.attach(image, { partitionScan: true })).device;
}

async function treeOf(device: LoopDevice): Promise<HolderDevice> {
  return (await operations.call('holders/list', { ...targetOf(device), others: 'name' })).root;
}

/** Kinds and names from the device up, each with what is mounted of it and the programs in there. */
function lines(device: HolderDevice): readonly string[] {
  return device.devices.flatMap((above) => [
    `${above.kind} ${above.title?.text ?? above.name}`,
    ...above.mounts.map((mount) => `${mount.mountPoint.text}: ${mount.processes.map(({ pid }) => pid).join(' ')}`),
    ...lines(above),
  ]);
}

async function expectBusy(device: LoopDevice): Promise<void> {
  expect((await refusalOf(operations.call('devices/detach', { ...targetOf(device), whenFree: false }))).code).toBe('DEVICE_BUSY');
}

/** Everything above the device is gone. */
async function expectFree(device: LoopDevice): Promise<void> {
  expect(lines(await treeOf(device)).filter((line) => !line.startsWith('partition '))).toEqual([]);
  expect(await operations.call('devices/detach', { ...targetOf(device), whenFree: false })).toMatchObject({ state: 'detached' });
}

function unwind(): void {
  for (const step of undo.splice(0).toReversed()) step();
}

test('a volume of LVM in a LUKS in a partition, with a program in what is mounted of it, as one tree', async () => {
  const path = loop.makeImage('chain.img', 64 * MIB).toString();
  run('sfdisk', ['-q', '--no-reread', '--no-tell-kernel', path], 'label: gpt\nstart=1MiB, size=60MiB\n');
  const device = await attach(path);
  const partition = `/dev/loop${device.number}p1`;
  const [opened, group] = [name('luks'), name('vg').replaceAll('-', '_')];
  // Weak, and with little room for keys: in here each of it takes seconds.
  const fast = ['--type', 'luks2', '--pbkdf', 'pbkdf2', '--pbkdf-force-iterations', '1000', '--luks2-keyslots-size', '512k'];
  run('cryptsetup', ['luksFormat', '--batch-mode', ...fast, '--key-file', '-', partition], 'word');
  run('cryptsetup', ['open', '--key-file', '-', partition, opened], 'word');
  undo.push(() => run('cryptsetup', ['close', opened]));
  run('lvm', ['pvcreate', `/dev/mapper/${opened}`]);
  run('lvm', ['vgcreate', group, `/dev/mapper/${opened}`]);
  undo.push(() => run('lvm', ['vgchange', '--activate', 'n', group]));
  run('lvm', ['lvcreate', '--yes', '--name', 'data', '--size', '8M', group]);
  const place = join(loop.folder, 'data');
  mkdirSync(place);
  run('mkfs.ext2', ['-q', `/dev/mapper/${group}-data`]);
  run('mount', [`/dev/mapper/${group}-data`, place]);
  undo.push(() => run('umount', [place]));
  const program = spawn('sleep', ['600'], { cwd: place, stdio: 'ignore' });
  try {
    await once(program, 'spawn');
    const expected = [`partition loop${device.number}p1`, `luks ${opened}`, `lvm ${group}-data`, `${place}: ${program.pid}`];
    expect(lines(await treeOf(device))).toEqual(expected);
    await expectBusy(device);
    const shown = platter(['holders', `/dev/loop${device.number}`]).stdout;
    for (const words of [`LUKS  ${opened}`, `LVM  ${group}-data`, place, `sleep (${program.pid}`]) expect(shown).toContain(words);
  } finally {
    program.kill();
    await once(program, 'exit');
  }
  unwind();
  await expectFree(device);
});

test('each of two devices of one volume group names its volumes', async () => {
  const devices = [];
  for (const index of [0, 1]) devices.push(await attach(loop.makeImage(`pv-${index}.img`, 16 * MIB).toString()));
  const nodes = devices.map(({ number }) => `/dev/loop${number}`);
  const group = name('two').replaceAll('-', '_');
  run('lvm', ['pvcreate', ...nodes]);
  run('lvm', ['vgcreate', group, ...nodes]);
  undo.push(() => run('lvm', ['vgchange', '--activate', 'n', group]));
  run('lvm', ['lvcreate', '--yes', '--stripes', '2', '--name', 'wide', '--size', '16M', group]);
  for (const device of devices) {
    expect(lines(await treeOf(device))).toEqual([`lvm ${group}-wide`]);
    await expectBusy(device);
  }
  unwind();
  for (const device of devices) await expectFree(device);
});

test('a multipath mapping stands above each of its paths', async () => {
  const path = loop.makeImage('paths.img', 8 * MIB).toString();
  const fd = loop.open(path);
  const devices = [];
  for (const _ of [0, 1]) devices.push((await operations.attachDescriptor(fd, { readOnly: true, whenAttached: 'attach-again' })).device);
  loop.close(fd);
  const mapping = name('mpath');
  const paths = devices.map(({ number }) => `/dev/loop${number} 1`).join(' ');
  const table = `0 ${(8 * MIB) / 512} multipath 0 0 1 1 round-robin 0 2 1 ${paths}`;
  run('dmsetup', ['create', mapping, '--readonly', '--noudevsync', '--uuid', `mpath-${process.pid}`, '--table', table]);
  undo.push(() => run('dmsetup', ['remove', '--noudevsync', '--retry', mapping]));
  for (const device of devices) {
    expect(lines(await treeOf(device))).toEqual([`multipath ${mapping}`]);
    await expectBusy(device);
  }
  unwind();
  for (const device of devices) await expectFree(device);
});

test('a mirror of MD with a file system stands above both of its members', async () => {
  const devices = [];
  for (const index of [0, 1]) devices.push(await attach(loop.makeImage(`mirror-${index}.img`, 16 * MIB).toString()));
  const nodes = devices.map(({ number }) => `/dev/loop${number}`);
  const array = '/dev/md97';
  run('mdadm', ['--create', array, '--run', '--level=1', '--metadata=1.2', '--assume-clean', '--raid-devices=2', ...nodes]);
  undo.push(() => run('mdadm', ['--stop', array]));
  const place = join(loop.folder, 'mirror');
  mkdirSync(place);
  run('mkfs.ext2', ['-q', array]);
  run('mount', [array, place]);
  undo.push(() => run('umount', [place]));
  for (const device of devices) {
    expect(lines(await treeOf(device))).toEqual(['md md97', `${place}: `]);
    await expectBusy(device);
  }
  unwind();
  for (const device of devices) await expectFree(device);
});

/** Who uses a device: each kind of holder that this machine can have, made for real. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { constants, mkdirSync, openSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { readStartTime } from '../../../native-helper/linux/processes.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import type { HolderDevice, HolderList, HolderProcess, OthersToTell } from '../../../native-helper/protocol/holders.ts';
import { waitFor } from '../loop-fixture.ts';
import { codeOf, targetOf, useOperations } from './operations-fixture.ts';

const MIB = 1024 * 1024;
const operations = useOperations();
const { loop } = operations;
const undo: (() => void)[] = [];
const programs: { readonly child: ChildProcess; readonly ended: Promise<unknown> }[] = [];
/** Before the fixture detaches: hooks run in the order opposite to their registration. */
afterEach(async () => {
  for (const { child } of programs) child.kill('SIGKILL');
  await Promise.all(programs.splice(0).map(({ ended }) => ended));
  for (const step of undo.splice(0).toReversed()) step();
});

async function attachNew(name: string, wishes = {}): Promise<LoopDevice> {
  return (await operations.attach(loop.makeImage(name, 16 * MIB), wishes)).device;
}

async function holders(device: LoopDevice, others: OthersToTell = 'name'): Promise<HolderList> {
  return operations.call('holders/list', { ...targetOf(device), others });
}

/** An ext4 file system, mounted on a folder of this test. */
async function mountNew(name: string): Promise<{ readonly device: LoopDevice; readonly place: string }> {
  const device = await attachNew(name);
  execFileSync('mkfs.ext4', ['-q', '-F', `/dev/loop${device.number}`], { stdio: 'ignore' });
  return { device, place: mount([`/dev/loop${device.number}`], name) };
}

function mount(words: readonly string[], name: string): string {
  const place = join(loop.folder, `${name}.mount`);
  mkdirSync(place, { recursive: true });
  execFileSync('mount', [...words, place]);
  undo.push(() => execFileSync('umount', [place]));
  return place;
}

/** A program that has started when this resolves; ended after the test. */
async function start(program: string, words: readonly string[], options: object = {}): Promise<number> {
  const child: ChildProcess = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} did not start`);
  programs.push({ child, ended: new Promise((resolve) => void child.once('exit', resolve)) });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', () => reject(new Error(`${program} ended`)));
  });
  return pid;
}

const sleeping = 'echo here; exec sleep 600';

function usesOf(processes: readonly HolderProcess[], pid: number): readonly (readonly [string, string, string | null])[] | undefined {
  return processes.find((process) => process.pid === pid)?.uses.map(({ kind, path, mode }) => [kind, path.text, mode] as const);
}

function at(list: HolderList, place: string): readonly HolderProcess[] {
  return list.root.mounts.find(({ mountPoint }) => mountPoint.text === place)?.processes ?? [];
}

describe('a device that nobody uses', () => {
  test('has nothing but itself', async () => {
    const device = await attachNew('free.img');
    const list = await holders(device);
    const root: HolderDevice = {
      kind: 'loop',
      name: `loop${device.number}`,
      deviceNumber: `7:${device.number}`,
      title: device.backingFile,
      mounts: [],
      swaps: [],
      btrfsDevices: [],
      processes: [],
      devices: [],
    };
    const { unreadableProcesses } = list;
    expect(list).toEqual({ root, hiddenProcesses: 0, writers: [], hiddenWriters: 0, unreadableProcesses, unexplained: 'no' });
    expect((await operations.find(device.number))?.diskseq).toBe(device.diskseq);
  });

  test('is named by the diskseq the caller saw', async () => {
    const device = await attachNew('stale.img');
    const request = { device: device.number, diskseq: '1', others: 'name' } as const;
    expect(await codeOf(operations.call('holders/list', request))).toBe('STALE_DEVICE');
    expect(await codeOf(operations.call('holders/list', { ...request, device: 1_048_575 }))).toBe('NO_SUCH_DEVICE');
    expect(await codeOf(operations.call('holders/list', { ...request, device: loop.addNode() }))).toBe('NOT_ATTACHED');
  });
});

describe('a mounted file system', () => {
  test('names open files with how they are open, working folders, roots, programs and mapped files', async () => {
    const { device, place } = await mountNew('files.img');
    writeFileSync(join(place, 'read me.txt'), 'x');
    execFileSync('cp', ['/bin/sleep', join(place, 'program')]);
    writeFileSync(join(place, 'mapped'), 'x'.repeat(4096));
    const reader = openSync(join(place, 'read me.txt'), 'r');
    const writer = openSync(join(place, 'written'), 'w');
    const both = openSync(join(place, 'written'), 'r+');
    const open = await start('sh', ['-c', sleeping], { stdio: ['ignore', 'pipe', 'inherit', reader, writer, both] });
    for (const fd of [reader, writer, both]) loop.close(loop.keep(fd));
    const inside = await start('sh', ['-c', sleeping], { cwd: place });
    const program = await start('sh', ['-c', `echo here; exec '${place}/program' 600`]);
    const mapper =
      'import mmap,sys,time\nf=open(sys.argv[1],"r+b")\nm=mmap.mmap(f.fileno(),0)\nf.close()\nprint("here",flush=True)\ntime.sleep(600)';
    const mapped = await start('python3', ['-c', mapper, join(place, 'mapped')]);
    const rooted = await start('python3', [
      '-c',
      'import os,sys,time\nos.chroot(sys.argv[1])\nprint("here",flush=True)\ntime.sleep(600)',
      place,
    ]);
    await waitFor('the program to run', () => readlinkSync(`/proc/${program}/exe`) === join(place, 'program'));
    const list = await holders(device);
    const processes = at(list, place);
    expect(Object.fromEntries([open, inside, program, mapped, rooted].map((pid) => [pid, usesOf(processes, pid)]))).toEqual({
      [open]: [
        ['open', join(place, 'read me.txt'), 'read'],
        ['open', join(place, 'written'), 'write'],
        ['open', join(place, 'written'), 'read-write'],
      ],
      [inside]: [['cwd', place, null]],
      [program]: [['exe', join(place, 'program'), null]],
      // Python keeps a descriptor of its own of what it maps.
      [mapped]: [
        ['mapped', join(place, 'mapped'), null],
        ['open', join(place, 'mapped'), 'read-write'],
      ],
      [rooted]: [['root', place, null]],
    });
    expect(processes.find(({ pid }) => pid === inside)).toMatchObject({
      name: 'sleep',
      uid: 0,
      user: 'root',
      startTime: String(readStartTime(inside)),
      moreUses: 0,
    });
  });

  test('is told with its bind mounts, each with its own users, and with what is mounted inside', async () => {
    const { device, place } = await mountNew('bound.img');
    mkdirSync(join(place, 'folder'));
    const bound = mount(['--bind', join(place, 'folder')], 'bind');
    mkdirSync(join(place, 'above'));
    execFileSync('mount', ['-t', 'tmpfs', 'none', join(place, 'above')]);
    undo.push(() => execFileSync('umount', [join(place, 'above')]));
    const pid = await start('sh', ['-c', sleeping], { cwd: bound });
    const { root } = await holders(device);
    expect(
      root.mounts.map((one) => [one.mountPoint.text, one.root.text, one.inside.map(({ text }) => text), one.processes.length]),
    ).toEqual([
      [place, '/', [join(place, 'above')], 0],
      [bound, '/folder', [], 1],
    ]);
    expect(root.mounts[1]?.processes[0]?.pid).toBe(pid);
  });

  test('is found in another mount namespace, with the programs there', async () => {
    const device = await attachNew('namespace.img');
    execFileSync('mkfs.ext4', ['-q', '-F', `/dev/loop${device.number}`], { stdio: 'ignore' });
    const place = join(loop.folder, 'elsewhere');
    mkdirSync(place);
    const pid = await start('unshare', [
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-c',
      `mount /dev/loop${device.number} '${place}' && cd '${place}' && ${sleeping}`,
    ]);
    await waitFor('the shell to be replaced', () => readlinkSync(`/proc/${pid}/exe`).endsWith('sleep'));
    const { root } = await holders(device);
    expect(root.mounts).toMatchObject([
      {
        mountPoint: { text: place },
        namespace: { inode: /\d+/u.exec(readlinkSync(`/proc/${pid}/ns/mnt`))?.[0], programs: [{ pid, name: 'sleep' }], processCount: 1 },
        processes: [{ pid, uses: [{ kind: 'cwd' }] }],
      },
    ]);
  });

  test('that is out of sight still shows whose files are open', async () => {
    const { device, place } = await mountNew('lazy.img');
    const fd = openSync(join(place, 'report'), 'w');
    const pid = await start('sh', ['-c', sleeping], { stdio: ['ignore', 'pipe', 'inherit', fd] });
    loop.close(loop.keep(fd));
    execFileSync('umount', ['--lazy', place]);
    undo.pop();
    const { root } = await holders(device);
    expect([root.mounts, usesOf(root.processes, pid)]).toEqual([[], [['open', '/report', 'write']]]);
  });

  test('of btrfs is found by its source', async () => {
    const device = (await operations.attach(loop.makeImage('tree.img', 128 * MIB))).device;
    execFileSync('mkfs.btrfs', ['-q', `/dev/loop${device.number}`], { stdio: 'ignore' });
    const place = mount([`/dev/loop${device.number}`], 'tree');
    execFileSync('btrfs', ['-q', 'subvolume', 'create', join(place, 'volume')], { stdio: 'ignore' });
    const pid = await start('sh', ['-c', `echo here; exec sleep 600 3>'${place}/volume/open'`], { cwd: join(place, 'volume') });
    await waitFor('the shell to be replaced', () => readlinkSync(`/proc/${pid}/exe`).endsWith('sleep'));
    expect(usesOf(at(await holders(device), place), pid)).toEqual([
      ['cwd', join(place, 'volume'), null],
      ['open', join(place, 'volume', 'open'), 'write'],
    ]);
  });

  test('of btrfs over two devices is told for both', async () => {
    const [one, two] = [
      (await operations.attach(loop.makeImage('one.img', 128 * MIB))).device,
      (await operations.attach(loop.makeImage('two.img', 128 * MIB))).device,
    ];
    const names = [`loop${one.number}`, `loop${two.number}`];
    execFileSync('mkfs.btrfs', ['-q', '-d', 'single', '-m', 'single', ...names.map((name) => `/dev/${name}`)], { stdio: 'ignore' });
    const place = mount(['-o', `device=/dev/${names[1]}`, `/dev/${names[0]}`], 'both');
    for (const device of [one, two]) {
      const { root } = await holders(device);
      expect([root.btrfsDevices.toSorted(), root.mounts.map(({ mountPoint }) => mountPoint.text)]).toEqual([names.toSorted(), [place]]);
    }
  });
});

describe('the device itself', () => {
  test('shows who has its node open, by whatever name, and partitions apart', async () => {
    const device = await attachNew('nodes.img');
    // Told to the kernel: some are built without parsers of partition tables.
    const add = { ...targetOf(device), action: 'add', sizeBytes: String(4 * MIB) } as const;
    await operations.call('devices/set-partition', { ...add, partition: 1, startBytes: String(MIB) });
    await operations.call('devices/set-partition', { ...add, partition: 2, startBytes: String(8 * MIB) });
    const [first] = (await holders(device)).root.devices;
    const other = join(loop.folder, 'other-node');
    const [major = '', minor = ''] = first?.deviceNumber.split(':') ?? [];
    execFileSync('mknod', [other, 'b', major, minor]);
    const whole = openSync(`/dev/loop${device.number}`, 'r');
    const part = openSync(other, 'r+');
    const pid = await start('sh', ['-c', sleeping], { stdio: ['ignore', 'pipe', 'inherit', whole, part] });
    for (const fd of [whole, part]) loop.close(loop.keep(fd));
    const { root } = await holders(device);
    expect(usesOf(root.processes, pid)).toEqual([['node', `/dev/loop${device.number}`, 'read']]);
    expect(root.devices.map(({ kind, name, processes }) => [kind, name, usesOf(processes, pid)])).toEqual([
      ['partition', `loop${device.number}p1`, [['node', other, 'read-write']]],
      ['partition', `loop${device.number}p2`, undefined],
    ]);
  });

  test('used as swap, and a swap file on its file system', async () => {
    const device = await attachNew('swap.img');
    execFileSync('mkswap', [`/dev/loop${device.number}`], { stdio: 'ignore' });
    execFileSync('swapon', [`/dev/loop${device.number}`]);
    undo.push(() => execFileSync('swapoff', [`/dev/loop${device.number}`]));
    expect((await holders(device)).root.swaps.map(({ text }) => text)).toEqual([`/dev/loop${device.number}`]);
    const { device: second, place } = await mountNew('swapfile.img');
    const file = join(place, 'swap');
    execFileSync('dd', ['if=/dev/zero', `of=${file}`, 'bs=1M', 'count=4'], { stdio: 'ignore' });
    execFileSync('chmod', ['600', file]);
    execFileSync('mkswap', [file], { stdio: 'ignore' });
    execFileSync('swapon', [file]);
    undo.push(() => execFileSync('swapoff', [file]));
    expect((await holders(second)).root.swaps.map(({ text }) => text)).toEqual([file]);
  });

  test('below other loop devices, by its node and by a file on it, with their own users', async () => {
    const { device, place } = await mountNew('below.img');
    const inner = join(place, 'inner.img');
    execFileSync('truncate', ['-s', '4M', inner]);
    const onFile = (await operations.attach(inner)).device;
    const onNode = (await operations.attach(`/dev/loop${onFile.number}`)).device;
    execFileSync('mkfs.ext4', ['-q', '-F', `/dev/loop${onNode.number}`], { stdio: 'ignore' });
    const top = mount([`/dev/loop${onNode.number}`], 'top');
    const { root } = await holders(device);
    expect(root.devices).toMatchObject([
      {
        kind: 'loop',
        name: `loop${onFile.number}`,
        title: { text: inner },
        devices: [{ kind: 'loop', name: `loop${onNode.number}`, mounts: [{ mountPoint: { text: top } }] }],
      },
    ]);
    execFileSync('umount', [top]);
    undo.pop();
    for (const one of [onNode, onFile]) await operations.call('devices/detach', { ...targetOf(one), whenFree: false });
  });

  test('claimed by what cannot be seen is told so', async () => {
    const device = await attachNew('claimed.img');
    // Only this process has it open, which looks through all but itself.
    const fd = loop.keep(openSync(`/dev/loop${device.number}`, constants.O_RDONLY | constants.O_EXCL));
    expect((await holders(device)).unexplained).toBe('yes');
    loop.close(fd);
    expect((await holders(device)).unexplained).toBe('no');
  });
});

describe('closing', () => {
  const close = async (device: LoopDevice, pid: number, startTime: string, signal: 'terminate' | 'kill' = 'terminate'): Promise<null> =>
    operations.call('holders/close', { ...targetOf(device), pid, startTime, signal });

  test('ends the process that uses the device, gently or not', async () => {
    const { device, place } = await mountNew('close.img');
    const gentle = await start('sh', ['-c', sleeping], { cwd: place });
    const stubborn = await start('sh', ['-c', 'trap "" TERM; echo here; while :; do sleep 600; done'], { cwd: place });
    expect(await close(device, gentle, String(readStartTime(gentle)))).toBeNull();
    await waitFor('it to end', () => readStartTime(gentle) === null);
    const startTime = String(readStartTime(stubborn));
    expect(await close(device, stubborn, startTime)).toBeNull();
    const still = at(await holders(device), place).find(({ pid }) => pid === stubborn);
    expect(still?.startTime).toBe(startTime);
    for (const { pid, startTime: since } of at(await holders(device), place)) {
      await close(device, pid, since, 'kill').catch(() => undefined);
    }
    await waitFor('it to end', () => readStartTime(stubborn) === null);
  });

  test('refuses what does not use the device, is another process by now, or may never be closed', async () => {
    const device = await attachNew('refuse.img');
    const pid = await start('sh', ['-c', sleeping]);
    const startTime = String(readStartTime(pid));
    expect(await codeOf(close(device, pid, startTime))).toBe('PROCESS_NOT_HOLDER');
    expect(await codeOf(close(device, pid, '1'))).toBe('PROCESS_GONE');
    expect(await codeOf(close(device, 4_194_304, '1'))).toBe('PROCESS_GONE');
    for (const never of [1, process.pid, process.ppid]) {
      expect(await codeOf(close(device, never, String(readStartTime(never)), 'kill'))).toBe('PROCESS_REFUSED');
    }
    expect(String(readStartTime(pid))).toBe(startTime);
  });
});

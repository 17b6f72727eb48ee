/** `platter mount` and `unmount` as a user runs them: the built program, the real helper and image worker, real file systems. */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectNode } from '../../../build/bootstrap.mjs';
import { isBound } from '../../../native-helper/linux/sysfs.ts';
import { useLoopFixture, waitFor } from '../loop-fixture.ts';
import { platter, platterScript } from './command.ts';
import { commandsIn, errorOf, type JsonDevice } from './commands-fixture.ts';
import { leaf, makeExt4, makePartitioned, mountPointsOf, useMounts, type JsonMount, type MountOutput } from './mounting-fixture.ts';

const fixture = useLoopFixture();
useMounts(fixture);
const { run, json, attach, show } = commandsIn(fixture);

function mount(...arguments_: string[]): MountOutput {
  return json<MountOutput>('mount', ...arguments_);
}

/** The one mount of a command that makes one. */
function mountOne(...arguments_: string[]): JsonMount & { readonly path: string; readonly number: number } {
  const { results, device } = mount(...arguments_);
  const [only, ...others] = results;
  if (only === undefined) throw new Error('nothing was mounted');
  expect(others).toEqual([]);
  return { ...only, path: only.mountPoint.text, number: device.number };
}

function unmount(...arguments_: string[]): { readonly state: string; readonly detached: boolean; readonly partition: number | null }[] {
  return json<{ results: { state: string; detached: boolean; partition: number | null }[] }>('unmount', ...arguments_).results;
}

/** Nothing of the folder is attached, and the mount's folder is gone. */
function expectNothingLeft(paths: readonly string[] = []): void {
  expect(fixture.census()).toEqual([]);
  expect(paths.filter((path) => existsSync(path))).toEqual([]);
}

describe('an image that is not attached', () => {
  test('is attached, mounted, and detached again with its last mount', () => {
    makeExt4(fixture, 'disk.img', 'backup');
    const { device, attached, results } = mount('disk.img');
    expect([attached, device.autoclear]).toEqual([true, true]);
    expect(results).toMatchObject([{ node: device.node, partition: null, outcome: 'mounted', fileSystemType: 'ext4', readOnly: false }]);
    const path = results[0]?.mountPoint.text ?? '';
    expect(path).toMatch(/^\/run\/media\/root\/backup(-\d+)?$/u);
    writeFileSync(join(path, 'file'), 'kept');
    expect(unmount('disk.img')).toMatchObject([{ state: 'unmounted', detached: true }]);
    expectNothingLeft([path]);
    const again = mountOne('disk.img', '--read-only');
    expect(readFileSync(join(again.path, 'file'), 'utf8')).toBe('kept');
  });

  test('goes with a helper that ends before the first mount', () => {
    makeExt4(fixture, 'disk.img', 'ended');
    // fsopen(2): of all processes of the command only the helper calls it.
    const code = `import { killAt } from '${new URL('../../polkit/kill-at.ts', import.meta.url).href}'; killAt({ call: 430 });`;
    const program = [projectNode, '--import', `data:text/javascript,${encodeURIComponent(code)}`, platterScript];
    expect(errorOf(platter(['mount', 'disk.img', '--json'], { cwd: fixture.folder, program })).code).toBe('HELPER_LOST');
    expectNothingLeft();
  });

  test('says where it is, and with --quiet only that', () => {
    makeExt4(fixture, 'disk.img', 'said');
    const { stdout, status } = run('mount', 'disk.img');
    const [number = -1] = fixture.census();
    const [path = ''] = mountPointsOf([number]);
    expect([stdout, status]).toEqual([`/dev/loop${number}: mounted on ${path}\n`, 0]);
    expect(run('mount', 'disk.img').stdout).toBe(`/dev/loop${number}: was mounted already on ${path}\n`);
    expect(run('mount', '--quiet', 'disk.img').stdout).toBe(`${path}\n`);
    expect(run('unmount', 'disk.img')).toMatchObject({ status: 0, stdout: `${path}: unmounted, and /dev/loop${number} detached\n` });
  });

  test('is read-only when asked for, or when the file may not be written', () => {
    makeExt4(fixture, 'disk.img');
    const { path, readOnly, number } = mountOne('-r', 'disk.img');
    expect(readOnly).toBe(true);
    expect(() => writeFileSync(join(path, 'x'), '')).toThrow('EROFS');
    expect(show(`/dev/loop${number}`).readOnly).toBe(true);
  });

  test('has nothing in it that gains rights', () => {
    makeExt4(fixture, 'disk.img');
    const { path } = mountOne('disk.img');
    const line = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .find((candidate) => candidate.split(' ')[4] === path);
    expect(line?.split(' ')[5]?.split(',')).toEqual(expect.arrayContaining(['nosuid', 'nodev']));
  });

  test.each([
    ['empty', () => '', 'IMAGE_TOO_SMALL'],
    ['zeros', () => Buffer.alloc(1024 * 1024), 'FILE_SYSTEM_REFUSED'],
    ['text', () => 'no image\n'.repeat(1000), 'FILE_SYSTEM_REFUSED'],
  ])('stays unattached when it holds no file system: %s', (_kind, content, code) => {
    writeFileSync(join(fixture.folder, 'broken.img'), content());
    const outcome = run('mount', 'broken.img', '--json');
    expect([errorOf(outcome).code, outcome.status, outcome.stdout]).toEqual([code, 1, '']);
    expectNothingLeft();
  });

  test('stays unattached when the kernel cannot read the file system', () => {
    const path = makeExt4(fixture, 'broken.img', 'broken');
    const file = openSync(path, 'r+');
    // The group descriptors, without which nothing is found in it.
    for (const offset of [1024, 2048, 3072]) writeSync(file, Buffer.alloc(512, 0xff), 0, 512, offset + (offset === 1024 ? 512 : 0));
    closeSync(file);
    for (let round = 0; round < 5; round++) {
      const outcome = run('mount', 'broken.img', '--json');
      expect([outcome.status, outcome.stdout]).toEqual([1, '']);
      expect(['FILE_SYSTEM_INVALID', 'FILE_SYSTEM_REFUSED']).toContain(errorOf(outcome).code);
      expectNothingLeft();
    }
  });

  test('a file that is not there, and a folder, are told as such', () => {
    mkdirSync(join(fixture.folder, 'folder'));
    expect(errorOf(run('mount', 'missing.img', '--json')).code).toBe('FILE_NOT_FOUND');
    expect(errorOf(run('mount', './folder', '--json')).code).toBe('FILE_IS_FOLDER');
    expect(errorOf(run('unmount', './folder', '--json')).code).toBe('NOT_MOUNTED');
  });
});

describe('an attached device', () => {
  test('stays attached when what mount mounted is unmounted', () => {
    makeExt4(fixture, 'disk.img');
    const { node, number } = attach('disk.img');
    const first = mountOne(node);
    expect(json<MountOutput>('mount', 'disk.img')).toMatchObject({
      attached: false,
      results: [{ outcome: 'already-mounted', mountId: first.mountId }],
    });
    expect(unmount(node)).toMatchObject([{ state: 'unmounted', detached: false }]);
    expect([isBound(number), mountPointsOf([number])]).toEqual([true, []]);
    expect(errorOf(run('unmount', node, '--json')).code).toBe('NOT_MOUNTED');
  });

  test('is mounted read-only where asked for, though the device is writable', () => {
    makeExt4(fixture, 'disk.img');
    const { node } = attach('disk.img');
    expect([mountOne('-r', node).readOnly, show(node).readOnly]).toEqual([true, false]);
  });

  test('a mount that somebody else made is not unmounted: status 1', () => {
    makeExt4(fixture, 'disk.img');
    const { node, number } = attach('disk.img');
    const place = join(fixture.folder, 'theirs');
    mkdirSync(place);
    execFileSync('mount', [node, place]);
    const outcome = run('unmount', place, '--json');
    expect([errorOf(outcome).code, outcome.status]).toEqual(['NOT_MOUNTED', 1]);
    expect(mountPointsOf([number])).toEqual([place]);
    execFileSync('umount', [place]);
  });
});

describe('partitions', () => {
  test('all that can be mounted are, though the kernel knows none of them', () => {
    makePartitioned(fixture, 'card.img');
    const { results, device } = mount('card.img');
    expect(results.map(({ partition, node, outcome }) => [partition, node, outcome])).toEqual([
      [1, `${device.node}p1`, 'mounted'],
      [2, `${device.node}p2`, 'mounted'],
    ]);
    expect(results.map((result) => leaf(result).replace(/-\d+$/u, ''))).toEqual(['first', 'second']);
    expect(unmount(`${device.node}p1`)).toMatchObject([{ partition: 1, detached: false }]);
    expect(unmount('card.img')).toMatchObject([{ partition: 2, detached: true }]);
    expectNothingLeft(results.map(({ mountPoint }) => mountPoint.text));
  });

  test('--partition mounts only that one, and so does its node', () => {
    makePartitioned(fixture, 'card.img');
    const second = mountOne('-p', '2', 'card.img');
    expect([second.partition, leaf(second).replace(/-\d+$/u, '')]).toEqual([2, 'second']);
    const first = mountOne(`/dev/loop${second.number}p1`);
    expect(first.partition).toBe(1);
    const both = unmount('card.img').map(({ partition }) => partition);
    expect(new Set(both)).toEqual(new Set([1, 2]));
    expectNothingLeft([first.path, second.path]);
  });

  test('one that is not there, or holds nothing, attaches nothing', () => {
    makePartitioned(fixture, 'card.img');
    expect(errorOf(run('mount', '-p', '7', 'card.img', '--json')).code).toBe('NO_SUCH_PARTITION');
    expect(errorOf(run('mount', '-p', '3', 'card.img', '--json')).code).toBe('FILE_SYSTEM_REFUSED');
    expect(run('mount', '-p', '0', 'card.img').status).toBe(2);
    expect(run('mount', '-p', '1', 'loop0p1').status).toBe(2);
    expectNothingLeft();
  });
});

describe('unmounting', () => {
  test('what programs use stays, status 4; --lazy takes it out of sight, and it ends with its last user', async () => {
    makeExt4(fixture, 'disk.img');
    const { path, number } = mountOne('disk.img');
    const used = openSync(join(path, 'used'), 'w');
    try {
      const busy = run('unmount', 'disk.img', '--json');
      expect([busy.status, errorOf(busy).code]).toEqual([4, 'MOUNT_BUSY']);
      expect(mountPointsOf([number])).toEqual([path]);
      expect(unmount('--lazy', 'disk.img')).toMatchObject([{ state: 'lazy', detached: false }]);
      expect([mountPointsOf([number]), isBound(number)]).toEqual([[], true]);
    } finally {
      closeSync(used);
    }
    await waitFor('the device to be detached', () => !isBound(number));
    expectNothingLeft([path]);
  });

  test('by mount point, also from where it is seen, and several at once', () => {
    makeExt4(fixture, 'a.img', 'a');
    makeExt4(fixture, 'b.img', 'b');
    const [a, b] = [mountOne('a.img'), mountOne('b.img')];
    expect(json<{ results: object[] }>('unmount', a.path, `${dirname(b.path)}/./${leaf(b)}/`).results).toHaveLength(2);
    expectNothingLeft([a.path, b.path]);
  });

  test('one failure does not keep the others from being unmounted', () => {
    makeExt4(fixture, 'disk.img');
    const { path } = mountOne('disk.img');
    const outcome = run('unmount', 'missing.img', path, '--json');
    expect([outcome.status, errorOf(outcome).subject]).toEqual([1, 'missing.img']);
    expectNothingLeft([path]);
  });
});

describe('show', () => {
  interface Shown extends JsonDevice {
    readonly contents: readonly {
      readonly partition: number | null;
      readonly kind: string;
      readonly type: string;
      readonly label: string;
    }[];
  }

  test('names the file system and its label', () => {
    makeExt4(fixture, 'disk.img', 'my\u001b[31mlabel');
    const { node } = attach('disk.img');
    expect(json<Shown>('show', node).contents).toMatchObject([
      { partition: null, kind: 'file-system', type: 'ext4', label: 'my\u001b[31mlabel', mountable: true },
    ]);
    expect(run('show', node).stdout).toMatch(/^Contents +ext4 file system "my\\x1b\[31mlabel"$/mu);
  });

  test('names what is in each partition, also of those that the kernel made no devices of', () => {
    makePartitioned(fixture, 'card.img');
    const { node } = attach('card.img');
    expect(json<Shown>('show', node).contents.map(({ partition, type }) => [partition, type])).toEqual([
      [null, 'gpt'],
      [1, 'ext4'],
      [2, 'ext4'],
      [3, ''],
    ]);
    expect(run('show', node).stdout).toMatch(/^(\(partition 2\)|\/dev\/loop\d+p2) .*ext4 file system "second"$/mu);
  });

  test('says so when nothing that is known is there', () => {
    fixture.makeImage('zeros.img', 1024 * 1024);
    const { node } = attach('zeros.img');
    expect(json<Shown>('show', node).contents).toMatchObject([{ kind: 'nothing' }]);
    expect(run('show', node).stdout).toMatch(/^Contents +nothing that is known$/mu);
  });
});

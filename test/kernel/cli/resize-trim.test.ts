/** `platter resize` and `trim` as a user runs them: the built program, the real helper, real loop devices and file systems. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { projectNode } from '../../../build/bootstrap.mjs';
import { detachDevice, useLoopFixture } from '../loop-fixture.ts';
import { planResize } from '../../../electron/resize/planning/plan.ts';
import { killedAt, useResizing } from '../resize/resizing.ts';
import type { ResizePlan } from '../../../electron/ipc/resize.ts';
import { platterScript } from './command.ts';
import { commandsIn, errorOf, resultOf } from './commands-fixture.ts';
import { hasFileSystem, makeExt4, MIB, useMounts, type MountOutput } from './mounting-fixture.ts';

const fixture = useLoopFixture();
useMounts(fixture);
const { run, json, attach } = commandsIn(fixture);
const resizing = useResizing();

function kernelBytes(number: number): number {
  return Number(readFileSync(`/sys/block/loop${number}/size`, 'latin1')) * 512;
}

describe('resize', () => {
  test('makes the file longer without taking space, and the device with it; grow is another name for it', () => {
    const path = fixture.makeImage('disk.img', MIB);
    const { number, node } = attach('disk.img');
    expect(json<object>('resize', 'disk.img', '--to', '4M')).toMatchObject({ device: { number }, sizeBytes: `${4 * MIB}` });
    expect([statSync(path).size, statSync(path).blocks, kernelBytes(number)]).toEqual([4 * MIB, 0, 4 * MIB]);
    expect(run('grow', node, '--by', '1M')).toEqual({ status: 0, stderr: '', stdout: `${node}: 5 MiB (${5 * MIB} bytes)\n` });
    expect([statSync(path).size, kernelBytes(number)]).toEqual([5 * MIB, 5 * MIB]);
  });

  test('a size is that of the device: its offset comes on top', () => {
    const path = fixture.makeImage('disk.img', 2 * MIB);
    const { number } = attach('-o', '1M', 'disk.img');
    json('resize', 'disk.img', '--to', '3M');
    expect([statSync(path).size, kernelBytes(number)]).toEqual([4 * MIB, 3 * MIB]);
  });

  test('--dry-run shows the plan, of a file too that is not attached, and changes nothing', () => {
    const path = makeExt4(fixture, 'disk.img');
    const size = statSync(path).size;
    const plan = json<{ steps: { step: string }[]; fileSystem: { how: string } }>('resize', 'disk.img', '--by', '8M', '--dry-run');
    expect(plan.steps.map(({ step }) => step)).toEqual(['check', 'save-undo', 'resize-file', 'resize-file-system']);
    expect(plan.fileSystem.how).toBe('offline');
    expect(run('resize', 'disk.img', '--by', '8M', '--dry-run').stdout).toContain('4. resize the file system');
    expect(statSync(path).size).toBe(size);
  });

  test.each(['file', 'mounted'] as const)('--dry-run --json is the plan that the window shows: %s', async (state) => {
    const path = makeExt4(fixture, 'disk.img').toString();
    if (state === 'mounted') attachAndMount('disk.img');
    const facts = await resizing.facts(path);
    for (const [wish, ...words] of [
      [{ kind: 'to', sizeBytes: String(24 * MIB) }, '--to', '24M'],
      [{ kind: 'by', bytes: String(-4 * MIB) }, '--by=-4M'],
      [{ kind: 'smallest' }, '--smallest'],
    ] as const) {
      // The window computes it from what main tells it; what is free on the disk changes meanwhile.
      const { largestBytes: _largest, ...plan } = planResize(facts, { wish, place: null });
      const { stdout } = run('resize', 'disk.img', ...words, '--dry-run', '--json');
      const { largestBytes, ...printed } = JSON.parse(stdout) as ResizePlan;
      expect(printed).toEqual(plan);
      expect(BigInt(largestBytes)).toBeGreaterThan(BigInt(plan.sizeBytes));
      expect(plan.steps.length).toBeGreaterThan(3);
    }
  });

  test('why it is refused is said, with the way out', () => {
    const path = fixture.makeImage('stick.img', 16 * MIB).toString();
    execFileSync('mkfs.vfat', [path], { stdio: 'ignore' });
    const before = readFileSync(path);
    expect(errorOf(run('resize', 'stick.img', '--by', '8M', '--json'))).toMatchObject({
      code: 'RESIZE_REFUSED',
      message: 'This file system cannot be resized in place; --new FILE makes a new image of that size with the same files.',
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('an image that is not attached is made larger and smaller with its file system', () => {
    const path = makeExt4(fixture, 'disk.img');
    const size = statSync(path).size;
    expect(json<object>('resize', 'disk.img', '--by', '8M')).toMatchObject({ sizeBytes: `${size + 8 * MIB}`, device: null });
    expect(json<object>('resize', 'disk.img', '--by=-8M')).toMatchObject({ sizeBytes: `${size}`, fileSystemBytes: `${size}` });
    execFileSync('e2fsck', ['-fn', path], { stdio: 'ignore' });
    expect(errorOf(run('resize', 'disk.img', '--undo', '--json')).code).toBe('NOTHING_UNFINISHED');
  });

  test('an interrupt calls it off while it says that it can be, and everything is as it was', async () => {
    const path = makeExt4(fixture, 'disk.img');
    const before = readFileSync(path);
    const child = spawn(projectNode, [platterScript, 'resize', 'disk.img', '--by', '8M', '--json'], { cwd: fixture.folder });
    const said: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    const lines: { event: string; cancellable?: boolean }[] = [];
    createInterface(child.stdout).on('line', (line) => {
      lines.push(JSON.parse(line) as (typeof lines)[number]);
      if (lines.length === 1) child.kill('SIGINT');
    });
    const [status] = (await once(child, 'close')) as [number | null];
    expect(lines[0]).toMatchObject({ event: 'progress', cancellable: true });
    expect([status, errorOf({ status, stdout: '', stderr: said.join('') }).code]).toEqual([1, 'CANCELLED']);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(errorOf(run('resize', 'disk.img', '--undo', '--json')).code).toBe('NOTHING_UNFINISHED');
  });

  test.each([
    ['the same', ['--to', '1M']],
    ['by nothing', ['--by', '0']],
    ['more than is free', ['--to', '4P']],
    ['a partition where there is none', ['--to', '2M', '--partition', '1']],
  ])('refuses %s, and changes nothing', (_about, options) => {
    const path = fixture.makeImage('disk.img', MIB);
    const { number } = attach('disk.img');
    const outcome = run('resize', 'disk.img', ...options, '--json');
    expect([outcome.status, errorOf(outcome).code, resultOf(outcome)]).toEqual([
      1,
      'RESIZE_REFUSED',
      expect.objectContaining({ event: 'progress' }),
    ]);
    expect([statSync(path).size, kernelBytes(number)]).toEqual([MIB, MIB]);
  });

  test('capacity refuses to cut what is mounted', () => {
    const path = makeExt4(fixture, 'disk.img');
    const { node, number, mounts } = attachAndMount('disk.img');
    truncateSync(path, 8 * MIB);
    expect(errorOf(run('capacity', node, '--json'))).toMatchObject({
      code: 'DEVICE_TOO_SMALL',
      message: `The file is shorter than what is in use on the device: ${mounts[0]?.mountPoint.text}.`,
    });
    expect(run('losetup', '-c', node)).toMatchObject({ status: 1 });
    expect(kernelBytes(number)).toBe(16 * MIB);
    truncateSync(path, 16 * MIB);
    expect(run('capacity', node).status).toBe(0);
  });

  test('does not touch another file that has the name by now', () => {
    const path = fixture.makeImage('disk.img', MIB).toString();
    const { node } = attach('disk.img');
    renameSync(path, `${path}.moved`);
    rmSync(`${path}.moved`);
    writeFileSync(path, '');
    truncateSync(path, MIB);
    expect(run('resize', node, '--to', '2M').status).toBe(1);
    expect(statSync(path).size).toBe(MIB);
  });

  test.each([[['disk.img']], [['disk.img', '--to', '1M', '--by', '1M']], [['disk.img', '--to', 'much']]])(
    'resize %j is status 2',
    (words) => {
      fixture.makeImage('disk.img', MIB);
      expect(run('resize', ...words).status).toBe(2);
    },
  );

  test.skipIf(!hasFileSystem('btrfs', 'mkfs.btrfs'))('lets what is mounted use the new space', () => {
    const path = fixture.makeImage('disk.img', 256 * MIB).toString();
    execFileSync('mkfs.btrfs', ['-q', path]);
    const { node } = attachAndMount('disk.img');
    const outcome = json<object>('resize', node, '--by', '64M');
    expect(outcome).toMatchObject({ sizeBytes: `${320 * MIB}`, fileSystemBytes: `${320 * MIB}` });
  });
});

describe('an image within a step of a resize', () => {
  test('is neither attached, mounted nor opened, and is again once the size was put back', async () => {
    const path = makeExt4(fixture, 'disk.img');
    // The third step is the file system's.
    await killedAt(path, { kind: 'by', bytes: String(-4 * MIB) }, 2, 'begin');
    expect(run('inspect', 'disk.img').stdout).toContain('! A resize of it was stopped on the way: go on with platter resize --continue');
    for (const command of [['attach'], ['mount'], ['open', '--no-folder']]) {
      expect(errorOf(run(...command, 'disk.img', '--json'))).toMatchObject({
        code: 'RESIZE_UNFINISHED',
        message: 'A resize of this image was stopped on the way.',
        next: 'platter resize IMAGE --continue, --undo to put the size back, or --forget if the image was replaced.',
      });
    }
    expect(run('losetup', '-f', 'disk.img')).toMatchObject({
      status: 1,
      stderr: 'losetup: disk.img: failed to set up loop device: A resize of this image was stopped on the way.\n',
    });
    expect(fixture.census()).toEqual([]);
    // Attached by another program it is still not mounted, nor repaired.
    const device = await fixture.attach(path);
    expect(errorOf(run('mount', `loop${device.number}`, '--json')).code).toBe('RESIZE_UNFINISHED');
    await detachDevice(device);
    expect(errorOf(run('check', 'disk.img', '--repair', '--json')).code).toBe('RESIZE_UNFINISHED');
    // Its undo files would stay behind.
    expect(errorOf(run('library', 'rename', 'disk.img', 'other.img', '--json')).code).toBe('RESIZE_UNFINISHED');
    expect(errorOf(run('library', 'trash', 'disk.img', '--json')).code).toBe('RESIZE_UNFINISHED');
    expect(errorOf(run('resize', 'disk.img', '--forget', '--json')).code).toBe('RESIZE_UNFINISHED');
    expect(json<object>('resize', 'disk.img', '--undo')).toMatchObject({ sizeBytes: `${16 * MIB}` });
    expect(attachAndMount('disk.img').mounts).toHaveLength(1);
  });

  test('into whose file a backup was copied is left as it is, and attached once the resize is forgotten', async () => {
    const path = makeExt4(fixture, 'disk.img');
    copyFileSync(path, `${path}.backup`);
    await killedAt(path, { kind: 'by', bytes: String(-4 * MIB) }, 2, 'end');
    copyFileSync(`${path}.backup`, path);
    expect(errorOf(run('resize', 'disk.img', '--undo', '--json'))).toMatchObject({
      code: 'UNDO_UNUSABLE',
      next: 'If the image is as it should be, platter resize IMAGE --forget leaves it so.',
    });
    expect(json<object>('resize', 'disk.img', '--forget')).toMatchObject({ sizeBytes: `${16 * MIB}`, device: null });
    expect(readFileSync(path).equals(readFileSync(`${path}.backup`))).toBe(true);
    expect(attachAndMount('disk.img').mounts).toHaveLength(1);
  });
});

function attachAndMount(name: string) {
  const { node, number } = attach(name);
  return { node, number, mounts: json<MountOutput>('mount', node).results };
}

describe('trim', () => {
  test('gives the space of deleted files back to the image', () => {
    const path = makeExt4(fixture, 'disk.img');
    const { mounts } = attachAndMount('disk.img');
    const mountPoint = mounts[0]?.mountPoint.text ?? '';
    const [before, full] = [statSync(path).blocks, join(mountPoint, 'full')];
    writeFileSync(full, Buffer.alloc(4 * MIB, 1));
    execFileSync('sync', ['-f', mountPoint]);
    expect(statSync(path).blocks).toBeGreaterThan(before);
    rmSync(full);
    execFileSync('sync', ['-f', mountPoint]);
    const { results } = json<{ results: { trimmedBytes: string }[] }>('trim', mountPoint);
    expect(Number(results[0]?.trimmedBytes)).toBeGreaterThan(4 * MIB);
    expect(statSync(path).blocks).toBeLessThan(before + (4 * MIB) / 512);
    expect(run('trim', 'disk.img')).toMatchObject({ status: 0, stdout: `${mountPoint}: 0 B (0 bytes) given back to the file\n` });
  });

  test('of what is not mounted is told as such', () => {
    makeExt4(fixture, 'disk.img');
    attach('disk.img');
    expect(errorOf(run('trim', 'disk.img', '--json')).code).toBe('NOT_MOUNTED');
  });
});

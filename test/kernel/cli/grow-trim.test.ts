/** `platter grow` and `trim` as a user runs them: the built program, the real helper, real loop devices and file systems. */
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useLoopFixture } from '../loop-fixture.ts';
import { commandsIn, errorOf, type JsonDevice } from './commands-fixture.ts';
import { hasFileSystem, makeExt4, MIB, useMounts, type MountOutput } from './mounting-fixture.ts';

const fixture = useLoopFixture();
useMounts(fixture);
const { run, json, attach, show } = commandsIn(fixture);

function kernelBytes(number: number): number {
  return Number(readFileSync(`/sys/block/loop${number}/size`, 'latin1')) * 512;
}

describe('grow', () => {
  test('makes the file longer without taking space, and the device with it', () => {
    const path = fixture.makeImage('disk.img', MIB);
    const { number, node } = attach('disk.img');
    expect(json<JsonDevice>('grow', 'disk.img', '--to', '4M')).toMatchObject({ number, sizeBytes: `${4 * MIB}` });
    expect([statSync(path).size, statSync(path).blocks, kernelBytes(number)]).toEqual([4 * MIB, 0, 4 * MIB]);
    expect(run('grow', node, '--by', '1M')).toEqual({ status: 0, stderr: '', stdout: `${node}: 5 MiB (${5 * MIB} bytes)\n` });
    expect([statSync(path).size, kernelBytes(number)]).toEqual([5 * MIB, 5 * MIB]);
  });

  test('a size is that of the device: its offset comes on top, and its limit goes with it', () => {
    const path = fixture.makeImage('disk.img', 2 * MIB);
    const { number } = attach('-o', '1M', '--size-limit', '512K', 'disk.img');
    json('grow', 'disk.img', '--to', '3M');
    expect([statSync(path).size, kernelBytes(number), show(String(number)).sizeLimitBytes]).toEqual([4 * MIB, 3 * MIB, `${3 * MIB}`]);
  });

  test.each([
    ['smaller', ['--to', '512K'], 'SIZE_NOT_LARGER'],
    ['the same', ['--to', '1M'], 'SIZE_NOT_LARGER'],
    ['by nothing', ['--by', '0'], 'SIZE_NOT_LARGER'],
    ['not a multiple of the block size', ['--by', '100'], 'SIZE_UNALIGNED'],
    ['more than a file can hold', ['--to', '8E'], 'usage'],
    ['more than is free', ['--to', '4P'], 'NO_SPACE'],
    ['a file system where none is mounted', ['--by', '1M', '--file-system'], 'NOT_MOUNTED'],
  ])('refuses %s, and changes nothing', (_about, options, code) => {
    const path = fixture.makeImage('disk.img', MIB);
    const { number } = attach('disk.img');
    const outcome = run('grow', 'disk.img', ...options, '--json');
    expect([outcome.status, outcome.stdout]).toEqual([code === 'usage' ? 2 : 1, '']);
    if (code !== 'usage') expect(errorOf(outcome).code).toBe(code);
    expect([statSync(path).size, kernelBytes(number)]).toEqual([MIB, MIB]);
  });

  test('does not touch another file that has the name by now', () => {
    const path = fixture.makeImage('disk.img', MIB).toString();
    const { node } = attach('disk.img');
    renameSync(path, `${path}.moved`);
    rmSync(`${path}.moved`);
    writeFileSync(path, '');
    truncateSync(path, MIB);
    expect(run('grow', node, '--to', '2M').status).toBe(1);
    expect(statSync(path).size).toBe(MIB);
  });

  test.each([[['disk.img']], [['disk.img', '--to', '1M', '--by', '1M']], [['disk.img', '--to', 'much']]])(
    'grow %j is status 2',
    (words) => {
      fixture.makeImage('disk.img', MIB);
      expect(run('grow', ...words).status).toBe(2);
    },
  );

  test('a file that is not attached is told as such', () => {
    fixture.makeImage('disk.img', MIB);
    expect(errorOf(run('grow', 'disk.img', '--by', '1M', '--json')).code).toBe('NOT_ATTACHED');
  });

  test.skipIf(!hasFileSystem('btrfs', 'mkfs.btrfs'))('--file-system lets what is mounted use the new space', () => {
    const path = fixture.makeImage('disk.img', 256 * MIB).toString();
    execFileSync('mkfs.btrfs', ['-q', path]);
    const { node, mounts } = attachAndMount('disk.img');
    const { fileSystems } = json<{ fileSystems: { mountPoint: object; oldSizeBytes: string; sizeBytes: string }[] }>(
      'grow',
      node,
      '--by',
      '64M',
      '--file-system',
    );
    expect(fileSystems).toEqual([{ mountPoint: mounts[0]?.mountPoint, oldSizeBytes: `${256 * MIB}`, sizeBytes: `${320 * MIB}` }]);
  });

  test('a file system that cannot grow is told of its mount point, and the device stays grown', () => {
    const path = fixture.makeImage('disk.img', MIB).toString();
    writeFileSync(join(fixture.folder, 'content'), 'x');
    execFileSync('mksquashfs', [join(fixture.folder, 'content'), path, '-quiet', '-no-progress', '-noappend']);
    truncateSync(path, MIB);
    const { node, mounts, number } = attachAndMount('disk.img');
    const outcome = run('grow', node, '--to', '2M', '--file-system', '--json');
    expect([outcome.status, errorOf(outcome).subject]).toEqual([1, mounts[0]?.mountPoint.text]);
    expect(kernelBytes(number)).toBe(2 * MIB);
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

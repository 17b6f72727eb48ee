/** Images with file systems for the commands that mount, and the certainty that nothing of a test stays mounted. Needs root. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach } from 'vitest';
import type { LoopFixture } from '../loop-fixture.ts';
import { platter } from './command.ts';

export const MIB = 1024 * 1024;

export interface JsonMount {
  readonly node: string;
  readonly partition: number | null;
  readonly outcome: string;
  readonly mountPoint: { readonly text: string };
  readonly mountId: number;
  readonly fileSystemType: string;
  readonly readOnly: boolean;
}

export interface MountOutput {
  readonly device: { readonly node: string; readonly number: number; readonly autoclear: boolean };
  readonly attached: boolean;
  readonly results: readonly JsonMount[];
}

/** One file system in one file. */
export function makeExt4(fixture: LoopFixture, name: string, label = 'cli'): string {
  const path = fixture.makeImage(name, 16 * MIB).toString();
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-L', label, path]);
  return path;
}

/** Two ext4 partitions of 8 MiB (`first`, `second`) and a third with nothing in it. */
export function makePartitioned(fixture: LoopFixture, name: string): string {
  const path = fixture.makeImage(name, 32 * MIB).toString();
  execFileSync('sfdisk', ['-q', path], { input: 'label: gpt\nstart=2048,size=16384\nsize=16384\nsize=2048\n' });
  for (const [label, start] of [
    ['first', 1],
    ['second', 9],
  ] as const) {
    execFileSync('mke2fs', ['-q', '-t', 'ext4', '-L', label, '-E', `offset=${start * MIB}`, path, '8192k']);
  }
  return path;
}

/** True when this kernel mounts the type, or has a module for it, and its mkfs is installed. */
export function hasFileSystem(type: string, program: string): boolean {
  const known = readFileSync('/proc/filesystems', 'utf8').split('\n');
  return known.some((line) => line.endsWith(`\t${type}`)) && existsSync(join('/usr/sbin', program));
}

/** Mount points of everything whose source is one of these devices. */
export function mountPointsOf(numbers: readonly number[]): string[] {
  const sources = numbers.map((number) => new RegExp(` /dev/loop${number}(p\\d+)? `, 'u'));
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => sources.some((source) => source.test(line)))
    .map((line) => line.split(' ')[4] ?? '');
}

/** After each test everything on devices of the fixture's folder is unmounted, before the devices are detached. */
export function useMounts(fixture: LoopFixture): void {
  // Hooks after each test run last first, so this one comes before that of the loop fixture.
  afterEach(() => {
    for (const mountPoint of mountPointsOf(fixture.census()).toReversed()) {
      const { status } = platter(['unmount', mountPoint]);
      if (status !== 0) execFileSync('umount', ['-l', mountPoint]);
    }
  });
}

/** Names below the folder where Platter mounts. */
export function leaf({ mountPoint }: JsonMount): string {
  return basename(mountPoint.text);
}

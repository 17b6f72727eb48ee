/** `platter watch`: the stream that other programs rely on, with losetup and mount as the others; and how it ends. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useLoopFixture, waitFor } from '../loop-fixture.ts';
import { losetup } from './command.ts';
import { useWatch } from './watch-fixture.ts';

const fixture = useLoopFixture();
const { start, watch } = useWatch();
const MIB = 1024 * 1024;

interface WatchLine {
  readonly event: string;
  readonly version?: number;
  /** Of what the kernel tells; who uses a device is found by looking. */
  readonly revision?: number;
  readonly number?: number;
  readonly partition?: number | null;
  readonly fields?: readonly string[];
  readonly mount?: { readonly mountPoint: { readonly text: string }; readonly readOnly: boolean };
  readonly device?: { readonly number: number; readonly sizeBytes: string; readonly backingFile: { readonly text: string } };
  readonly devices?: readonly { readonly number: number; readonly node: string }[];
}

function attachByLosetup(name: string, ...options: string[]): { readonly node: string; readonly number: number } {
  const node = losetup(['-f', '--show', ...options, fixture.makeImage(name, 32 * MIB)]).stdout.trim();
  return { node, number: Number(node.slice('/dev/loop'.length)) };
}

test('prints the list first and then what others change, with growing revisions', async () => {
  const before = attachByLosetup('before.img');
  const { child, events, next } = watch<WatchLine>();
  const first = await next('the first line', () => true);
  expect(first).toMatchObject({ event: 'snapshot', version: 1 });
  expect(first.devices?.map(({ node }) => node)).toContain(before.node);

  const { node, number } = attachByLosetup('hostile\n"name.img');
  const added = await next('the attached device', ({ event, device }) => event === 'device-added' && device?.number === number);
  expect(added.device?.sizeBytes).toBe(String(32 * MIB));
  expect(added.device?.backingFile.text).toContain('hostile\n"name.img');

  losetup(['-d', node]);
  await next('the detached device', (line) => line.event === 'device-removed' && line.number === number);
  const revisions = events().flatMap(({ revision }) => revision ?? []);
  expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));

  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('tells mounts, partitions and settings that others change, each as what it is', async () => {
  const { node, number } = attachByLosetup('life.img');
  execFileSync('mkfs.ext4', ['-q', '-F', node]);
  const { next } = watch<WatchLine>();
  await next('the first line', () => true);
  const place = join(fixture.folder, 'watched mount');
  mkdirSync(place);
  execFileSync('mount', ['-o', 'ro', node, place]);
  try {
    const mounted = await next('the mount', (line) => line.event === 'mounted' && line.number === number);
    expect(mounted).toMatchObject({ partition: null, mount: { mountPoint: { text: place }, readOnly: true } });
  } finally {
    execFileSync('umount', [place]);
    rmdirSync(place);
  }
  await next('the unmount', (line) => line.event === 'unmounted' && line.number === number);
  execFileSync('sfdisk', ['-q', '--wipe', 'always', '--no-reread', '--no-tell-kernel', node], {
    input: 'label: dos\nstart=2048, size=4096\n',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  execFileSync('partx', ['-a', node]);
  await next('the partition', (line) => line.event === 'partition-added' && line.number === number && line.partition === 1);
  execFileSync('partx', ['-d', node]);
  await next('its end', (line) => line.event === 'partition-removed' && line.number === number && line.partition === 1);
  execFileSync('truncate', ['-s', '48M', join(fixture.folder, 'life.img')]);
  losetup(['-c', node]);
  const changed = await next('the new size', (line) => line.event === 'device-changed' && line.number === number);
  expect([changed.fields, changed.device?.sizeBytes]).toEqual([['sizeBytes'], String(48 * MIB)]);
});

test('tells people in lines, and ends with an interrupt', async () => {
  const { child, lines } = start();
  const { node } = attachByLosetup('people.img');
  await waitFor('the attached device', () => lines.find((line) => line.startsWith(`${node}: `) && line.includes('people.img')));
  losetup(['-d', node]);
  await waitFor('the detached device', () => lines.includes(`${node}: detached`) || undefined);
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('ends quietly when nobody reads it any more', async () => {
  const { child, lines } = watch<WatchLine>();
  await waitFor('the first line', () => lines[0]);
  child.stdout.destroy();
  const ended = once(child, 'exit');
  attachByLosetup('a.img');
  expect(await ended).toEqual([141, null]);
});

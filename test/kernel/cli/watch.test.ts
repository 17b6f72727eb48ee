/** `platter watch`: the stream that scripts read, and how it ends. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { useLoopFixture, waitFor } from '../loop-fixture.ts';
import { losetup, platterScript } from './command.ts';

const fixture = useLoopFixture();
const MIB = 1024 * 1024;

interface WatchLine {
  readonly event: 'snapshot' | 'changed';
  readonly revision: number;
  readonly devices?: readonly { readonly number: number; readonly node: string }[];
  readonly changed?: readonly { readonly number: number; readonly sizeBytes: string }[];
  readonly removed?: readonly number[];
  readonly unboundNumbers: readonly number[];
}

type Child = ChildProcessByStdio<null, Readable, Readable>;
const children = new Set<Child>();
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

function watch(): { readonly child: Child; readonly lines: WatchLine[] } {
  const child = spawn(process.execPath, [platterScript, 'watch'], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  const lines: WatchLine[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line) as WatchLine));
  return { child, lines };
}

function attachByLosetup(name: string): string {
  return losetup(['-f', '--show', fixture.makeImage(name, MIB)]).stdout.trim();
}

test('prints the list first and then what others change, with growing revisions', async () => {
  const before = attachByLosetup('before.img');
  const { child, lines } = watch();
  const first = await waitFor('the first line', () => lines[0]);
  expect(first.event).toBe('snapshot');
  expect(first.devices?.map(({ node }) => node)).toContain(before);

  const node = attachByLosetup('hostile\n"name.img');
  const number = Number(node.slice('/dev/loop'.length));
  const attached = await waitFor('the attached device', () =>
    lines.find(({ event, changed }) => event === 'changed' && changed?.some((device) => device.number === number)),
  );
  expect(attached.changed?.find((device) => device.number === number)?.sizeBytes).toBe(String(MIB));

  losetup(['-d', node]);
  const removed = await waitFor('the detached device', () => lines.find((line) => line.removed?.includes(number)));
  expect(removed.unboundNumbers).toContain(number);
  const revisions = lines.map(({ revision }) => revision);
  expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));

  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('ends quietly when nobody reads it any more', async () => {
  const { child, lines } = watch();
  await waitFor('the first line', () => lines[0]);
  child.stdout.destroy();
  const ended = once(child, 'exit');
  attachByLosetup('a.img');
  expect(await ended).toEqual([141, null]);
});

/**
 * Who uses a device, as `platter watch --json` tells of it: programs with the folder they work in, files and the node itself, swap, loop devices
 * on top, mounts that only other programs see; each as it comes and as it goes. The kernel tells nobody of these: they are found by looking.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { installForEverybody, losetup } from './command.ts';
import { useLoopFixture } from '../loop-fixture.ts';
import { useWatch, type Watching } from './watch-fixture.ts';

const MIB = 1024 * 1024;
const fixture = useLoopFixture();
const { start, watch } = useWatch();

interface Line {
  readonly event: string;
  readonly number?: number;
  readonly loop?: string;
  readonly path?: { readonly text: string };
  readonly backingFile?: { readonly text: string };
  readonly mount?: {
    readonly mountPoint: { readonly text: string };
    readonly namespace: { readonly programs: readonly { readonly pid: number }[] };
  };
  readonly process?: {
    readonly pid: number;
    readonly name: string;
    readonly uses: readonly { readonly kind: string; readonly mode: string | null; readonly path: { readonly text: string } }[];
  };
}

let device = { node: '', number: -1 };
let place = '';
const programs: ChildProcess[] = [];
const undo: (() => void)[] = [];

beforeEach(() => {
  const image = fixture.makeImage('used.img', 32 * MIB).toString();
  execFileSync('mkfs.ext4', ['-q', '-F', image]);
  device = attach(image);
  place = join(fixture.folder, 'place');
  mkdirSync(place, { recursive: true });
  execFileSync('mount', [device.node, place]);
});
afterEach(async () => {
  for (const program of programs.splice(0)) await end(program);
  for (const step of undo.splice(0).toReversed()) step();
  execFileSync('umount', [place]);
});

function attach(image: string | Buffer): { readonly node: string; readonly number: number } {
  const node = losetup(['-f', '--show', image]).stdout.trim();
  return { node, number: Number(node.slice('/dev/loop'.length)) };
}

async function end(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  const ended = once(program, 'exit');
  program.kill('SIGKILL');
  await ended;
}

/** A shell that does what it is told, line by line. */
async function shell(
  folder: string,
  ...wrapper: readonly string[]
): Promise<{ readonly program: ChildProcess; readonly pid: number; readonly tell: (line: string) => Promise<void> }> {
  const words = [...wrapper, 'sh'];
  const program = spawn(words[0] ?? '', words.slice(1), { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  programs.push(program);
  const tell = async (line: string): Promise<void> => {
    const said = once(program.stdout, 'data');
    program.stdin.write(`${line}; echo done\n`);
    await said;
  };
  await tell(':');
  return { program, pid: program.pid ?? -1, tell };
}

async function watching(): Promise<Watching<Line>> {
  const seen = watch<Line>();
  await seen.next('the list', ({ event }) => event === 'snapshot');
  return seen;
}

const about = ({ number }: Line): boolean => number === device.number;

describe('programs', () => {
  test('come with the folder they work in, are told of anew with each file they open and close, and go', async () => {
    const { next, events } = await watching();
    const { program, pid, tell } = await shell(place);
    const come = await next('the program', (line) => line.event === 'process-added' && line.process?.pid === pid);
    expect(come).toMatchObject({
      number: device.number,
      node: device.node,
      process: { name: 'sh', uses: [{ kind: 'cwd', path: { text: place } }] },
    });
    await tell('exec 3>report.odt');
    const opened = await next('its file', (line) => line.event === 'process-changed' && line.process?.pid === pid);
    expect(opened.process?.uses).toEqual([
      expect.objectContaining({ kind: 'cwd' }),
      { kind: 'open', mode: 'write', path: expect.objectContaining({ text: join(place, 'report.odt') }) as object },
    ]);
    await tell('exec 3>&-');
    await next('the file closed', (line) => line.event === 'process-changed' && line.process?.uses.length === 1);
    await end(program);
    await next('its end', (line) => line.event === 'process-removed' && line.process?.pid === pid);
    expect(
      events()
        .filter(about)
        .map(({ event }) => event),
    ).toEqual(['process-added', 'process-changed', 'process-changed', 'process-removed']);
  });

  test('that were there before are told of after the list; so is who has the node itself open', async () => {
    const { tell, pid } = await shell('/');
    await tell(`exec 3<${device.node}`);
    const { next } = await watching();
    const come = await next('the program', (line) => line.event === 'process-added' && line.process?.pid === pid);
    expect(come).toMatchObject({ number: device.number, process: { uses: [{ kind: 'node', mode: 'read' }] } });
    await tell('exec 3<&-');
    await next('its end', (line) => line.event === 'process-removed' && line.process?.pid === pid);
  });

  test('of the user himself are told to him, those of others are not', async () => {
    execFileSync('chmod', ['777', place, fixture.folder]);
    const everybody = installForEverybody(fixture.folder);
    const own = await shell(place, 'setpriv', '--reuid=65534', '--regid=65534', '--clear-groups');
    const other = await shell(place);
    const child = spawn('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', ...everybody, 'watch', '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    programs.push(child);
    let said = '';
    child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
    await expect.poll(() => said).toContain(`"process-added","number":${device.number},`);
    const lines = said
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    const pids = lines.filter(about).flatMap(({ process }) => process?.pid ?? []);
    expect(pids).toContain(own.pid);
    expect(pids).not.toContain(other.pid);
  });
});

test('a loop device on top comes and goes, and what uses that one is told of it alone', async () => {
  writeFileSync(join(place, 'inner.img'), Buffer.alloc(4 * MIB));
  const { next, events } = await watching();
  const inner = attach(join(place, 'inner.img'));
  fixture.adopt(inner.number);
  const come = await next('the device on top', (line) => line.event === 'loop-added' && about(line));
  expect(come).toMatchObject({ number: device.number, loop: `loop${inner.number}`, backingFile: { text: join(place, 'inner.img') } });
  const { tell, pid } = await shell('/');
  await tell(`exec 3<${inner.node}`);
  await next('the program', (line) => line.event === 'process-added' && line.process?.pid === pid);
  await tell('exec 3<&-');
  losetup(['-d', inner.node]);
  await next('its end', (line) => line.event === 'loop-removed' && about(line));
  // losetup itself may be met while it has the file open.
  expect(events().filter((line) => about(line) && line.process?.pid === pid)).toEqual([]);
});

test('swap comes and goes: on a device at once, in a file on its file system by looking', async () => {
  const other = attach(fixture.makeImage('swap.img', 16 * MIB));
  fixture.adopt(other.number);
  execFileSync('mkswap', [other.node], { stdio: 'ignore' });
  const file = join(place, 'swap file');
  writeFileSync(file, Buffer.alloc(8 * MIB, 1), { mode: 0o600 });
  execFileSync('mkswap', [file], { stdio: 'ignore' });
  const { next } = await watching();
  for (const path of [other.node, file]) {
    execFileSync('swapon', [path]);
    undo.push(() => void spawn('swapoff', [path]));
  }
  await next('swap on the device', (line) => line.event === 'swap-on' && line.number === other.number);
  const come = await next('swap in the file', (line) => line.event === 'swap-file-on' && about(line));
  expect(come).toMatchObject({ number: device.number, path: { text: file } });
  undo.length = 0;
  for (const path of [other.node, file]) execFileSync('swapoff', [path]);
  await next('its end', (line) => line.event === 'swap-off' && line.number === other.number);
  await next('the end in the file', (line) => line.event === 'swap-file-off' && about(line));
});

test('a mount that only another program sees comes with that program, and goes', async () => {
  const { next } = await watching();
  const { program, pid, tell } = await shell('/', 'unshare', '--mount', '--propagation', 'private');
  const come = await next('the mount', (line) => line.event === 'mounted-elsewhere' && about(line));
  expect(come).toMatchObject({ number: device.number, mount: { mountPoint: { text: place }, namespace: { programs: [{ pid }] } } });
  await tell(':');
  await end(program);
  await next('its end', (line) => line.event === 'unmounted-elsewhere' && about(line));
});

test('what used a device is forgotten with it, and people are told in lines', async () => {
  const { lines } = start();
  const { program, pid } = await shell(place);
  const said = `${device.node}: in use by sh (${pid}), root`;
  await expect.poll(() => lines).toContain(said);
  await end(program);
  await expect.poll(() => lines).toContain(`${device.node}: no longer in use by sh (${pid}), root`);
});

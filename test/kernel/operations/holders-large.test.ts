/** Who uses a device, while somebody runs processes as large as the kernel allows: found or counted, in little memory, and a step at a time. */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { projectNode } from '../../../build/bootstrap.mjs';
import type { HolderList, HolderProcess } from '../../../native-helper/protocol/holders.ts';
import { useLoopFixture } from '../loop-fixture.ts';

const MIB = 1024 * 1024;
const run = promisify(execFile);
const [program, script] = ['large-process.py', 'holders-of.ts'].map((name) => fileURLToPath(new URL(name, import.meta.url)));
const loop = useLoopFixture();
const undo: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

interface Place {
  readonly number: number;
  /** A file on the device, and one elsewhere with a name of 3 KB. */
  readonly on: string;
  readonly elsewhere: string;
}

async function makePlace(): Promise<Place> {
  const { number } = await loop.attach(loop.makeImage('large.img', 16 * MIB));
  execFileSync('mkfs.ext4', ['-q', '-F', `/dev/loop${number}`], { stdio: 'ignore' });
  const place = join(loop.folder, 'large.mount');
  const far = join(loop.folder, ...Array.from({ length: 15 }, () => 'n'.repeat(200)));
  for (const folder of [place, far]) mkdirSync(folder, { recursive: true });
  execFileSync('mount', [`/dev/loop${number}`, place]);
  undo.push(() => void execFileSync('umount', [place]));
  const files = { on: join(place, 'file'), elsewhere: join(far, 'file') };
  for (const file of Object.values(files)) writeFileSync(file, 'x'.repeat(4096));
  return { number, ...files };
}

/** Resolves when the process is as large as it is to be. */
async function start(kind: string, count: number, subject: string, last: string): Promise<number> {
  const child: ChildProcess = spawn('/usr/bin/python3', [program ?? '', kind, String(count), subject, last], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => void child.once('exit', resolve));
  undo.push(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', () => reject(new Error('the process ended')));
  });
  return child.pid ?? 0;
}

interface Found {
  readonly uses: HolderProcess | undefined;
  readonly unreadable: number;
  readonly grownMib: number;
  readonly turns: number;
}

async function look({ number }: Place, pid: number): Promise<Found> {
  const { stdout } = await run(projectNode, [script ?? '', String(number), String(pid)], { maxBuffer: 64 * MIB });
  const { list, ...measured } = JSON.parse(stdout) as { list: HolderList; grownMib: number; turns: number };
  const processes = list.root.mounts.flatMap((mount) => mount.processes);
  return { uses: processes.find((process) => process.pid === pid), unreadable: list.unreadableProcesses, ...measured };
}

/** Within the hard limit, or with CAP_SYS_RESOURCE (capability 24), which raises it. */
function mayOpen(descriptors: number): boolean {
  const limit = /^Max open files +\d+ +(\d+)/mu.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
  const capabilities = /^CapEff:\t([0-9a-f]+)/mu.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
  return Number(limit) > descriptors + 100 || ((BigInt(`0x${capabilities ?? '0'}`) >> 24n) & 1n) === 1n;
}

const kindsOf = ({ uses }: Found): readonly string[] => (uses?.uses ?? []).map(({ kind }) => kind);

describe('a process with 60,000 mappings', () => {
  test('is looked through to its end', async () => {
    const place = await makePlace();
    const other = join(loop.folder, 'short');
    writeFileSync(other, 'x'.repeat(4096));
    const found = await look(place, await start('mappings', 60_000, other, place.on));
    expect([kindsOf(found), found.unreadable]).toEqual([['mapped'], 0]);
    expect(found.turns).toBeGreaterThan(5);
  });

  test('whose names are long is counted as not looked into, in little memory', async () => {
    const place = await makePlace();
    const found = await look(place, await start('mappings', 60_000, place.elsewhere, place.on));
    expect(found.unreadable).toBe(1);
    expect(found.grownMib).toBeLessThan(48);
    expect(found.turns).toBeGreaterThan(5);
  });
});

/** As many as fit into the hard limit of machines for tests. */
const DESCRIPTORS = 19_000;

describe('a process with 19,000 descriptors', () => {
  test('is looked through to its end, a step at a time', async () => {
    const place = await makePlace();
    const found = await look(place, await start('descriptors', DESCRIPTORS, place.elsewhere, place.on));
    expect([kindsOf(found), found.unreadable]).toEqual([['open'], 0]);
    expect(found.turns).toBeGreaterThan(20);
  });

  test('all of the device, is told with their number', async () => {
    const place = await makePlace();
    const found = await look(place, await start('descriptors', DESCRIPTORS, place.on, place.on));
    expect([found.uses?.uses.length, found.uses?.moreUses, found.unreadable]).toEqual([8, DESCRIPTORS + 1 - 8, 0]);
    expect(found.grownMib).toBeLessThan(32);
  });
});

test.skipIf(!mayOpen(70_000))('a process with more descriptors than are looked at is told, and counted', async () => {
  const place = await makePlace();
  const found = await look(place, await start('descriptors', 70_000, place.on, place.on));
  expect([kindsOf(found).length, found.unreadable]).toEqual([8, 1]);
});

describe('a mount namespace', () => {
  const folders = (): string => {
    const folder = join(loop.folder, 'folders');
    mkdirSync(folder, { recursive: true });
    return folder;
  };

  test('with 4,000 mounts is looked through, and of it only what is of the device is told', async () => {
    const place = await makePlace();
    const found = await look(place, await start('mounts', 4000, folders(), place.on));
    expect([kindsOf(found), found.unreadable]).toEqual([['open'], 0]);
    expect(found.turns).toBeGreaterThan(5);
  });

  test('with more mounts than are read has its processes counted, in little memory', async () => {
    const place = await makePlace();
    const found = await look(place, await start('mounts', 25_000, folders(), place.on));
    expect(found.unreadable).toBe(1);
    expect(found.grownMib).toBeLessThan(96);
    expect(found.turns).toBeGreaterThan(20);
  });
});

/** `platter watch --json` beside command lines that work for a while: how their jobs begin, go on, and end, whatever ends them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { projectNode } from '../../../build/bootstrap.mjs';
import { useLoopFixture, waitFor } from '../loop-fixture.ts';
import { losetup, platterScript } from './command.ts';

const fixture = useLoopFixture();

interface Line {
  readonly event: string;
  readonly outcome?: string;
  readonly code?: string | null;
  readonly jobs?: readonly object[];
  readonly job?: {
    readonly id: string;
    readonly pid: number;
    readonly kind: string;
    readonly fileName: string;
    readonly bytesDone: string | null;
  };
}

let folder = '';
const children = new Set<ChildProcess>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platter-watch-jobs-'));
  mkdirSync(join(folder, 'run'), { mode: 0o700 });
  writeFileSync(join(folder, 'noise.img'), randomBytes(8 * 1024 * 1024));
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  rmSync(folder, { recursive: true });
});

function platter(...words: string[]) {
  const environment = {
    PATH: process.env['PATH'],
    LC_ALL: 'C.UTF-8',
    XDG_CONFIG_HOME: '/dev/null/none',
    XDG_RUNTIME_DIR: join(folder, 'run'),
  };
  const child = spawn(projectNode, [platterScript, ...words], { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
  children.add(child);
  return { child, ended: once(child, 'close'), lines: createInterface(child.stdout) };
}

async function watch(...words: string[]) {
  const lines: string[] = [];
  platter('watch', ...words).lines.on('line', (line) => lines.push(line));
  const events = (): readonly Line[] => lines.map((line) => JSON.parse(line) as Line);
  const next = async (what: string, fits: (line: Line) => boolean): Promise<Line> => waitFor(what, () => events().find(fits));
  if (words.includes('--json')) await next('the list', ({ event }) => event === 'snapshot');
  return { lines, events, next };
}

const left = (): readonly string[] => readdirSync(join(folder, 'run/platter/jobs'));

test('tells the start, the progress and the end of a job of another command line, and leaves no file', async () => {
  const { events, next } = await watch('--json');
  const { child, ended } = platter('convert', 'noise.img', '--to', 'xz', '-q');
  const end = await next('the end', ({ event }) => event === 'job-ended');
  expect(await ended).toEqual([0, null]);
  const ofJobs = events().filter(({ event }) => event.startsWith('job-'));
  expect(ofJobs[0]).toMatchObject({ event: 'job-started', job: { pid: child.pid, kind: 'export', fileName: 'noise.img' } });
  expect(new Set(ofJobs.map(({ job }) => job?.id)).size).toBe(1);
  const progress = ofJobs.filter(({ event }) => event === 'job-progress');
  expect(progress.length).toBeGreaterThan(0);
  expect(Number(progress.at(-1)?.job?.bytesDone)).toBeGreaterThan(0);
  expect([end.outcome, end.code, left()]).toEqual(['done', null, []]);
});

test.each([
  ['called off', 'SIGINT', 'cancelled'],
  ['killed', 'SIGKILL', 'lost'],
] as const)('tells that a job was %s, and its files go', async (_what, signal, outcome) => {
  const { next } = await watch('--json');
  const { child } = platter('convert', 'noise.img', '--to', 'xz', '-q');
  await next('the start', ({ event }) => event === 'job-started');
  child.kill(signal);
  expect(await next('the end', ({ event }) => event === 'job-ended')).toMatchObject({ outcome, code: null });
  await waitFor('an empty folder', () => left().length === 0 || undefined);
});

test('tells why a job failed', async () => {
  const { next } = await watch('--json');
  truncateSync(join(folder, 'noise.img'), 3 * 1024 ** 4);
  platter('verify', 'noise.img', '--sha512', '--md5', '-q');
  await next('the start', ({ event }) => event === 'job-started');
  truncateSync(join(folder, 'noise.img'), 1024 ** 2);
  expect(await next('the end', ({ event }) => event === 'job-ended')).toMatchObject({ outcome: 'failed', code: 'FILE_CHANGED' });
});

describe('a command line that waits to detach', () => {
  /** A device whose node somebody has open, until he is told to let go. */
  async function held() {
    const image = fixture.makeImage('held.img', 1024 ** 2).toString();
    const node = losetup(['-f', '--show', image]).stdout.trim();
    const holder = spawn('sh', ['-c', `exec 3<${node}; echo; read _`], { stdio: ['pipe', 'pipe', 'inherit'] });
    children.add(holder);
    await once(holder.stdout, 'data');
    const letGo = async (): Promise<void> => {
      const gone = once(holder, 'exit');
      holder.stdin.end();
      await gone;
    };
    return { node, number: Number(node.slice('/dev/loop'.length)), letGo };
  }

  test.each([
    ['the last user lets go', [], 'done', null, [0]],
    // Before it knows who uses the device it is plainly called off.
    ['it is interrupted', [], 'cancelled', null, [1, 4]],
    ['the time is over', ['2'], 'failed', 'DEVICE_BUSY', [4]],
  ] as const)('is a job, which ends when %s', async (_when, time, outcome, code, statuses) => {
    const { node, number, letGo } = await held();
    const { next } = await watch('--json');
    const { child, ended } = platter('detach', node, '--wait', ...time);
    const begun = await next('the start', ({ event, job }) => event === 'job-started' && job?.kind === 'detach');
    expect(begun.job).toMatchObject({ pid: child.pid, fileName: 'held.img', device: number, cancellable: true });
    if (outcome === 'done') await letGo();
    if (outcome === 'cancelled') child.kill('SIGINT');
    expect(await next('the end', ({ event }) => event === 'job-ended')).toMatchObject({ outcome, code });
    expect(statuses).toContain((await ended)[0]);
    if (outcome !== 'done') await letGo();
    expect(fixture.census()).toEqual(outcome === 'done' ? [] : [number]);
  });
});

test('lists what runs already, passes over what is no job, and clears away what a dead process left', async () => {
  const jobs = join(folder, 'run/platter/jobs');
  const { child, lines } = platter('convert', 'noise.img', '--to', 'xz', '--json');
  await once(lines, 'line');
  for (const [name, text] of [
    ['999999999-1-1.json', '{"kind":"hash"}'],
    [`${child.pid}-1-1.json`, '{}'],
    [`${process.pid}-nonsense.json`, 'x'],
  ] as const) {
    writeFileSync(join(jobs, name), text);
  }
  const { events, next } = await watch('--json');
  expect(events()[0]?.jobs).toMatchObject([{ pid: child.pid, kind: 'export', fileName: 'noise.img' }]);
  expect(left().filter((name) => name.endsWith('.json')).length).toBe(2);
  await next('the end', ({ event }) => event === 'job-ended');
  expect(left()).toEqual([`${process.pid}-nonsense.json`]);
});

test('tells people in lines, without every step of the way', async () => {
  const { lines } = await watch();
  await waitFor('the folder', () => readdirSync(join(folder, 'run')).length > 0 || undefined);
  const { child, ended } = platter('convert', 'noise.img', '--to', 'xz', '-q');
  await ended;
  await waitFor('the end', () => lines.includes('noise.img: exporting: done') || undefined);
  expect(lines.filter((line) => line.startsWith('noise.img'))).toEqual([
    `noise.img: exporting (process ${child.pid})`,
    'noise.img: exporting: done',
  ]);
});

test('works, without jobs, where the session has no folder of its own', async () => {
  rmSync(join(folder, 'run'), { recursive: true });
  const { events } = await watch('--json');
  expect(events()[0]?.jobs).toEqual([]);
  expect(await platter('convert', 'noise.img', '--to', 'gz', '-q').ended).toEqual([0, null]);
});

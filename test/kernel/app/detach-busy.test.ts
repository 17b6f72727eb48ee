/** Detaching what is in use through the application: the run that waits, each choice, and what happens meanwhile. Real helper, real users. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { DetachRun } from '../../../electron/ipc/detaching.ts';
import { processesOf } from '../../../electron/ipc/holder-facts.ts';
import type { DetachOutcome } from '../../../electron/ipc/methods.ts';
import { attach, call, defaults, device, failure, folder, idOf, makeImage, MIB, ownDevices, state, until, useApp } from './app-fixture.ts';

useApp();
const programs: ChildProcess[] = [];
const places: string[] = [];

// Before the hook of useApp, which detaches: hooks run in the reverse order of their making.
afterEach(async () => {
  await Promise.all(programs.splice(0).map(end));
  for (const { id } of (await state()).detachRuns) await call('detaches/choose', { run: id, choice: 'cancel' });
  for (const { id, state: job } of (await state()).jobs) if (job.kind !== 'running') await call('jobs/dismiss', { job: id });
  for (const place of places.splice(0).toReversed()) if (isMounted(place)) execFileSync('umount', [place]);
});

function isMounted(place: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${place} `);
}

async function end(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  const ended = new Promise((resolve) => void program.once('exit', resolve));
  program.kill('SIGKILL');
  await ended;
}

async function workIn(place: string, script = 'exec sleep 600'): Promise<ChildProcess> {
  const program = spawn('sh', ['-c', `echo here; ${script}`], { cwd: place, stdio: ['ignore', 'pipe', 'ignore'] });
  programs.push(program);
  await new Promise((resolve) => void program.stdout?.once('data', resolve));
  return program;
}

async function open(label: string): Promise<{ readonly number: number; readonly place: string }> {
  const path = makeImage(16 * MIB);
  execFileSync('mkfs.ext4', ['-q', '-L', label, path]);
  const { device: number, mounts } = await call('devices/attach', { image: idOf(path), options: defaults, mount: true });
  const place = mounts[0]?.mountPoint ?? '';
  places.push(place);
  await until(async () => (await device(number)).mounts.length === 1);
  return { number, place };
}

async function target(number: number): Promise<{ readonly device: number; readonly diskseq: string }> {
  const { diskseq } = await device(number);
  return { device: number, diskseq };
}

async function startDetach(number: number): Promise<DetachOutcome> {
  return call('devices/detach', {
    ...((await target(number)) as never as { device: number; diskseq: never }),
    whenFree: false,
    wait: true,
  });
}

async function runs(): Promise<readonly DetachRun[]> {
  return (await state()).detachRuns;
}

/** Resolves when the run has looked and these processes are all it found. */
async function untilListed(...pids: readonly (number | undefined)[]): Promise<void> {
  await until(async () => {
    const [run] = await runs();
    if (run?.state.kind !== 'waiting' || run.state.holders === null) return false;
    const found = processesOf(run.state.holders).map(({ pid }) => pid);
    return found.length === pids.length && pids.every((pid) => pid !== undefined && found.includes(pid));
  });
}

describe('a device in use', () => {
  test('is waited for with a live list, and detached by itself when the last user ends, with the offer to undo', async () => {
    const { number, place } = await open('Waited');
    const [one, two] = [await workIn(place), await workIn(place)];
    const outcome = await startDetach(number);
    expect(outcome).toEqual({ state: 'waiting', undoId: null, run: expect.any(Number) as number });
    await untilListed(one.pid, two.pid);
    expect([isMounted(place), ownDevices()]).toEqual([true, [`loop${number}`]]);
    await end(one);
    await untilListed(two.pid);
    await end(two);
    await until(async () => (await runs()).length === 0);
    expect([isMounted(place), ownDevices()]).toEqual([false, []]);
    const [offer] = (await state()).undoOffers;
    const again = await call('devices/undo-detach', { undo: offer?.id ?? 0 });
    expect(again.mounts).toMatchObject([{ mountPoint: place }]);
  });

  test('is asked about once: a second question joins the first', async () => {
    const { number, place } = await open('Joined');
    await workIn(place);
    const first = await startDetach(number);
    expect(await startDetach(number)).toEqual(first);
    expect(await runs()).toHaveLength(1);
    await call('detaches/choose', { run: first.run ?? 0, choice: 'cancel' });
    expect([await runs(), isMounted(place)]).toEqual([[], true]);
    expect((await failure('detaches/choose', { run: first.run ?? 0, choice: 'cancel' })).code).toBe('RUN_GONE');
  });

  test('is detached after its programs were closed, one of them by itself', async () => {
    const { number, place } = await open('Closed');
    const [one, two] = [await workIn(place), await workIn(place)];
    const { run = 0 } = await startDetach(number);
    await untilListed(one.pid, two.pid);
    const [listed] = await runs();
    const holders = listed?.state.kind === 'waiting' ? listed.state.holders : null;
    const process = (holders === null ? [] : processesOf(holders)).find(({ pid }) => pid === one.pid);
    if (process === undefined) throw new Error('not listed');
    const { pid, startTime } = process;
    expect((await failure('detaches/close-program', { run, pid: 1, startTime, signal: 'kill' })).code).toBe('PROCESS_REFUSED');
    await call('detaches/close-program', { run, pid, startTime, signal: 'terminate' });
    await untilListed(two.pid);
    await call('detaches/choose', { run, choice: 'close' });
    await until(async () => (await runs()).length === 0);
    expect([isMounted(place), ownDevices()]).toEqual([false, []]);
  });

  test('goes on as a job without its window, and stops with the job', async () => {
    const { number, place } = await open('Job');
    const program = await workIn(place);
    const { run = 0 } = await startDetach(number);
    await call('detaches/choose', { run, choice: 'wait' });
    await until(async () => (await state()).jobs.some(({ title }) => title.kind === 'detach'));
    const job = (await state()).jobs.find(({ title }) => title.kind === 'detach');
    expect(job).toMatchObject({ device: number, cancellable: true, state: { kind: 'running' } });
    await call('jobs/cancel', { job: job?.id ?? 0 });
    await until(async () => (await runs()).length === 0);
    expect([isMounted(place), ownDevices()]).toEqual([true, [`loop${number}`]]);
    const second = await startDetach(number);
    await call('detaches/choose', { run: second.run ?? 0, choice: 'wait' });
    await end(program);
    await until(() => ownDevices().length === 0);
    await until(async () => (await state()).jobs.some(({ state: { kind } }) => kind === 'done'));
  });

  test('is left to the kernel, which can be taken back', async () => {
    const { device: number } = await attach(makeImage());
    const held = openSync(`/dev/loop${number}`, 'r');
    try {
      const { run = 0 } = await startDetach(number);
      await call('detaches/choose', { run, choice: 'when-free' });
      await until(async () => (await device(number)).autoclear);
      // The device tells of it before the reply does.
      await until(async () => (await runs()).length === 0);
      await call('devices/cancel-detach', (await target(number)) as never);
      await until(async () => !(await device(number)).autoclear);
    } finally {
      closeSync(held);
    }
    expect(ownDevices()).toEqual([`loop${number}`]);
  });
});

describe('meanwhile', () => {
  test('somebody else detaches it: the run ends', async () => {
    const { device: number } = await attach(makeImage());
    const held = openSync(`/dev/loop${number}`, 'r');
    await startDetach(number);
    execFileSync('losetup', ['-d', `/dev/loop${number}`]);
    closeSync(held);
    await until(() => ownDevices().length === 0);
    await until(async () => (await runs()).length === 0);
  });

  test('the number is attached anew: that device is left alone', async () => {
    const { device: number } = await attach(makeImage());
    const held = openSync(`/dev/loop${number}`, 'r');
    await startDetach(number);
    execFileSync('losetup', ['-d', `/dev/loop${number}`]);
    closeSync(held);
    await until(() => ownDevices().length === 0);
    execFileSync('losetup', [`/dev/loop${number}`, makeImage()]);
    await until(async () => (await runs()).length === 0);
    expect(ownDevices()).toEqual([`loop${number}`]);
  });

  test('another user comes while the first goes: it waits on, and the mount is as it was', async () => {
    const { number, place } = await open('Relay');
    const one = await workIn(place);
    await startDetach(number);
    await untilListed(one.pid);
    const two = await workIn(place);
    await end(one);
    await untilListed(two.pid);
    expect([isMounted(place), ownDevices()]).toEqual([true, [`loop${number}`]]);
    await end(two);
    await until(() => ownDevices().length === 0);
  });

  test('a mount of somebody else is waited for, and its end is seen at once', async () => {
    const { number, place } = await open('Foreign');
    const elsewhere = join(folder, 'foreign');
    mkdirSync(elsewhere, { recursive: true });
    execFileSync('mount', [`/dev/loop${number}`, elsewhere]);
    places.push(elsewhere);
    await until(async () => (await device(number)).mounts.length === 2);
    await startDetach(number);
    await untilListed();
    expect(isMounted(place)).toBe(true);
    execFileSync('umount', [elsewhere]);
    await until(() => ownDevices().length === 0);
  });
});

test('a hundred devices are detached at once with a result for each, two in use waiting', async () => {
  const numbers: number[] = [];
  for (let index = 0; index < 100; index += 1) numbers.push((await attach(makeImage())).device);
  const held = [0, 50].map((index) => openSync(`/dev/loop${numbers[index]}`, 'r'));
  await until(async () => (await state()).devices.filter(({ number }) => numbers.includes(number)).length === 100);
  try {
    const outcomes = await Promise.all(numbers.map(startDetach));
    expect(outcomes.map(({ state: outcome }) => outcome).toSorted()).toEqual([...Array<string>(98).fill('detached'), 'waiting', 'waiting']);
    expect(ownDevices().toSorted()).toEqual([numbers[0], numbers[50]].map((number) => `loop${number}`).toSorted());
  } finally {
    for (const fd of held) closeSync(fd);
  }
  await until(() => ownDevices().length === 0);
  await until(async () => (await runs()).length === 0);
});

test('who uses a device is told for the details of the window', async () => {
  const { number, place } = await open('Told');
  const { pid } = await workIn(place);
  const list = await call('holders/list', {
    ...((await target(number)) as never as { device: number; diskseq: never }),
    nameOthers: false,
  });
  expect(processesOf(list).map((process) => process.pid)).toEqual([pid]);
  expect((await failure('holders/list', { device: number, diskseq: '1' as never, nameOthers: false })).code).toBe('STALE_DEVICE');
});

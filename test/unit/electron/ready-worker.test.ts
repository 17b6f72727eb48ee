/** That an image worker is there before anybody asks: the real one, and a stand-in that ends at once. Only the clock is not the real one. */
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findImageWorker } from '../../../electron/images/image-worker.ts';
import { inspectFile } from '../../../electron/images/inspect.ts';
import { ReadyWorker, type ReadyWorkerOptions } from '../../../electron/images/ready-worker.ts';
import { openSample, sampleImage } from '../../../electron/images/sample-image.ts';

const folder = mkdtempSync(join(tmpdir(), 'platter-ready-'));
const made: ReadyWorker[] = [];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(async () => {
  vi.useRealTimers();
  for (const ready of made.splice(0)) await ready.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

function newReady(options: ReadyWorkerOptions = {}): ReadyWorker {
  const ready = new ReadyWorker(options);
  made.push(ready);
  return ready;
}

/** All timers that wait run, and what they have started has a process. */
async function nextPid({ worker }: ReadyWorker): Promise<number> {
  vi.runOnlyPendingTimers();
  await expect.poll(() => worker.pid).toBeDefined();
  return worker.pid ?? 0;
}

async function inspectSample({ worker }: ReadyWorker): ReturnType<typeof inspectFile> {
  const path = join(folder, 'sample.img');
  writeFileSync(path, sampleImage());
  return inspectFile({ worker, devices: [] }, Buffer.from(path));
}

test('starts when a window has come into sight, and answers with that process', async () => {
  const ready = newReady();
  expect([vi.getTimerCount(), ready.worker.pid]).toEqual([0, undefined]);
  ready.setWanted(true);
  const pid = await nextPid(ready);
  const { findings, table } = await inspectSample(ready);
  // A disk without fault, so that a look at it goes all the way.
  expect([findings, table?.partitions.map(({ content }) => content.type)]).toEqual([[], ['ext2']]);
  expect(ready.worker.pid).toBe(pid);
});

test('is ended by silence when no window can be seen, and only then', async () => {
  const ready = newReady();
  ready.setWanted(true);
  await nextPid(ready);
  // That of each question ends with it.
  await expect.poll(() => vi.getTimerCount()).toBe(0);
  ready.setWanted(false);
  expect(ready.worker.pid).toBeDefined();
  vi.runOnlyPendingTimers();
  expect(ready.worker.pid).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});

test('comes again after a crash, unless no window can be seen', async () => {
  const ready = newReady();
  ready.setWanted(true);
  const first = await nextPid(ready);
  await inspectSample(ready);
  process.kill(first, 'SIGKILL');
  await expect.poll(() => ready.worker.pid).toBeUndefined();
  const second = await nextPid(ready);
  await inspectSample(ready);
  expect(second).not.toBe(first);
  ready.setWanted(false);
  process.kill(second, 'SIGKILL');
  await expect.poll(() => ready.worker.pid).toBeUndefined();
  // That of the silence, for a process that is gone.
  vi.runOnlyPendingTimers();
  expect([vi.getTimerCount(), ready.worker.pid]).toEqual([0, undefined]);
});

test('is not tried again and again when it ends at its start', async () => {
  const [script, sign] = [join(folder, 'ends.js'), join(folder, 'started')];
  writeFileSync(script, `require('node:fs').writeFileSync(${JSON.stringify(sign)}, '');`);
  const ready = newReady({ files: { node: findImageWorker()?.node ?? '', script } });
  ready.setWanted(true);
  vi.runOnlyPendingTimers();
  await expect.poll(() => existsSync(sign)).toBe(true);
  await expect.poll(() => ready.worker.pid).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});

/** Files without a name that a process has open. */
function nameless(pid: number): readonly string[] {
  const open = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return []; // the folder itself, read just now
    }
  });
  expect(open.length).toBeGreaterThan(0);
  return open.filter((name) => name.startsWith(tmpdir()) && name.endsWith(' (deleted)'));
}

test('leaves nothing of its sample', async () => {
  const ready = newReady();
  const sample = await openSample();
  expect(nameless(process.pid)).toHaveLength(1);
  await sample.close();
  await ready.prepare();
  expect(nameless(process.pid)).toEqual([]);
  // The worker answers first and closes then.
  await expect.poll(() => nameless(ready.worker.pid ?? 0)).toEqual([]);
});

/** The real image worker on small images made by hand, and stand-ins that misbehave. */
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { findImageWorker, ImageWorker, type ImageWorkerOptions } from '../../../electron/images/image-worker.ts';
import type { Findings } from '../../../electron/image-worker/findings.ts';
import { swapArea } from '../../fakes/made-images.ts';
import { AppError } from '../../../electron/ipc/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'platter-worker-'));
const workers: ImageWorker[] = [];
let made = 0;

afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

function newWorker(options: ImageWorkerOptions = {}): ImageWorker {
  const worker = new ImageWorker(options);
  workers.push(worker);
  return worker;
}

/** In the place of the real one. */
function standIn(script: string, options: ImageWorkerOptions = {}): ImageWorker {
  const path = join(folder, `stand-in-${(made += 1)}.js`);
  writeFileSync(path, script);
  return newWorker({ files: { node: findImageWorker()?.node ?? '', script: path }, ...options });
}

function makeFile(content: Buffer): string {
  const path = join(folder, `image-${(made += 1)}.img`);
  writeFileSync(path, content);
  return path;
}

async function probe(worker: ImageWorker, path: string, offsetBytes = 0n): Promise<Findings> {
  const fd = openSync(path, 'r');
  try {
    return await worker.probe({ fd }, { offsetBytes, sizeBytes: BigInt(statSync(path).size) - offsetBytes, sectorBytes: 512 });
  } finally {
    closeSync(fd);
  }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: unknown) => (error instanceof AppError ? error.data.code : String(error)),
  );
}

/** An MBR whose partitions begin at these sectors; the swap area lies at the first. */
function partitioned(entries: readonly { readonly start: number; readonly sectors: number; readonly type: number }[]): Buffer {
  const image = Buffer.alloc(2 * 1024 * 1024);
  entries.forEach(({ start, sectors, type }, index) => {
    const at = 446 + index * 16;
    image[at + 4] = type;
    image.writeUInt32LE(start, at + 8);
    image.writeUInt32LE(sectors, at + 12);
  });
  image.writeUInt16LE(0xaa55, 510);
  swapArea().copy(image, 2048 * 512);
  return image;
}

describe('the image worker', () => {
  test('finds what begins at the start, and at an offset', async () => {
    const worker = newWorker();
    const expected = { whole: { type: 'swap', usage: 'other', label: 'My swap' }, partitions: [] };
    expect(await probe(worker, makeFile(swapArea()))).toMatchObject(expected);
    expect(await probe(worker, makeFile(Buffer.concat([Buffer.alloc(4096), swapArea()])), 4096n)).toMatchObject(expected);
  });

  test('finds the partitions of a table and what is on them, and leaves out those that do not fit', async () => {
    const entries = [
      { start: 2048, sectors: 1024, type: 0x82 },
      { start: 3072, sectors: 1024, type: 0x83 },
      { start: 4000, sectors: 1_000_000, type: 0x83 },
    ];
    const { whole, partitions } = await probe(newWorker(), makeFile(partitioned(entries)));
    expect(whole.tableType).toBe('dos');
    expect(partitions.map(({ number, type, startBytes, sizeBytes }) => [number, type, startBytes, sizeBytes])).toEqual([
      [1, 'swap', '1048576', '524288'],
      [2, '', '1572864', '524288'],
    ]);
  });

  test('stays warm, and answers every question when many are asked at once', async () => {
    const worker = newWorker();
    const path = makeFile(swapArea());
    await probe(worker, path);
    const { pid } = worker;
    const all = await Promise.all(Array.from({ length: 50 }, () => probe(worker, path)));
    expect([worker.pid, all.every(({ whole }) => whole.type === 'swap')]).toEqual([pid, true]);
    // Each question has brought a descriptor; none is kept.
    expect(readdirSync(`/proc/${pid}/fd`).filter((fd) => existsSync(`/proc/${pid}/fd/${fd}`) && isOurs(`/proc/${pid}/fd/${fd}`))).toEqual(
      [],
    );
  });

  function isOurs(link: string): boolean {
    return statSync(link).isFile();
  }

  test('is not given another file that has the number of one closed before its turn', async () => {
    const worker = newWorker();
    const path = makeFile(swapArea());
    const asked = probe(worker, path);
    const file = await open(path);
    const late = worker.probe(file, { offsetBytes: 0n, sizeBytes: 4096n, sectorBytes: 512 });
    void file.close();
    expect([(await asked).whole.type, await codeOf(late)]).toEqual(['swap', 'PROBE_FAILED']);
  });

  test('gives up what it does not need', async () => {
    const worker = newWorker();
    await probe(worker, makeFile(swapArea()));
    expect(readFileSync(`/proc/${worker.pid}/status`, 'utf8')).toMatch(/^NoNewPrivs:\t1$/mu);
    const limits = readFileSync(`/proc/${worker.pid}/limits`, 'utf8');
    expect(limits).toMatch(/^Max file size +0 +0 /mu);
    expect(limits).toMatch(/^Max core file size +0 +0 /mu);
    expect(limits).not.toMatch(/^Max data size +unlimited/mu);
  });

  test('survives images of random bytes, of zeros and of cut and spoiled tables', async () => {
    const worker = newWorker();
    const random = (length: number): Buffer =>
      Buffer.from(Array.from({ length }, (_, index) => (index * 2_654_435_761 + length * 97) >>> 13));
    await probe(worker, makeFile(swapArea()));
    const { pid } = worker;
    for (let round = 0; round < 60; round += 1) {
      const image = partitioned([{ start: 2048, sectors: 1024, type: [0x82, 0x05, 0x0f, 0xee][round % 4] ?? 0 }]);
      random(64).copy(image, (round * 37) % 1024);
      image.writeUInt16LE(0xaa55, 510);
      expect(['done', 'PROBE_FAILED']).toContain(await codeOf(probe(worker, makeFile(image.subarray(0, 512 + round * 8192)))));
    }
    expect(await probe(worker, makeFile(Buffer.alloc(512)))).toMatchObject({ whole: { type: '', tableType: '' }, partitions: [] });
    expect(worker.pid).toBe(pid);
  });

  test('is started anew after it was killed', async () => {
    const worker = newWorker();
    const path = makeFile(swapArea());
    await probe(worker, path);
    const first = worker.pid ?? 0;
    process.kill(first, 'SIGKILL');
    await expect.poll(() => worker.pid).toBeUndefined();
    expect((await probe(worker, path)).whole.type).toBe('swap');
    expect(worker.pid).not.toBe(first);
  });

  test('ends when nothing is asked for a while, and with its program', async () => {
    const idle = newWorker({ idleMs: 1 });
    await probe(idle, makeFile(swapArea()));
    await expect.poll(() => idle.pid).toBeUndefined();
    const closed = newWorker();
    await probe(closed, makeFile(swapArea()));
    const pid = closed.pid ?? 0;
    await closed.close();
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(await codeOf(probe(closed, makeFile(swapArea())))).toBe('PROBE_FAILED');
  });
});

describe('a worker that misbehaves costs an error and nothing else', () => {
  const path = makeFile(swapArea());
  const cases: readonly (readonly [string, string])[] = [
    ['hangs', 'setInterval(() => {}, 1e6)'],
    ['crashes', 'process.abort()'],
    ['ends', ''],
    ['talks nonsense', 'console.log("{}"); setInterval(() => {}, 1e6)'],
    ['answers another question', 'console.log(JSON.stringify({ id: 77, failure: "no" })); setInterval(() => {}, 1e6)'],
    ['never stops talking', 'const say = () => process.stdout.write("x".repeat(65536), say); say()'],
  ];
  test.each(cases)('when it %s', async (_name, script) => {
    const worker = standIn(script, { firstLimitMs: 1500 });
    expect(await codeOf(probe(worker, path))).toBe('PROBE_FAILED');
    expect(worker.pid).toBeUndefined();
  });

  test('when it hangs after it has answered, and the one that takes its place answers', async () => {
    const { node = '', script = '' } = findImageWorker() ?? {};
    const worker = newWorker({ files: { node, script }, limitMs: 300 });
    expect((await probe(worker, path)).whole.type).toBe('swap');
    process.kill(worker.pid ?? 0, 'SIGSTOP');
    expect(await codeOf(probe(worker, path))).toBe('PROBE_FAILED');
    expect((await probe(worker, path)).whole.type).toBe('swap');
  });

  test('when there is none', async () => {
    expect(await codeOf(probe(newWorker({ files: null }), path))).toBe('PROBE_FAILED');
    expect(await codeOf(probe(newWorker({ files: { node: '/nonexistent/node', script: 'x.js' } }), path))).toBe('PROBE_FAILED');
  });
});

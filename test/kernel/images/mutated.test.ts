/**
 * Spoiled images of every type through inspection: 300 of them, 10,000 with PLATTER_LONG=1. What crashes or hangs may only be the image
 * worker, and nothing may be left of it. PLATTER_SEED repeats a run.
 */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ImageWorker } from '../../../electron/images/image-worker.ts';
import { inspectFile } from '../../../electron/images/inspect.ts';
import { AppError } from '../../../electron/ipc/errors.ts';
import { allMakers } from './made-by-tools.ts';

const rounds = process.env['PLATTER_LONG'] === '1' ? 10_000 : 300;
const seed = Number(process.env['PLATTER_SEED'] ?? Date.now() % 1_000_000);
const folder = mkdtempSync(join(tmpdir(), 'platter-mutated-'));
const worker = new ImageWorker();
const paths = new Map<string, string>();

let state = seed >>> 0;
/** Mulberry32: a whole number below `limit`. */
function random(limit: number): number {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
}

beforeAll(() => {
  for (const [name, make] of Object.entries(allMakers)) {
    const path = join(folder, `${name.replaceAll(/[^a-z0-9]/gu, '-')}.img`);
    make(path, folder);
    paths.set(name, path);
  }
});
afterAll(async () => {
  await worker.close();
  rmSync(folder, { recursive: true });
});

/** Where the fields are that somebody reads: the start, the places of superblocks, the end. */
function pickPlace(sizeBytes: number): number {
  const places = [0, 512, 1024, 4096, 32_768, 65_536, sizeBytes - 512, sizeBytes - 33 * 512, random(sizeBytes)];
  const place = (places[random(places.length)] ?? 0) + random(1024);
  return Math.max(0, Math.min(sizeBytes - 8, place));
}

function mutation(): Buffer {
  const extremes = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x0000_ffff, 0xffff_0000];
  const value = Buffer.alloc(8);
  switch (random(4)) {
    case 0:
      return value.fill(random(256), 0, 8).subarray(0, 1);
    case 1:
      value.writeUInt32LE(extremes[random(extremes.length)] ?? 0);
      return value.subarray(0, 4);
    case 2:
      value.writeUInt32LE(extremes[random(extremes.length)] ?? 0);
      value.writeUInt32LE(extremes[random(extremes.length)] ?? 0, 4);
      return value;
    default:
      return Buffer.from(Array.from({ length: 1 + random(64) }, () => random(256)));
  }
}

/** Spoils one to eight places, inspects, and puts them back. */
async function inspectSpoiled(path: string): Promise<string> {
  const { size } = statSync(path);
  const fd = openSync(path, 'r+');
  const undone: { readonly at: number; readonly bytes: Buffer }[] = [];
  try {
    for (let count = 1 + random(8); count > 0; count -= 1) {
      const at = pickPlace(size);
      const bytes = mutation().subarray(0, size - at);
      const before = Buffer.alloc(bytes.length);
      readSync(fd, before, 0, before.length, at);
      undone.push({ at, bytes: before });
      writeSync(fd, bytes, 0, bytes.length, at);
    }
    return await outcomeOf(path);
  } finally {
    for (const { at, bytes } of undone.toReversed()) writeSync(fd, bytes, 0, bytes.length, at);
    closeSync(fd);
  }
}

async function inspectCut(path: string): Promise<string> {
  const cut = join(folder, 'cut.img');
  execFileSync('cp', ['--sparse=always', path, cut]);
  truncateSync(cut, random(statSync(path).size));
  return outcomeOf(cut);
}

async function outcomeOf(path: string): Promise<string> {
  try {
    const { sizeBytes } = await inspectFile({ worker, devices: [] }, Buffer.from(path));
    return sizeBytes === String(statSync(path).size) ? 'told' : 'another size';
  } catch (error) {
    if (error instanceof AppError) return error.data.code;
    throw error;
  }
}

/** Files of our folder that a process has open. */
function openImages(pid: number | 'self'): string[] {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return ''; // closed meanwhile
    }
  });
  return links.filter((link) => link.startsWith(`${folder}/`));
}

function workers(): number {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1')
    .trim()
    .split(' ')
    .filter((pid) => pid !== '');
  return children.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('image-worker')).length;
}

test(
  `${rounds} spoiled images cost an answer each and leave nothing (seed ${seed})`,
  async () => {
    const names = [...paths.keys()];
    await outcomeOf(paths.get('ext4') ?? '');
    const outcomes = new Map<string, number>();
    for (let round = 0; round < rounds; round += 1) {
      const path = paths.get(names[round % names.length] ?? '') ?? '';
      const outcome = random(12) === 0 ? await inspectCut(path) : await inspectSpoiled(path);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      expect(['told', 'PROBE_FAILED']).toContain(outcome);
    }
    expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(rounds);
    // Most spoiled images can still be told something of; a worker that failed at every one would look the same otherwise.
    expect(outcomes.get('told') ?? 0).toBeGreaterThan(rounds / 2);
    expect(openImages('self')).toEqual([]);
    expect(workers()).toBeLessThanOrEqual(1);
    if (worker.pid !== undefined) expect(openImages(worker.pid)).toEqual([]);
    // It goes on as before.
    for (const path of paths.values()) expect(await outcomeOf(path)).toBe('told');
    // For hangs: 30 ms each on an idle machine, ten times that on a busy one.
  },
  rounds * 360,
);

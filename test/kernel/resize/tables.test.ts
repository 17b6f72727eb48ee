/** Partition tables that are written for another size, as sfdisk and our inspection see them. Needs root. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ImageWorker } from '../../../electron/images/image-worker.ts';
import { inspectFile } from '../../../electron/images/inspect.ts';
import { planGptWrites } from '../../../electron/resize/gpt.ts';
import { planMbrWrites } from '../../../electron/resize/mbr.ts';
import { imageReader, writeAll } from '../../../electron/resize/saved-writes.ts';
import { digest, makeImage, MIB, testFolder, writeAt } from './image-maker.ts';

const worker = new ImageWorker();
afterAll(async () => worker.close());

const SIZE = 8 * MIB;
const KIB = 1024;

function makeDisk(name: string, table: string): string {
  const path = join(testFolder(), name);
  writeFileSync(path, '');
  truncateSync(path, SIZE);
  execFileSync('sfdisk', ['-q', path], { input: table });
  return path;
}

/** With the file as long as it has to be while the table is written. */
async function moveCopy(path: string, sectorBytes: number, from: number, to: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.truncate(Math.max(from, to));
    const change = { fromBytes: BigInt(from), sizeBytes: BigInt(to), sectorBytes, partitions: [] };
    const groups = await planGptWrites(imageReader(file, 0n), change);
    for (const { offset, bytes } of groups.flat()) await writeAll(file, bytes, offset);
    await file.truncate(to);
  } finally {
    await file.close();
  }
}

interface Entry {
  readonly node: string;
  readonly start: number;
  readonly size: number;
}

function entriesOf(path: string): readonly Entry[] {
  const said = execFileSync('sfdisk', ['--json', path], { encoding: 'utf8' });
  // Of an empty table it says first that it leaves it out.
  return (JSON.parse(said.slice(said.indexOf('{'))) as { partitiontable: { partitions: Entry[] } }).partitiontable.partitions;
}

/** Sizes in sectors, by number; `start` where the caller takes the partition to be. */
async function changeMbr(path: string, changes: readonly { number: number; start: number; size: number }[]): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const partitions = changes.map(({ number, start, size }) => {
      return { number, startBytes: BigInt(start * 512), sizeBytes: BigInt(size * 512) };
    });
    const change = { fromBytes: BigInt(SIZE), sizeBytes: BigInt(SIZE), sectorBytes: 512, partitions };
    const groups = await planMbrWrites(imageReader(file, 0n), change);
    for (const { offset, bytes } of groups.flat()) await writeAll(file, bytes, offset);
  } finally {
    await file.close();
  }
}

/** Three logical partitions of which the first was deleted: its table only leads to the next. */
function makeChain(name: string): string {
  const logical = ['start=4096, size=2048', 'start=8192, size=2048', 'start=12288, size=2048'].map((one, index) => `${index + 5}: ${one}`);
  const path = makeDisk(name, ['label: dos', '1: start=2048, size=14000, type=5', ...logical, ''].join('\n'));
  writeAt(path, 2048 * 512 + 446, Buffer.alloc(16));
  expect(entriesOf(path).map(({ start }) => start)).toEqual([2048, 8192, 12_288]);
  return path;
}

test('a logical partition behind a table without one is the one that gets another size', async () => {
  const path = makeChain('chain');
  const { table } = await inspectFile({ worker, devices: [] }, Buffer.from(path));
  const numbers = table?.partitions.map(({ number, startBytes }) => [number, Number(startBytes) / 512]);
  expect(numbers).toEqual([1, 5, 6].map((number, index) => [number, [2048, 8192, 12_288][index]]));
  const before = entriesOf(path);
  await changeMbr(path, [{ number: 6, start: 12_288, size: 3072 }]);
  expect(entriesOf(path)).toEqual(before.map((entry) => (entry.start === 12_288 ? { ...entry, size: 3072 } : entry)));
  await changeMbr(path, [{ number: 5, start: 8192, size: 1024 }]);
  expect(entriesOf(path).map(({ size }) => size)).toEqual([14_000, 1024, 3072]);
});

test.each([
  { name: 'a logical one', change: { number: 6, start: 8192, size: 3072 } },
  { name: 'one that is not in the chain', change: { number: 7, start: 12_288, size: 3072 } },
  { name: 'a primary one', change: { number: 1, start: 4096, size: 14_100 } },
])('what does not begin where it should is not changed: $name', async ({ name, change }) => {
  const path = makeChain(`elsewhere ${name}`);
  const before = digest(path);
  await expect(changeMbr(path, [change])).rejects.toMatchObject({ data: { code: 'TABLE_UNREADABLE' } });
  expect(digest(path)).toBe(before);
});

test('nor is one of a GPT', async () => {
  const path = makeDisk('elsewhere-gpt', 'label: gpt\nstart=2048, size=4096\n');
  const file = await open(path, 'r');
  try {
    const partitions = [{ number: 1, startBytes: BigInt(MIB + 512), sizeBytes: BigInt(MIB) }];
    const change = { fromBytes: BigInt(SIZE), sizeBytes: BigInt(SIZE), sectorBytes: 512, partitions };
    await expect(planGptWrites(imageReader(file, 0n), change)).rejects.toMatchObject({ data: { code: 'TABLE_UNREADABLE' } });
  } finally {
    await file.close();
  }
});

async function expectGood(path: string, what: string, sectorBytes: number): Promise<void> {
  const { findings, table } = await inspectFile({ worker, devices: [] }, Buffer.from(path));
  const bad = findings.map(({ code }) => code).filter((code) => code !== 'sectors-4096');
  expect({ what, bad, type: table?.type }).toEqual({ what, bad: [], type: 'gpt' });
  if (sectorBytes !== 512) return;
  const { stdout, stderr } = spawnSync('sfdisk', ['--verify', path], { encoding: 'utf8' });
  expect(`${what}: ${stdout}${stderr}`).toMatch(/\nNo errors detected/u);
}

/** From a sector to more than a copy takes. */
const changes = [512, 3 * KIB, 8 * KIB, 16 * KIB, 16.5 * KIB, 17 * KIB, 20 * KIB, 33 * KIB, 40 * KIB].flatMap((bytes) => [bytes, -bytes]);

test.each([4, 128, 256])('a GPT with %i entries has both copies however little the size changes', async (length) => {
  const path = makeDisk(`length-${length}`, `label: gpt\ntable-length: ${length}\nstart=2048, size=4096\n`);
  for (const change of changes) {
    const copy = `${path}.changed`;
    copyFileSync(path, copy);
    await moveCopy(copy, 512, SIZE, SIZE + change);
    await expectGood(copy, `by ${change}`, 512);
  }
});

test('the same with sectors of 4096 bytes', async () => {
  const { path } = makeImage({ table: 'gpt-4096', type: 'none', layout: 'only', mebibytes: 4 });
  for (const sectors of [1, 2, 4, 5, 6, 10]) {
    for (const change of [sectors * 4 * KIB, -sectors * 4 * KIB]) {
      const copy = `${path}.changed`;
      copyFileSync(path, copy);
      await moveCopy(copy, 4096, 7 * MIB, 7 * MIB + change);
      await expectGood(copy, `by ${change}`, 4096);
    }
  }
});

test('a size there and back leaves what was there', async () => {
  const path = makeDisk('there-and-back', 'label: gpt\nstart=2048, size=4096\n');
  const before = digest(path);
  await moveCopy(path, 512, SIZE, SIZE + 4 * KIB);
  await moveCopy(path, 512, SIZE + 4 * KIB, SIZE);
  expect(digest(path)).toBe(before);
});

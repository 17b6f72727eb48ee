/** Partition tables that are written for another size, as sfdisk and our inspection see them. Needs root. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ImageWorker } from '../../../electron/images/image-worker.ts';
import { inspectFile } from '../../../electron/images/inspect.ts';
import { planGptWrites } from '../../../electron/resize/gpt.ts';
import { imageReader, writeAll } from '../../../electron/resize/saved-writes.ts';
import { digest, makeImage, MIB, testFolder } from './image-maker.ts';

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

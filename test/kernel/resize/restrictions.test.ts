/** An ext4 that resize2fs does not resize: the plan knows it, says why, and offers what works. Needs root; growing also CAP_SYS_RESOURCE. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { ResizeWish } from '../../../electron/ipc/resize.ts';
import { planResize } from '../../../electron/resize/planning/plan.ts';
import { expectWhole, makeFiles, MIB, testFolder, type MadeImage } from './image-maker.ts';
import { killedAt, mayGrowExt4, useResizing } from './resizing.ts';

const resizing = useResizing();
const SIZE = 64 * MIB;
const to = (mebibytes: number): ResizeWish => ({ kind: 'to', sizeBytes: String(mebibytes * MIB) });

let count = 0;
function make(feature: string): MadeImage {
  count += 1;
  const folder = join(testFolder(), `restricted-${count}`);
  mkdirSync(folder);
  const { files, source } = makeFiles(folder);
  const path = join(folder, 'disk.img');
  writeFileSync(path, '');
  truncateSync(path, SIZE);
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-O', feature, '-d', source, path]);
  return { path, partition: null, startBytes: 0, files, wish: { table: 'none', type: 'ext4', layout: 'only', mebibytes: 64 } };
}

/** What the tool itself says of a copy. */
function resize2fs({ path }: MadeImage, mebibytes: number): string {
  const copy = `${path}.copy`;
  execFileSync('cp', ['--sparse=always', path, copy]);
  if (mebibytes * MIB > SIZE) truncateSync(copy, mebibytes * MIB);
  spawnSync('e2fsck', ['-fp', copy]);
  const { status, stderr } = spawnSync('resize2fs', [copy, `${mebibytes}M`], { encoding: 'utf8' });
  return status === 0 ? 'done' : stderr;
}

test('with clusters it only grows, on a mount', async () => {
  const image = make('bigalloc');
  expect([resize2fs(image, 128), resize2fs(image, 63)]).toEqual(Array(2).fill(expect.stringContaining('bigalloc')));
  const facts = await resizing.facts(image.path);
  const smaller = planResize(facts, { wish: to(63), place: null });
  expect(smaller).toMatchObject({ refusal: { reason: 'clusters' }, smallestBytes: String(SIZE) });
  const larger = planResize(facts, { wish: to(128), place: null });
  expect(larger).toMatchObject({ refusal: null, fileSystem: { how: 'mounted', toBytes: String(128 * MIB) } });
  expect(larger.steps.find(({ step }) => step === 'resize-file-system')).toMatchObject({ undoable: false });
  const outcome = await resizing.run(image.path, to(128)).catch((error: unknown) => error);
  if (mayGrowExt4()) expect(outcome).toMatchObject({ sizeBytes: String(128 * MIB) });
  else {
    // The kernel refuses, after the file has become longer.
    expect(outcome).toMatchObject({ data: { code: 'RESIZE_STOPPED', stopped: { step: 'resize-file-system' } } });
    await resizing.finish(image.path, 'undo');
  }
  expect(statSync(image.path).size).toBe(mayGrowExt4() ? 128 * MIB : SIZE);
  expectWhole(image, statSync(image.path).size);
  expect(readdirSync(dirname(image.path)).filter((name) => name.includes('undo'))).toEqual([]);
});

test.skipIf(!mayGrowExt4())('what has grown and cannot be made smaller goes on, and says why it is not put back', async () => {
  const image = make('bigalloc');
  const steps = planResize(await resizing.facts(image.path), { wish: to(128), place: null }).steps;
  await killedAt(
    image.path,
    to(128),
    steps.findIndex(({ step }) => step === 'resize-file-system'),
    'end',
  );
  await expect(resizing.finish(image.path, 'undo')).rejects.toMatchObject({ data: { refusal: { reason: 'clusters' } } });
  await resizing.finish(image.path, 'continue');
  expect(statSync(image.path).size).toBe(128 * MIB);
  expectWhole(image, 128 * MIB);
});

test('with fixed inodes it only grows, on the file', async () => {
  const image = make('stable_inodes');
  expect([resize2fs(image, 128), resize2fs(image, 40)]).toEqual(['done', expect.stringContaining('stable_inodes')]);
  const facts = await resizing.facts(image.path);
  expect(planResize(facts, { wish: { kind: 'smallest' }, place: null })).toMatchObject({ direction: 'same', smallestBytes: String(SIZE) });
  expect(planResize(facts, { wish: to(40), place: null }).refusal).toMatchObject({ reason: 'fixed-inodes' });
  await resizing.run(image.path, to(128));
  expectWhole(image, 128 * MIB);
});

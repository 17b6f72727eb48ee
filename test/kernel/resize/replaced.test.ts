/** An image whose resize was killed, and into whose file a backup was copied since: nothing of the resize is done to it any more. Needs root. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { ResizeWish } from '../../../electron/ipc/resize.ts';
import { planResize } from '../../../electron/resize/planning/plan.ts';
import { forgetResize } from '../../../electron/resize/resize.ts';
import { refuseUnfinished } from '../../../electron/resize/undo-file.ts';
import { digest, expectWhole, makeImage, MIB, placeBytes, withMounted, type ImageWish, type MadeImage } from './image-maker.ts';
import { killedAt, leftovers, useResizing } from './resizing.ts';

const resizing = useResizing();
const by = (mebibytes: number): ResizeWish => ({ kind: 'by', bytes: String(mebibytes * MIB) });
const behind = { table: 'gpt', type: 'ext4', layout: 'behind', mebibytes: 48 } as const;
const only = { table: 'none', type: 'ext4', layout: 'only', mebibytes: 48 } as const;

/** Killed at that step, with a backup from before put into the same file afterwards. */
async function makeReplaced(wish: ImageWish, change: ResizeWish, wanted: string, phase: string): Promise<MadeImage> {
  const image = makeImage(wish);
  const backup = `${image.path}.backup`;
  copyFileSync(image.path, backup);
  const { ino } = statSync(image.path);
  const { steps } = planResize(await resizing.facts(image.path), { wish: change, place: null });
  const index = steps.findIndex(({ step }) => step === wanted);
  await killedAt(image.path, change, index, phase);
  copyFileSync(backup, image.path);
  expect(statSync(image.path).ino).toBe(ino);
  return image;
}

test.each([
  { name: 'growing, in the file system', wish: behind, change: by(24), step: 'resize-file-system', phase: 'end' },
  { name: 'shrinking, in the file system', wish: behind, change: by(-24), step: 'resize-file-system', phase: 'end' },
  { name: 'shrinking, before the cut', wish: behind, change: by(-24), step: 'resize-file', phase: 'begin' },
  { name: 'shrinking without a table, before the cut', wish: only, change: by(-24), step: 'resize-file', phase: 'begin' },
])('$name: it can only be forgotten', async ({ wish, change, step, phase }) => {
  const image = await makeReplaced(wish, change, step, phase);
  const before = digest(image.path);
  for (const how of ['continue', 'undo'] as const) {
    await expect(resizing.finish(image.path, how)).rejects.toMatchObject({ data: { code: 'UNDO_UNUSABLE' } });
  }
  expect((await resizing.facts(image.path)).unfinished).toMatchObject({ replaced: true });
  await forgetResize(await resizing.subject(image.path));
  expect(leftovers(image.path)).toEqual([]);
  expect(digest(image.path)).toBe(before);
  await expect(refuseUnfinished(Buffer.from(image.path), await stat(image.path, { bigint: true }))).resolves.toBeUndefined();
  expectWhole(image, placeBytes(image));
});

test.each(['ext4', 'btrfs', 'xfs'])('%s that somebody made larger meanwhile keeps its end', async (type) => {
  const mebibytes = { ext4: 48, btrfs: 480, xfs: 304 }[type] ?? 0;
  const image = makeImage({ table: 'none', type, layout: 'only', mebibytes });
  const { steps } = planResize(await resizing.facts(image.path), { wish: by(64), place: null });
  await killedAt(image.path, by(64), steps.findIndex(({ step }) => step === 'resize-file') + 1, 'begin');
  // Offline, since to grow a mounted one needs CAP_SYS_RESOURCE.
  if (type === 'ext4') execFileSync('resize2fs', [image.path], { stdio: 'ignore' });
  withMounted(image, statSync(image.path).size, (folder) => {
    if (type === 'btrfs') execFileSync('btrfs', ['filesystem', 'resize', 'max', folder], { stdio: 'ignore' });
    if (type === 'xfs') execFileSync('xfs_growfs', [folder], { stdio: 'ignore' });
  });
  const before = digest(image.path);
  for (const how of ['continue', 'undo'] as const) {
    await expect(resizing.finish(image.path, how)).rejects.toMatchObject({ data: { code: 'UNDO_UNUSABLE' } });
  }
  expect(digest(image.path)).toBe(before);
  await forgetResize(await resizing.subject(image.path));
  expectWhole(image, placeBytes(image));
});

test('one that is as the resize left it is not forgotten', async () => {
  const image = makeImage(only);
  const forget = async (): Promise<unknown> => forgetResize(await resizing.subject(image.path));
  await expect(forget()).rejects.toMatchObject({ data: { code: 'NOTHING_UNFINISHED' } });
  await killedAt(image.path, by(-24), 2, 'end');
  await expect(forget()).rejects.toMatchObject({ data: { code: 'RESIZE_UNFINISHED' } });
  expect((await resizing.facts(image.path)).unfinished).toMatchObject({ replaced: false });
  await resizing.finish(image.path, 'undo');
  expectWhole(image, 48 * MIB);
});

test('an undo that was stopped itself is no other image for undoing again, and nothing to go on with', async () => {
  const image = makeImage(behind);
  const folder = dirname(image.path);
  const before = statSync(image.path).size;
  const { steps } = planResize(await resizing.facts(image.path), { wish: by(24), place: null });
  await killedAt(image.path, by(24), steps.length - 1, 'begin');
  const saved = leftovers(image.path).map((name) => [join(folder, name), readFileSync(join(folder, name))] as const);
  await resizing.finish(image.path, 'undo');
  // Killed when all was put back, and the record not gone yet.
  for (const [path, bytes] of saved) writeFileSync(path, bytes);
  const record = join(folder, '.disk.img.platter-undo');
  writeFileSync(record, JSON.stringify({ ...(JSON.parse(readFileSync(record, 'utf8')) as object), undoing: true }));
  await expect(resizing.finish(image.path, 'continue')).rejects.toMatchObject({ data: { code: 'UNDO_UNUSABLE' } });
  await resizing.finish(image.path, 'undo');
  expect({ size: statSync(image.path).size, left: leftovers(image.path) }).toEqual({ size: before, left: [] });
  expectWhole(image, placeBytes(image));
});

test('a record that cannot be read is forgotten', async () => {
  const image = makeImage(only);
  writeFileSync(join(dirname(image.path), '.disk.img.platter-undo'), 'no record');
  await expect(resizing.facts(image.path)).rejects.toMatchObject({ data: { code: 'UNDO_UNUSABLE' } });
  await forgetResize(await resizing.subject(image.path));
  expect(leftovers(image.path)).toEqual([]);
  expectWhole(image, 48 * MIB);
});

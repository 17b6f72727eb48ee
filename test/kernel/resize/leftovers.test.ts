/** What a program left beside the image that was killed while it saved; and what a recovery needs of that. Needs root. */
import { copyFileSync, existsSync, mkdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { ImageWorker } from '../../../electron/images/image-worker.ts';
import { inspectFile } from '../../../electron/images/inspect.ts';
import type { ResizeWish } from '../../../electron/ipc/resize.ts';
import { withResizeLock } from '../../../electron/resize/alone.ts';
import { planResize } from '../../../electron/resize/planning/plan.ts';
import { refuseUnfinished } from '../../../electron/resize/undo-file.ts';
import { expectWhole, makeImage, MIB, placeBytes, type MadeImage } from './image-maker.ts';
import { killedAt, leftovers, useResizing } from './resizing.ts';

const resizing = useResizing();
const shrink: ResizeWish = { kind: 'by', bytes: String(-24 * MIB) };

function make(): MadeImage {
  return makeImage({ table: 'gpt', type: 'ext4', layout: 'behind', mebibytes: 48 });
}

async function stepOf(path: string, wanted: string): Promise<number> {
  return planResize(await resizing.facts(path), { wish: shrink, place: null }).steps.findIndex(({ step }) => step === wanted);
}

/** An image whose resize was killed while its metadata was being copied. */
async function makeKilled(): Promise<MadeImage> {
  const image = make();
  await killedAt(image.path, shrink, await stepOf(image.path, 'save-undo'), 'bytes');
  expect(leftovers(image.path)).toEqual(['.disk.img.platter-undo-data']);
  return image;
}

const looks: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  'planning a resize': async (path) => resizing.facts(path),
  'inspecting it': async (path) => {
    const worker = new ImageWorker();
    try {
      return await inspectFile({ worker, devices: [] }, Buffer.from(path));
    } finally {
      await worker.close();
    }
  },
  'attaching it': async (path) => refuseUnfinished(Buffer.from(path), await stat(path, { bigint: true })),
};

test('what a killed program had saved so far goes as soon as somebody looks, and not before it ended', async () => {
  const image = await makeKilled();
  const data = join(dirname(image.path), '.disk.img.platter-undo-data');
  const copy = `${image.path}.copy`;
  renameSync(data, copy);
  for (const [name, look] of Object.entries(looks)) {
    copyFileSync(copy, data);
    // Whoever saves has the lock.
    await withResizeLock(Buffer.from(image.path), async () => look(image.path));
    expect([name, leftovers(image.path).length]).toEqual([name, 1]);
    await look(image.path);
    expect([name, ...leftovers(image.path)]).toEqual([name]);
  }
  expect((await resizing.facts(image.path)).unfinished).toBeNull();
  expectWhole(image, placeBytes(image));
  copyFileSync(copy, data);
  writeFileSync(join(dirname(image.path), '.disk.img.platter-undo'), 'a record that cannot be read, and may name it');
  await expect(resizing.facts(image.path)).rejects.toMatchObject({ data: { code: 'UNDO_UNUSABLE' } });
  expect(leftovers(image.path)).toHaveLength(2);
});

test.each(process.env['PLATTER_LONG'] === '1' ? (['continue', 'undo'] as const) : (['undo'] as const))(
  'what a recovery needs stays until it is done: %s',
  async (how) => {
    const image = make();
    const before = statSync(image.path).size;
    await killedAt(image.path, shrink, await stepOf(image.path, 'resize-file-system'), 'end');
    writeFileSync(join(dirname(image.path), '.disk.img.platter-undo~'), 'half a rec');
    const saved = leftovers(image.path);
    expect(saved).toContain('.disk.img.platter-undo-data');
    for (const look of Object.values(looks)) await look(image.path).catch(() => undefined);
    expect(leftovers(image.path)).toEqual(saved);
    const stopped = { code: 'resize-unfinished', partition: null };
    expect(await looks['inspecting it']?.(image.path)).toMatchObject({ findings: [stopped] });
    // Not of one that is on.
    await withResizeLock(Buffer.from(image.path), async () => {
      expect(await looks['inspecting it']?.(image.path)).toMatchObject({ findings: [] });
    });
    await resizing.finish(image.path, how);
    expect(statSync(image.path).size).toBe(how === 'undo' ? before : before - 24 * MIB);
    expectWhole(image, placeBytes(image));
    expect(leftovers(image.path)).toEqual([]);
  },
);

test('a resize that was begun by another name of the image is found by its own', async () => {
  const image = make();
  const folder = join(dirname(image.path), 'elsewhere');
  mkdirSync(folder);
  const link = join(folder, 'link.img');
  symlinkSync(image.path, link);
  await killedAt(link, shrink, await stepOf(image.path, 'resize-file-system'), 'begin');
  expect(existsSync(join(folder, '.link.img.platter-undo'))).toBe(false);
  await expect(refuseUnfinished(Buffer.from(image.path), await stat(image.path, { bigint: true }))).rejects.toMatchObject({
    data: { code: 'RESIZE_UNFINISHED' },
  });
  await resizing.finish(image.path, 'undo');
  expectWhole(image, placeBytes(image));
});

/**
 * A file system that was made smaller is taken back to its size, and that is stopped itself; and what was written to it since it was made smaller
 * stays, however the resize ends. Needs root.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { projectNode } from '../../../build/bootstrap.mjs';
import { AppError } from '../../../electron/ipc/errors.ts';
import type { ResizeWish } from '../../../electron/ipc/resize.ts';
import { planResize } from '../../../electron/resize/planning/plan.ts';
import { refuseUnfinished, type UndoRecord } from '../../../electron/resize/undo-file.ts';
import { waitFor } from '../loop-fixture.ts';
import { detachAll } from './attached.ts';
import { expectWhole, makeImage, MIB, placeBytes, withMounted, type MadeImage } from './image-maker.ts';
import { killedAt, leftovers, useResizing } from './resizing.ts';

const resizing = useResizing();
const RECORD = '.disk.img.platter-undo';
const shrink: ResizeWish = { kind: 'by', bytes: String(-24 * MIB) };

function recordOf(path: string): UndoRecord {
  return JSON.parse(readFileSync(join(dirname(path), RECORD), 'utf8')) as UndoRecord;
}

/** Smaller, in a place that is as large as before; or in one that was cut off as well. */
async function makeStopped(where: 'between two steps' | 'after the cut'): Promise<MadeImage> {
  const image = makeImage({ table: 'gpt', type: 'ext4', layout: 'behind', mebibytes: 48 });
  const { steps } = planResize(await resizing.facts(image.path), { wish: shrink, place: null });
  const indexOf = (wanted: string): number => steps.findIndex(({ step }) => step === wanted);
  if (where === 'after the cut') {
    await killedAt(image.path, shrink, indexOf('resize-file'), 'end');
    return image;
  }
  const onProgress = ({ step, phase }: { step: number; phase: string }): void => {
    if (step === indexOf('resize-table') && phase === 'end') throw new AppError('SYSTEM_REFUSED', { details: 'injected' });
  };
  await expect(resizing.run(image.path, shrink, { onProgress })).rejects.toMatchObject({ data: { code: 'RESIZE_STOPPED' } });
  return image;
}

/** Everything that resize2fs may write there, and has not begun to where it was killed early. */
async function spoilWhatIsSaved({ path, startBytes }: MadeImage): Promise<void> {
  const file = await open(path, 'r+');
  try {
    for (const [start, size] of recordOf(path).saved) {
      // By the first superblock it is known that this is the same image.
      const from = Math.max(Number(start), startBytes + 4096);
      const end = Number(start) + Number(size);
      if (end > from) await file.write(Buffer.alloc(end - from, 0xa5), 0, end - from, from);
    }
  } finally {
    await file.close();
  }
}

async function killedWhileTakingBack(image: MadeImage): Promise<void> {
  const script = join(import.meta.dirname, 'killed-resize.ts');
  const child = spawn(projectNode, [script, image.path, 'undo'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit');
  await waitFor('the file system to be taken back', () => recordOf(image.path).takingBack !== undefined);
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
}

test.each(
  (['between two steps', 'after the cut'] as const).flatMap((where) => (['undo', 'continue'] as const).map((how) => ({ where, how }))),
)('stopped $where, and killed while it was undone: $how', async ({ where, how }) => {
  const image = await makeStopped(where);
  const { fileFromBytes, fileToBytes } = recordOf(image.path);
  await killedWhileTakingBack(image);
  await spoilWhatIsSaved(image);
  const facts = await stat(image.path, { bigint: true });
  await expect(refuseUnfinished(Buffer.from(image.path), facts)).rejects.toMatchObject({ data: { code: 'RESIZE_UNFINISHED' } });
  expect((await resizing.facts(image.path)).unfinished).toMatchObject({ step: 'resize-file-system', replaced: false });
  await resizing.finish(image.path, how);
  expect(statSync(image.path).size).toBe(Number(how === 'undo' ? fileFromBytes : fileToBytes));
  expect(leftovers(image.path)).toEqual([]);
  expectWhole(image, placeBytes(image));
});

/** Killed when what was saved of the file system is being put back. */
async function killedWhileCalledOff(): Promise<MadeImage> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const image = makeImage({ table: 'gpt', type: 'ext4', layout: 'behind', mebibytes: 48 });
    const { steps } = planResize(await resizing.facts(image.path), { wish: shrink, place: null });
    const table = steps.findIndex(({ step }) => step === 'resize-table');
    const script = join(import.meta.dirname, 'killed-resize.ts');
    const child = spawn(projectNode, [script, image.path, JSON.stringify(shrink), String(table), 'call-off'], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    while (child.exitCode === null && !isPuttingBack(image)) await setImmediate();
    child.kill('SIGKILL');
    await ended;
    if (isPuttingBack(image)) return image;
  }
  throw new Error('every kill came too late');
}

function isPuttingBack({ path }: MadeImage): boolean {
  try {
    const { undoing, begun } = recordOf(path);
    return undoing === true && begun;
  } catch {
    // There is none before the first change, nor after the last.
    return false;
  }
}

test.each(['undo', 'continue'] as const)('called off, and killed while what was saved was put back: %s', async (how) => {
  const image = await killedWhileCalledOff();
  const { fileFromBytes, fileToBytes } = recordOf(image.path);
  await spoilWhatIsSaved(image);
  await resizing.finish(image.path, how);
  expect(statSync(image.path).size).toBe(Number(how === 'undo' ? fileFromBytes : fileToBytes));
  expect(leftovers(image.path)).toEqual([]);
  expectWhole(image, placeBytes(image));
});

const added = Buffer.alloc(3 * MIB, 'added');

test('what was written between two steps stays where going on is called off', async () => {
  const image = await makeStopped('between two steps');
  const before = statSync(image.path).size;
  withMounted(image, placeBytes(image), (folder) => writeFileSync(join(folder, 'added'), added));
  const abort = new AbortController();
  abort.abort();
  await expect(resizing.finish(image.path, 'continue', abort.signal)).rejects.toMatchObject({ data: { code: 'CANCELLED' } });
  expect({ size: statSync(image.path).size, left: leftovers(image.path) }).toEqual({ size: before, left: [] });
  expect(withMounted(image, placeBytes(image), (folder) => readFileSync(join(folder, 'added')).equals(added))).toBe(true);
  expectWhole(image, placeBytes(image));
  await detachAll(resizing);
});

test('undoing that is called off leaves the file system small and whole, and is done the next time', async () => {
  const image = await makeStopped('after the cut');
  const abort = new AbortController();
  const undone = resizing.finish(image.path, 'undo', abort.signal).catch((fault: unknown) => fault);
  await waitFor('the file system to be taken back', () => recordOf(image.path).takingBack !== undefined);
  abort.abort();
  expect(await undone).toMatchObject({ data: { code: 'CANCELLED' } });
  expect(recordOf(image.path)).toMatchObject({ begun: false, undoing: true });
  expect(recordOf(image.path).takingBack).toBeUndefined();
  expectWhole(image, placeBytes(image));
  await resizing.finish(image.path, 'undo');
  expect(leftovers(image.path)).toEqual([]);
  expectWhole(image, placeBytes(image));
});

/** A step fails, is cancelled, or the program is killed in it: the image is whole, and the resize can go on or be undone. Needs root. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, statSync, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { AppError } from '../../../electron/ipc/errors.ts';
import type { ResizeWish } from '../../../electron/ipc/resize.ts';
import { planResize } from '../../../electron/resize/planning/plan.ts';
import { refuseUnfinished } from '../../../electron/resize/undo-file.ts';
import { expectWhole, makeImage, MIB, placeBytes, type ImageWish } from './image-maker.ts';
import { killedAt, killedWithin, leftovers, useResizing } from './resizing.ts';

const resizing = useResizing();
const grow: ResizeWish = { kind: 'by', bytes: String(40 * MIB) };
const shrink: ResizeWish = { kind: 'by', bytes: String(-24 * MIB) };
const long = process.env['PLATTER_LONG'] === '1';

/** After a step began. */
const delaysMs = long ? [0, 2, 5, 10, 20, 40] : [0, 8];

const waysOut = ['continue', 'undo'] as const;

const images: readonly ImageWish[] = [
  { table: 'gpt', type: 'ext4', layout: 'behind', mebibytes: 48 },
  ...(long
    ? ([
        { table: 'logical', type: 'ext4', layout: 'behind', mebibytes: 48 },
        { table: 'none', type: 'ext2', layout: 'only', mebibytes: 48 },
        { table: 'mbr', type: 'ext4', layout: 'tail', mebibytes: 48 },
      ] as const)
    : []),
];
const cases = images.flatMap((wish) => [
  { name: `${wish.table} ${wish.type}, growing`, wish, change: grow },
  { name: `${wish.table} ${wish.type}, shrinking`, wish, change: shrink },
]);

async function stepCount(path: string, change: ResizeWish): Promise<number> {
  return planResize(await resizing.facts(path), { wish: change, place: null }).steps.length;
}

function bytesOf(change: ResizeWish): number {
  return change.kind === 'by' ? Number(change.bytes) : 0;
}

test.each(cases)('$name: a failure at the end of every step is put back, and both ways out work', async ({ wish, change }) => {
  const steps = await stepCount(makeImage(wish).path, change);
  for (let failing = 0; failing < steps; failing += 1) {
    for (const how of long ? waysOut : [waysOut[failing % 2] ?? 'undo']) {
      const image = makeImage(wish);
      const before = { size: statSync(image.path).size, place: placeBytes(image) };
      const onProgress = ({ step, phase }: { step: number; phase: string }): void => {
        if (step === failing && phase === 'end') throw new AppError('SYSTEM_REFUSED', { details: 'injected' });
      };
      const error: unknown = await resizing.run(image.path, change, { onProgress }).catch((fault: unknown) => fault);
      const code = error instanceof AppError ? error.data.code : 'none';
      // Between two sizes a GPT's copy is not at the end.
      expectWhole(image, placeBytes(image), { table: code !== 'RESIZE_STOPPED' });
      if (code === 'RESIZE_STOPPED') {
        expect((await resizing.facts(image.path)).unfinished).toMatchObject({
          stepNumber: failing + 1,
          stepCount: steps,
          stoppedBy: 'SYSTEM_REFUSED',
        });
        await resizing.finish(image.path, how);
      } else {
        expect(code, `step ${failing + 1}`).toBe('SYSTEM_REFUSED');
        expect({ size: statSync(image.path).size, place: placeBytes(image) }).toEqual(before);
      }
      const after = { size: statSync(image.path).size, place: placeBytes(image) };
      const isDone = code === 'RESIZE_STOPPED' && how === 'continue';
      expect(isDone ? after.size : after).toEqual(isDone ? before.size + bytesOf(change) : before);
      expectWhole(image, after.place);
      expect(leftovers(image.path)).toEqual([]);
    }
  }
});

test.each(cases)('$name: cancelling at any step leaves everything as it was', async ({ wish, change }) => {
  const steps = await stepCount(makeImage(wish).path, change);
  for (let cancelled = 0; cancelled < steps - 1; cancelled += 1) {
    const image = makeImage(wish);
    const before = { size: statSync(image.path).size, place: placeBytes(image) };
    const abort = new AbortController();
    const onProgress = ({ step, phase }: { step: number; phase: string }): void => {
      if (step === cancelled && phase === 'end') abort.abort();
    };
    const error: unknown = await resizing.run(image.path, change, { onProgress, signal: abort.signal }).catch((fault: unknown) => fault);
    expect(error).toMatchObject({ data: { code: 'CANCELLED' } });
    expect({ size: statSync(image.path).size, place: placeBytes(image) }).toEqual(before);
    expectWhole(image, before.place);
    expect(leftovers(image.path)).toEqual([]);
  }
});

test.each(cases)('$name: a program killed in any step leaves what can go on or be undone', async ({ wish, change }) => {
  const steps = await stepCount(makeImage(wish).path, change);
  for (const phase of long ? (['begin', 'end'] as const) : (['end'] as const)) {
    for (let at = 0; at < steps; at += 1) {
      const how = (at + (phase === 'begin' ? 0 : 1)) % 2 === 0 ? 'continue' : 'undo';
      const image = makeImage(wish);
      const before = { size: statSync(image.path).size, place: placeBytes(image) };
      await killedAt(image.path, change, at, phase);
      const { unfinished } = await resizing.facts(image.path);
      if (unfinished === null) {
        // Nothing was changed yet, or all of it was done.
        expectWhole(image, placeBytes(image));
        continue;
      }
      await resizing.finish(image.path, how);
      const after = { size: statSync(image.path).size, place: placeBytes(image) };
      expect(how === 'undo' ? after : after.size).toEqual(how === 'undo' ? before : before.size + bytesOf(change));
      expectWhole(image, after.place);
      expect(leftovers(image.path)).toEqual([]);
    }
  }
});

/** In the short run only what can lose most. */
const casesWithin = long ? cases : cases.filter(({ change }) => change === shrink);

test.each(casesWithin)('$name: a program killed within any step leaves what can go on or be undone', async ({ wish, change }) => {
  const steps = await stepCount(makeImage(wish).path, change);
  let unfinishedCount = 0;
  for (let step = 0; step < steps; step += 1) {
    for (const [index, delayMs] of delaysMs.entries()) {
      const image = makeImage(wish);
      const before = statSync(image.path).size;
      await killedWithin(image.path, change, { step, delayMs });
      const { unfinished } = await resizing.facts(image.path);
      const how = (step + index) % 2 === 0 ? 'continue' : 'undo';
      if (unfinished !== null) {
        unfinishedCount += 1;
        await resizing.finish(image.path, how);
        expect(statSync(image.path).size).toBe(how === 'undo' ? before : before + bytesOf(change));
        expect(leftovers(image.path)).toEqual([]);
      }
      expectWhole(image, placeBytes(image));
    }
  }
  // Kills that all come too early or too late would prove nothing.
  expect(unfinishedCount).toBeGreaterThan(1);
});

test('an image that is within a step is told from one that can be used', async () => {
  const image = makeImage({ table: 'none', type: 'ext4', layout: 'only', mebibytes: 48 });
  const facts = (): Promise<BigIntStats> => stat(image.path, { bigint: true });
  const path = Buffer.from(image.path);
  await expect(refuseUnfinished(path, await facts())).resolves.toBeUndefined();
  // Step 3 is the file system.
  await killedAt(image.path, shrink, 2, 'begin');
  await expect(refuseUnfinished(path, await facts())).rejects.toMatchObject({ data: { code: 'RESIZE_UNFINISHED' } });
  await expect(resizing.run(image.path, grow)).rejects.toMatchObject({ data: { refusal: { reason: 'unfinished' } } });
  await resizing.finish(image.path, 'undo');
  await expect(refuseUnfinished(path, await facts())).resolves.toBeUndefined();
  expectWhole(image, 48 * MIB);
});

test('a disk without room for what undoing needs is said, and the image stays as it was', async () => {
  const image = makeImage({ table: 'none', type: 'ext4', layout: 'only', mebibytes: 48 });
  const disk = `${dirname(image.path)}/disk`;
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk]);
  try {
    const path = join(disk, 'disk.img');
    execFileSync('cp', ['--sparse=always', image.path, path]);
    // It ends when there is no room.
    spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'filler')}`, 'bs=4k'], { stdio: 'ignore' });
    await expect(resizing.run(path, shrink)).rejects.toMatchObject({ data: { code: 'UNDO_NOT_SAVED' } });
    expect({ size: statSync(path).size, left: leftovers(path) }).toEqual({ size: 48 * MIB, left: [] });
    // Where there is room to look at it; the check that comes first writes its time.
    execFileSync('cp', ['--sparse=always', path, image.path]);
  } finally {
    execFileSync('umount', [disk]);
  }
  expectWhole(image, 48 * MIB);
});

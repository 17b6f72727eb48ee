/**
 * An attached image whose resize fails or is killed in any step: what was put back is whole, and going on and putting back both end right.
 * And an image that was used between two steps keeps what was written. Needs root; a mounted ext4 that grows is in the vm suite.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { AppError } from '../../../electron/ipc/errors.ts';
import type { ResizeWish } from '../../../electron/ipc/resize.ts';
import { planResize } from '../../../electron/resize/planning/plan.ts';
import { hasFileSystem } from '../mounting/mount-fixture.ts';
import { attach, detachAll } from './attached.ts';
import { expectWhole, makeImage, MIB, placeBytes, withMounted, type ImageWish, type MadeImage } from './image-maker.ts';
import { killedAt, leftovers, mayGrowExt4, useResizing } from './resizing.ts';

const resizing = useResizing();
const long = process.env['PLATTER_LONG'] === '1';
const waysOut = ['continue', 'undo'] as const;

interface Case {
  readonly wish: ImageWish;
  readonly mounted: boolean;
  readonly mebibytes: number;
}
const all: readonly Case[] = [
  { wish: { table: 'gpt', type: 'xfs', layout: 'only', mebibytes: 304 }, mounted: true, mebibytes: 64 },
  { wish: { table: 'mbr', type: 'btrfs', layout: 'only', mebibytes: 480 }, mounted: true, mebibytes: -150 },
  { wish: { table: 'gpt', type: 'ext4', layout: 'behind', mebibytes: 48 }, mounted: false, mebibytes: 40 },
  { wish: { table: 'logical', type: 'ext4', layout: 'only', mebibytes: 48 }, mounted: true, mebibytes: -24 },
  ...(long
    ? ([
        { wish: { table: 'none', type: 'btrfs', layout: 'only', mebibytes: 480 }, mounted: true, mebibytes: 64 },
        { wish: { table: 'gpt', type: 'xfs', layout: 'only', mebibytes: 304 }, mounted: false, mebibytes: 64 },
        { wish: { table: 'gpt', type: 'btrfs', layout: 'only', mebibytes: 480 }, mounted: false, mebibytes: -150 },
        { wish: { table: 'gpt', type: 'swap', layout: 'only', mebibytes: 48 }, mounted: false, mebibytes: 40 },
      ] as const)
    : []),
  ...(mayGrowExt4()
    ? ([{ wish: { table: 'gpt', type: 'ext4', layout: 'behind', mebibytes: 48 }, mounted: true, mebibytes: 40 }] as const)
    : []),
];
const cases = all
  .filter(({ wish: { type } }) => !['xfs', 'btrfs'].includes(type) || hasFileSystem(type))
  .map((one) => {
    const change: ResizeWish = { kind: 'by', bytes: String(one.mebibytes * MIB) };
    const state = one.mounted ? 'mounted' : 'attached';
    return { ...one, change, name: `${one.wish.table} ${one.wish.type} ${state}, ${one.mebibytes > 0 ? 'growing' : 'shrinking'}` };
  });

afterEach(async () => detachAll(resizing));

async function makeAttached({ wish, mounted }: Case): Promise<MadeImage> {
  const image = makeImage(wish);
  await attach(resizing, image, mounted);
  return image;
}

/** Ends what is left of the resize in this way, if anything is, and looks whether everything is there. */
async function expectFinished(image: MadeImage, { mebibytes }: Case, before: number, how: 'continue' | 'undo'): Promise<void> {
  const { unfinished } = await resizing.facts(image.path);
  if (unfinished !== null) await resizing.finish(image.path, how);
  const size = statSync(image.path).size;
  const after = before + mebibytes * MIB;
  if (unfinished === null) expect([before, after]).toContain(size);
  else expect(size).toBe(how === 'undo' ? before : after);
  expect(leftovers(image.path)).toEqual([]);
  await detachAll(resizing);
  expectWhole(image, placeBytes(image));
}

test.each(cases)('$name: a failure at the end of every step', async (one) => {
  const probe = await makeAttached(one);
  const steps = planResize(await resizing.facts(probe.path), { wish: one.change, place: null }).steps;
  await detachAll(resizing);
  for (let failing = 0; failing < steps.length; failing += 1) {
    for (const how of long ? waysOut : [waysOut[failing % 2] ?? 'undo']) {
      const image = await makeAttached(one);
      const before = statSync(image.path).size;
      const onProgress = ({ step, phase }: { step: number; phase: string }): void => {
        if (step === failing && phase === 'end') throw new AppError('SYSTEM_REFUSED', { details: 'injected' });
      };
      const error: unknown = await resizing.run(image.path, one.change, { onProgress }).catch((fault: unknown) => fault);
      const code = error instanceof AppError ? error.data.code : 'none';
      expect(['SYSTEM_REFUSED', 'RESIZE_STOPPED', 'RESIZE_NOT_PUT_BACK', 'RESIZED_NOT_ATTACHED']).toContain(code);
      // A growth that the kernel made on a mount cannot be taken back where the file system only grows.
      const onlyForward = code === 'RESIZE_NOT_PUT_BACK' || (steps[failing]?.step === 'resize-file-system' && one.wish.type === 'xfs');
      await expectFinished(image, one, before, onlyForward ? 'continue' : how);
    }
  }
});

test.each(cases)('$name: a program killed in every step', async (one) => {
  const probe = await makeAttached(one);
  const steps = planResize(await resizing.facts(probe.path), { wish: one.change, place: null }).steps;
  await detachAll(resizing);
  for (const phase of long ? (['begin', 'end'] as const) : (['end'] as const)) {
    for (let at = 0; at < steps.length; at += 1) {
      const image = await makeAttached(one);
      const before = statSync(image.path).size;
      await killedAt(image.path, one.change, at, phase);
      const onlyForward = steps[at]?.step === 'resize-file-system' && one.wish.type === 'xfs' && phase === 'end';
      await expectFinished(image, one, before, onlyForward || at % 2 === 0 ? 'continue' : 'undo');
    }
  }
});

/** Replaces one file, and adds another. */
function useImage(image: MadeImage, sizeBytes: number): { readonly name: string; readonly bytes: Buffer } {
  const bytes = randomBytes(3 * MIB);
  withMounted(image, sizeBytes, (folder) => {
    rmSync(join(folder, 'file-3'));
    writeFileSync(join(folder, 'added'), bytes);
  });
  return { name: 'added', bytes };
}

function readFileOf({ path, startBytes }: MadeImage, sizeBytes: number, name: string): Buffer {
  const part = `${path}.copy`;
  execFileSync('dd', [`if=${path}`, `of=${part}`, 'bs=1M', `skip=${startBytes / MIB}`, 'conv=sparse', 'status=none']);
  execFileSync('truncate', ['-s', String(sizeBytes), part]);
  execFileSync('debugfs', [part, '-R', `dump /${name} ${path}.${name}`], { stdio: 'ignore' });
  execFileSync('e2fsck', ['-fn', part], { stdio: 'ignore' });
  return readFileSync(`${path}.${name}`);
}

test.each([
  { name: 'shrinking, put back', mebibytes: -24, how: 'undo' },
  { name: 'shrinking, gone on with', mebibytes: -24, how: 'continue' },
  { name: 'growing, put back', mebibytes: 40, how: 'undo' },
  { name: 'growing, gone on with', mebibytes: 40, how: 'continue' },
] as const)('what was written between two steps stays: $name', async ({ mebibytes, how }) => {
  const image = makeImage({ table: 'gpt', type: 'ext4', layout: 'behind', mebibytes: 48 });
  const change: ResizeWish = { kind: 'by', bytes: String(mebibytes * MIB) };
  const { steps } = planResize(await resizing.facts(image.path), { wish: change, place: null });
  const table = steps.findIndex(({ step }) => step === 'resize-table');
  const onProgress = ({ step, phase }: { step: number; phase: string }): void => {
    if (step === table && phase === 'end') throw new AppError('SYSTEM_REFUSED', { details: 'injected' });
  };
  await expect(resizing.run(image.path, change, { onProgress })).rejects.toMatchObject({ data: { code: 'RESIZE_STOPPED' } });
  const added = useImage(image, placeBytes(image));
  await resizing.finish(image.path, how);
  expect(leftovers(image.path)).toEqual([]);
  expect(readFileOf(image, placeBytes(image), added.name).equals(added.bytes)).toBe(true);
  const files = new Map([...image.files].filter(([name]) => name !== 'file-3'));
  expectWhole({ ...image, files }, placeBytes(image));
});

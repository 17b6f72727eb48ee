/**
 * The power fails at any moment of a resize. The image lies on a file system of its own that is shut down without writing what it still
 * has in memory, neither data nor log (FS_IOC_SHUTDOWN, by xfs_io(8)); mounted again, it holds what was on the disk. Needs root.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { ResizeWish } from '../../../electron/ipc/resize.ts';
import { toErrorData } from '../../../electron/calls.ts';
import { planResize } from '../../../electron/resize/planning/plan.ts';
import { attach, detachAll } from './attached.ts';
import { expectWhole, makeImage, MIB, placeBytes, testFolder, type ImageWish, type MadeImage } from './image-maker.ts';
import { killedWithin, useResizing } from './resizing.ts';

const resizing = useResizing();
const long = process.env['PLATTER_LONG'] === '1';
/** After a step began. Growing, whose steps are short, is cut off once in each in the short run. */
function delaysMs(step: number, grows: boolean): readonly number[] {
  if (long) return [0, 2, 5, 10, 20, 40, 80];
  return grows ? [step % 2 === 0 ? 0 : 8] : [0, 15];
}

/** The disk that loses its power. */
const disk = { file: '', folder: '', count: 0, isMounted: false };

function makeDisk(): void {
  disk.folder = join(testFolder(), 'disk.mounted');
  mkdirSync(disk.folder, { recursive: true });
  disk.file = nextFile();
  writeFileSync(disk.file, '');
  truncateSync(disk.file, 768 * MIB);
  execFileSync('mke2fs', ['-q', '-t', 'ext4', disk.file]);
  mountDisk();
}

function nextFile(): string {
  disk.count += 1;
  return join(testFolder(), `disk-${disk.count}`);
}

function mountDisk(): void {
  execFileSync('mount', ['-o', 'loop', disk.file, disk.folder]);
  disk.isMounted = true;
}

function leaveDisk(): void {
  if (disk.isMounted) execFileSync('umount', ['--lazy', disk.folder]);
  disk.isMounted = false;
  rmSync(disk.file, { force: true });
}
afterEach(leaveDisk);

/**
 * Goes on with a copy of what the disk holds: a program that was killed may not have let go of the old one yet, and any mount namespace that was
 * made meanwhile keeps it mounted, shut down as it is.
 */
function startAnew(): void {
  const next = nextFile();
  execFileSync('cp', ['--sparse=always', disk.file, next]);
  leaveDisk();
  disk.file = next;
  mountDisk();
}

function putOnDisk(made: MadeImage): MadeImage {
  const path = join(disk.folder, 'disk.img');
  for (const name of readdirSync(disk.folder)) if (name.includes('disk.img')) rmSync(join(disk.folder, name), { recursive: true });
  execFileSync('cp', ['--sparse=always', made.path, path]);
  execFileSync('sync', ['--file-system', disk.folder]);
  return { ...made, path };
}

type Case = readonly [wish: ImageWish, mebibytes: number, state?: 'attached'];
const ext4 = { type: 'ext4', mebibytes: 48 } as const;
/** What can lose most, and with growth of a GPT the copy that moves. */
const sample: readonly Case[] = [
  [{ ...ext4, table: 'gpt', layout: 'behind' }, -24],
  [{ ...ext4, table: 'gpt', layout: 'behind' }, 24],
];
const others: readonly Case[] = [
  [{ ...ext4, table: 'mbr', layout: 'behind' }, 24],
  [{ ...ext4, table: 'mbr', layout: 'tail' }, 24],
  [{ ...ext4, table: 'mbr', layout: 'behind' }, -24],
  [{ ...ext4, table: 'logical', layout: 'behind' }, 24],
  [{ ...ext4, table: 'logical', layout: 'behind' }, -24],
  [{ ...ext4, table: 'none', layout: 'only' }, 24],
  [{ ...ext4, table: 'none', layout: 'only' }, -24],
  [{ table: 'gpt', type: 'swap', layout: 'behind', mebibytes: 48 }, -24],
  [{ ...ext4, table: 'gpt', layout: 'behind' }, 24, 'attached'],
  [{ ...ext4, table: 'gpt', layout: 'behind' }, -24, 'attached'],
  // On a mount of ours.
  [{ table: 'gpt', type: 'xfs', layout: 'behind', mebibytes: 304 }, 24],
  [{ table: 'gpt', type: 'btrfs', layout: 'behind', mebibytes: 400 }, 24],
  [{ table: 'gpt', type: 'btrfs', layout: 'behind', mebibytes: 400 }, -100],
];
const cases = long ? [...sample, ...others] : sample;

/** As the next one who mounts it would: what a journal still holds is done first. */
function replay({ path, startBytes, wish: { type } }: MadeImage, sizeBytes: number): void {
  if (!['xfs', 'btrfs'].includes(type)) return;
  const folder = join(testFolder(), 'replayed');
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', type, '-o', `loop,offset=${startBytes},sizelimit=${sizeBytes}`, path, folder]);
  execFileSync('umount', [folder]);
}

/** What was done: an XFS that has grown, be it in its log alone, can only be gone on with. */
async function finish({ path, wish: { type } }: MadeImage, how: 'continue' | 'undo'): Promise<'continue' | 'undo'> {
  try {
    await resizing.finish(path, how);
    return how;
  } catch (error) {
    if (type !== 'xfs' || how === 'continue') throw error;
    expect(toErrorData(error)).toMatchObject({ code: 'RESIZE_REFUSED', refusal: { reason: 'only-grows' } });
    await resizing.finish(path, 'continue');
    return 'continue';
  }
}

const named = cases.map((one) => ({ one, name: `${one[0].table} ${one[0].type} ${one[0].layout} by ${one[1]} MiB, ${one[2] ?? 'file'}` }));
test.each(named)('$name', async ({ one: [wish, mebibytes, state] }) => {
  makeDisk();
  const made = makeImage(wish);
  const change: ResizeWish = { kind: 'by', bytes: String(mebibytes * MIB) };
  const place = made.partition ?? 'whole';
  if (state === 'attached') await attach(resizing, made, false);
  const { steps } = planResize(await resizing.facts(made.path), { wish: change, place });
  await detachAll(resizing, dirname(made.path));
  let unfinishedCount = 0;
  for (const [step] of steps.entries()) {
    for (const [index, delayMs] of delaysMs(step, mebibytes > 0).entries()) {
      const image = putOnDisk(made);
      const [before, how] = [statSync(image.path).size, (step + index) % 2 === 0 ? 'continue' : 'undo'] as const;
      const beforeKill = (): void => void execFileSync('xfs_io', ['-x', '-c', 'shutdown', disk.folder]);
      if (state === 'attached') await attach(resizing, image, false);
      await killedWithin(image.path, change, { step, delayMs, place, beforeKill });
      // A machine that starts anew has neither devices nor mounts.
      await detachAll(resizing, disk.folder);
      startAnew();
      const { unfinished } = await resizing.facts(image.path);
      let finished = how;
      const after = before + mebibytes * MIB;
      if (unfinished !== null) {
        unfinishedCount += 1;
        finished = await finish(image, how);
      }
      const possible = unfinished === null ? [before, after] : [finished === 'undo' ? before : after];
      expect(possible, `step ${step}, ${delayMs} ms`).toContain(statSync(image.path).size);
      replay(image, placeBytes(image));
      expectWhole(image, placeBytes(image));
    }
  }
  // Cuts that all come too early or too late would prove nothing.
  expect(unfinishedCount).toBeGreaterThan(1);
});

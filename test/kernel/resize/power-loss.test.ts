/**
 * The power fails at any moment of a resize. The image lies on a file system of its own that is shut down without writing what it still
 * has in memory, neither data nor log (FS_IOC_SHUTDOWN, by xfs_io(8)); mounted again, it holds what was on the disk. Needs root.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { ResizeWish } from '../../../electron/ipc/resize.ts';
import { planResize } from '../../../electron/resize/planning/plan.ts';
import { expectWhole, makeImage, MIB, placeBytes, testFolder, type ImageWish, type MadeImage } from './image-maker.ts';
import { killedWithin, useResizing } from './resizing.ts';

const resizing = useResizing();
const long = process.env['PLATTER_LONG'] === '1';
const slowness = Number(process.env['PLATTER_SLOWNESS'] ?? 1);
/** After a step began. Growing, whose steps are short, is cut off once in each in the short run. */
function delaysMs(step: number, grows: boolean): readonly number[] {
  if (long) return [0, 2, 5, 10, 20, 40, 80];
  return grows ? [step % 2 === 0 ? 0 : 8] : [0, 15];
}

/** The disk that loses its power. */
const disk = { file: '', folder: '', isMounted: false };

function makeDisk(): void {
  disk.file = join(testFolder(), 'disk');
  disk.folder = `${disk.file}.mounted`;
  rmSync(disk.file, { force: true });
  writeFileSync(disk.file, '');
  truncateSync(disk.file, 512 * MIB);
  execFileSync('mke2fs', ['-q', '-t', 'ext4', disk.file]);
  if (!existsSync(disk.folder)) mkdirSync(disk.folder);
  mountDisk();
}

function mountDisk(): void {
  execFileSync('mount', ['-o', 'loop', disk.file, disk.folder]);
  disk.isMounted = true;
}

/** Programs that were killed let go of their files a moment later. */
async function unmountDisk(): Promise<void> {
  for (let time = 1; disk.isMounted; time += 1) {
    const { status, stderr } = spawnSync('umount', [disk.folder], { encoding: 'utf8' });
    disk.isMounted = status !== 0;
    if (time > 200) throw new Error(stderr);
    if (disk.isMounted) await setTimeout(25 * slowness);
  }
}
afterEach(unmountDisk);

function putOnDisk(made: MadeImage): MadeImage {
  const path = join(disk.folder, 'disk.img');
  for (const name of readdirSync(disk.folder)) if (name.includes('disk.img')) rmSync(join(disk.folder, name), { recursive: true });
  execFileSync('cp', ['--sparse=always', made.path, path]);
  execFileSync('sync', ['--file-system', disk.folder]);
  return { ...made, path };
}

type Case = readonly [wish: ImageWish, mebibytes: number];
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
];
const cases = long ? [...sample, ...others] : sample;

test.each(cases)('%j by %i MiB', async (wish, mebibytes) => {
  makeDisk();
  const made = makeImage(wish);
  const change: ResizeWish = { kind: 'by', bytes: String(mebibytes * MIB) };
  const place = made.partition ?? 'whole';
  const { steps } = planResize(await resizing.facts(made.path), { wish: change, place });
  let unfinishedCount = 0;
  for (const [step] of steps.entries()) {
    for (const [index, delayMs] of delaysMs(step, mebibytes > 0).entries()) {
      const image = putOnDisk(made);
      const [before, how] = [statSync(image.path).size, (step + index) % 2 === 0 ? 'continue' : 'undo'] as const;
      const beforeKill = (): void => void execFileSync('xfs_io', ['-x', '-c', 'shutdown', disk.folder]);
      await killedWithin(image.path, change, { step, delayMs, place, beforeKill });
      await unmountDisk();
      mountDisk();
      const { unfinished } = await resizing.facts(image.path);
      const after = before + mebibytes * MIB;
      if (unfinished !== null) {
        unfinishedCount += 1;
        await resizing.finish(image.path, how);
      }
      const possible = unfinished === null ? [before, after] : [how === 'undo' ? before : after];
      expect(possible, `step ${step}, ${delayMs} ms`).toContain(statSync(image.path).size);
      expectWhole(image, placeBytes(image));
    }
  }
  // Cuts that all come too early or too late would prove nothing.
  expect(unfinishedCount).toBeGreaterThan(1);
});

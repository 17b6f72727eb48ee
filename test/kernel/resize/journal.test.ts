/** A growth that is in the journal of a file system alone, where whoever reads the file still sees the old size. Needs root. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { ResizeWish } from '../../../electron/ipc/resize.ts';
import { toErrorData } from '../../../electron/calls.ts';
import { planResize } from '../../../electron/resize/planning/plan.ts';
import { detachAll } from './attached.ts';
import { expectWhole, makeImage, MIB, placeBytes, testFolder } from './image-maker.ts';
import { killedWithin, useResizing } from './resizing.ts';

const resizing = useResizing();

/** sb_dblocks of an XFS that begins with the file (xfs_format.h). */
function blocksInSuperblock(path: string): bigint {
  const bytes = Buffer.alloc(16);
  const fd = openSync(path, 'r');
  readSync(fd, bytes, 0, 16, 0);
  closeSync(fd);
  return bytes.readBigUInt64BE(8);
}

/** The power fails when the log is on the disk and nothing else is: the driver writes its log and shuts down. */
function growInLogAlone(path: string): void {
  const folder = join(testFolder(), 'mounted');
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-o', 'loop', path, folder]);
  try {
    execFileSync('xfs_growfs', [folder], { stdio: 'ignore' });
    execFileSync('xfs_io', ['-x', '-c', 'shutdown -f', folder]);
  } finally {
    execFileSync('umount', [folder]);
  }
}

test('an XFS that has grown in its log alone is not cut back, and can be gone on with', async () => {
  const made = makeImage({ table: 'none', type: 'xfs', layout: 'only', mebibytes: 304 });
  const [change, after]: [ResizeWish, number] = [{ kind: 'by', bytes: String(32 * MIB) }, statSync(made.path).size + 32 * MIB];
  const blocks = blocksInSuperblock(made.path);
  const { steps } = planResize(await resizing.facts(made.path), { wish: change, place: 'whole' });
  await killedWithin(made.path, change, { step: steps.findIndex(({ step }) => step === 'resize-file-system'), delayMs: 0, place: 'whole' });
  await detachAll(resizing, dirname(made.path));
  growInLogAlone(made.path);
  expect(blocksInSuperblock(made.path)).toBe(blocks);
  const refusal = await resizing.finish(made.path, 'undo').catch((error: unknown) => toErrorData(error));
  expect(refusal).toMatchObject({ code: 'RESIZE_REFUSED', refusal: { reason: 'only-grows' } });
  expect(blocksInSuperblock(made.path)).toBeGreaterThan(blocks);
  await resizing.finish(made.path, 'continue');
  expect(statSync(made.path).size).toBe(after);
  expectWhole(made, placeBytes(made));
});

/** What an AppImage carries in place of the system's part of a package: a helper that looks, from wherever it was mounted. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { version } from '../../build/package/make.ts';
import { addPrograms } from '../../build/package/programs-tree.ts';
import { Tree } from '../../build/package/tree.ts';
import { helperCandidates } from '../../electron/helper/helper-paths.ts';
import { startHelper } from '../../electron/helper/helper-process.ts';

const mounted = mkdtempSync(join(tmpdir(), 'platter-appimage-'));
afterAll(() => rmSync(mounted, { recursive: true }));

const uid = process.getuid?.() ?? -1;

test('the bundled helper answers; as root it refuses to run, as it must', async () => {
  const { node, script } = placeBundle();
  const outcome = await startHelper({ kind: 'view' }, { files: { node, script, launcher: null, isBundled: true } });
  const refused = { kind: 'broken', end: { details: expect.stringContaining('root') as unknown } };
  expect(outcome).toMatchObject(uid === 0 ? refused : { kind: 'ready', hello: { version, mode: 'view' } });
  if (outcome.kind === 'ready') await outcome.stop();
});

/** Where the window looks for it. */
function placeBundle() {
  addPrograms(new Tree(join(mounted, 'resources/platter')), '.', version);
  const [files] = helperCandidates(join(mounted, 'resources/app.asar/dist/main/main.js'));
  if (files === undefined) throw new Error('no candidate');
  return files;
}

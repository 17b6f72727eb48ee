/** `platter resize --new` as a user runs it: the built program and the real helper, on images whose file systems have a fixed size. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { projectNode } from '../../../build/bootstrap.mjs';
import { platter, platterScript, type Outcome } from '../../kernel/cli/command.ts';
import { errorOf, resultOf } from '../../kernel/cli/commands-fixture.ts';
import { hasFileSystem } from '../../kernel/mounting/mount-fixture.ts';
import { digest, MIB } from '../../kernel/resize/image-maker.ts';
import { blkid, kinds, makeImage, readTree, withStretch, type Kind, type Made } from './fixed-sizes.ts';

/** Debian's 6.1 was built without ntfs3. */
for (const { driver } of kinds) spawnSync('modprobe', [driver]);
const here = kinds.filter(({ driver }) => hasFileSystem(driver));
const [fat] = kinds;
/** The emulated machine is slow: all of them only in the long run. */
const isLong = process.env['PLATTER_LONG'] === '1';
const chosen = isLong ? here : here.slice(-1);

let attached: string | null = null;
afterEach(() => {
  if (attached !== null) platter(['detach', attached]);
  attached = null;
});

function run(image: Made, ...words: readonly string[]): Outcome {
  return platter(['resize', ...words], { cwd: dirname(image.path) });
}

/** The partition of the new image, as another program reads the table. */
function placeIn(path: string, { start }: Made): { readonly start: number; readonly size: number } {
  const said = spawnSync('sfdisk', ['--json', path], { encoding: 'utf8' }).stdout;
  const { partitiontable } = JSON.parse(said) as { partitiontable: { partitions: { start: number; size: number }[] } };
  const found = partitiontable.partitions.find((partition) => partition.start * 512 === start);
  return { start, size: (found?.size ?? 0) * 512 };
}

type Files = ReturnType<typeof readTree>;

/** Whoever mounts an NTFS writes to it: the old image is read once, before anything is compared with it. */
function filesOf(old: Made, { driver }: Kind): Files {
  const files = withStretch(old.path, driver, old, readTree);
  expect(files.size).toBeGreaterThan(12);
  return files;
}

function expectNew(old: Made, { type, driver, label }: Kind, files: Files, name: string, sizeBytes: number): void {
  const path = join(dirname(old.path), name);
  expect(statSync(path).size).toBe(sizeBytes);
  expect(blkid(path, old.start)).toMatchObject({ TYPE: type, LABEL: label, UUID: blkid(old.path, old.start)['UUID'] });
  expect(withStretch(path, driver, placeIn(path, old), readTree)).toEqual(files);
}

test.for(chosen)('$type: a larger image and a smaller one, with the same files', (kind) => {
  const old = makeImage(kind, 'gpt');
  const files = filesOf(old, kind);
  const [before, size] = [digest(old.path), statSync(old.path).size];
  const names = readdirSync(dirname(old.path));
  const larger = run(old, 'old.img', '--by', '64M', '--new', 'larger.img');
  expect([larger.status, larger.stdout]).toEqual([0, expect.stringMatching(/^larger\.img: \d+ MiB, [\d.]+ MiB on disk\n$/u)]);
  expectNew(old, kind, files, 'larger.img', size + 64 * MIB);
  const smaller = run(old, 'old.img', '--by=-12M', '--new', 'smaller.img', '--json');
  expect([smaller.status, smaller.stderr]).toEqual([0, '']);
  expect(resultOf(smaller)).toMatchObject({ file: 'smaller.img', sizeBytes: String(size - 12 * MIB) });
  expectNew(old, kind, files, 'smaller.img', size - 12 * MIB);
  expect(digest(old.path)).toBe(before);
  expect(readdirSync(dirname(old.path)).toSorted()).toEqual([...names, 'larger.img', 'smaller.img'].toSorted());
});

test.runIf(isLong)('one that is attached read-only and mounted is read where it is, a writable one is refused', () => {
  const old = makeImage(fat, 'mbr');
  const files = filesOf(old, fat);
  const size = statSync(old.path).size;
  expect(platter(['open', '--no-folder', old.path])).toMatchObject({ status: 0, stderr: '' });
  attached = old.path;
  const made = run(old, 'old.img', '--by', '8M', '--new', 'new.img');
  expect([made.status, made.stderr]).toEqual([0, '']);
  // It stays as it was.
  expect(JSON.parse(platter(['show', old.path, '--json']).stdout)).toMatchObject({ readOnly: true });
  expect(platter(['detach', old.path]).status).toBe(0);
  expectNew(old, fat, files, 'new.img', size + 8 * MIB);
  expect(platter(['attach', '--json', old.path]).status).toBe(0);
  const refused = run(old, 'old.img', '--by', '8M', '--new', 'second.img', '--json');
  expect([refused.status, errorOf(refused).code]).toEqual([1, 'IMAGE_ATTACHED']);
  expect(existsSync(join(dirname(old.path), 'second.img'))).toBe(false);
});

test.runIf(isLong)('in place it is refused with the way out, and a file that is there is never replaced', () => {
  const old = makeImage(fat, 'gpt');
  const before = digest(old.path);
  const inPlace = run(old, 'old.img', '--by', '8M', '--partition', '2', '--json');
  expect([inPlace.status, errorOf(inPlace).code]).toEqual([1, 'RESIZE_REFUSED']);
  expect(`${errorOf(inPlace).message} ${errorOf(inPlace).next}`).toContain('--new');
  const present = join(dirname(old.path), 'there.img');
  writeFileSync(present, 'mine');
  const taken = run(old, 'old.img', '--by', '8M', '--new', 'there.img', '--json');
  expect([taken.status, errorOf(taken).code]).toEqual([1, 'FILE_EXISTS']);
  expect([readFileSync(present, 'utf8'), digest(old.path)]).toEqual(['mine', before]);
});

test('what Ctrl+C stops leaves no file, no device and no mount', async () => {
  const old = makeImage(fat, 'gpt');
  const names = readdirSync(dirname(old.path));
  const child = spawn(projectNode, [platterScript, 'resize', 'old.img', '--by', '64M', '--new', 'new.img', '--json'], {
    cwd: dirname(old.path),
  });
  const said: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const ended = once(child, 'close');
  // What is made has a name of its own until it is whole.
  while (!readdirSync(dirname(old.path)).some((name) => name.startsWith('.platter-'))) await setImmediate();
  child.kill('SIGINT');
  expect(await ended).toEqual([1, null]);
  expect(errorOf({ status: 1, stdout: '', stderr: said.join('') }).code).toBe('CANCELLED');
  expect(readdirSync(dirname(old.path))).toEqual(names);
  expect(spawnSync('losetup', ['--list', '--noheadings', '--output', 'BACK-FILE'], { encoding: 'utf8' }).stdout).not.toContain(
    dirname(old.path),
  );
});

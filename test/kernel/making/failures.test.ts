/** What is called off, runs out of room or is killed leaves nothing behind. */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { projectNode } from '../../../build/bootstrap.mjs';
import { planConversion } from '../../../electron/images/making/convert-image.ts';
import { planImage } from '../../../electron/images/making/create-image.ts';
import { planExport } from '../../../electron/images/making/export-image.ts';
import { makeNewFile, takeName } from '../../../electron/images/making/new-file.ts';
import type { CreationPlan, WantedContents } from '../../../electron/images/making/wanted-image.ts';
import { codeOf, make, makeFolder, MIB, namesIn, placeOf } from './making-fixture.ts';

/** Programs whose command line names `path` or that have it open through one of the given folders. */
function programsIn(folder: string): string {
  return execFileSync('sh', ['-c', 'ls -l /proc/[0-9]*/fd 2>/dev/null | grep -F -- "$1" || true', 'sh', folder], { encoding: 'utf8' });
}

/** Calls the work off at the first report that it is under way. */
async function cancelUnderWay(
  plan: CreationPlan,
  isUnderWay: (progress: Parameters<Parameters<CreationPlan['run']>[1]>[0]) => boolean,
): Promise<string> {
  const abort = new AbortController();
  return codeOf(plan.run(abort.signal, (progress) => isUnderWay(progress) && abort.abort()));
}

const noise = (() => {
  const path = join(makeFolder(), 'noise.img');
  writeFileSync(path, randomBytes(16 * 1024 * 1024));
  return path;
})();

describe('called off', () => {
  test('while it packs, a job leaves neither file nor program', async () => {
    const folder = makeFolder();
    const plan = await planExport({
      sourceFormat: { kind: 'raw' },
      source: Buffer.from(noise),
      place: placeOf(folder),
      format: 'xz',
      compress: false,
    });
    expect(await cancelUnderWay(plan, ({ bytesDone }) => (bytesDone ?? 0n) > 0n)).toBe('CANCELLED');
    expect([namesIn(folder), programsIn(folder)]).toEqual([[], '']);
  });

  test('while it unpacks, a job leaves neither file nor either of its programs', async () => {
    const folder = makeFolder();
    const packed = `${noise}.bz2`;
    execFileSync('bzip2', ['-k', '-1', noise]);
    const format = { kind: 'compressed', name: 'bzip2', unpackedBytes: null } as const;
    const plan = await planConversion(
      { source: Buffer.from(packed), format, place: placeOf(folder), otherFiles: false },
      new AbortController().signal,
    );
    expect(await cancelUnderWay(plan, ({ bytesDone }) => (bytesDone ?? 0n) > 0n)).toBe('CANCELLED');
    expect([namesIn(folder), programsIn(folder)]).toEqual([[], '']);
  });

  test('between two partitions, a job leaves nothing', async () => {
    const folder = makeFolder();
    const partition = { sizeBytes: 16n * MIB, content: 'ext4', label: '', name: '' } as const;
    const contents = { kind: 'partitions', sizeBytes: 64n * MIB, table: 'gpt', partitions: [partition, partition] } as const;
    const plan = await planImage({ place: placeOf(folder), contents, reserved: false });
    expect(await cancelUnderWay(plan, ({ step }) => step === 2)).toBe('CANCELLED');
    expect(namesIn(folder)).toEqual([]);
  });

  test('when it is done but has no name yet, a job leaves nothing', async () => {
    const folder = makeFolder();
    const abort = new AbortController();
    expect(
      await codeOf(
        makeNewFile(placeOf(folder), abort.signal, async ({ file }) => {
          await file.write('whole');
          abort.abort();
        }),
      ),
    ).toBe('CANCELLED');
    expect(namesIn(folder)).toEqual([]);
  });
});

test('a file that takes the name while the image is made keeps it', async () => {
  const folder = makeFolder();
  const work = makeNewFile(placeOf(folder), new AbortController().signal, async () => {
    writeFileSync(join(folder, 'disk.img'), 'first');
    return Promise.resolve();
  });
  expect(await codeOf(work)).toBe('FILE_EXISTS');
  expect([namesIn(folder), readFileSync(join(folder, 'disk.img'), 'utf8')]).toEqual([['disk.img'], 'first']);
});

describe('on a disk of 8 MiB', () => {
  const source = makeFolder();
  writeFileSync(join(source, 'noise'), randomBytes(12 * 1024 * 1024));
  const packed = join(makeFolder(), 'noise.gz');
  execFileSync('sh', ['-c', 'gzip -1 -c "$1" > "$2"', 'sh', join(source, 'noise'), packed]);
  const qcow2 = join(makeFolder(), 'noise.qcow2');
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', join(source, 'noise'), qcow2]);

  const create =
    (contents: WantedContents, reserved = false) =>
    async (folder: string) =>
      planImage({ place: placeOf(folder), contents, reserved });
  const convert = (path: string, format: Parameters<typeof planConversion>[0]['format']) => async (folder: string) =>
    planConversion({ source: Buffer.from(path), format, place: placeOf(folder), otherFiles: false }, new AbortController().signal);
  const folderOf = (format: 'iso' | 'squashfs' | 'ext4' | 'erofs') =>
    create({ kind: 'folder', folder: Buffer.from(source), format, label: '' });

  test.each<[string, (folder: string) => Promise<CreationPlan>]>([
    ['a reserved image', create({ kind: 'empty', sizeBytes: 16n * MIB }, true)],
    ['an XFS, whose log alone is larger', create({ kind: 'file-system', sizeBytes: 300n * MIB, fileSystem: 'xfs', label: '' })],
    [
      'a partition with XFS',
      create({
        kind: 'partitions',
        sizeBytes: 512n * MIB,
        table: 'mbr',
        partitions: [{ sizeBytes: 320n * MIB, content: 'xfs', label: '', name: '' }],
      }),
    ],
    ['an ISO', folderOf('iso')],
    ['a squashfs', folderOf('squashfs')],
    ['an ext4 of a folder', folderOf('ext4')],
    ['an EROFS', folderOf('erofs')],
    ['a copy', create({ kind: 'copy', source: Buffer.from(join(source, 'noise')) })],
    ['what is unpacked', convert(packed, { kind: 'compressed', name: 'gzip', unpackedBytes: null })],
    ['what is converted', convert(qcow2, { kind: 'container', name: 'qcow2', virtualSizeBytes: null, parentName: null })],
    [
      'a qcow2',
      async (folder) =>
        planExport({
          sourceFormat: { kind: 'raw' },
          source: Buffer.from(join(source, 'noise')),
          place: placeOf(folder),
          format: 'qcow2',
          compress: false,
        }),
    ],
    [
      'what is packed',
      async (folder) =>
        planExport({
          sourceFormat: { kind: 'raw' },
          source: Buffer.from(join(source, 'noise')),
          place: placeOf(folder),
          format: 'zstd',
          compress: false,
        }),
    ],
  ])('%s that does not fit leaves nothing, and says why', async (_what, plan) => {
    const small = makeFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', small]);
    try {
      const work = plan(small).then(async ({ run }) => run(new AbortController().signal, () => undefined));
      expect(await codeOf(work)).toBe('NO_SPACE');
      expect(namesIn(small)).toEqual([]);
    } finally {
      execFileSync('umount', [small]);
    }
  });
});

describe('killed', () => {
  test('a program leaves a hidden folder, which the next one clears away, and no other', async () => {
    const folder = makeFolder();
    const script = fileURLToPath(new URL('kill-me.ts', import.meta.url));
    const child = spawn(projectNode, [script, noise, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise((resolve) => void child.once('close', resolve));
    await new Promise((resolve) => void child.stdout.once('data', resolve));
    child.kill('SIGKILL');
    await ended;
    const [left] = namesIn(folder);
    expect(left).toMatch(/^\.platter-[0-9a-f]{8}-[0-9a-f]{8}-[0-9]+-[0-9]+-[0-9a-f]{16}$/u);
    const others = ['.platter-00000000-00000000-1-1-0000000000000000', '.platter-mine'];
    for (const name of others) mkdirSync(join(folder, name));
    await make({ kind: 'empty', sizeBytes: MIB }, { place: placeOf(folder) });
    expect(namesIn(folder)).toEqual([...others, 'disk.img']);
  });

  test('while another still works in the folder, its work stays', async () => {
    const folder = makeFolder();
    const abort = new AbortController();
    const plan = await planExport({
      sourceFormat: { kind: 'raw' },
      source: Buffer.from(noise),
      place: placeOf(folder, 'slow.xz'),
      format: 'xz',
      compress: false,
    });
    const begun = Promise.withResolvers<void>();
    const work = codeOf(plan.run(abort.signal, ({ bytesDone }) => (bytesDone ?? 0n) > 0n && begun.resolve()));
    await begun.promise;
    await make({ kind: 'empty', sizeBytes: MIB }, { place: placeOf(folder, 'quick.img') });
    expect(namesIn(folder)).toEqual([expect.stringMatching(/^\.platter-/u), 'quick.img']);
    abort.abort();
    expect(await work).toBe('CANCELLED');
    expect(namesIn(folder)).toEqual(['quick.img']);
  });
});

test('where there are no hard links, a free name is taken and one that is taken is not', async () => {
  const folder = makeFolder();
  const path = (name: string): Buffer => Buffer.from(join(folder, name));
  writeFileSync(path('draft'), 'whole');
  writeFileSync(path('mine'), 'mine');
  symlinkSync('nowhere', path('link'));
  expect(await codeOf(takeName(path('draft'), path('mine')))).toBe('FILE_EXISTS');
  expect(await codeOf(takeName(path('draft'), path('link')))).toBe('FILE_EXISTS');
  await takeName(path('draft'), path('new'));
  expect(namesIn(folder)).toEqual(['link', 'mine', 'new']);
  expect([readFileSync(path('new'), 'utf8'), readFileSync(path('mine'), 'utf8')]).toEqual(['whole', 'mine']);
});

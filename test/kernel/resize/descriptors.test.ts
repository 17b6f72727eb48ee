/**
 * An ext4 whose tables need more room than they have: resize2fs moves what lies there, files too, and writes over the old place. What was saved
 * before puts all of it back. The last tests need root.
 */
import { execFileSync } from 'node:child_process';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findExtMetadata } from '../../../electron/resize/ext-metadata.ts';
import { checkExt, resizeExt } from '../../../electron/resize/file-system-tools.ts';
import { planResize } from '../../../electron/resize/planning/plan.ts';
import { restoreData, saveData } from '../../../electron/resize/saved-data.ts';
import { digest, expectWhole, makeFiles, MIB, testFolder, type MadeImage } from './image-maker.ts';
import { killedAt, useResizing } from './resizing.ts';

const resizing = useResizing();
/** Four blocks of descriptors, where 40 MiB need one. */
const LARGER_MIB = 512;

interface Size {
  readonly mebibytes: number;
  /** So many are taken by files, nearly. */
  readonly full: number;
  readonly startBytes?: number;
}

let count = 0;
function make(options: readonly string[], { mebibytes, full, startBytes = 0 }: Size): MadeImage {
  count += 1;
  const folder = join(testFolder(), `descriptors-${count}`);
  mkdirSync(folder);
  const { source, files } = makeFiles(folder, Math.floor((full / 34) * MIB));
  const path = join(folder, 'disk.img');
  writeFileSync(path, '');
  truncateSync(path, startBytes + mebibytes * MIB);
  const place = startBytes === 0 ? [] : ['-E', `offset=${startBytes}`];
  const general = ['-q', '-F', '-t', 'ext4', '-b', '1024', '-J', 'size=1', '-d', source];
  execFileSync('mke2fs', [...general, ...options, ...place, path, `${mebibytes}M`]);
  return { path, partition: null, startBytes, files, wish: { table: 'none', type: 'ext4', layout: 'only', mebibytes } };
}

/** Saves, resizes, puts back, and looks. */
async function expectPutBack(image: MadeImage, to: number): Promise<void> {
  const { path, startBytes, wish } = image;
  const [fromBytes, toBytes] = [wish.mebibytes * MIB, to * MIB];
  const file = await open(path, 'r+');
  try {
    const signal = new AbortController().signal;
    const place = { file, offsetBytes: BigInt(startBytes), signal };
    await checkExt(place);
    const before = digest(path);
    const scratch = Buffer.from(`${path}.saved`);
    const found = { file, offset: place.offsetBytes, fromBytes: BigInt(fromBytes), toBytes: BigInt(toBytes), scratch, signal };
    const stretches = await findExtMetadata(found);
    await saveData(file, scratch, stretches, { signal, onBytes: () => undefined });
    expect(digest(path)).toBe(before);
    if (toBytes > fromBytes) await file.truncate(startBytes + toBytes);
    await resizeExt(place, { toBytes: String(toBytes) });
    await restoreData(file, scratch, stretches);
    await file.truncate(startBytes + fromBytes);
    expectWhole(image, fromBytes);
  } finally {
    await file.close();
  }
}

test.each([
  { name: 'nothing reserved', options: ['-O', '^resize_inode'] },
  { name: 'nothing reserved, behind an offset', options: ['-O', '^resize_inode'], startBytes: MIB },
  { name: 'tables in their own groups', options: ['-O', '^resize_inode,^flex_bg'] },
  { name: 'copies in every group', options: ['-O', '^resize_inode,^sparse_super'] },
  { name: 'copies in two groups', options: ['-O', '^resize_inode,sparse_super2'] },
  { name: 'less reserved than needed', options: ['-E', 'resize=300000'] },
  { name: 'descriptors in groups of their own', options: ['-O', '^resize_inode,meta_bg'] },
  { name: 'all room reserved', options: [] },
])('what was saved puts back every file, growing: $name', async ({ options, startBytes = 0 }) => {
  await expectPutBack(make(options, { mebibytes: 40, full: 40, startBytes }), LARGER_MIB);
});

test('what was saved puts back every file where the last group gets a copy of the superblock', async () => {
  const image = make(['-O', '^resize_inode,sparse_super2'], { mebibytes: 300, full: 120 });
  const kept = ['file-5', 'file-20', 'file-21'];
  const removed = [...image.files.keys()].filter((name) => !kept.includes(name));
  const request = removed.map((name) => `rm ${name}\n`).join('');
  execFileSync('debugfs', ['-w', '-f', '-', image.path], { input: request, stdio: ['pipe', 'ignore', 'ignore'] });
  const said = execFileSync('debugfs', ['-R', 'stat file-20', image.path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [, first = ''] = /^\(0-[0-9]+\):([0-9]+)-/mu.exec(said) ?? [];
  // Of 1024 bytes, 8192 in a group: the file reaches into one, which becomes the last.
  const groupMebibytes = Math.ceil(Number(first) / 8192) * 8;
  const files = new Map([...image.files].filter(([name]) => kept.includes(name)));
  await expectPutBack({ ...image, files }, groupMebibytes + 4);
});

test.each(['continue', 'undo'] as const)('killed when files had been moved: %s', async (how) => {
  const image = make(['-O', '^resize_inode'], { mebibytes: 40, full: 40 });
  const wish = { kind: 'to', sizeBytes: String(LARGER_MIB * MIB) } as const;
  const { steps } = planResize(await resizing.facts(image.path), { wish, place: null });
  const index = steps.findIndex(({ step }) => step === 'resize-file-system');
  await killedAt(image.path, wish, index, 'end');
  expectWhole(image, LARGER_MIB * MIB);
  await resizing.finish(image.path, how);
  expectWhole(image, statSync(image.path).size);
  expect(statSync(image.path).size).toBe((how === 'undo' ? 40 : LARGER_MIB) * MIB);
  expect(readdirSync(dirname(image.path)).filter((name) => name.includes('undo'))).toEqual([]);
});

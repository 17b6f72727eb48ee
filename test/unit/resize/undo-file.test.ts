/** The undo file beside an image. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync, type BigIntStats } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { dataPath, readUndo, removeUndo, writeUndo, type UndoRecord } from '../../../electron/resize/undo-file.ts';
import { toInode } from '../../../native-helper/protocol/scalars.ts';

const folder = mkdtempSync(join(tmpdir(), 'platter-undo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function recordOf(facts: BigIntStats): UndoRecord {
  return {
    format: 'platter-undo',
    version: 1,
    device: String(facts.dev),
    inode: toInode(facts.ino),
    offsetBytes: '0',
    fileFromBytes: '1048576',
    fileToBytes: '2097152',
    fromBytes: '1048576',
    toBytes: '2097152',
    reserve: false,
    limited: false,
    place: 'whole',
    partitions: [],
    fileSystem: null,
    steps: [],
    table: [],
    swap: [],
    saved: [],
    done: 0,
    begun: false,
    stoppedBy: null,
  };
}

test.each([
  ['a short name', 'a.img'],
  ['a name so long that the inode stands for it', `${'n'.repeat(250)}.img`],
])('is found again for an inode that takes all 64 bits, beside an image with %s', async (_, name) => {
  const image = join(folder, name);
  writeFileSync(image, '');
  // What Node says of the inode 2^64 - 5.
  const facts: BigIntStats = Object.assign(statSync(image, { bigint: true }), { ino: -5n });
  const record = recordOf(facts);
  const path = Buffer.from(image);
  await writeUndo(path, record);
  writeFileSync(await dataPath(path, record.inode), 'saved');
  expect(await readUndo(path, facts)).toEqual(record);
  await removeUndo(path, record.inode);
  expect(await readUndo(path, facts)).toBeNull();
  expect(readdirSync(folder).filter((left) => left.includes('platter-undo'))).toEqual([]);
});

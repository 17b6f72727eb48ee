import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileTable } from '../../../electron/images/file-table.ts';
import type { LibraryContent, LibraryImage, LibraryState } from '../../../electron/ipc/library.ts';
import { withUse } from '../../../electron/library/library-document.ts';
import { LibraryFile } from '../../../electron/library/library-file.ts';
import { Library } from '../../../electron/library/library.ts';
import { judgeName } from '../../../electron/library/recognise.ts';

let folder = '';
let images = '';
let library: Library;
let looked: string[] = [];
let states: LibraryState[] = [];
const ext4: LibraryContent = { kind: 'known', format: 'raw', explained: false, type: 'ext4', label: null, partitions: null };

function openLibrary(): Library {
  return new Library({
    file: new LibraryFile(join(folder, 'config', 'library.json')),
    files: new FileTable(),
    look: async (path) => {
      looked.push(path.toString());
      return Promise.resolve(ext4);
    },
    publish: (state) => states.push(state),
  });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platter-library-'));
  images = join(folder, 'images');
  mkdirSync(images);
  looked = [];
  states = [];
  library = openLibrary();
});
afterEach(() => {
  library.close();
  rmSync(folder, { recursive: true });
});

function makeFile(name: string, bytes = 65_536): string {
  const path = join(images, name);
  writeFileSync(path, '');
  truncateSync(path, bytes);
  return path;
}

async function all(): Promise<readonly LibraryImage[]> {
  await library.settled();
  return (await library.list(0)).changed;
}

async function names(): Promise<readonly string[]> {
  return (await all()).map((image) => image.name).toSorted();
}

describe('the library', () => {
  test('knows what was opened, when, and says that it is gone', async () => {
    const path = makeFile('a.img');
    await library.use(Buffer.from(path));
    expect(await all()).toMatchObject([{ name: 'a.img', folder: images, state: 'present', sizeBytes: '65536', inFolder: false }]);
    unlinkSync(path);
    await expect.poll(async () => (await all()).map((image) => image.state)).toEqual(['missing']);
    library.close();
    library = openLibrary();
    expect(await all()).toMatchObject([{ name: 'a.img', state: 'missing', sizeBytes: null }]);
  });

  test('finds the images of a folder and of those right in it, and follows them', async () => {
    makeFile('a.img');
    makeFile('notes.txt');
    makeFile('.hidden.img');
    mkdirSync(join(images, 'more', 'deeper'), { recursive: true });
    makeFile('more/b.iso');
    makeFile('more/deeper/c.img');
    symlinkSync(join(images, 'more'), join(images, 'link.img'));
    await library.addFolder(Buffer.from(images));
    expect(await names()).toEqual(['a.img', 'b.iso']);
    makeFile('new.qcow2');
    await expect.poll(names).toEqual(['a.img', 'b.iso', 'new.qcow2']);
    renameSync(join(images, 'new.qcow2'), join(images, 'more', 'moved.qcow2'));
    await expect.poll(async () => (await all()).find((image) => image.name === 'moved.qcow2')?.folder).toBe(join(images, 'more'));
    unlinkSync(join(images, 'a.img'));
    mkdirSync(join(images, 'third'));
    makeFile('third/d.img');
    await expect.poll(names).toEqual(['b.iso', 'd.img', 'moved.qcow2']);
    await library.removeFolder(Buffer.from(images));
    expect(await names()).toEqual([]);
  });

  test('recognises small files of unknown names by what they begin with', async () => {
    const table = Buffer.alloc(65_536);
    Buffer.from([0x53, 0xef]).copy(table, 1080);
    writeFileSync(join(images, 'root-fs'), table);
    makeFile('empty-disk');
    await library.addFolder(Buffer.from(images));
    expect(await names()).toEqual(['root-fs']);
  });

  test('tells only what changed since a revision', async () => {
    await library.use(Buffer.from(makeFile('a.img')));
    await library.use(Buffer.from(makeFile('b.img')));
    await library.settled();
    const { revision } = await library.list(0);
    expect(await library.list(revision)).toEqual({ revision, changed: [], removed: [], whole: false });
    await library.forget(Buffer.from(join(images, 'a.img')));
    const next = await library.list(revision);
    expect(next.removed).toHaveLength(1);
    expect(next.changed).toEqual([]);
    await expect.poll(() => states.at(-1)?.count).toBe(1);
    expect(states.at(-1)?.revision).toBe(next.revision);
    expect((await library.list(revision + 1_000_000)).whole).toBe(true);
  });

  test('leaves out of a folder what was taken out of the list, until it is opened again', async () => {
    const path = Buffer.from(makeFile('a.img'));
    await library.addFolder(Buffer.from(images));
    expect(await names()).toEqual(['a.img']);
    await library.forget(path);
    expect(await names()).toEqual([]);
    library.close();
    library = openLibrary();
    expect(await names()).toEqual([]);
    await library.use(path);
    expect(await names()).toEqual(['a.img']);
  });

  test('looks into an image once for each state of its file', async () => {
    const path = Buffer.from(makeFile('a.img'));
    await library.use(path);
    await library.settled();
    library.look([path]);
    await expect.poll(async () => (await all())[0]?.content).toEqual(ext4);
    library.look([path]);
    await library.settled();
    expect(looked).toEqual([path.toString()]);
    appendFileSync(path, 'x');
    await expect.poll(async () => (await all())[0]?.content).toBeNull();
    library.look([path]);
    await expect.poll(() => looked.length).toBe(2);
  });

  test('says whether a verified file has changed since', async () => {
    const path = Buffer.from(makeFile('a.img'));
    await library.use(path);
    const [image] = await all();
    const { mtimeNs } = statSync(path, { bigint: true });
    const print = { device: image?.device ?? '', inode: image?.inode ?? '', sizeBytes: image?.sizeBytes ?? '', modifiedNs: `${mtimeNs}` };
    await library.verified(path, { at: 5, outcome: 'matches', against: null, sums: { md5: 'f'.repeat(32) }, print });
    expect((await all())[0]?.verified).toMatchObject({ outcome: 'matches', current: true });
    appendFileSync(path, 'x');
    await expect.poll(async () => (await all())[0]?.verified?.current).toBe(false);
  });

  test('sees what another window or the command line opened', async () => {
    await library.use(Buffer.from(makeFile('a.img')));
    const other = makeFile('b.img');
    await new LibraryFile(join(folder, 'config', 'library.json')).update((document) => withUse(document, other, 9));
    await expect.poll(names).toEqual(['a.img', 'b.img']);
  });

  test('says of a folder that it is not there, and finds it when it is', async () => {
    const later = join(folder, 'later');
    await library.addFolder(Buffer.from(later));
    await library.settled();
    await expect.poll(() => states.at(-1)?.folders[0]?.state).toBe('missing');
    mkdirSync(later);
    writeFileSync(join(later, 'x.img'), '');
    expect(await all()).toEqual([]);
    await expect.poll(names).toEqual(['x.img']);
    await expect.poll(() => states.at(-1)?.folders).toMatchObject([{ path: later, state: 'watched', images: 1, cut: false }]);
  });
});

describe('names of images', () => {
  test.each(['a.img', 'A.ISO', 'disk.qcow2', 'debian.img.xz', 'x.raw.zst', 'fs.squashfs', 'core.snap'])('%s is one', (name) => {
    expect(judgeName(name)).toBe('image');
  });
  test.each(['notes.txt', 'SHA256SUMS.asc', 'program.tar.gz', 'logs.gz', 'a.img~', 'photo.jpeg'])('%s is none', (name) => {
    expect(judgeName(name)).toBe('no');
  });
  test.each(['disk', 'backup.bin', 'sda1', '.img'])('of %s only the content can tell', (name) => {
    expect(judgeName(name)).toBe(name === '.img' ? 'image' : 'perhaps');
  });
});

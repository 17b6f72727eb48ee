import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fromFileNameBytes } from '../../../electron/images/file-name-bytes.ts';
import { emptyLibrary, parseLibrary, printLibrary, withFolder, withImage, withUse } from '../../../electron/library/library-document.ts';
import { LibraryFile } from '../../../electron/library/library-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platter-library-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = (): string => join(folder, 'platter', 'library.json');
const verified = {
  at: 5,
  outcome: 'matches',
  against: 'SHA256SUMS',
  sums: { sha256: 'a'.repeat(64) },
  print: { device: '1', inode: '2', sizeBytes: '3', modifiedNs: '4' },
} as const;

describe('the file of the library', () => {
  test('brings back what was written, names that are not UTF-8 included', async () => {
    const hostile = fromFileNameBytes(Buffer.from('/home/maria/\xff\xfe\n"\u202e.img', 'latin1'));
    const file = new LibraryFile(path());
    await file.update((document) => withUse(document, hostile, 7));
    await file.update((document) => withFolder(document, '/srv', true));
    await file.update((document) => withImage(document, hostile, (image) => image && { ...image, verified }));
    const { document, setAside } = await new LibraryFile(path()).read();
    expect(setAside).toBeNull();
    expect(document).toEqual({ folders: ['/srv'], images: new Map([[hostile, { lastUsedAt: 7, hidden: false, verified }]]) });
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  test('is not there at first, and nothing is written for no change', async () => {
    const file = new LibraryFile(path());
    expect(await file.read()).toEqual({ document: emptyLibrary, setAside: null });
    await file.update((document) => document);
    expect(readdirSync(join(folder, 'platter'))).toEqual(['library.json.lock']);
  });

  test.each([
    '',
    '{',
    '[]',
    '{"version":2,"folders":[],"images":[]}',
    '{"version":1,"folders":[],"images":[{"path":"relative"}]}',
    '{"version":1,"folders":[{"path":7}],"images":[]}',
    '{"version":1,"folders":[],"images":[{"path":"/a","verified":{"at":1,"outcome":"fine","against":null,"sums":{},"print":{}}}]}',
  ])('that holds %j is set aside under a name of its own, and the library begins anew', async (text) => {
    mkdirSync(join(folder, 'platter'));
    writeFileSync(path(), text);
    const reading = await new LibraryFile(path()).read();
    expect(reading).toEqual({ document: emptyLibrary, setAside: 'library.json.unreadable' });
    expect(readFileSync(`${path()}.unreadable`, 'utf8')).toBe(text);
    writeFileSync(path(), `${text} `);
    expect((await new LibraryFile(path()).update((document) => withUse(document, '/a', 1))).setAside).toBe('library.json.unreadable-2');
    expect(readFileSync(`${path()}.unreadable`, 'utf8')).toBe(text);
    expect((await new LibraryFile(path()).read()).document.images.size).toBe(1);
  });

  test('of a later version of the program keeps fields it knows', () => {
    const text = '{"version":1,"folders":[{"path":"/srv","deep":true}],"images":[{"path":"/a","stars":3}],"later":1}';
    expect(parseLibrary(text)).toEqual({
      folders: ['/srv'],
      images: new Map([['/a', { lastUsedAt: null, hidden: false, verified: null }]]),
    });
  });

  test('loses no entry when several programs write at once', async () => {
    const script = fileURLToPath(new URL('add-entries.ts', import.meta.url));
    const run = promisify(execFile);
    await Promise.all(['a', 'b', 'c', 'd'].map(async (name) => run(process.execPath, [script, path(), name, '10'])));
    const { document } = await new LibraryFile(path()).read();
    expect(document.images.size).toBe(40);
    expect(readdirSync(join(folder, 'platter')).toSorted()).toEqual(['library.json', 'library.json.lock']);
  });

  test('that cannot be written is an error and leaves nothing half done', async () => {
    writeFileSync(join(folder, 'platter'), 'in the way');
    await expect(new LibraryFile(path()).update((document) => withUse(document, '/a', 1))).rejects.toThrow(/EEXIST|ENOTDIR/u);
    expect(readdirSync(folder)).toEqual(['platter']);
  });
});

describe('the document of the library', () => {
  test('forgets the images used longest ago', () => {
    let document = emptyLibrary;
    const images = new Map(
      Array.from({ length: 5000 }, (_, index) => [`/${index}`, { lastUsedAt: index, hidden: false, verified: null }] as const),
    );
    document = withUse({ folders: [], images }, '/new', 10_000);
    expect(document.images.size).toBe(5000);
    expect(document.images.has('/0')).toBe(false);
    expect(document.images.has('/new')).toBe(true);
    expect(parseLibrary(printLibrary(document))).toEqual(document);
  });

  test('shows what was taken out again once it is opened', () => {
    const hidden = withImage(emptyLibrary, '/a', () => ({ lastUsedAt: null, hidden: true, verified: null }));
    expect(withUse(hidden, '/a', 3).images.get('/a')).toEqual({ lastUsedAt: 3, hidden: false, verified: null });
  });

  test('has each folder once', () => {
    const once = withFolder(emptyLibrary, '/srv', true);
    expect(withFolder(once, '/srv', true)).toBe(once);
    expect(withFolder(once, '/srv', false).folders).toEqual([]);
    expect(withFolder(once, '/other', false)).toBe(once);
  });
});

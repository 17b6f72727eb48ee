/** Opening and describing real files as an ordinary user would, where this process may become one. */
import { execFileSync } from 'node:child_process';
import type { BigIntStats } from 'node:fs';
import {
  chmodSync,
  closeSync,
  fstatSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../../electron/ipc/errors.ts';
import { describeImage } from '../../../electron/images/describe-image.ts';
import { FileTable, toDisplayNames } from '../../../electron/images/file-table.ts';
import { listFolder } from '../../../electron/images/folder-list.ts';
import { findAttachments } from '../../../electron/images/identity.ts';
import { openForGrowing, openImage } from '../../../electron/images/open-image.ts';
import { toDecimal, toInode } from '../../../native-helper/protocol/scalars.ts';
import { sampleDevice } from './samples.ts';

const folder = mkdtempSync(join(tmpdir(), 'platter-images-'));
const asRoot = process.getuid?.() === 0;
const at = (name: string): Buffer => Buffer.from(join(folder, name));

beforeAll(() => {
  writeFileSync(join(folder, 'disk.img'), Buffer.alloc(4096, 1));
  writeFileSync(join(folder, 'locked.img'), Buffer.alloc(4096));
  writeFileSync(join(folder, 'write-only.img'), Buffer.alloc(4096));
  writeFileSync(join(folder, 'secret.img'), Buffer.alloc(4096));
  chmodSync(folder, 0o755);
  chmodSync(join(folder, 'locked.img'), 0o444);
  chmodSync(join(folder, 'write-only.img'), 0o222);
  chmodSync(join(folder, 'secret.img'), 0o000);
  mkdirSync(join(folder, 'folder'));
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  symlinkSync('loop', join(folder, 'loop'));
  symlinkSync('disk.img', join(folder, 'link.img'));
  linkSync(join(folder, 'disk.img'), join(folder, 'twin.img'));
  execFileSync('cp', ['/bin/sleep', join(folder, 'program')]);
  writeFileSync(Buffer.concat([at('bad-'), Buffer.from([0xff, 0xfe]), Buffer.from('.img')]), Buffer.alloc(512));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Rights mean nothing to root: the call is made as nobody, then root's again. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (!asRoot) return work();
  process.setegid?.(65_534);
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => (error instanceof AppError ? error.data.code : String(error)),
  );
}

describe('opening an image', () => {
  test('for writing gives a descriptor that may be read and written and is closed on exec', async () => {
    const { handle, writable, fallback, facts } = await openImage(at('disk.img'), 'read-write');
    expect([writable, fallback, facts.size, fstatSync(handle.fd).ino]).toEqual([true, null, 4096n, statSync(join(folder, 'link.img')).ino]);
    await handle.close();
  });

  test('for reading never opens it for writing', async () => {
    const { handle, writable, fallback } = await openImage(at('link.img'), 'read-only');
    await expect(handle.write(Buffer.from('x'))).rejects.toThrow('EBADF');
    expect([writable, fallback]).toEqual([false, null]);
    await handle.close();
  });

  test.each<[string, string]>([
    ['missing.img', 'FILE_NOT_FOUND'],
    ['disk.img/x', 'FILE_NOT_FOUND'],
    ['loop', 'FILE_NOT_FOUND'],
    ['x'.repeat(300), 'FILE_NOT_FOUND'],
    ['nul\0.img', 'FILE_NOT_FOUND'],
    ['folder', 'FILE_IS_FOLDER'],
    ['fifo', 'FILE_NOT_REGULAR'],
    ['../../dev/null', 'FILE_NOT_REGULAR'],
  ])('named %j fails with %s, at once and with nothing left open', async (name, code) => {
    const before = readdirSync('/proc/self/fd').length;
    const path = name.startsWith('../') ? Buffer.from('/dev/null') : at(name);
    expect(await codeOf(openImage(path, 'read-write'))).toBe(code);
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });

  test('that may not be written opens it for reading and says why', async () => {
    await asNobody(async () => {
      const { handle, writable, fallback } = await openImage(at('locked.img'), 'read-write');
      expect([writable, fallback]).toEqual([false, 'no-permission']);
      await handle.close();
    });
  });

  test('that may not be read fails, even when it may be written', async () => {
    await asNobody(async () => {
      expect(await codeOf(openImage(at('secret.img'), 'read-write'))).toBe('FILE_NOT_READABLE');
      expect(await codeOf(openImage(at('write-only.img'), 'read-only'))).toBe('FILE_NOT_READABLE');
    });
  });

  test('that is a running program opens it for reading and says so', async () => {
    const { spawn } = await import('node:child_process');
    const child = spawn(join(folder, 'program'), ['1000'], { stdio: 'ignore' });
    await new Promise((resolve) => void child.once('spawn', resolve));
    try {
      const { handle, fallback } = await openImage(at('program'), 'read-write');
      await handle.close();
      expect(fallback).toBe('running');
      expect(await codeOf(openForGrowing(at('program')))).toBe('FILE_NOT_WRITABLE');
      expect(await describeImage(at('program'), new FileTable().describe(at('program')), [])).toMatchObject({ access: 'running' });
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('works for a name that is not UTF-8', async () => {
    const [name] = readdirSync(folder, { encoding: 'buffer' }).filter((entry) => entry.includes(0xff));
    const path = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name ?? '')]);
    const { handle, facts } = await openImage(path, 'read-write');
    await handle.close();
    expect(facts.size).toBe(512n);
    expect(toDisplayNames(path).name).toBe('bad-\u{fffd}\u{fffd}.img');
  });
});

describe('an image is described', () => {
  test('by its size, its blocks, the rights on it and the free space', async () => {
    const table = new FileTable();
    const description = await describeImage(at('disk.img'), table.describe(at('disk.img')), []);
    expect(description).toMatchObject({
      name: 'disk.img',
      folder,
      sizeBytes: '4096',
      isBlockDevice: false,
      access: 'read-write',
      attachedAs: [],
    });
    expect(BigInt(description.allocatedBytes)).toBe(BigInt(statSync(join(folder, 'disk.img')).blocks) * 512n);
    expect(BigInt(description.freeBytes)).toBeGreaterThan(0n);
  });

  test('with the rights the user has on it', async () => {
    await asNobody(async () => {
      const access = async (name: string): Promise<string> =>
        (await describeImage(at(name), new FileTable().describe(at(name)), [])).access;
      expect([await access('locked.img'), await access('secret.img')]).toEqual(['read-only', 'none']);
    });
  });

  test('as attached by any of its names, found by identity or, where only root knows that, by name', async () => {
    const { dev, ino } = statSync(join(folder, 'disk.img'), { bigint: true });
    const identity = { device: toDecimal(dev), inode: toInode(ino), rdevice: toDecimal(0) };
    const devices = [
      sampleDevice({ number: 5, identity, backingFile: null }),
      sampleDevice({ number: 1, backingFile: { text: join(folder, 'twin.img'), base64: null } }),
      sampleDevice({ number: 2, backingFile: { text: join(folder, 'locked.img'), base64: null } }),
      sampleDevice({ number: 3, identity: { ...identity, inode: toInode(ino + 1n) } }),
    ];
    const description = await describeImage(at('link.img'), new FileTable().describe(at('link.img')), devices);
    expect(description.attachedAs).toEqual([1, 5]);
  });

  test('fails for one that is not there', async () => {
    expect(await codeOf(describeImage(at('missing.img'), new FileTable().describe(at('missing.img')), []))).toBe('FILE_NOT_FOUND');
  });
});

test('a block device is recognised by its number, whatever node leads to it', async () => {
  const facts = { isBlockDevice: () => true, rdev: 0x703n, dev: 5n, ino: 9n } as BigIntStats;
  const identity = { device: toDecimal(5), inode: toInode(8n), rdevice: toDecimal(0x703) };
  expect(
    await findAttachments(
      [sampleDevice({ identity }), sampleDevice({ number: 4, identity: { ...identity, rdevice: toDecimal(0) } })],
      facts,
    ),
  ).toEqual([3]);
});

describe('a folder list', () => {
  test('holds folders first and files that can be attached, links followed, and leads up to the root', async () => {
    const table = new FileTable();
    const listing = await listFolder(at(''), false, table);
    expect(listing.entries.map((entry) => [entry.name, entry.kind, entry.sizeBytes])).toEqual([
      ['folder', 'folder', null],
      ['bad-\u{fffd}\u{fffd}.img', 'file', '512'],
      ['disk.img', 'file', '4096'],
      ['link.img', 'file', '4096'],
      ['locked.img', 'file', '4096'],
      ['program', 'file', statSync(join(folder, 'program')).size.toString()],
      ['secret.img', 'file', '4096'],
      ['twin.img', 'file', '4096'],
      ['write-only.img', 'file', '4096'],
    ]);
    expect(listing).toMatchObject({ path: folder, cut: false });
    expect(table.pathOf(listing.parentId ?? '').toString()).toBe(tmpdir());
    const root = await listFolder(Buffer.from('/'), false, table);
    expect([root.path, root.parentId]).toEqual(['/', null]);
    const entry = root.entries.find(({ name }) => name === 'tmp');
    expect(table.pathOf(entry?.id ?? '').toString()).toBe('/tmp');
  });

  test('names bytes that are no text by an id that leads to the very file', async () => {
    const table = new FileTable();
    const { entries } = await listFolder(at(''), false, table);
    const entry = entries.find(({ name }) => name.startsWith('bad-'));
    expect(statSync(table.pathOf(entry?.id ?? '')).size).toBe(512);
  });

  test('shows hidden files when asked, and no more than it can', async () => {
    const many = mkdtempSync(join(folder, 'folder', 'many-'));
    for (let number = 0; number < 2001; number += 1) closeSync(openSync(join(many, `${number}`), 'w'));
    writeFileSync(join(many, '.hidden'), '');
    const { entries, cut } = await listFolder(Buffer.from(many), true, new FileTable());
    expect([entries.length, entries[0]?.name, cut]).toEqual([2000, '.hidden', true]);
  });

  test('fails for what is no folder or may not be read', async () => {
    expect(await codeOf(listFolder(at('disk.img'), false, new FileTable()))).toBe('FOLDER_NOT_READABLE');
    expect(await codeOf(listFolder(at('gone'), false, new FileTable()))).toBe('FOLDER_NOT_READABLE');
  });
});

describe('the table of files', () => {
  test('gives one id for one path, and no path for an id it did not give', () => {
    const table = new FileTable();
    const id = table.idOf(Buffer.from('/a.img'));
    expect([table.idOf(Buffer.from('/a.img')), table.pathOf(id).toString()]).toEqual([id, '/a.img']);
    expect(table.idOf(Buffer.from('/b.img'))).not.toBe(id);
    expect(id).toMatch(/^[0-9a-f]{32}$/u);
    expect(() => table.pathOf('0'.repeat(32))).toThrow('was not given');
  });

  test('forgets what was not used for longest when it is full', () => {
    const table = new FileTable();
    const first = table.idOf(Buffer.from('/first'));
    const second = table.idOf(Buffer.from('/second'));
    for (let number = 0; number < 19_998; number += 1) table.idOf(Buffer.from(`/${number}`));
    table.pathOf(first);
    table.idOf(Buffer.from('/last'));
    expect(table.pathOf(first).toString()).toBe('/first');
    expect(() => table.pathOf(second)).toThrow('was not given');
  });
});

/** `platter library`, `verify`, `check`, `label` and `sparsify` as programs, in a library of their own. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../maintenance/maintenance-fixture.ts';
import { hostileNames, platter, type Argument, type Outcome } from './command.ts';
import { errorOf, resultOf } from './commands-fixture.ts';

const MIB = 1024 * 1024;
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'platter-library-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function command(...arguments_: Argument[]): Outcome {
  const environment = { XDG_CONFIG_HOME: join(folder, 'config'), XDG_DATA_HOME: join(folder, 'data'), HOME: folder };
  return platter(arguments_, { cwd: folder, environment });
}

function json<T>(...arguments_: Argument[]): T {
  const outcome = command(...arguments_, '--json');
  expect([outcome.stderr, outcome.status]).toEqual(['', 0]);
  return resultOf<T>(outcome);
}

function makeImage(name: string, bytes = MIB): string {
  const path = join(folder, name);
  writeFileSync(path, '');
  truncateSync(path, bytes);
  return path;
}

interface JsonImage {
  readonly path: { readonly text: string; readonly base64: string | null };
  readonly state: string;
  readonly content: { readonly type: string } | null;
  readonly verified: { readonly outcome: string; readonly current: boolean } | null;
}

const images = (...options: string[]): readonly JsonImage[] => json<{ images: JsonImage[] }>('library', ...options).images;

describe('platter library', () => {
  test('lists what is in folders that were added, looks into it, and lets it go again', () => {
    mkdirSync(join(folder, 'images'));
    run('mke2fs', '-q', '-t', 'ext4', makeImage('images/a.img', 4 * MIB));
    makeImage('images/b.iso');
    expect(command('library', 'add', 'images')).toMatchObject({ status: 0, stdout: 'images: added to the library\n' });
    expect(images('--contents').map((image) => [image.path.text, image.content?.type])).toEqual([
      [join(folder, 'images/a.img'), 'ext4'],
      [join(folder, 'images/b.iso'), ''],
    ]);
    expect(command('library').stdout).toMatch(/STATE +ON DISK +SIZE/u);
    expect(images('--search', 'b.iso')).toHaveLength(1);
    expect(errorOf(command('library', 'rename', 'images/b.iso', 'a.img', '--json'))).toMatchObject({
      code: 'FILE_EXISTS',
      subject: 'images/b.iso',
    });
    expect(json('library', 'folders')).toEqual({ folders: [join(folder, 'images')] });
    expect(command('library', 'forget', 'images/a.img').status).toBe(0);
    expect(images().map((image) => image.path.text)).toEqual([join(folder, 'images/b.iso')]);
    expect(command('library', 'remove', 'images').status).toBe(0);
    expect(images()).toEqual([]);
    expect(existsSync(join(folder, 'images/a.img'))).toBe(true);
  });

  test('renames, but never over another file, and moves to the trash', () => {
    makeImage('a.img');
    makeImage('b.img');
    expect(errorOf(command('library', 'rename', 'a.img', 'b.img', '--json')).code).toBe('FILE_EXISTS');
    expect(errorOf(command('library', 'rename', 'a.img', '../c.img', '--json')).code).toBe('FILE_NAME_INVALID');
    expect(command('library', 'rename', 'a.img', 'c.img').status).toBe(0);
    expect(command('library', 'trash', 'c.img').status).toBe(0);
    expect(existsSync(join(folder, 'c.img'))).toBe(false);
    expect(readdirSync(join(folder, 'data/Trash/files'))).toEqual(['c.img']);
    expect(readFileSync(join(folder, 'data/Trash/info/c.img.trashinfo'), 'utf8')).toContain(`Path=${join(folder, 'c.img')}\n`);
  });

  const names = hostileNames.filter(([what]) => /newline$|not UTF-8|right to left|255/u.test(what) && !what.includes('trailing'));

  test.each(names)('keeps and shows names with %s', (_what, name) => {
    const path = Buffer.concat([Buffer.from(`${folder}/`), name]);
    writeFileSync(path, Buffer.alloc(512));
    expect(json('verify', '--md5', path)).toMatchObject({ results: [{ outcome: 'computed' }] });
    const [image] = images();
    const bytes = image?.path.base64 === null ? Buffer.from(image.path.text) : Buffer.from(image?.path.base64 ?? '', 'base64');
    expect(bytes.equals(path)).toBe(true);
    expect(command('library').stdout).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(command('library', 'trash', path).status).toBe(0);
    expect(existsSync(path)).toBe(false);
    expect(images()).toEqual([]);
  });

  test('sets a broken file aside and says so', () => {
    mkdirSync(join(folder, 'config/platter'), { recursive: true });
    writeFileSync(join(folder, 'config/platter/library.json'), '{ "version": 1, "images": [');
    expect(command('library').stderr).toContain('library.json.unreadable');
    expect(existsSync(join(folder, 'config/platter/library.json.unreadable'))).toBe(true);
    expect(images()).toEqual([]);
  });
});

describe('platter verify', () => {
  test('prints what sha256sum checks, and remembers it until the file changes', () => {
    const path = makeImage('disk.img');
    const { stdout, status } = command('verify', 'disk.img', '--sha256', '--sha512');
    expect(status).toBe(0);
    writeFileSync(join(folder, 'sums'), stdout);
    expect(run('sh', '-c', `cd ${folder} && grep SHA256 sums | sha256sum --check --strict -`)).toContain('OK');
    expect(images()).toMatchObject([{ verified: { outcome: 'computed', current: true } }]);
    writeFileSync(path, 'x', { flag: 'r+' });
    expect(images()).toMatchObject([{ verified: { current: false } }]);
  });

  test('compares with files beside the image and with a value, and fails with status 1', () => {
    makeImage('disk.img');
    writeFileSync(join(folder, 'SHA256SUMS'), run('sh', '-c', `cd ${folder} && sha256sum disk.img`));
    expect(json('verify', 'disk.img')).toMatchObject({ results: [{ outcome: 'matches', against: 'SHA256SUMS' }] });
    expect(command('verify', 'disk.img', '--expect', '0'.repeat(64))).toMatchObject({ status: 1 });
    expect(errorOf(command('verify', 'disk.img', '--expect', 'nonsense', '--json')).code).toBe('CHECKSUM_INVALID');
    expect(errorOf(command('verify', 'not-there.img', '--json')).code).toBe('FILE_NOT_FOUND');
    expect(errorOf(command('verify', '.', '--json')).code).toBe('FILE_IS_FOLDER');
  });
});

describe('platter check, label and sparsify', () => {
  test('find damage with status 1, mend it, and then find none', () => {
    const path = makeImage('disk.img', 8 * MIB);
    run('mke2fs', '-q', '-t', 'ext4', path);
    expect(command('check', 'disk.img')).toMatchObject({ status: 0, stdout: 'disk.img: ext4 clean\n' });
    run('debugfs', '-w', '-R', 'freeb 20 200', path);
    expect(command('check', 'disk.img')).toMatchObject({ status: 1, stdout: expect.stringContaining('ext4 has errors') as string });
    expect(command('check', '--repair', 'disk.img')).toMatchObject({ status: 0, stdout: 'disk.img: ext4 repaired\n' });
    expect(json('check', 'disk.img')).toMatchObject({ results: [{ outcome: 'clean', program: 'e2fsck' }] });
    expect(errorOf(command('check', makeImage('empty.img'), '--json')).code).toBe('CHECK_UNSUPPORTED');
  });

  test('read and write labels, and refuse what would be an option', () => {
    run('mke2fs', '-q', '-t', 'ext4', '-L', 'before', makeImage('disk.img', 8 * MIB));
    expect(command('label', 'disk.img').stdout).toContain('label: before\n');
    expect(json('label', 'disk.img', 'after', '--uuid', 'random')).toMatchObject({ label: 'after' });
    expect(run('e2label', join(folder, 'disk.img'))).toBe('after\n');
    expect(errorOf(command('label', 'disk.img', '--json', '--', '-h')).code).toBe('LABEL_INVALID');
    expect(json('label', 'disk.img', '')).toMatchObject({ label: null });
  });

  test('give space back and say how much', () => {
    const path = makeImage('disk.img', 0);
    writeFileSync(path, Buffer.alloc(6 * MIB));
    expect(json('sparsify', 'disk.img')).toMatchObject({ results: [{ afterBytes: '0' }] });
    expect(statSync(path).size).toBe(6 * MIB);
    expect(command('sparsify', 'disk.img').stdout).toBe('disk.img: 0 B given back, 0 B on disk now\n');
  });
});

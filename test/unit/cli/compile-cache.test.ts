import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cacheFolder, isOwnFolder, isSafePath } from '../../../electron/cli/compile-cache.ts';

test('the folder is that of the XDG specification, and none without an absolute path', () => {
  expect(cacheFolder({ HOME: '/home/me' })).toBe('/home/me/.cache/platter');
  expect(cacheFolder({ HOME: '/home/me', XDG_CACHE_HOME: '/var/me' })).toBe('/var/me/platter');
  expect(cacheFolder({ HOME: '/home/me', XDG_CACHE_HOME: 'here' })).toBe('/home/me/.cache/platter');
  expect(cacheFolder({ HOME: '.' })).toBeNull();
  expect(cacheFolder({})).toBeNull();
});

test.each([
  ['my own', { uid: 1000, mode: 0o40755 }, 1000, true],
  ["root's", { uid: 0, mode: 0o40755 }, 1000, true],
  ["another user's", { uid: 1001, mode: 0o40755 }, 1000, false],
  ["a user's, for root", { uid: 1000, mode: 0o40700 }, 0, false],
  ['writable by the group', { uid: 1000, mode: 0o40775 }, 1000, false],
  ['writable by everybody, sticky', { uid: 0, mode: 0o41777 }, 0, false],
])('a folder that is %s', (_kind, facts, user, safe) => {
  expect(isOwnFolder(facts, user)).toBe(safe);
});

describe('a path', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'platter-cache-')));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('below a folder for everybody is not safe, whoever owns the end of it', () => {
    chmodSync(folder, 0o700);
    expect(isSafePath(folder, process.getuid?.() ?? 0)).toBe(false);
  });

  test('of folders that are only mine and root has is safe', () => {
    // The home of whoever runs the tests, as far as it is closed to others.
    expect(isSafePath('/', 0)).toBe(true);
    expect(isSafePath(realpathSync('/usr/bin'), process.getuid?.() ?? 0)).toBe(true);
  });

  test.skipIf(process.getuid?.() !== 0)('inside the home of a user is not safe for root', () => {
    const home = mkdtempSync(join(realpathSync(homedir()), '.platter-test-'));
    try {
      mkdirSync(join(home, 'cache'));
      expect(isSafePath(join(home, 'cache'), 0)).toBe(true);
      chownSync(home, 65_534, 65_534);
      expect(isSafePath(join(home, 'cache'), 0)).toBe(false);
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});

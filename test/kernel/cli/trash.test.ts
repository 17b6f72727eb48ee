/**
 * `platter library trash` by the Trash specification of freedesktop.org: on the disk of the home folder, on another that is really mounted,
 * where there is no trash, and while the image is attached.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { useLoopFixture } from '../loop-fixture.ts';
import { losetup, platter, type Argument, type Outcome } from './command.ts';
import { errorOf } from './commands-fixture.ts';

const fixture = useLoopFixture();
const MIB = 1024 * 1024;
let home = '';

beforeEach(() => {
  home = join(fixture.folder, `home-${process.hrtime.bigint()}`);
  mkdirSync(home, { mode: 0o700 });
});

function trash(...names: Argument[]): Outcome {
  const environment = { HOME: home, XDG_CONFIG_HOME: join(home, 'config'), XDG_DATA_HOME: join(home, 'data') };
  return platter(['library', 'trash', ...names, '--json'], { cwd: home, environment });
}

const inTrash = (what: 'files' | 'info'): readonly string[] => readdirSync(join(home, 'data/Trash', what)).toSorted();

describe('on the disk of the home folder', () => {
  test('a file goes into the trash of the user, with a note that says where from and when', () => {
    writeFileSync(join(home, 'my disk%.img'), 'content');
    expect(trash('my disk%.img')).toMatchObject({ status: 0, stderr: '' });
    expect([inTrash('files'), inTrash('info')]).toEqual([['my disk%.img'], ['my disk%.img.trashinfo']]);
    expect(readFileSync(join(home, 'data/Trash/files/my disk%.img'), 'utf8')).toBe('content');
    const [head, path, date] = readFileSync(join(home, 'data/Trash/info/my disk%.img.trashinfo'), 'utf8').split('\n');
    expect([head, path, date]).toEqual([
      '[Trash Info]',
      `Path=${home}/my%20disk%25.img`,
      expect.stringMatching(/^DeletionDate=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/u),
    ]);
    expect(statSync(join(home, 'data/Trash')).mode & 0o777).toBe(0o700);
  });

  test('files of one name lie beside each other, also beside one that has no note', () => {
    mkdirSync(join(home, 'data/Trash/files'), { recursive: true });
    writeFileSync(join(home, 'data/Trash/files/disk.img'), 'of another program');
    for (const content of ['first', 'second']) {
      writeFileSync(join(home, 'disk.img'), content);
      expect(trash('disk.img')).toMatchObject({ status: 0, stderr: '' });
    }
    const contents = inTrash('files').map((name) => readFileSync(join(home, 'data/Trash/files', name), 'utf8'));
    expect(contents.toSorted()).toEqual(['first', 'of another program', 'second']);
    expect(inTrash('info')).toHaveLength(2);
  });

  test('a folder that may not be changed keeps its file, and no note is left', () => {
    mkdirSync(join(home, 'closed'));
    writeFileSync(join(home, 'closed/disk.img'), 'content');
    // Root may change any folder but one that is immutable.
    execFileSync('chattr', ['+i', join(home, 'closed')]);
    try {
      expect(errorOf(trash('closed/disk.img')).code).toBe('FOLDER_NOT_WRITABLE');
    } finally {
      execFileSync('chattr', ['-i', join(home, 'closed')]);
    }
    expect([existsSync(join(home, 'closed/disk.img')), inTrash('info'), inTrash('files')]).toEqual([true, [], []]);
  });

  test('an attached image is refused with its device, and stays', () => {
    const image = fixture.makeImage('attached.img', MIB).toString();
    const node = losetup(['-f', '--show', image]).stdout.trim();
    try {
      const outcome = trash(image);
      const { error } = JSON.parse(outcome.stderr) as { error: { code: string; message: string; detail: { device: number } } };
      expect([outcome.status, error.code, error.detail.device]).toEqual([1, 'IMAGE_ATTACHED', Number(node.slice('/dev/loop'.length))]);
      expect(error.message).toContain(node);
    } finally {
      losetup(['-d', node]);
    }
    expect(existsSync(image)).toBe(true);
    expect(trash(image).status).toBe(0);
    expect(existsSync(image)).toBe(false);
  });
});

describe('on another disk', () => {
  /** A disk of its own, mounted where nothing of the system is. */
  function whileMounted(use: (place: string) => void, type = 'ext4', options: readonly string[] = []): void {
    const image = fixture.makeImage(`disk-${type}.img`, 32 * MIB).toString();
    execFileSync(`mkfs.${type}`, ['-q', image]);
    const node = losetup(['-f', '--show', image]).stdout.trim();
    const place = join(fixture.folder, 'disk');
    mkdirSync(place);
    execFileSync('mount', [...options, node, place]);
    try {
      use(place);
    } finally {
      execFileSync('umount', [place]);
      losetup(['-d', node]);
      rmSync(place, { recursive: true });
    }
  }

  test('a file goes into the trash of that disk, which belongs to the user alone', () => {
    whileMounted((place) => {
      writeFileSync(join(place, 'disk.img'), 'content');
      expect(trash(join(place, 'disk.img'))).toMatchObject({ status: 0, stderr: '' });
      const own = join(place, '.Trash-0');
      expect(readFileSync(join(own, 'files/disk.img'), 'utf8')).toBe('content');
      // Relative to the top of the disk, so that it is right wherever that is mounted.
      expect(readFileSync(join(own, 'info/disk.img.trashinfo'), 'utf8')).toContain('\nPath=disk.img\n');
      expect([statSync(own).mode & 0o777, existsSync(join(place, 'disk.img'))]).toEqual([0o700, false]);
    });
  });

  test('a file goes into the folder that an administrator has made for all', () => {
    whileMounted((place) => {
      mkdirSync(join(place, '.Trash'));
      chmodSync(join(place, '.Trash'), 0o1777);
      writeFileSync(join(place, 'disk.img'), 'content');
      expect(trash(join(place, 'disk.img'))).toMatchObject({ status: 0, stderr: '' });
      expect(readFileSync(join(place, '.Trash/0/files/disk.img'), 'utf8')).toBe('content');
    });
  });

  test('a file of a disk that is mounted read-only stays, and the reason is told', () => {
    whileMounted((place) => {
      writeFileSync(join(place, 'disk.img'), 'content');
      execFileSync('mount', ['-o', 'remount,ro', place]);
      const outcome = trash(join(place, 'disk.img'));
      expect([outcome.status, existsSync(join(place, 'disk.img'))]).toEqual([1, true]);
      expect(['TRASH_UNSUPPORTED', 'FOLDER_NOT_WRITABLE']).toContain(errorOf(outcome).code);
    });
  });

  test('a name that is not UTF-8 has no trash there: the file stays, and it is told', () => {
    whileMounted((place) => {
      const name = Buffer.concat([Buffer.from(`${place}/`), Buffer.from('bad\xff.img', 'latin1')]);
      writeFileSync(name, 'content');
      expect([errorOf(trash(name)).code, existsSync(name)]).toEqual(['TRASH_UNSUPPORTED', true]);
    });
  });
});

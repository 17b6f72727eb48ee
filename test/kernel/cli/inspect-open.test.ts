/** platter inspect and platter open as processes, on real images and devices. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Inspection } from '../../../electron/ipc/inspection.ts';
import type { OpenOutcome } from '../../../electron/ipc/opening.ts';
import { useLoopFixture } from '../loop-fixture.ts';
import { hostileNames, installForEverybody, platter } from './command.ts';
import { makeExt4, makePartitioned, MIB, mountPointsOf, useMounts } from './mounting-fixture.ts';

const fixture = useLoopFixture();
useMounts(fixture);

function inspectJson(path: string | Buffer): Inspection & { readonly file: string } {
  const { status, stdout, stderr } = platter(['inspect', '--json', path]);
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(Buffer.from(stdout, 'latin1').toString()) as Inspection & { readonly file: string };
}

describe('platter inspect', () => {
  test('says in words and as data what is in an image', () => {
    const path = makePartitioned(fixture, 'parts.img');
    const { status, stdout } = platter(['inspect', path]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Partition table {2}GPT, 3 partitions, sectors of 512, id [0-9a-f-]{36}$/mu);
    expect(stdout).toMatch(/^ 1 +1048576 +8 MiB {2}Linux +ext4 "first"/mu);
    expect(stdout).toMatch(/^ 3 +\d+ +1 MiB {2}Linux +nothing that is known/mu);
    expect(inspectJson(path)).toMatchObject({
      file: path,
      format: { kind: 'raw' },
      table: { type: 'gpt', partitions: [{ number: 1 }, {}, {}] },
    });
  });

  test('goes on after a file that cannot be looked at, and its status says so', () => {
    const path = makeExt4(fixture, 'one.img');
    const { status, stdout, stderr } = platter(['inspect', join(fixture.folder.toString(), 'missing'), path]);
    expect([status, stderr.includes('FILE_NOT_FOUND'), stdout.includes('ext4 "cli"')]).toEqual([1, true, true]);
  });

  test('tells of damage and of what is attached', () => {
    const path = makeExt4(fixture, 'short.img');
    execFileSync('truncate', ['-s', String(12 * MIB), path]);
    expect(platter(['inspect', path]).stdout).toContain('! The file system is larger than its place (4 MiB are missing).');
  });

  test('takes names that break programs, and shows them safely', () => {
    const paths = hostileNames.map(([, name]) => fixture.makeImage(name, 64 * 1024));
    const { status, stdout } = platter(['inspect', ...paths]);
    expect(status).toBe(0);
    expect([...Buffer.from(stdout, 'latin1')].filter((byte) => byte < 0x20 && byte !== 0x0a)).toEqual([]);
    // Four lines each, and an empty one between.
    expect(stdout.trimEnd().split('\n')).toHaveLength(5 * paths.length - 1);
    const told = Buffer.from(platter(['inspect', '--json', ...paths]).stdout, 'latin1').toString();
    const inspections = told
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Inspection);
    expect(inspections.map(({ sizeBytes, whole }) => [sizeBytes, whole?.kind])).toEqual(paths.map(() => ['65536', 'nothing']));
  });

  test('needs no root, and says what it may not read', () => {
    const program = installForEverybody(fixture.folder.toString());
    const path = fixture.makeImage('mine.img', 64 * 1024).toString();
    chmodSync(path, 0o644);
    // The image worker lies beside the helper, which the command line finds in the same way everywhere.
    const folder = join(fixture.folder.toString(), 'closed');
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, 'hidden.img'), 'x');
    const { status, stderr } = platter(['inspect', join(folder, 'hidden.img')], { asNobody: true, program });
    expect([status, stderr.includes('[FILE_NOT_READABLE]')]).toEqual([1, true]);
  });
});

describe('platter open', () => {
  interface Opened {
    readonly results: readonly (OpenOutcome & { readonly file: string; readonly device: { readonly number: number } })[];
  }

  test('mounts everything in several images, read-only, and says where', () => {
    const [parts, single] = [makePartitioned(fixture, 'several.img'), makeExt4(fixture, 'single.img', 'alone')];
    const { status, stdout } = platter(['open', '--json', parts, single]);
    expect(status).toBe(0);
    const { results } = JSON.parse(stdout) as Opened;
    expect(results.map(({ mounts }) => mounts.map(({ mountPoint }) => mountPoint))).toEqual([
      ['/run/media/root/first', '/run/media/root/second'],
      ['/run/media/root/alone'],
    ]);
    expect(mountPointsOf(fixture.census())).toHaveLength(3);
    expect(execFileSync('findmnt', ['-no', 'OPTIONS', '/run/media/root/alone'], { encoding: 'utf8' })).toMatch(/^ro,nosuid,nodev/u);
    const again = platter(['open', single]);
    expect([again.status, again.stdout]).toEqual([0, expect.stringContaining('mounted on /run/media/root/alone')]);
  });

  test('tells the library', () => {
    const path = makeExt4(fixture, 'kept.img', 'kept');
    const environment = { XDG_CONFIG_HOME: join(fixture.folder.toString(), 'config') };
    expect(platter(['open', '-q', path], { environment }).status).toBe(0);
    const { images } = JSON.parse(platter(['library', '--json'], { environment }).stdout) as { images: Record<string, unknown>[] };
    expect(images).toMatchObject([{ path: { text: path }, lastUsedAt: expect.any(Number) as unknown }]);
  });

  test('with --quiet prints the folders, with --writable mounts so', () => {
    const path = makeExt4(fixture, 'writable.img', 'changed');
    expect(platter(['--quiet', 'open', '--writable', path])).toMatchObject({ status: 0, stdout: '/run/media/root/changed\n' });
    writeFileSync('/run/media/root/changed/new', 'x');
  });

  test('leaves nothing of what cannot be opened, and opens the others', () => {
    const [good, packed] = [makeExt4(fixture, 'good.img', 'good'), join(fixture.folder.toString(), 'packed.gz')];
    writeFileSync(packed, execFileSync('gzip', ['-c', good]));
    const { status, stdout, stderr } = platter(['open', packed, good]);
    expect([status, stderr.includes('[IMAGE_NOT_RAW]'), stderr.includes('compressed with gzip')]).toEqual([1, true, true]);
    expect(stdout).toContain('mounted on /run/media/root/good, read-only');
    expect(fixture.census()).toHaveLength(1);
  });

  test('keeps what has nothing to mount attached, and says so', () => {
    const path = fixture.makeImage('empty.img', MIB).toString();
    const { status, stdout } = platter(['open', path]);
    expect([status, stdout]).toEqual([0, expect.stringContaining('is attached; nothing in it can be mounted')]);
    expect(fixture.census()).toHaveLength(1);
  });
});

/** `platter losetup` beside the installed losetup: everything that looks, byte by byte. */
import { linkSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useLoopFixture } from '../loop-fixture.ts';
import { both, hostileNames, installForEverybody, losetup, platter, type Argument } from './command.ts';

const fixture = useLoopFixture();
const MIB = 1024 * 1024;
/** Of losetup 2.38.1: the others came later. */
const commonColumns = 'NAME,AUTOCLEAR,BACK-FILE,BACK-INO,BACK-MAJ:MIN,MAJ:MIN,OFFSET,PARTSCAN,RO,SIZELIMIT,DIO,LOG-SEC';
const PARTSCAN = 8;

function expectSame(arguments_: readonly Argument[], options = {}): void {
  const { ours, theirs } = both(arguments_, { cwd: fixture.folder, ...options });
  expect(ours).toEqual(theirs);
}

/** One image attached twice in different ways, so that there is more than one line. */
async function attachTwice(name: string | Buffer): Promise<Buffer> {
  const image = fixture.makeImage(name, MIB);
  await fixture.attach(image);
  await fixture.attach(image, { readOnly: true, offsetBytes: 4096n, sizeLimitBytes: 8192n, flags: PARTSCAN });
  return image;
}

/** One file under every hostile name, attached under each of them: `-j` then lists them all, and only them. */
async function attachHostileNames(): Promise<readonly Buffer[]> {
  const first = fixture.makeImage('plain.img', MIB);
  const names = hostileNames.map(([, name]) => Buffer.concat([Buffer.from(`${fixture.folder}/`), name]));
  for (const name of names) {
    rmSync(name, { force: true });
    linkSync(first, name);
    await fixture.attach(name);
  }
  return names;
}

describe('hostile names', () => {
  test('look the same in every format and in both kinds of locale', async () => {
    await attachHostileNames();
    for (const format of [[], ['-l'], ['--raw', '-l'], ['-n', '-l', '-O', 'BACK-FILE,NAME']]) {
      expectSame([...format, '-j', 'plain.img']);
      expectSame([...format, '-j', 'plain.img'], { environment: { LC_ALL: 'C' } });
    }
  });

  test('are valid JSON, and the very same where losetup writes valid JSON', async () => {
    const names = await attachHostileNames();
    const { ours, theirs } = both(['-J', '-l', '-j', 'plain.img'], { cwd: fixture.folder });
    const { loopdevices } = JSON.parse(Buffer.from(ours.stdout, 'latin1').toString()) as { loopdevices: Record<string, string>[] };
    const bytes = loopdevices.map((device) => {
      const base64 = device['back-file-base64'];
      return base64 === undefined ? Buffer.from(device['back-file'] ?? '') : Buffer.from(base64, 'base64');
    });
    expect(bytes.toSorted((a, b) => a.compare(b))).toEqual(names.toSorted((a, b) => a.compare(b)));
    const isValid = (line: string) => Buffer.from(Buffer.from(line, 'latin1').toString()).toString('latin1') === line;
    const validLines = (text: string) => text.split('\n').filter((line) => isValid(line) && !line.includes('\\ufffd'));
    const replaced = (line: string) => line.includes('-base64"') || line.includes(Buffer.from('\ufffd').toString('latin1'));
    expect(validLines(ours.stdout).filter((line) => !replaced(line))).toEqual(validLines(theirs.stdout));
  });

  test('are found by their own name', async () => {
    const image = fixture.makeImage(Buffer.from('bad\xff\n.img', 'latin1'), MIB);
    await fixture.attach(image);
    expectSame(['-j', image]);
  });
});

const formats: readonly (readonly string[])[] = [
  [],
  ['-l'],
  ['--list', '--noheadings'],
  ['-J', '-l'],
  ['--json', '--list', '-O', 'NAME,RO,OFFSET,BACK-INO'],
  ['--raw', '-l'],
  ['-n', '--raw', '-l'],
  ['-O', commonColumns],
  ['-O', commonColumns.toLowerCase()],
  ['-n', '-O', commonColumns],
  ['-O', '+PARTSCAN', '-l'],
  ['-O', 'NAME,NAME,RO'],
  ['-O', 'RO'],
  ['-O', 'BACK-FILE'],
  ['-l', '-v'],
];

describe.each(formats.map((format) => [format.join(' '), format] as const))('losetup %s', (_line, format) => {
  test('prints the same for the devices of one file', async () => {
    await attachTwice('disk.img');
    expectSame([...format, '-j', 'disk.img']);
    expectSame([...format, '-j', 'disk.img', '-o', '4K']);
  });

  test('prints the same for one device', async () => {
    const { number } = await fixture.attach(fixture.makeImage('one.img', MIB), { offsetBytes: 512n });
    expectSame([...format, `/dev/loop${number}`]);
  });

  test('prints the same without rights', async () => {
    await attachTwice('disk.img');
    const program = installForEverybody(fixture.folder);
    const { ours, theirs } = both([...format, '-j', join(fixture.folder, 'disk.img')], { asNobody: true, program });
    expect(ours).toEqual(theirs);
  });
});

test('finds the devices of a file through links and relative paths', async () => {
  await attachTwice('disk.img');
  symlinkSync('disk.img', join(fixture.folder, 'link.img'));
  for (const name of ['./disk.img', `../${basename(fixture.folder)}/disk.img`, 'link.img', 'nothing.img', fixture.folder, '']) {
    expectSame(['-l', '-j', name]);
  }
});

test('lists all devices with the same lines and the same order', async () => {
  for (let index = 0; index < 12; index++) await fixture.attach(fixture.makeImage(`disk${index}.img`, MIB));
  // Others attach devices at the same time, so only our own lines can be compared.
  const own = (text: string) => text.split('\n').filter((line) => line.includes(fixture.folder));
  for (const arguments_ of [['-a'], ['--raw'], ['--raw', '-n', '-l'], ['-a', '--raw', '-O', 'BACK-FILE,NAME']]) {
    const { ours, theirs } = both(arguments_);
    expect(own(ours.stdout)).toEqual(own(theirs.stdout));
    expect(own(ours.stdout)).toHaveLength(12);
  }
});

test('a file that was renamed or deleted is named as losetup names it', async () => {
  const image = fixture.makeImage('old.img', MIB);
  const { number } = await fixture.attach(image);
  renameSync(image, join(fixture.folder, 'new.img'));
  expectSame([`/dev/loop${number}`]);
  unlinkSync(join(fixture.folder, 'new.img'));
  expectSame([`/dev/loop${number}`]);
  expectSame(['-l', `/dev/loop${number}`]);
  expectSame(['-J', '-l', `/dev/loop${number}`]);
});

test('the columns of newer releases are there', async () => {
  const image = fixture.makeImage('disk.img', MIB);
  const { number } = await fixture.attach(image, { reference: 'backup' });
  const { stdout } = platter(['losetup', '-n', '--raw', '-O', 'REF,MAJ,MIN,MAJ:MIN', `/dev/loop${number}`]);
  expect(stdout).toBe(`backup 7 ${number} 7:${number}\n`);
  const all = JSON.parse(platter(['losetup', '-J', '--output-all', `/dev/loop${number}`]).stdout) as { loopdevices: object[] };
  expect(Object.keys(all.loopdevices[0] ?? {})).toEqual([
    'name',
    'autoclear',
    'back-file',
    'back-ino',
    'back-maj:min',
    'back-maj',
    'back-min',
    'maj:min',
    'maj',
    'min',
    'offset',
    'partscan',
    'ref',
    'ro',
    'sizelimit',
    'dio',
    'log-sec',
  ]);
});

const wrong: readonly (readonly string[])[] = [
  ['-x'],
  ['--foo'],
  ['--find=3'],
  ['-o'],
  ['--offset'],
  ['--o', '3'],
  ['--out', 'NAME'],
  ['-a', '-d', '/dev/loop0'],
  ['-l', '-f'],
  ['-D', '-a'],
  ['-O', 'NAME', '-c', '/dev/null'],
  ['-O', 'NAME', '-d', '/dev/null'],
  ['-J', '--raw'],
  ['-O'],
  ['-O', 'FOO'],
  ['-O', 'NAME,FOO'],
  ['-o', 'abc', '-f', 'a.img'],
  ['-o', '1Q', '-f', 'a.img'],
  ['-o', '-5', '-f', 'a.img'],
  ['-o', '99999999999999999999', '-f', 'a.img'],
  ['-o', '1.5', '-f', 'a.img'],
  ['-o', '1Z', '-f', 'a.img'],
  ['-b', 'abc', '-f', 'a.img'],
  ['--sizelimit', 'x', '-f', 'a.img'],
  ['--direct-io=foo', '/dev/loop0'],
  ['/dev/nonexist'],
  ['/dev/null'],
  ['missing.img'],
  ['-d', '/dev/nonexist'],
  ['-d', 'missing.img'],
  ['-d'],
  ['-c', '/dev/nonexist'],
  ['-c', '/dev/null'],
  ['--direct-io=on', '/dev/null'],
  ['-b', '512', '/dev/null'],
  ['-f', 'missing.img'],
  ['-f', '/tmp'],
  ['-f', 'a.img', 'b.img'],
  ['-r'],
  ['-n'],
  ['-o', '5'],
  ['-o', '5', '-a'],
  ['--show', '-a'],
  ['-P', '-a'],
  ['-r', '-l'],
  ['--sizelimit', '512', '-a'],
  ['-e', 'foo'],
];

describe('what losetup refuses', () => {
  test.each(wrong.map((arguments_) => [arguments_.join(' '), arguments_] as const))('losetup %s', (_line, arguments_) => {
    expectSame(arguments_);
  });

  test('a device without a file has the same status and no output', () => {
    const number = fixture.addNode();
    const { ours, theirs } = both([`/dev/loop${number}`]);
    expect([ours.status, ours.stdout]).toEqual([theirs.status, theirs.stdout]);
    expect(ours.stderr).toMatch(new RegExp(`^losetup: /dev/loop${number}: `));
  });
});

test('an empty list is the same in every format', () => {
  for (const arguments_ of [['-l'], ['-J', '-l'], ['--raw', '-l'], []]) expectSame([...arguments_, '-j', 'nothing.img']);
});

test('help and version name the release whose options they are', () => {
  expect(platter(['losetup', '--version']).stdout).toMatch(/^losetup from util-linux 2\.41 /);
  const { stdout, status } = platter(['losetup', '--help']);
  expect(status).toBe(0);
  const theirs = losetup(['--help']).stdout;
  for (const option of theirs.match(/--[a-z][a-z-]+/g) ?? []) expect(stdout).toContain(option);
  expect(stdout).toContain('--loop-ref');
});

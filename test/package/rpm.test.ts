/** The .rpm: made of the same tree as the .deb, with what rpm has in another place. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dependsOf, recommendsOf } from '../../build/package/system-needs.ts';
import { debFile, packageFiles, version } from '../../build/package/make.ts';
import { run } from './package-files.ts';

const rpmFile = packageFiles.rpm;
const isRoot = process.getuid?.() === 0;

function query(...words: readonly string[]): string[] {
  return execFileSync('rpm', ['-qp', ...words, rpmFile], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

/** `-rwxr-xr-x root/root /path` or, of a link, with its target. */
function rpmEntries(): string[] {
  const lines = query('--queryformat', '[%{FILEMODES:perms} %{FILEUSERNAME}/%{FILEGROUPNAME} %{FILENAMES} -> %{FILELINKTOS}\\n]');
  return lines.map((line) => line.replace(/ -> ?$/u, ''));
}

function debEntries(): string[] {
  const lines = execFileSync('dpkg-deb', ['--contents', debFile], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [, rights, owner, path = ''] = /^(\S+) (\S+) +\S+ \S+ \S+ \.(.*)$/u.exec(line) ?? [];
    return `${rights} ${owner} ${path.replace(/\/$/u, '')}`;
  });
}

const isFolder = (line: string): boolean => line.startsWith('d');

test('has the files of the .deb with their owners and modes; only notes of Debian are not there, and zsh looks elsewhere', () => {
  const expected = debEntries()
    .filter((line) => !isFolder(line) && !/lintian|\/changelog\.gz$/u.test(line))
    .map((line) => line.replace('/zsh/vendor-completions/', '/zsh/site-functions/'));
  expect(
    rpmEntries()
      .filter((line) => !isFolder(line))
      .toSorted(),
  ).toEqual(expected.toSorted());
});

test('owns the folders that are its alone, and none of the system', () => {
  const own = debEntries().filter(
    (line) => isFolder(line) && / \/(?:opt\/Platter|usr\/lib\/platter|usr\/share\/doc\/platter)(?:\/|$)/u.test(line),
  );
  expect(rpmEntries().filter(isFolder).toSorted()).toEqual(own.toSorted());
});

test('says what it is and needs, in the words of its distributions', () => {
  expect(query('--queryformat', '%{NAME}|%{VERSION}|%{ARCH}|%{LICENSE}|%{URL}|%{SUMMARY}')).toEqual([
    `platter|${version}|${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}|MIT|(none)|Open, create, resize and look after disk images`,
  ]);
  expect(
    query('--requires')
      .filter((line) => !/^(?:rpmlib\(|\/bin\/sh$)/u.test(line))
      .toSorted(),
  ).toEqual([...dependsOf.rpm].toSorted());
  expect(query('--recommends').toSorted()).toEqual([...recommendsOf.rpm].toSorted());
  const scripts = query('--scripts').join('\n');
  expect(scripts).toMatch(/postinstall scriptlet[^]*udevadm control --reload[^]*postuninstall scriptlet[^]*remove \| purge \| 0/u);
});

test.skipIf(!isRoot)('rpm installs it, finds every file as it was packed, and leaves nothing when it goes (needs root)', () => {
  const root = mkdtempSync(join(tmpdir(), 'platter-rpm-'));
  try {
    const words = ['--root', root, '--nodeps', '--noscripts'];
    expect(run('rpm', ['--root', root, '--initdb'])).toMatchObject({ status: 0 });
    // Debian's rpm says that Debian has a package manager of its own.
    expect(run('rpm', [...words, '-i', rpmFile])).toMatchObject({ status: 0 });
    expect(run('rpm', ['--root', root, '--nodeps', '-V', 'platter'])).toEqual({ status: 0, output: '' });
    const { output } = run('chroot', [root, '/usr/lib/platter/helper/node', '--version']);
    // The runtime's own libraries are not there; that it is found shows that the tree is whole.
    expect(output).toMatch(/No such file|v\d+/u);
    expect(run('rpm', [...words, '-e', 'platter'])).toMatchObject({ status: 0 });
    expect(run('find', [root, '-mindepth', '1', '-iname', '*platter*'])).toEqual({ status: 0, output: '' });
  } finally {
    rmSync(root, { recursive: true });
  }
});

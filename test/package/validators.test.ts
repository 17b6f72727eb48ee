/** The desktop's and the distribution's own checkers over what is in the package. */
import { globSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { debFile } from '../../build/package/make.ts';
import { run, unpack } from './package-files.ts';

let root = '';
let remove = (): void => {};
beforeAll(() => {
  ({ root, remove } = unpack());
});
afterAll(() => remove());

const good = { status: 0, output: '' };

/** It looks into every program: about a minute of a processor's time, most of it for those of Electron and Node.js. */
const LINTIAN_LIMIT_MS = 900_000;

test('lintian finds no error', { timeout: LINTIAN_LIMIT_MS }, () => {
  const { status, output } = run('lintian', ['--allow-root', '--fail-on', 'error', debFile]);
  expect([status, output.split('\n').filter((line) => line.startsWith('E:'))]).toEqual([0, []]);
});

test('the desktop entry is valid and its programs are there', () => {
  const entry = join(root, 'usr/share/applications/org.platter.Platter.desktop');
  expect(run('desktop-file-validate', [entry])).toEqual(good);
  const text = readFileSync(entry, 'utf8');
  expect(text.match(/^Exec=(.*)$/gmu)).toEqual([
    'Exec=/opt/Platter/platter-window %F',
    'Exec=/opt/Platter/platter-window --attach-image',
    'Exec=/opt/Platter/platter-window --new-image',
  ]);
  expect(globSync('opt/Platter/platter-window', { cwd: root }).length).toBe(1);
});

test('the AppStream metadata is valid', () => {
  const { status, output } = run('appstreamcli', [
    'validate',
    '--no-net',
    join(root, 'usr/share/metainfo/org.platter.Platter.metainfo.xml'),
  ]);
  expect([status, output]).toEqual([0, expect.stringContaining('Validation was successful')]);
});

test('the media types are taken, and every type of the desktop entry is known or newer than this system', () => {
  const data = join(root, 'share/mime');
  mkdirSync(join(data, 'packages'), { recursive: true });
  symlinkSync(join(root, 'usr/share/mime/packages/org.platter.Platter.xml'), join(data, 'packages/org.platter.Platter.xml'));
  symlinkSync('/usr/share/mime/packages/freedesktop.org.xml', join(data, 'packages/freedesktop.org.xml'));
  expect(run('update-mime-database', [data], { XDG_DATA_DIRS: join(root, 'share') })).toEqual(good);
  const known = readFileSync(join(data, 'types'), 'utf8').split('\n');
  const aliases = readFileSync(join(data, 'aliases'), 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[0]);
  const entry = readFileSync(join(root, 'usr/share/applications/org.platter.Platter.desktop'), 'utf8');
  const types = /^MimeType=(.*);$/mu.exec(entry)?.[1]?.split(';') ?? [];
  const unknown = types.filter((type) => !known.includes(type) && !aliases.includes(type));
  // Of shared-mime-info 2.3 and later, and of VirtualBox's own package.
  const elsewhere = [
    ...['application/vnd.efi.img', 'application/vnd.efi.iso'],
    ...['vdi', 'vhd', 'vhdx', 'vmdk'].map((kind) => `application/x-virtualbox-${kind}`),
  ];
  expect(unknown.filter((type) => !elsewhere.includes(type))).toEqual([]);
  expect(types.length).toBeGreaterThan(15);
});

test('the policy is valid by its document type and asks nobody for his own password', () => {
  const policy = join(root, 'usr/share/polkit-1/actions/org.platter.policy');
  const definition = '/usr/share/polkit-1/policyconfig-1.dtd';
  const validity = globSync(definition).length === 1 ? ['--dtdvalid', definition] : [];
  expect(run('xmllint', ['--noout', '--nonet', ...validity, policy])).toEqual(good);
  const text = readFileSync(policy, 'utf8');
  expect(text).not.toContain('auth_self');
  expect(text.match(/<action /gu)?.length).toBe(text.match(/<defaults>/gu)?.length);
});

test('the manual pages have no warnings', () => {
  const pages = globSync('usr/share/man/man1/*.gz', { cwd: root });
  expect(pages.length).toBe(3);
  const warnings = pages.flatMap((page) => {
    const words = ['--warnings', '--no-justification', '--encoding=UTF-8', '--local-file', '-Tutf8', '--ditroff', join(root, page)];
    const { output } = run('man', words, { MANROFFSEQ: '', MANWIDTH: '80' });
    return output.split('\n').filter((line) => line.includes(': warning'));
  });
  expect(warnings).toEqual([]);
});

test('the completions of all three shells know the commands and their options', () => {
  const bash = join(root, 'usr/share/bash-completion/completions/platter');
  const complete = (line: readonly string[]): string[] =>
    run('bash', [
      '-c',
      `source "$1"; shift; compopt() { :; }; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _platter; printf '%s\\n' "\${COMPREPLY[@]}"`,
      ...['bash', bash, ...line],
    ])
      .output.trim()
      .split('\n');
  expect(complete(['platter', 'deta'])).toEqual(['detach']);
  expect(complete(['platter', 'nodes', 'f'])).toContain('find-free');
  expect(complete(['platter', '--json', 'attach', '--read'])).toEqual(['--read-only']);

  const fish = join(root, 'usr/share/fish/vendor_completions.d/platter.fish');
  const fishOutput = run('fish', [
    '--no-config',
    '-c',
    `source ${fish}; complete -C'platter deta'; complete -C'platter attach --read'`,
  ]).output;
  expect(fishOutput.split('\n').map((line) => line.split('\t')[0])).toEqual(['detach', '--read-only', '']);

  const zsh = join(root, 'usr/share/zsh/vendor-completions/_platter');
  const script = `
    autoload -Uz compinit; compinit -D -u; fpath=(${join(zsh, '..')} $fpath); autoload -Uz _platter
    _arguments() { print -l -- "$@"; state=command; }; _describe() { print -l -- "\${(P@)2}"; }
    _platter 2>/dev/null; print -- ---; _platter_attach`;
  const zshOutput = run('zsh', ['-f', '-c', script]).output;
  expect(zshOutput).toMatch(/^detach:.*detach loop devices$/mu);
  expect(zshOutput).toMatch(/---[\s\S]*--read-only\[nothing can be written\]/u);
});

/** What is in the package, down to owners and modes. */
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectRoot } from '../../build/bootstrap.mjs';
import { debFile } from '../../build/package/make.ts';
import { run, unpack } from './package-files.ts';

let root = '';
let remove = (): void => {};
beforeAll(() => {
  ({ root, remove } = unpack());
});
afterAll(() => remove());

/** Programs whose files others add and rename: each folder's are one line. */
const families = [
  [/ \.\/usr\/lib\/platter\/cli\/(?!platter\.js$)[\w.-]+\.js$/u, ' ./usr/lib/platter/cli/*.js'],
  [/ \.\/usr\/lib\/platter\/image-worker\/[\w.-]+\.js$/u, ' ./usr/lib/platter/image-worker/*.js'],
] as const;

let lines: string[] | null = null;

/** `-rw-r--r-- root/root ./path`, without sizes and times. */
function listing(): string[] {
  lines ??= readListing();
  return lines;
}

function readListing(): string[] {
  const long = execFileSync('dpkg-deb', ['--contents', debFile], { encoding: 'utf8' }).trim().split('\n');
  const short = long.map((line) => {
    const [, rights, owner, path] = /^(\S+) (\S+) +\S+ \S+ \S+ (.*)$/u.exec(line) ?? [];
    return `${rights} ${owner} ${path}`.replaceAll(process.arch, 'ARCH');
  });
  const joined = short.map((line) => families.reduce((text, [pattern, family]) => text.replace(pattern, family), line));
  return [...new Set(joined)].toSorted();
}

test('has the expected files with their owners and modes, and no others', () => {
  const expected = readFileSync(join(projectRoot, 'test/package/expected-contents.txt'), 'utf8').trim().split('\n');
  expect(listing()).toEqual(expected.toSorted());
});

test('nothing is set-user-ID, writable for others, or of somebody but root', () => {
  const foreign = listing().filter((line) => !/^(?:[-d]rw[x-]r-[x-]r-[x-]|lrwxrwxrwx) root\/root /u.test(line));
  expect(foreign).toEqual([]);
});

test('no configuration files: nothing in /etc, no conffiles', () => {
  expect(listing().filter((line) => line.includes(' ./etc'))).toEqual([]);
  expect(execFileSync('dpkg-deb', ['--info', debFile], { encoding: 'utf8' })).not.toMatch(/conffiles/u);
});

test('no file that a person reads promises a page or an address that cannot exist', () => {
  const { output } = run('grep', ['-rIl', '--exclude-dir=opt', 'platter[.]example', root]);
  // Debian's changelog needs the address of a maintainer, as the control file does.
  expect(output).toBe('');
  expect(execFileSync('dpkg-deb', ['--field', debFile, 'Homepage'], { encoding: 'utf8' }).trim()).toBe('');
});

test('every checksum is right', () => {
  const control = execFileSync('dpkg-deb', ['--info', debFile, 'md5sums'], { encoding: 'utf8' });
  const files = globSync('**', { cwd: root, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(control.trim().split('\n').length).toBe(files.length);
  execFileSync('md5sum', ['--check', '--strict', '--quiet', '-'], { cwd: root, input: control });
});

test('icons are of the sizes of their folders', () => {
  const icons = globSync('usr/share/icons/hicolor/*x*/apps/platter-window.png', { cwd: root });
  expect(icons.length).toBe(8);
  for (const icon of icons) {
    const png = readFileSync(join(root, icon));
    const side = Number(/hicolor\/(\d+)x/u.exec(icon)?.[1]);
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([side, side]);
  }
});

test('the bill of materials names what is shipped, and the notices its licences', () => {
  const bill = JSON.parse(readFileSync(join(root, 'usr/share/doc/platter/platter.cdx.json'), 'utf8')) as {
    bomFormat: string;
    components: readonly { name: string; version: string; licenses: readonly unknown[]; hashes?: readonly { content: string }[] }[];
  };
  const lock = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string; integrity?: string }>;
  };
  const notices = run('zcat', [join(root, 'usr/share/doc/platter/third-party-notices.txt.gz')]).output;
  const names = bill.components.map(({ name }) => name);
  expect(bill.bomFormat).toBe('CycloneDX');
  expect(names).toEqual(expect.arrayContaining(['commander', 'electron', 'koffi', 'node', 'react', 'react-dom', 'valibot', 'zustand']));
  // Build tools and the server of the browser window stay at home.
  expect(names).not.toEqual(expect.arrayContaining(['ws']));
  expect(names).not.toEqual(expect.arrayContaining(['vite']));
  for (const { name, version, licenses, hashes } of bill.components) {
    const locked = name === 'electron' ? { version } : lock.packages[`node_modules/${name}`];
    const integrity = locked?.integrity?.replace('sha512-', '');
    const sha512 = integrity === undefined ? undefined : Buffer.from(integrity, 'base64').toString('hex');
    const found = {
      name,
      version,
      licences: licenses.length,
      hash: hashes?.[0]?.content,
      isNoticed: notices.includes(`${name} ${version} (`),
    };
    expect(found).toEqual({ name, version: locked?.version, licences: 1, hash: sha512, isNoticed: true });
  }
});

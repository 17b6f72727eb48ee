/** The package as dpkg installs, upgrades and removes it, in a copy-on-write view of this machine. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../build/bootstrap.mjs';
import { debFile, version } from '../../build/package/make.ts';

const isRoot = process.getuid?.() === 0;

function runInstalled(script: string, ...words: readonly string[]): ReadonlyMap<string, string> {
  const folder = join(projectRoot, 'test/package');
  const unshare = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child'];
  const command = ['bash', join(folder, 'installed.sh'), join(folder, script), ...words];
  const output = execFileSync('unshare', [...unshare, ...command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return new Map(
    output
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
}

test.skipIf(!isRoot)('installs, upgrades and goes again, and an attached image stays attached (needs root)', () => {
  expect(Object.fromEntries(runInstalled('install-and-remove.sh', debFile))).toEqual({
    programs: '/usr/bin/platter|/usr/bin/platter-window|/opt/Platter/platter-window|',
    version: `${version}|`,
    page: '/usr/share/man/man1/platter.1.gz|',
    defaults: '0|',
    entry: expect.stringMatching(/^[1-9]/u) as unknown,
    // udev does not run in this world.
    doctor: 'kernel"ok|helper"ok|helper-files"ok|versions"ok|udev"warn|',
    list: '{|',
    attached: '/tmp/kept.img|',
    upgraded: '/tmp/kept.img content|',
    removed: '/tmp/kept.img content records kept|',
    left: '|',
    again: expect.stringMatching(/^\/dev\/loop\d+: detached\|$/u) as unknown,
    purged: '|',
  });
});

/** The configuration of the architecture that is not this machine's: all that can be said of it without its Electron. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../build/bootstrap.mjs';
import { parseFpmArguments } from '../../build/package/fpm-arguments.ts';
import { rpmSpec } from '../../build/package/rpm-spec.ts';

const other = process.arch === 'arm64' ? { deb: 'amd64', rpm: 'x86_64', node: 'x64' } : { deb: 'arm64', rpm: 'aarch64', node: 'arm64' };
const words = [
  '-s',
  'dir',
  '--name',
  'platter',
  '--version',
  '1.0',
  '--maintainer',
  'x',
  '--description',
  'One line\n More.',
  '--url',
  'https://platter.example/',
];

test('both packers are told its name in their own words', () => {
  const named = (kind: string) =>
    parseFpmArguments([...words, '-t', kind, '--architecture', other.deb, '--package', `x.${kind}`]).architecture;
  expect([named('deb'), named('rpm')]).toEqual([other.deb, other.rpm]);
});

test('npm has its runtime, its koffi and its Electron', () => {
  const lock = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string }>;
  };
  expect(lock.packages[`node_modules/@koromix/koffi-linux-${other.node}`]?.version).toBe(lock.packages['node_modules/koffi']?.version);
  const sums = JSON.parse(readFileSync(join(projectRoot, 'node_modules/electron/checksums.json'), 'utf8')) as Record<string, string>;
  const { version } = JSON.parse(readFileSync(join(projectRoot, 'node_modules/electron/package.json'), 'utf8')) as { version: string };
  expect(sums[`electron-v${version}-linux-${other.node}.zip`]).toMatch(/^[0-9a-f]{64}$/u);
  expect(existsSync(join(projectRoot, 'node_modules/node/installArchSpecificPackage.js'))).toBe(true);
});

test('what is no file of the package alone is not in the list of a .rpm', () => {
  const order = parseFpmArguments([...words, '-t', 'rpm', '--architecture', other.deb, '--package', 'x.rpm']);
  const names = [
    'opt/',
    'opt/Platter/',
    'opt/Platter/100%',
    'usr/',
    'usr/bin/',
    'usr/bin/platter',
    'usr/lib/udev/',
    'usr/lib/udev/rules.d/',
    'usr/share/doc/platter/copyright',
  ];
  const spec = rpmSpec(order, '/tree', { names, afterInstall: '#!/bin/sh\nexit 0\n', afterRemove: null });
  expect(spec.slice(spec.indexOf('%defattr')).trim().split('\n').slice(1)).toEqual([
    '%dir "/opt/Platter"',
    '"/opt/Platter/100%%"',
    '"/usr/bin/platter"',
    '%doc "/usr/share/doc/platter/copyright"',
  ]);
  expect(spec).not.toContain('URL:');
});

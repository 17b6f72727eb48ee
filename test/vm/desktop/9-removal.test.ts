/** Removing the package leaves the machine as it was before (setUp in test/vm/desktop.test.ts wrote down what that was). */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { listing } from './listing.ts';
import { asRoot, rootOutput } from './people.ts';

test('nothing of the package is left', () => {
  const removed = asRoot('apt-get -qq purge --autoremove platter');
  expect([removed.status, removed.stderr]).toEqual([0, '']);
  const before = new Set(readFileSync('/run/before-installation', 'utf8').split('\n'));
  expect(listing().filter((line) => !before.has(line))).toEqual([]);
  expect(rootOutput("pgrep -fa '/usr/lib/platter|/opt/Platter' || true")).toBe('');
  expect(rootOutput('pkaction | grep platter || true')).toBe('');
});

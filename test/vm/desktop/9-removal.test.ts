/**
 * Removing the package leaves the machine as it was before (setUp in test/vm/desktop.test.ts wrote down what that was), and what is mounted
 * mounted. The machine is switched off with it, and test/vm/desktop.test.ts looks into the image.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { desktopUsers, lastImage } from '../desktop-disk.ts';
import { listing } from './listing.ts';
import { asRoot, asSession, makeImage, rootOutput, succeeded } from './people.ts';

test('nothing of the package is left, but what it has mounted and its records of that', () => {
  const { active } = desktopUsers;
  makeImage(active, lastImage.name, 'Last');
  succeeded(asSession(active, `platter mount ${lastImage.name}`));
  const removed = asRoot('apt-get -qq purge --autoremove platter');
  expect([removed.status, removed.stderr]).toEqual([0, '']);
  const before = new Set(readFileSync('/run/before-installation', 'utf8').split('\n'));
  const records = rootOutput('find /run/platter').split('\n');
  expect(listing().filter((line) => !before.has(line) && !records.includes(line))).toEqual([]);
  expect(rootOutput("pgrep -fa '/usr/lib/platter|/opt/Platter' || true")).toBe('');
  expect(rootOutput('pkaction | grep platter || true')).toBe('');
  // Nobody asks for it to be written out.
  rootOutput(`echo ${lastImage.content} > /run/media/${active}/Last/late`);
});

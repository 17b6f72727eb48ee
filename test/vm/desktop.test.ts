/** A Debian with systemd, logind, polkit, udev and udisks2, this repository's package installed in it, and people who use it. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'vitest';
import { electronForTests } from '../../build/suites.ts';
import { debFile } from '../../build/package/make.ts';
import { declareGuestTests } from './run-tests.ts';

/** Null where there is no Electron to put into one. */
function providePackage(): string | null {
  if (electronForTests() === null) return null;
  const program = fileURLToPath(new URL('../../build/package.ts', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--quick'], { encoding: 'utf8' });
  if (status !== 0 || !existsSync(debFile)) throw new Error(`no package was made:\n${stdout}${stderr}`);
  return debFile;
}

const isLong = process.env['PLATTER_LONG'] === '1';
const deb = isLong ? providePackage() : null;
if (deb !== null) {
  await declareGuestTests({
    machine: 'desktop',
    files: ['test/vm/desktop'],
    timeLimitMs: 60 * 60_000,
    setUp: `
node --input-type=module -e "import { listing } from './test/vm/desktop/listing.ts'; console.log(listing().join('\\n'))" > /run/before-installation
apt-get -qq install --no-install-recommends '/mnt/host${deb}' || exit 1
until [ "$(loginctl list-sessions --no-legend | grep -c seat0)" = 2 ]; do :; done`,
  });
}

test('the desktop machine', ({ skip }) => {
  skip(!isLong, 'takes a quarter of an hour: npm run test:long');
  skip(deb === null, 'there is no Electron to put into a package');
});

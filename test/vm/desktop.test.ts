/** A Debian with systemd, logind, polkit, udev and udisks2, this repository's package installed in it, and people who use it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { electronForTests } from '../../build/suites.ts';
import { debFile } from '../../build/package/make.ts';
import { lastImage } from './desktop-disk.ts';
import { declareGuestTests } from './run-tests.ts';

/** Null where there is no Electron to put into one. */
function providePackage(): string | null {
  if (electronForTests() === null) return null;
  const program = fileURLToPath(new URL('../../build/package.ts', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--test'], { encoding: 'utf8' });
  if (status !== 0 || !existsSync(debFile)) throw new Error(`no package was made:\n${stdout}${stderr}`);
  return debFile;
}

/** What `npm test` takes of test/vm/desktop: the rest would take too long. */
const sample = ['1-sessions', '2-udev', '3-udisks', '4-window', '9-removal'].map((name) => `test/vm/desktop/${name}.test.ts`);
const isLong = process.env['PLATTER_LONG'] === '1';

/** Boots and runs them. Returns the folder of what the machine has left. */
async function run(deb: string): Promise<string> {
  return declareGuestTests({
    machine: 'desktop',
    files: isLong ? ['test/vm/desktop'] : sample,
    timeLimitMs: (isLong ? 60 : 25) * 60_000,
    setUp: `
node --input-type=module -e "import { listing } from './test/vm/desktop/listing.ts'; console.log(listing().join('\\n'))" > /run/before-installation
apt-get -qq install --no-install-recommends '/mnt/host${deb}' || exit 1
until [ "$(loginctl list-sessions --no-legend | grep -c seat0)" = 2 ]; do :; done`,
    fromDisk: [lastImage.path],
  });
}

const deb = providePackage();
const folder = deb === null ? null : await run(deb);

test('an image that was mounted when the desktop machine was switched off is whole', ({ skip }) => {
  if (folder === null) return skip('there is no Electron to put into a package');
  const image = join(folder, basename(lastImage.path));
  const output = (program: string, parameters: readonly string[]): string =>
    execFileSync(program, parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  // Not only what fsck calls clean: unmounted, with nothing left for the journal to do.
  expect(output('dumpe2fs', ['-h', image])).toMatch(/^Filesystem state: +clean$/mu);
  expect(output('dumpe2fs', ['-h', image])).not.toContain('needs_recovery');
  expect(output('e2fsck', ['-f', '-n', image])).not.toMatch(/\bfix\b|WARNING/iu);
  expect(output('debugfs', ['-R', 'cat /late', image])).toBe(`${lastImage.content}\n`);
});

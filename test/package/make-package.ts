/** Makes the packages that the tests look at, unless they are there already. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../build/bootstrap.mjs';
import { packageKinds, type PackageKind } from '../../build/package/make.ts';

function make(kinds: readonly PackageKind[]): void {
  const words = kinds.map((kind) => `--${kind.toLowerCase()}`);
  const { status } = spawnSync(process.execPath, [join(projectRoot, 'build/package.ts'), '--test', ...words], {
    cwd: projectRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error('the packages could not be made');
}

/** For the electron suite, which runs what is packed. */
export function makePackage(kind: PackageKind = 'deb'): void {
  make([kind]);
}

/** All of them, for the package suite. */
export function setup(): void {
  make(packageKinds);
}

/** Makes the .deb that the tests of this suite look at, unless it is there already. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../build/bootstrap.mjs';

/** Also the electron suite's: it runs what is packed. */
export function makePackage(): void {
  const { status } = spawnSync(process.execPath, [join(projectRoot, 'build/package.ts'), '--test'], {
    cwd: projectRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error('the package could not be made');
}

export { makePackage as setup };

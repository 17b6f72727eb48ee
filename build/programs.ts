/** Keeps dist/ in step with the sources: builds when a source file appeared, changed or went since the last build. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './bootstrap.mjs';
import { tools } from './tools.ts';

const dist = join(projectRoot, 'dist');
const stamp = join(dist, '.sources');
const sources = [
  'electron/**',
  'renderer/**',
  'native-helper/**',
  'build/vite.config.ts',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];

/** One hash over names, sizes and times of files; by default of everything that goes into dist/. */
export function sourcesFingerprint(patterns: readonly string[] = sources): string {
  const hash = createHash('sha256');
  for (const name of globSync([...patterns], { cwd: projectRoot }).toSorted()) {
    const { size, mtimeMs } = statSync(join(projectRoot, name));
    hash.update(`${name}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** True when dist/ was built from the sources as they are now. */
export function programsAreFresh(): boolean {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sourcesFingerprint();
}

/** Builds unless fresh; says so in one line. False when the build failed: then dist/ counts as stale. */
export function buildPrograms({ evenIfFresh }: { readonly evenIfFresh: boolean }): boolean {
  if (!evenIfFresh && programsAreFresh()) return true;
  process.stdout.write('Building the programs into dist/ …\n');
  rmSync(stamp, { force: true });
  const fingerprint = sourcesFingerprint();
  const { status } = spawnSync(process.execPath, [...tools.build, '--logLevel', 'warn'], { cwd: projectRoot, stdio: 'inherit' });
  if (status !== 0) return false;
  mkdirSync(dist, { recursive: true });
  writeFileSync(stamp, fingerprint);
  return true;
}

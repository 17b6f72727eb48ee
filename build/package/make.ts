/** Makes packages: programs, what lies beside the window, and electron-builder over both. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import electronBuilder from 'electron-builder';
import { projectRoot } from '../bootstrap.mjs';
import { buildPrograms, sourcesFingerprint } from '../programs.ts';
import { electronForTests } from '../suites.ts';
import { billOfMaterials, thirdPartyNotices } from './bill-of-materials.ts';
import { writeCompletions } from './completions.ts';
import { builderConfiguration, bundledTree, packageFolder, scriptsFolder, systemTree, type Electron } from './electron-builder.ts';
import { addPrograms, systemNode } from './programs-tree.ts';
import { shippedComponents } from './shipped.ts';
import { makeSystemTree } from './system-tree.ts';
import { Tree } from './tree.ts';

/** A package cannot be made here; the message is for a person. */
export class PackageRefused extends Error {
  override readonly name = 'PackageRefused';
}

export const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };

/** As Debian names it. */
export const debianArchitecture = process.arch === 'x64' ? 'amd64' : process.arch;
export const debFile = join(packageFolder, `platter_${version}_${debianArchitecture}.deb`);
export const unpackedFolder = join(packageFolder, process.arch === 'x64' ? 'linux-unpacked' : `linux-${process.arch}-unpacked`);

/** Throws where there is no Electron to pack. */
function findElectronFolder(): Electron & { readonly folder: string } {
  const folder = electronForTests();
  if (folder === null) {
    throw new PackageRefused(
      "No package was made: Electron's program is missing. Let npm fetch it (node node_modules/electron/install.js), or name the folder of one in ELECTRON_OVERRIDE_DIST_PATH.",
    );
  }
  return { folder, version: readFileSync(join(folder, 'version'), 'utf8').trim().replace(/^v/u, '') };
}

/** Of the last commit, so that the same sources give the same package; SOURCE_DATE_EPOCH goes before. */
function sourceTime(): Date {
  const { stdout } = spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: projectRoot, encoding: 'utf8' });
  const seconds = Number(process.env['SOURCE_DATE_EPOCH'] ?? stdout.trim());
  return seconds > 0 ? new Date(seconds * 1000) : new Date(0);
}

function debianChangelog(time: Date): string {
  const date = time.toUTCString().replace('GMT', '+0000');
  return `platter (${version}) unstable; urgency=medium

  * See NEWS.md.gz in this folder for what changed.

 -- The Platter developers <platter@platter.example>  ${date}
`;
}

function prepare(electron: { readonly version: string; readonly folder: string }): void {
  if (!buildPrograms({ evenIfFresh: false })) throw new PackageRefused('No package was made: the programs could not be built.');
  const time = sourceTime();
  const components = shippedComponents(electron, systemNode === null);
  const completions = writeCompletions();
  mkdirSync(packageFolder, { recursive: true });
  writeFileSync(join(packageFolder, 'changelog'), debianChangelog(time));
  writeFileSync(join(packageFolder, '_platter'), completions.zsh);
  makeSystemTree(systemTree, version, {
    completions,
    notices: thirdPartyNotices(components),
    billOfMaterials: billOfMaterials(version, components, time),
  });
}

const { Arch, Platform, build } = electronBuilder;
const architecture = process.arch === 'arm64' ? Arch.arm64 : Arch.x64;

const stamp = join(packageFolder, '.sources');

function packageFingerprint(): string {
  const parts = [sourcesFingerprint(), sourcesFingerprint(['build/**', 'CHANGELOG.md', 'LICENSE']), electronForTests() ?? ''];
  return parts.join('\n');
}

/** For tests: makes the .deb quickly unless it is there and nothing it is made of has changed. */
export async function ensureDeb(): Promise<void> {
  const fingerprint = packageFingerprint();
  if (existsSync(debFile) && existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) return;
  process.stdout.write('Making the package for the tests into dist/package/ …\n');
  rmSync(stamp, { force: true });
  await makeDeb({ isQuick: true });
  writeFileSync(stamp, fingerprint);
}

/** The .deb of this machine's architecture, by Debian's own tools. `isQuick`: larger, and made in seconds, for tests. */
export async function makeDeb({ isQuick }: { readonly isQuick: boolean }): Promise<void> {
  if (!existsSync('/usr/bin/dpkg-deb')) throw new PackageRefused('No package was made: the program dpkg-deb is missing.');
  const electron = findElectronFolder();
  prepare(electron);
  rmSync(stamp, { force: true });
  process.env['CUSTOM_FPM_PATH'] = join(scriptsFolder, 'fpm.ts');
  if (isQuick) process.env['PLATTER_DEB_COMPRESSION'] = 'gzip';
  await build({
    projectDir: projectRoot,
    targets: Platform.LINUX.createTarget(['deb'], architecture),
    config: builderConfiguration(electron, { bundlesHelper: false }),
  });
}

/** All packages of this machine's architecture. electron-builder fetches fpm and the AppImage tools. */
export async function makeRelease(): Promise<void> {
  const electron = findElectronFolder();
  prepare(electron);
  const config = { projectDir: projectRoot, config: builderConfiguration(electron, { bundlesHelper: false }) };
  await build({ ...config, targets: Platform.LINUX.createTarget(['deb', 'rpm'], architecture) });
  addPrograms(new Tree(bundledTree), '.', version);
  await build({
    projectDir: projectRoot,
    targets: Platform.LINUX.createTarget(['AppImage'], architecture),
    config: builderConfiguration(electron, { bundlesHelper: true }),
  });
}

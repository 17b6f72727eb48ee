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
import {
  appImageFolder,
  builderConfiguration,
  bundledTree,
  packageFolder,
  scriptsFolder,
  systemTree,
  type Electron,
} from './electron-builder.ts';
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

export const packageKinds = ['deb', 'rpm', 'AppImage'] as const;
export type PackageKind = (typeof packageKinds)[number];

/** As the makers of .rpm and AppImage name it. */
const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
export const packageFiles: Readonly<Record<PackageKind, string>> = {
  deb: debFile,
  rpm: join(packageFolder, `platter-${version}.${machine}.rpm`),
  AppImage: join(appImageFolder, `Platter-${version}-${process.arch === 'arm64' ? 'arm64' : 'x86_64'}.AppImage`),
};

/** Who packs: the system's own dpkg-deb, rpmbuild and mksquashfs, or what electron-builder fetches. */
export interface Making {
  readonly isQuick: boolean;
  readonly tools: 'system' | 'fetched';
  /** The program at the head of an AppImage (github.com/AppImage/type2-runtime), which no distribution has. Null: fetched. */
  readonly appImageRuntime: string | null;
}

const packers: Readonly<Record<PackageKind, string>> = { deb: 'dpkg-deb', rpm: 'rpmbuild', AppImage: 'mksquashfs' };

function isInPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => folder !== '' && existsSync(join(folder, program)));
}

function refuseWithoutPackers(kinds: readonly PackageKind[], { tools, appImageRuntime }: Making): void {
  const missing = kinds.find((kind) => (kind === 'AppImage' ? appImageRuntime !== null : tools === 'system') && !isInPath(packers[kind]));
  if (missing !== undefined) throw new PackageRefused(`No package was made: the program ${packers[missing]} is missing.`);
}

/** Packages of this machine's architecture. `isQuick`: larger, and made in seconds, for tests. */
export async function makePackages(kinds: readonly PackageKind[], making: Making): Promise<void> {
  refuseWithoutPackers(kinds, making);
  const electron = findElectronFolder();
  prepare(electron);
  for (const kind of kinds) rmSync(stampOf(kind), { force: true });
  if (making.tools === 'system') process.env['CUSTOM_FPM_PATH'] = join(scriptsFolder, 'fpm.ts');
  const installed = kinds.filter((kind) => kind !== 'AppImage');
  const config = builderConfiguration(electron, { bundlesHelper: false, isQuick: making.isQuick });
  if (installed.length > 0) await build({ projectDir: projectRoot, targets: Platform.LINUX.createTarget(installed, architecture), config });
  if (kinds.includes('AppImage')) await makeAppImage(electron, making);
}

async function makeAppImage(electron: Electron, { isQuick, appImageRuntime }: Making): Promise<void> {
  addPrograms(new Tree(bundledTree), '.', version);
  if (appImageRuntime !== null) process.env['APPIMAGE_TOOLS_PATH'] = appImageTools(appImageRuntime, isQuick);
  await build({
    projectDir: projectRoot,
    targets: Platform.LINUX.createTarget(['AppImage'], architecture),
    config: builderConfiguration(electron, { bundlesHelper: true, isQuick }),
  });
}

/** The system's tools as electron-builder lays them out (app-builder-lib, out/toolsets/linux.js, the static runtime). */
function appImageTools(runtime: string, isQuick: boolean): string {
  const tree = new Tree(join(packageFolder, 'appimage-tools'));
  const runtimeName = process.arch === 'arm64' ? 'arm64' : 'x64';
  const options = { mksquashfs: isQuick ? ' -Xcompression-level 1' : '', 'desktop-file-validate': '' };
  for (const [program, last] of Object.entries(options)) tree.write(program, `#!/bin/sh\nexec ${program} "$@"${last}\n`, 0o755);
  tree.copy(runtime, join('runtimes', `runtime-${runtimeName}`));
  mkdirSync(join(tree.root, 'lib', runtimeName), { recursive: true });
  return tree.root;
}

function stampOf(kind: PackageKind): string {
  return join(packageFolder, `.sources-${kind}`);
}

function packageFingerprint(): string {
  const own = ['build/{package,desktop,polkit,udev,launcher,man}/**', 'build/package.ts', 'CHANGELOG.md', 'LICENSE'];
  const parts = [sourcesFingerprint(), sourcesFingerprint(own), electronForTests() ?? ''];
  return parts.join('\n');
}

function isFresh(kind: PackageKind, fingerprint: string): boolean {
  return existsSync(packageFiles[kind]) && existsSync(stampOf(kind)) && readFileSync(stampOf(kind), 'utf8') === fingerprint;
}

/** Where the head of an AppImage belongs there stands this: what is in it can be looked at and run, but not the file itself. */
const NO_RUNTIME = 'This AppImage was made for tests, without the program that mounts it.\n';

/** For tests: makes the packages quickly unless they are there and nothing they are made of has changed. */
export async function ensurePackages(kinds: readonly PackageKind[]): Promise<void> {
  const fingerprint = packageFingerprint();
  const stale = kinds.filter((kind) => !isFresh(kind, fingerprint));
  if (stale.length === 0) return;
  process.stdout.write(`Making the packages for the tests into dist/package/ (${stale.join(', ')}) …\n`);
  mkdirSync(packageFolder, { recursive: true });
  const appImageRuntime = join(packageFolder, 'no-runtime');
  writeFileSync(appImageRuntime, NO_RUNTIME);
  await makePackages(stale, { isQuick: true, tools: 'system', appImageRuntime });
  for (const kind of stale) writeFileSync(stampOf(kind), fingerprint);
}

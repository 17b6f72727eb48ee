/** What electron-builder is told: one configuration for .deb, .rpm and AppImage, on x64 and arm64. */
import { chmodSync, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration } from 'electron-builder';
import { projectRoot } from '../bootstrap.mjs';
import { desktopEntry } from './desktop-entry.ts';
import { dependsOf, recommendsOf } from './system-needs.ts';

/** Where packages and what they are made of lie. */
export const packageFolder = join(projectRoot, 'dist/package');
/** Everything of a .deb and .rpm that lies outside /opt/Platter, as it will lie below /. */
export const systemTree = join(packageFolder, 'system');
/** What an AppImage holds beside the window, as it has no /usr of its own: see electron/helper/helper-paths.ts. */
export const bundledTree = join(packageFolder, 'bundled');
/** Apart: the window of an AppImage has the helper in it, that of the other packages has not. */
export const appImageFolder = join(packageFolder, 'appimage');
export const scriptsFolder = join(projectRoot, 'build/package');

export interface Electron {
  /** Folder with the program `electron`. Null: electron-builder fetches the official one. */
  readonly folder: string | null;
  readonly version: string;
}

/** Only what the window runs; the rest of the modules is in the bundles already. */
const windowFiles = [
  'package.json',
  'dist/main/**',
  'dist/renderer/**',
  '!node_modules/{commander,ws}{,/**}',
  '!node_modules/koffi/{doc,lib,vendor}{,/**}',
  '!node_modules/koffi/src/koffi/**/*.{cc,hh,inc,S,asm,txt}',
  '!node_modules/koffi/{*.md,*.d.ts,cnoke.cjs}',
  '!node_modules/@koromix/*/musl_*{,/**}',
];

/** For fpm, which makes .deb and .rpm: files beside /opt/Platter, and what it cannot be told otherwise. */
const systemFiles = [`${systemTree}/usr/=/usr`, '--after-upgrade', join(scriptsFolder, 'after-install.sh')];

export interface Packing {
  /** For an AppImage, which carries what packages put beside the window. */
  readonly bundlesHelper: boolean;
  /** Packed in seconds, for tests. */
  readonly isQuick: boolean;
}

export function builderConfiguration(electron: Electron, { bundlesHelper, isQuick }: Packing): Configuration {
  return {
    appId: 'org.platter.Platter',
    productName: 'Platter',
    copyright: 'Copyright © 2026 The Platter developers',
    directories: { output: bundlesHelper ? appImageFolder : packageFolder, buildResources: join(projectRoot, 'build/desktop') },
    electronVersion: electron.version,
    ...(electron.folder === null ? {} : { electronDist: electron.folder }),
    // What native modules need is in the npm packages; nothing is compiled.
    npmRebuild: false,
    // A copy: electron-builder empties it, and is called twice.
    files: [...windowFiles],
    asar: true,
    asarUnpack: ['**/*.node'],
    electronLanguages: ['en-US'],
    // SECURITY.md §4, row 9. test/package/fuses.test.ts reads them back.
    electronFuses: {
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      onlyLoadAppFromAsar: true,
      grantFileProtocolExtraPrivileges: false,
    },
    afterPack: ({ appOutDir }) => {
      // Electron's own start page, which no program needs; and the sandbox's helper, which no archive may hold as executable.
      rmSync(join(appOutDir, 'resources/default_app.asar'), { force: true });
      chmodSync(join(appOutDir, 'chrome-sandbox'), 0o755);
      // As extra resources they would lose their node_modules.
      if (bundlesHelper) cpSync(bundledTree, join(appOutDir, 'resources/platter'), { recursive: true });
    },
    publish: null,
    linux: linuxOptions(bundlesHelper),
    deb: {
      packageName: 'platter',
      priority: 'optional',
      packageCategory: 'utils',
      depends: [...dependsOf.deb],
      recommends: [...recommendsOf.deb],
      compression: isQuick ? 'gz' : 'xz',
      ...scripts(),
      fpm: [...systemFiles, ...debianFiles()],
    },
    rpm: {
      packageName: 'platter',
      depends: [...dependsOf.rpm],
      compression: isQuick ? 'gzip' : 'xzmt',
      ...scripts(),
      fpm: [...systemFiles, ...rpmFiles()],
    },
    // The static runtime needs no libfuse2, which many distributions no longer install.
    toolsets: { appimage: '1.0.3' },
    appImage: {
      artifactName: 'Platter-${version}-${arch}.AppImage',
      ...(isQuick ? { compression: 'gzip' } : {}),
    },
  };
}

function linuxOptions(bundlesHelper: boolean): NonNullable<Configuration['linux']> {
  return {
    executableName: 'platter-window',
    icon: join(projectRoot, 'build/desktop/icons'),
    category: 'System;Filesystem;',
    maintainer: 'The Platter developers <platter@platter.example>',
    vendor: 'The Platter developers',
    synopsis: 'Open, create, resize and look after disk images',
    description: 'Shows every loop device, live, with the image behind it; opens, attaches, mounts, creates and resizes images',
    // For an AppImage electron-builder adds %U itself.
    executableArgs: bundlesHelper ? [] : ['%F'],
    syncDesktopName: true,
    desktop: desktopEntry(bundlesHelper ? 'AppRun' : '/opt/Platter/platter-window'),
  };
}

function scripts() {
  return {
    afterInstall: join(scriptsFolder, 'after-install.sh'),
    afterRemove: join(scriptsFolder, 'after-remove.sh'),
    appArmorProfile: join(scriptsFolder, 'apparmor-profile'),
  };
}

/** zsh looks for what packages bring in another folder on Debian than elsewhere. */
function debianFiles(): string[] {
  return [
    '--deb-no-default-config-files',
    '--deb-changelog',
    join(packageFolder, 'changelog'),
    `${packageFolder}/_platter=/usr/share/zsh/vendor-completions/_platter`,
    `${scriptsFolder}/lintian-overrides=/usr/share/lintian/overrides/platter`,
  ];
}

function rpmFiles(): string[] {
  const recommends = recommendsOf.rpm.flatMap((name) => ['--rpm-tag', `Recommends: ${name}`]);
  return [...recommends, `${packageFolder}/_platter=/usr/share/zsh/site-functions/_platter`];
}

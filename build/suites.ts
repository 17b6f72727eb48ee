/** The test suites of DESIGN.md §7: how each is run, and whether it can run on this machine. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { projectRoot } from './bootstrap.mjs';
import { findElectron } from './electron-binary.ts';
import { tools } from './tools.ts';

/** One group after another; what is in one runs at the same time, since each of the two leaves a processor of two to the other. */
export const suiteGroups = [
  ['unit'],
  ['contract'],
  ['hanging'],
  ['kernel', 'resize'],
  ['polkit', 'browser'],
  ['package'],
  ['electron'],
  ['vm'],
] as const;
export type SuiteName = (typeof suiteGroups)[number][number];
export const suiteNames: readonly SuiteName[] = suiteGroups.flat();

/** `excusable`: may be left out with CI=true as well. */
export type Availability =
  | { readonly kind: 'can-run' }
  | { readonly kind: 'cannot-run'; readonly reason: string; readonly excusable: boolean };

export interface Suite {
  readonly runner: 'vitest' | 'playwright';
  readonly command: readonly string[];
  /** For hangs: a suite that is still running then has failed. */
  readonly limitMinutes: number;
  /** Runs what is in dist/. */
  readonly needsPrograms: boolean;
  readonly availability: () => Availability;
}

const canRun: Availability = { kind: 'can-run' };

function cannotRun(reason: string, excusable = false): Availability {
  return { kind: 'cannot-run', reason, excusable };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Full path of a program in PATH or in the folders of system programs, or null. */
function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/lib/polkit-1'];
  const paths = folders.flatMap((folder) => (folder === '' ? [] : [join(folder, name)]));
  return paths.find(isExecutable) ?? null;
}

/** First of the programs that cannot be found, or null. */
function missingProgram(...names: readonly string[]): string | null {
  return names.find((name) => findProgram(name) === null) ?? null;
}

function kernelAvailability(): Availability {
  if (process.getuid?.() !== 0) return cannotRun('needs root');
  return existsSync('/dev/loop-control') ? canRun : cannotRun('there is no /dev/loop-control');
}

function polkitAvailability(): Availability {
  if (process.getuid?.() !== 0) return cannotRun('needs root');
  const missing = missingProgram('pkexec', 'pkcheck', 'polkitd', 'dbus-daemon', 'unshare', 'python3');
  return missing === null ? canRun : cannotRun(`the program ${missing} is missing`);
}

/** The browser that tests and benchmarks drive: PLATTER_CHROMIUM, or the first of the usual names, or null. */
export function chromiumForTests(): string | null {
  const found = ['chromium', 'chromium-browser', 'google-chrome'].map(findProgram).find((path) => path !== null);
  return process.env['PLATTER_CHROMIUM'] ?? found ?? null;
}

function browserAvailability(): Availability {
  return chromiumForTests() === null ? cannotRun('the program chromium is missing') : canRun;
}

/** Folder of an Electron for tests: the real one, or what a script beside the checkout lends where that cannot be had. */
export function electronForTests(): string | null {
  const found = findElectron();
  if (found !== null) return resolve(found, '..');
  const lender = resolve(projectRoot, '../shared/tools/electron-runtime');
  if (!existsSync(lender)) return null;
  const { status, stdout } = spawnSync('bash', [lender], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return status === 0 ? (stdout.trim().split('\n').at(-1) ?? null) : null;
}

function electronAvailability(): Availability {
  const missing = missingProgram('Xvfb', 'weston', 'unsquashfs');
  if (missing !== null) return cannotRun(`the program ${missing} is missing`);
  return electronForTests() === null ? cannotRun("Electron's program cannot be had here", true) : canRun;
}

function vmAvailability(): Availability {
  if (process.arch !== 'x64') return cannotRun('its kernels are for x86-64');
  if (process.getuid?.() !== 0) return cannotRun('needs root');
  const missing = missingProgram('qemu-system-x86_64', 'qemu-img', 'busybox', 'depmod', 'mmdebstrap', 'mkfs.ext4', 'xz');
  return missing === null ? canRun : cannotRun(`the program ${missing} is missing`);
}

function packageAvailability(): Availability {
  const packers = ['dpkg-deb', 'rpmbuild', 'mksquashfs'];
  const checkers = ['lintian', 'desktop-file-validate', 'appstreamcli', 'update-mime-database', 'xmllint', 'man'];
  const missing = missingProgram(...packers, ...checkers);
  if (missing !== null) return cannotRun(`the program ${missing} is missing`);
  return electronForTests() === null ? cannotRun("Electron's program cannot be had here", true) : canRun;
}

function vitestSuite(name: SuiteName, limitMinutes: number, needsPrograms: boolean, availability: () => Availability): Suite {
  return { runner: 'vitest', command: [...tools.vitest, '--project', name], limitMinutes, needsPrograms, availability };
}

function playwrightSuite(name: SuiteName, limitMinutes: number, availability: () => Availability): Suite {
  const command = [...tools.playwright, '--config', `test/${name}/playwright.config.ts`];
  return { runner: 'playwright', command, limitMinutes, needsPrograms: true, availability };
}

export const suites: Record<SuiteName, Suite> = {
  unit: vitestSuite('unit', 5, false, () => canRun),
  contract: vitestSuite('contract', 10, true, () => canRun),
  hanging: vitestSuite('hanging', 10, true, kernelAvailability),
  kernel: vitestSuite('kernel', 20, true, kernelAvailability),
  resize: vitestSuite('resize', 20, true, kernelAvailability),
  polkit: vitestSuite('polkit', 20, true, polkitAvailability),
  browser: playwrightSuite('browser', 30, browserAvailability),
  package: vitestSuite('package', 15, true, packageAvailability),
  electron: playwrightSuite('electron', 15, electronAvailability),
  vm: vitestSuite('vm', 50, true, vmAvailability),
};

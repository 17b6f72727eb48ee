/** Debian and Ubuntu packages that test suites need: which are missing, and their installation as root. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { SuiteName } from './suites.ts';

/** Names of one package in different releases, the older first: Debian 13 and Ubuntu 24.04 renamed libraries with 64-bit times. */
type PackageNames = readonly [string, ...string[]];

const fileSystemTools: readonly PackageNames[] = [
  ['acl'],
  ['e2fsprogs'],
  ['xfsprogs'],
  ['btrfs-progs'],
  ['squashfs-tools'],
  ['util-linux'],
  ['mount'],
  ['fdisk'],
  ['fuse3'],
];

/** What makes new images, and what looks at them. */
const makingTools: readonly PackageNames[] = [
  ['dosfstools'],
  ['exfatprogs'],
  ['ntfs-3g'],
  ['erofs-utils'],
  ['xorriso'],
  ['qemu-utils'],
  ['xz-utils'],
  ['zstd'],
  ['bzip2'],
  ['zip'],
  ['unzip'],
];

/** What makes the further types that are recognised in an image. */
const recognisedTools: readonly PackageNames[] = [['f2fs-tools'], ['udftools']];

/** What Electron's program loads. */
const electronLibraries: readonly PackageNames[] = [
  ['libnss3'],
  ['libatk-bridge2.0-0', 'libatk-bridge2.0-0t64'],
  ['libgtk-3-0', 'libgtk-3-0t64'],
  ['libgbm1'],
  ['libasound2', 'libasound2t64'],
  ['libdrm2'],
];

/** What serves files that hang, among other helpers of tests. */
const python: PackageNames = ['python3'];
const kernelPackages: readonly PackageNames[] = [python, ...fileSystemTools, ...makingTools, ...recognisedTools];

const packagesOf: Record<SuiteName, readonly PackageNames[]> = {
  unit: [],
  contract: [],
  hanging: [python],
  kernel: kernelPackages,
  resize: kernelPackages,
  polkit: [
    ['polkitd', 'policykit-1'],
    ['pkexec', 'policykit-1'],
    ['dbus'],
    ['python3-dbus'],
    ['python3-gi'],
    ['libxml2-utils'],
    ...fileSystemTools,
  ],
  browser: [['chromium'], ['fonts-dejavu-core']],
  package: [
    ['lintian'],
    ['desktop-file-utils'],
    ['appstream'],
    ['shared-mime-info'],
    ['libxml2-utils'],
    ['man-db'],
    ['bash-completion'],
    ['rpm'],
    ['squashfs-tools'],
    ['zsh'],
    ['fish'],
    ...electronLibraries,
  ],
  electron: [
    ['procps'],
    ['xvfb'],
    ['xauth'],
    ['xdotool'],
    ['weston'],
    ['squashfs-tools'],
    ['dbus'],
    ['python3-dbus'],
    ['python3-gi'],
    ['libnotify4'],
    ...electronLibraries,
    ['fonts-dejavu-core'],
  ],
  vm: [
    ['qemu-system-x86'],
    ['qemu-utils'],
    ['busybox-static'],
    ['kmod'],
    ['xz-utils'],
    ['zstd'],
    ['mmdebstrap'],
    ...fileSystemTools,
    ['dosfstools'],
    ['mtools'],
    ['exfatprogs'],
    ['ntfs-3g'],
    ['udftools'],
    ['xorriso'],
    ['erofs-utils'],
    ['dmsetup'],
    ['lvm2'],
    ['mdadm'],
    ['cryptsetup-bin'],
  ],
};

function run(command: string, args: readonly string[]): { readonly ok: boolean; readonly output: string } {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  return { ok: status === 0, output: stdout ?? '' };
}

/** Names of `wanted` that dpkg has installed. */
function installedPackages(wanted: readonly string[]): ReadonlySet<string> {
  const { output } = run('dpkg-query', ['--show', '--showformat=${Package} ${db:Status-Status}\\n', ...wanted]);
  const lines = output.split('\n').map((line) => line.split(' '));
  return new Set(lines.flatMap(([name, status]) => (name !== undefined && status === 'installed' ? [name] : [])));
}

/** The first of the names that apt can install; the oldest name when apt knows none, so that its error names it. */
function installableName(names: PackageNames): string {
  const known = names.find((name) => /Candidate: (?!\(none\))\S/.test(run('apt-cache', ['policy', name]).output));
  return known ?? names[0];
}

function missingPackages(suites: readonly SuiteName[]): readonly PackageNames[] {
  const wanted = suites.flatMap((suite) => packagesOf[suite]);
  if (wanted.length === 0) return [];
  const installed = installedPackages([...new Set(wanted.flat())]);
  const missing = wanted.filter((names) => !names.some((name) => installed.has(name)));
  return [...new Map(missing.map((names) => [names.join(), names])).values()];
}

function apt(...args: string[]): boolean {
  const { status } = spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return status === 0;
}

function aptInstall(names: readonly string[]): boolean {
  return apt('install', '-y', '--no-install-recommends', ...names);
}

/**
 * As root on Debian or Ubuntu installs what the suites lack (PLATTER_NO_APT=1 turns that off); otherwise prints the one
 * command that would. What is missing afterwards shows in the suites themselves.
 */
export function ensureSystemPackages(suites: readonly SuiteName[]): void {
  if (!existsSync('/usr/bin/apt-get')) {
    process.stdout.write('System packages are not looked after here: this is not Debian or Ubuntu.\n');
    return;
  }
  const missing = missingPackages(suites);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || process.env['PLATTER_NO_APT'] === '1') {
    const names = missing.map(installableName).join(' ');
    process.stdout.write(`System packages are missing. To install them:\n  sudo apt-get install --no-install-recommends ${names}\n`);
    return;
  }
  process.stdout.write(`Installing missing system packages with apt-get: ${missing.map((names) => names[0]).join(' ')}\n`);
  apt('update');
  const names = missing.map(installableName);
  // One name that cannot be had must not keep the others away.
  const failed = aptInstall(names) ? [] : names.filter((name) => !aptInstall([name]));
  if (failed.length > 0) process.stdout.write(`apt-get could not install ${failed.join(' ')}; suites that need them will say so.\n`);
}

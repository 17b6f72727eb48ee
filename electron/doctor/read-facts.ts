/** Reads what `platter doctor` looks at; changes nothing and asks nobody for a password. Main process and command line. */
import { execFile } from 'node:child_process';
import { constants, readFileSync, statSync } from 'node:fs';
import { access, readdir, readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { findHelper, INSTALLED_FOLDER, type HelperFiles } from '../helper/helper-paths.ts';
import { startHelper } from '../helper/helper-process.ts';
import { isSetupAllowed } from '../preflight.ts';
import { settingsPath } from '../settings/settings-file.ts';
import { findTool } from '../tools/find-tool.ts';
import { toolPackages, type ToolName } from '../tools/tool-packages.ts';
import type { DoctorFacts, FileFact, HelperFact, Installation } from './facts.ts';
import { versionOnDisk } from './version-on-disk.ts';

const LIMIT_MS = 5000;

/** `version`: of this program. */
export async function readDoctorFacts(version: string): Promise<DoctorFacts> {
  const uid = process.getuid?.() ?? -1;
  const files = findHelper();
  const [hasLoopControl, hasLoopModule, fileSystems, helper, polkitAnswers, actionsInstalled, setupAllowed, agent, udevRuns, folders] =
    await Promise.all([
      exists('/dev/loop-control'),
      exists('/sys/module/loop').then(async (isLoaded) => isLoaded || hasModule('loop')),
      readFileSystems(),
      readHelper(files),
      succeeds('pkaction', ['--action-id', 'org.freedesktop.policykit.exec']),
      succeeds('pkaction', ['--action-id', 'org.platter.loop-setup']),
      uid === 0 ? true : isSetupAllowed(uid),
      findAgent(uid),
      exists('/run/udev/control'),
      readFolders(),
    ]);
  // Only an AppImage works through udisks2.
  const needsUdisks = installationOf(files) === 'appimage';
  const names = (Object.keys(toolPackages) as ToolName[]).filter((name) => name !== 'udisksctl' || needsUdisks);
  return {
    ...{ version, versionOnDisk: await versionOnDisk(), uid, installation: installationOf(files), kernelRelease: release() },
    ...{ hasLoopControl, hasLoopModule, fileSystems, helper, helperFiles: readHelperFiles(files) },
    ...{ pkexec: fileFact('/usr/bin/pkexec'), polkitAnswers, actionsInstalled, setupAllowed, agent },
    hasTerminalAgent: fileFact('/usr/bin/pkttyagent') !== null,
    ...{ udevRuns, udevRule: findUdevRule('59-platter.rules'), udisksRule: findUdevRule('79-platter.rules') },
    missingTools: names.filter((program) => findTool(program) === null).map((program) => ({ program, package: toolPackages[program] })),
    ...{ toolCount: names.length, folders },
    session: {
      wayland: isSet('WAYLAND_DISPLAY'),
      x11: isSet('DISPLAY'),
      bus: isSet('DBUS_SESSION_BUS_ADDRESS') || fileFact(join(process.env['XDG_RUNTIME_DIR'] ?? '/nonexistent', 'bus')) !== null,
    },
  };
}

function isSet(variable: string): boolean {
  return (process.env[variable] ?? '') !== '';
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function fileFact(path: string): FileFact | null {
  try {
    const { uid, mode } = statSync(path);
    return { path, uid, mode: mode & 0o7777 };
  } catch {
    return null;
  }
}

function installationOf(files: HelperFiles | null): Installation {
  if (files === null) return 'none';
  if (files.launcher !== null) return 'package';
  return files.isBundled === true ? 'appimage' : 'checkout';
}

/** The three files, and every folder above them. */
function readHelperFiles(files: HelperFiles | null): FileFact[] {
  if (files === null || files.launcher === null) return [];
  const paths = [files.launcher, files.script, files.node];
  for (let folder = INSTALLED_FOLDER; folder !== '/'; folder = dirname(folder)) paths.push(folder);
  return paths.flatMap((path) => fileFact(path) ?? []);
}

async function readHelper(files: HelperFiles | null): Promise<HelperFact> {
  const outcome = await startHelper({ kind: process.getuid?.() === 0 ? 'direct' : 'view' }, { files });
  if (outcome.kind !== 'ready') return { kind: 'failed', reason: outcome.kind, details: outcome.details };
  try {
    return { kind: 'answered', hello: outcome.hello, features: await outcome.client.call('session/features', {}) };
  } catch (error) {
    return { kind: 'failed', reason: 'no answer', details: String(error) };
  } finally {
    await outcome.stop();
  }
}

/** Built in or loaded, and those whose modules lie on the disk. */
async function readFileSystems(): Promise<readonly string[]> {
  const loaded = (await readFile('/proc/filesystems', 'latin1').catch(() => '')).split('\n').map((line) => line.split('\t')[1] ?? '');
  const wanted = ['ext4', 'vfat', 'exfat', 'iso9660', 'isofs', 'udf', 'squashfs', 'xfs', 'btrfs', 'ntfs3'];
  const modules = wanted.filter((name) => !loaded.includes(name) && hasModule(name));
  return [...loaded, ...modules].map((name) => (name === 'isofs' ? 'iso9660' : name)).filter((name) => name !== '');
}

/** By modprobe's own lists of the running kernel. */
function hasModule(name: string): boolean {
  const folder = `/lib/modules/${release()}`;
  const lists = ['modules.dep', 'modules.builtin'].map((list) => {
    try {
      return readFileSync(join(folder, list), 'latin1');
    } catch {
      return '';
    }
  });
  return new RegExp(`/${name}\\.ko`, 'u').test(lists.join('\n'));
}

async function succeeds(program: string, words: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const environment = { PATH: '/usr/bin:/bin', LC_ALL: 'C' };
    execFile(`/usr/bin/${program}`, words, { timeout: LIMIT_MS, env: environment }, (error) => resolve(error === null));
  });
}

/** As the kernel cuts them to fifteen characters: agents of desktops, and shells that are agents themselves. */
const agentNames = [
  ...['gnome-shell', 'polkit-gnome-au', 'polkit-kde-auth', 'polkit-mate-aut', 'lxpolkit', 'lxqt-policykit-', 'xfce-polkit', 'cosmic-osd'],
  ...[
    'polkit-dumb-age',
    'pkttyagent',
    'hyprpolkitagent',
    'mate-polkit',
    'ukui-polkit',
    'dde-polkit-agen',
    'cinnamon',
    'budgie-polkit-d',
    'soteria',
  ],
];

async function findAgent(uid: number): Promise<string | null> {
  for (const pid of (await readdir('/proc')).filter((name) => /^[0-9]+$/u.test(name))) {
    if (fileFact(`/proc/${pid}`)?.uid !== uid) continue;
    const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
    if (agentNames.includes(name)) return name;
  }
  return null;
}

function findUdevRule(name: string): string | null {
  const places = ['/etc/udev/rules.d', '/run/udev/rules.d', '/usr/local/lib/udev/rules.d', '/usr/lib/udev/rules.d', '/lib/udev/rules.d'];
  return places.map((folder) => join(folder, name)).find((path) => fileFact(path) !== null) ?? null;
}

/** The folder of the settings, or the nearest above it that is there. */
async function readFolders(): Promise<DoctorFacts['folders']> {
  let folder = dirname(settingsPath(process.env));
  while (folder !== '/' && !(await exists(folder))) folder = dirname(folder);
  const isWritable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  return [{ path: folder, isWritable }];
}

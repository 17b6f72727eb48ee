/**
 * The window as the package installs it: the unpacked build at /opt/Platter and the helper in /usr/lib/platter, put there in a mount
 * namespace, run as an ordinary user on an X server of its own. One fuse is on that the package has off: without it
 * Playwright could not look into the main process. Nothing is left afterwards.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, test, type ElectronApplication, type Page } from '@playwright/test';
import { projectRoot } from '../../build/bootstrap.mjs';
import { systemTree } from '../../build/package/electron-builder.ts';
import { unpackedFolder } from '../../build/package/make.ts';
import type { AppState } from '../../electron/ipc/state.ts';
import { copyWithFuse } from '../package/fuses.ts';
import { makePackage } from '../package/make-package.ts';

/** An id without a name on this machine; everything the program needs is given to it by the environment. */
export const USER_ID = 61_234;
const isRoot = process.getuid?.() === 0;

/** For specs whose program runs in a world with users, mounts and a polkit of its own (test/polkit/world.ts). */
export function needsWorld(): void {
  // Making users and mounts is root's; whoever runs the tests without root has the other specs, and CI is root.
  test.skip(!isRoot, 'only root can make a world with a polkit of its own');
}

/** A program that takes longer does not start: a busy machine takes very long. */
const HANG_MS = 120_000;

export interface Program {
  readonly folder: string;
  /** Belongs to the user that the program runs as. */
  readonly home: string;
  /** Of the X server, for programs that press keys in it. */
  readonly display: string;
  readonly launch: (files?: readonly string[]) => Promise<ElectronApplication>;
  /** Runs it without Playwright until it ends. */
  readonly run: (words: readonly string[], user?: 'ordinary' | 'root') => { readonly status: number | null; readonly output: string };
  readonly remove: () => void;
}

/** Another way to run the program than as an ordinary user of this machine. */
export interface OtherSurroundings {
  /** The command that runs `command` with these variables, and no others, where the helper is installed. `window` is /opt/Platter. */
  readonly command?: (command: readonly string[], environment: Readonly<Record<string, string>>, window: string) => readonly string[];
  /** Takes the place of those that the program has here. */
  readonly environment: Readonly<Record<string, string>>;
}

export const packagedUsr = join(systemTree, 'usr');
const WINDOW_PROGRAM = '/opt/Platter/platter-window';

/** Throws where there is no Electron to make the package of; the suite is left out there (build/suites.ts). */
export async function makeProgram(other: OtherSurroundings | null = null): Promise<Program> {
  makePackage();
  const folder = mkdtempSync(join(tmpdir(), 'platter-electron-'));
  chmodSync(folder, 0o755);
  const window = copyWindow(folder);
  const home = makeHome(folder);
  const display = await startDisplay();
  const environment = {
    PATH: '/usr/bin:/bin',
    LANG: 'C.UTF-8',
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_RUNTIME_DIR: join(home, 'run'),
    DISPLAY: display.name,
    ...other?.environment,
  };
  const command = [WINDOW_PROGRAM];
  const own = [...installed(window), ...asOrdinaryUser(command)];
  const starter = writeStarter(folder, 'start', other?.command === undefined ? own : other.command(command, environment, window));
  const rootStarter = writeStarter(folder, 'start-as-root', [...installed(window), ...command]);
  return {
    folder,
    home,
    display: display.name,
    launch: async (files = []) =>
      _electron.launch({
        executablePath: starter,
        args: [...files],
        cwd: folder,
        env: environment,
        chromiumSandbox: true,
        timeout: HANG_MS,
      }),
    run: (words, user = 'ordinary') => {
      const program = user === 'root' ? rootStarter : starter;
      const { status, stdout, stderr } = spawnSync(program, words, { cwd: folder, env: environment, encoding: 'utf8', timeout: HANG_MS });
      return { status, output: `${stdout}${stderr}` };
    },
    remove: () => {
      display.server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The unpacked build again, with the one fuse. */
function copyWindow(folder: string): string {
  const copy = join(folder, 'window');
  // Hard links where the file system has both: the runtime is large.
  if (spawnSync('cp', ['-al', '--', unpackedFolder, copy]).status !== 0) execFileSync('cp', ['-a', '--', unpackedFolder, copy]);
  const program = join(copy, 'platter-window');
  rmSync(program);
  copyWithFuse(join(unpackedFolder, 'platter-window'), program, 'nodeCliInspectArguments');
  return copy;
}

/** Runs a command where the package is. Without root in a user namespace, and in a further one as the same user again. */
function installed(window: string): readonly string[] {
  const inside = [join(projectRoot, 'test/electron/installed.sh'), join(packagedUsr, 'lib'), window];
  if (isRoot) return ['/usr/bin/unshare', '--mount', '--propagation', 'private', ...inside];
  const [uid, gid] = [String(process.getuid?.()), String(process.getgid?.())];
  const back = ['/usr/bin/unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`];
  return ['/usr/bin/unshare', '--map-root-user', '--mount', '--propagation', 'private', ...inside, ...back];
}

export function makeHome(folder: string): string {
  const home = join(folder, 'home');
  for (const path of [home, join(home, 'run'), join(home, 'config')]) {
    mkdirSync(path, { mode: 0o700 });
    if (isRoot) chownSync(path, USER_ID, USER_ID);
  }
  return home;
}

export function asOrdinaryUser(command: readonly string[]): readonly string[] {
  const ids = String(USER_ID);
  return isRoot ? ['/usr/bin/setpriv', '--reuid', ids, '--regid', ids, '--clear-groups', '--', ...command] : command;
}

/** Playwright starts one program; this one runs the command, such as one that gives root's rights up first. */
function writeStarter(folder: string, name: string, command: readonly string[]): string {
  const starter = join(folder, name);
  writeFileSync(starter, `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(' ')} "$@"\n`, { mode: 0o755 });
  return starter;
}

export async function startDisplay(): Promise<{ readonly name: string; readonly server: ChildProcess }> {
  // Without access control: the programs run as another user. The server does not listen on the network.
  const words = ['-displayfd', '1', '-ac', '-nolisten', 'tcp', '-screen', '0', '1280x1024x24'];
  const server = spawn('Xvfb', words, { stdio: ['ignore', 'pipe', 'ignore'] });
  const number = await new Promise<string>((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', () => reject(new Error('Xvfb ended')));
    server.stdout.once('data', (bytes: Buffer) => resolve(bytes.toString().trim()));
  });
  return { name: `:${number}`, server };
}

/** Processes of the window's user that run something of the package, by their command lines. */
export function processesOf(): string[] {
  const user = isRoot ? String(USER_ID) : String(process.getuid?.());
  const { stdout } = spawnSync('pgrep', ['-u', user, '-f', '-a', '/opt/Platter/|/usr/lib/platter/'], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line !== '' && !line.includes('pgrep'));
}

/** A field of /proc/PID/status. */
export function statusField(pid: number, field: string): string {
  const path = `/proc/${pid}/status`;
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  return (
    lines
      .find((line) => line.startsWith(`${field}:`))
      ?.slice(field.length + 1)
      .trim() ?? ''
  );
}

/** A file that the ordinary user owns. */
export function makeImage(program: Program, name: string, bytes = 1024 * 1024): string {
  const path = join(program.home, name);
  writeFileSync(path, Buffer.alloc(bytes));
  if (isRoot) chownSync(path, USER_ID, USER_ID);
  return statSync(path).isFile() ? path : '';
}

/** What the page would be told by main now. */
export async function stateOf(page: Page): Promise<AppState> {
  return page.evaluate(async () => {
    const reply = await window.platter?.stateGet({});
    if (!reply?.ok) throw new Error(reply?.error.message ?? 'there is no way to main');
    return reply.value;
  });
}

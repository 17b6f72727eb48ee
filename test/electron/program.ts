/**
 * The built application as a program of its own in a temporary folder: Electron's runtime with our files in
 * resources/app, run as an ordinary user on an X server of its own. Nothing of it is left afterwards.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type ElectronApplication } from '@playwright/test';
import { projectRoot } from '../../build/bootstrap.mjs';
import { electronForTests } from '../../build/suites.ts';

/** An id without a name on this machine; everything the program needs is given to it by the environment. */
const USER_ID = 61_234;
const isRoot = process.getuid?.() === 0;

export interface Program {
  readonly folder: string;
  /** Belongs to the user that the program runs as. */
  readonly home: string;
  readonly launch: (files?: readonly string[]) => Promise<ElectronApplication>;
  /** Runs it without Playwright until it ends. */
  readonly run: (words: readonly string[], user?: 'ordinary' | 'root') => { readonly status: number | null; readonly output: string };
  readonly remove: () => void;
}

/** Another way to run the program than as an ordinary user of this machine, with the helper beside it. */
export interface OtherSurroundings {
  /** The command that runs `command` with these variables, and no others. */
  readonly command: (command: readonly string[], environment: Readonly<Record<string, string>>) => readonly string[];
  /** Takes the place of those that the program has here. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Null where there is no Electron. */
export async function makeProgram(other: OtherSurroundings | null = null): Promise<Program | null> {
  const runtime = electronForTests();
  if (runtime === null) return null;
  const folder = mkdtempSync(join(tmpdir(), 'platter-electron-'));
  chmodSync(folder, 0o755);
  // Without a helper beside it the program looks for the one that is installed.
  copyProgram(runtime, folder, other === null ? ['dist/helper', 'dist/image-worker'] : []);
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
  const electron = join(folder, 'runtime/electron');
  const starter = writeStarter(folder, other === null ? asOrdinaryUser([electron]) : other.command([electron], environment));
  return {
    folder,
    home,
    launch: async (files = []) =>
      _electron.launch({ executablePath: starter, args: [...files], cwd: folder, env: environment, chromiumSandbox: true }),
    run: (words, user = 'ordinary') => {
      const program = user === 'root' ? join(folder, 'runtime/electron') : starter;
      const { status, stdout, stderr } = spawnSync(program, words, { cwd: folder, env: environment, encoding: 'utf8', timeout: 30_000 });
      return { status, output: `${stdout}${stderr}` };
    },
    remove: () => {
      display.server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function copyProgram(runtime: string, folder: string, helpers: readonly string[]): void {
  const copy = join(folder, 'runtime');
  // Hard links where the file system has both: the runtime is large.
  if (spawnSync('cp', ['-al', '--', runtime, copy]).status !== 0) execFileSync('cp', ['-a', '--', runtime, copy]);
  const application = join(copy, 'resources/app');
  mkdirSync(application, { recursive: true });
  const modules = ['koffi', '@koromix', 'node/bin'].map((name) => `node_modules/${name}`);
  for (const name of ['package.json', 'dist/main', 'dist/renderer', ...helpers, ...modules]) {
    cpSync(join(projectRoot, name), join(application, name), { recursive: true });
  }
  execFileSync('chmod', ['-R', 'a+rX', application]);
}

function makeHome(folder: string): string {
  const home = join(folder, 'home');
  for (const path of [home, join(home, 'run'), join(home, 'config')]) {
    mkdirSync(path, { mode: 0o700 });
    if (isRoot) chownSync(path, USER_ID, USER_ID);
  }
  return home;
}

function asOrdinaryUser(command: readonly string[]): readonly string[] {
  const ids = String(USER_ID);
  return isRoot ? ['/usr/bin/setpriv', '--reuid', ids, '--regid', ids, '--clear-groups', '--', ...command] : command;
}

/** Playwright starts one program; this one runs the command, such as one that gives root's rights up first. */
function writeStarter(folder: string, command: readonly string[]): string {
  const starter = join(folder, 'start');
  writeFileSync(starter, `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(' ')} "$@"\n`, { mode: 0o755 });
  return starter;
}

async function startDisplay(): Promise<{ readonly name: string; readonly server: ChildProcess }> {
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

/** Processes that run anything in `folder`, by their command lines. */
export function processesOf(folder: string): string[] {
  const { stdout } = spawnSync('pgrep', ['-f', '-a', folder], { encoding: 'utf8' });
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

/** The browser host as it is, for one test at a time: the built server with the real helper, and what it may attach. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { projectRoot } from '../../build/bootstrap.mjs';
import { endTurn, takeTurn } from './turns.ts';

/** As root it acts on real loop devices; otherwise it only looks. */
const actsOnDevices = process.getuid?.() === 0 && existsSync('/dev/loop-control');
export const MIB = 1024 * 1024;
/** Of the present test. */
export let folder = '';
export let server: ChildProcess;
export let address = '';

/** Leaves out the tests that follow in a file, or the one it is called in. */
export function needsDevices(): void {
  // Whoever runs the tests without root sees the window look only; CI is root and leaves nothing out.
  test.skip(!actsOnDevices, 'needs root and loop devices');
}

/** For all tests of a file. */
export function useHost(): void {
  test.beforeEach(async () => {
    await takeTurn();
    folder = mkdtempSync(join(tmpdir(), 'platter-browser-host-'));
  });
  test.afterEach(async () => {
    await stop('SIGKILL');
    for (const name of ownDevices()) {
      for (const place of mountsOf(name)) execFileSync('umount', [place]);
      // A device that goes with its last mount may be gone already.
      if (ownDevices().includes(name)) execFileSync('losetup', ['-d', `/dev/${name}`]);
    }
    rmSync(folder, { recursive: true, force: true });
    await endTurn();
  });
}

/** Starts the server and reads the address from the one line it prints. */
export async function start(...words: string[]): Promise<void> {
  server = spawn(join(projectRoot, 'node_modules/node/bin/node'), [join(projectRoot, 'dist/server/server.js'), '--no-open', ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, XDG_CONFIG_HOME: folder },
  });
  const line = await new Promise<string>((resolve, reject) => {
    server.stdout?.once('data', (bytes: Buffer) => resolve(bytes.toString()));
    server.once('exit', () => reject(new Error('the server ended')));
  });
  address = /http:\S+/u.exec(line)?.[0] ?? '';
}

/** Starts with an image that has a file system, and opens the page. `place` is of this run alone: the label names a folder under /run/media. */
export async function startWithFileSystem(page: Page, name: string): Promise<{ image: string; place: string; complaints: string[] }> {
  const image = join(folder, `${name}.img`);
  const label = `${name.slice(0, 9)}-${folder.slice(-6)}`;
  writeFileSync(image, Buffer.alloc(8 * MIB));
  execFileSync('mkfs.ext4', ['-q', '-F', '-L', label, image]);
  const complaints = complaintsOf(page);
  await start(image);
  await page.goto(address);
  return { image, place: `/run/media/root/${label}`, complaints };
}

export async function stop(signal: NodeJS.Signals): Promise<number | null> {
  if (server.exitCode !== null || server.signalCode !== null) return server.exitCode;
  const exit = new Promise<number | null>((resolve) => void server.once('exit', resolve));
  server.kill(signal);
  return exit;
}

/** Processes that `pid` started and whose command line has `program`. */
export function childrenOf(pid: number | undefined, program: string): readonly string[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  return children.filter((child) => child !== '' && readFileSync(`/proc/${child}/cmdline`, 'utf8').includes(program));
}

export function ownDevices(): string[] {
  const attached = readdirSync('/sys/block').filter((name) => existsSync(`/sys/block/${name}/loop/backing_file`));
  return attached.filter((name) => {
    try {
      return readFileSync(`/sys/block/${name}/loop/backing_file`, 'utf8').startsWith(folder);
    } catch {
      return false;
    }
  });
}

/** Where the device is mounted, as this process sees it. */
export function mountsOf(name: string): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n');
  const mounts = lines.filter((line) => line.split(' - ')[1]?.split(' ')[1] === `/dev/${name}`);
  return mounts.map((line) => (line.split(' ')[4] ?? '').replaceAll(String.raw`\040`, ' '));
}

/** What the page complains about. A page that stays silent broke none of its policies. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return complaints;
}

/** The row of an attached image; the details show it then. */
export async function select(page: Page, name: string): Promise<Locator> {
  await page.getByRole('grid', { name: 'Attached images' }).getByRole('row', { name }).first().click();
  const details = page.locator('[data-pane="details"]');
  await expect(details.getByRole('heading', { name }).first()).toBeVisible();
  return details;
}

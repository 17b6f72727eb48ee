/**
 * The browser host as it is: the built server with the real helper, in real Chromium. As root it acts on real loop
 * devices; otherwise it only looks.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { projectRoot } from '../../build/bootstrap.mjs';

const actsOnDevices = process.getuid?.() === 0 && existsSync('/dev/loop-control');
const MIB = 1024 * 1024;
let folder = '';
let server: ChildProcess;
let address = '';

test.beforeEach(() => {
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
});

/** Starts the server and reads the address from the one line it prints. */
async function start(...words: string[]): Promise<void> {
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

async function stop(signal: NodeJS.Signals): Promise<number | null> {
  if (server.exitCode !== null || server.signalCode !== null) return server.exitCode;
  const exit = new Promise<number | null>((resolve) => void server.once('exit', resolve));
  server.kill(signal);
  return exit;
}

function childrenOf(pid: number | undefined): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
}

function ownDevices(): string[] {
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
function mountsOf(name: string): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n');
  const mounts = lines.filter((line) => line.split(' - ')[1]?.split(' ')[1] === `/dev/${name}`);
  return mounts.map((line) => (line.split(' ')[4] ?? '').replaceAll(String.raw`\040`, ' '));
}

/** What the page complains about. A page that stays silent broke none of its policies. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return complaints;
}

test('opens a file of the command line with its file system, grows it, detaches it and takes that back, live', async ({ page }) => {
  test.skip(!actsOnDevices, 'needs root and loop devices');
  const image = join(folder, 'main-job.img');
  // Of this run alone, since it names a folder under /run/media.
  const label = `job-${folder.slice(-6)}`;
  writeFileSync(image, Buffer.alloc(8 * MIB));
  execFileSync('mkfs.ext4', ['-q', '-F', '-L', label, image]);
  const complaints = complaintsOf(page);
  await start(image);
  await page.goto(address);
  await expect(page.getByRole('heading', { name: 'main-job.img' }).first()).toBeVisible();
  await expect(page.getByText('8 MiB').first()).toBeVisible();
  expect(ownDevices()).toHaveLength(1);
  const place = `/run/media/root/${label}`;
  await expect(page.getByText(`mounted at ${place}`)).toBeVisible();
  expect(mountsOf(ownDevices()[0] ?? '')).toEqual([place]);
  expect(statSync(join(place, 'lost+found')).isDirectory()).toBe(true);

  await page.getByRole('button', { name: 'Resize…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'New size' }).fill('20 MiB');
  await dialog.getByRole('button', { name: 'Resize', exact: true }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByText('20 MiB').first()).toBeVisible();
  const [device = ''] = ownDevices();
  expect([statSync(image).size, readFileSync(`/sys/block/${device}/size`, 'utf8')]).toEqual([20 * MIB, `${(20 * MIB) / 512}\n`]);

  // By its name: others attach devices on this machine too.
  await page.getByRole('main').getByRole('button', { name: 'Detach main-job.img' }).click();
  await expect.poll(ownDevices).toEqual([]);
  await expect.poll(() => existsSync(place)).toBe(false);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(ownDevices).toHaveLength(1);
  await expect.poll(() => mountsOf(ownDevices()[0] ?? '')).toEqual([place]);

  // An opened image goes with its last mount, whoever unmounts it.
  // The mount can be seen a moment before the helper has closed its descriptor of it.
  await expect(() => execFileSync('umount', [place], { stdio: 'pipe' })).toPass({ timeout: 10_000 });
  await expect.poll(ownDevices).toEqual([]);
  await expect(page.getByRole('row', { name: /main-job/u })).toHaveCount(0);
  expect(complaints).toEqual([]);
  expect(await stop('SIGTERM')).toBe(0);
});

test('says who keeps an image busy, live, and detaches by itself when the last of them ends', async ({ page }) => {
  test.skip(!actsOnDevices, 'needs root and loop devices');
  const image = join(folder, 'busy-image.img');
  const label = `busy-${folder.slice(-6)}`;
  writeFileSync(image, Buffer.alloc(8 * MIB));
  execFileSync('mkfs.ext4', ['-q', '-F', '-L', label, image]);
  const complaints = complaintsOf(page);
  await start(image);
  await page.goto(address);
  const place = `/run/media/root/${label}`;
  await expect(page.getByText(`mounted at ${place}`)).toBeVisible();
  const users = [0, 1].map(() => spawn('sleep', ['600'], { cwd: place, stdio: 'ignore' }));
  const [one, two] = users;
  try {
    await page.getByRole('main').getByRole('button', { name: 'Detach busy-image.img' }).click();
    const dialog = page.getByRole('alertdialog');
    await expect(dialog.getByRole('status')).toHaveText('2 programs use “busy-image.img”.');
    await expect(dialog.getByText(`${two?.pid} · root`)).toBeVisible();
    expect(mountsOf(ownDevices()[0] ?? '')).toEqual([place]);
    // One of them by its button, the other by itself.
    await dialog
      .getByRole('listitem')
      .filter({ hasText: `${one?.pid} · root` })
      .last()
      .getByRole('button', { name: 'Close sleep' })
      .click();
    await expect(dialog.getByRole('status')).toHaveText('1 program uses “busy-image.img”.');
    two?.kill();
    await expect(dialog).toHaveCount(0);
    await expect.poll(ownDevices).toEqual([]);
    await expect.poll(() => existsSync(place)).toBe(false);
  } finally {
    for (const user of users) user.kill('SIGKILL');
  }
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => mountsOf(ownDevices()[0] ?? '')).toEqual([place]);
  expect(complaints).toEqual([]);
});

test('detaches everything of this user at once, and asks about what is in use', async ({ page }) => {
  test.skip(!actsOnDevices, 'needs root and loop devices');
  const names = ['plain.img', 'mounted.img', 'held.img'];
  for (const name of names) writeFileSync(join(folder, name), Buffer.alloc(8 * MIB));
  const label = `all-${folder.slice(-6)}`;
  for (const [index, name] of ['mounted.img', 'held.img'].entries()) {
    execFileSync('mkfs.ext4', ['-q', '-F', '-L', `${label}${index}`, join(folder, name)]);
  }
  const platter = (...words: string[]): string =>
    execFileSync(join(projectRoot, 'node_modules/node/bin/node'), [join(projectRoot, 'dist/cli/platter.js'), ...words], {
      encoding: 'utf8',
      cwd: folder,
      env: { ...process.env, XDG_CONFIG_HOME: folder },
    });
  platter('attach', ...names);
  platter('mount', 'mounted.img');
  platter('mount', 'held.img');
  // Another program's: not touched.
  writeFileSync(join(folder, 'other.img'), Buffer.alloc(MIB));
  const other = execFileSync('losetup', ['-f', '--show', join(folder, 'other.img')], { encoding: 'utf8' }).trim();
  const user = spawn('sleep', ['600'], { cwd: `/run/media/root/${label}1`, stdio: 'ignore' });
  try {
    await start();
    await page.goto(address);
    await expect(page.getByRole('row', { name: /held\.img/u })).toBeVisible();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('Detach All of Mine');
    await page.keyboard.press('Enter');
    const list = page.getByRole('alertdialog', { name: 'Detach All of Mine' });
    for (const name of names) await expect(list.getByText(name)).toBeVisible();
    await expect(list.getByText('other.img')).toHaveCount(0);
    await page.screenshot({ path: join(projectRoot, 'test-results/screens/detach-all-list.png') });
    await list.getByRole('button', { name: 'Detach All' }).click();
    const busy = page.getByRole('alertdialog');
    await expect(busy.getByRole('status')).toHaveText('1 program uses “held.img”.');
    await page.screenshot({ path: join(projectRoot, 'test-results/screens/detach-all-busy.png') });
    await expect.poll(() => ownDevices().length).toBe(2);
    user.kill();
    await expect(busy).toHaveCount(0);
    await expect.poll(() => ownDevices().map((name) => `/dev/${name}`)).toEqual([other]);
  } finally {
    user.kill('SIGKILL');
  }
});

/** The row of an attached image; the details show it then. */
async function select(page: Page, name: string): Promise<Locator> {
  await page.getByRole('grid', { name: 'Attached images' }).getByRole('row', { name }).first().click();
  const details = page.locator('[data-pane="details"]');
  await expect(details.getByRole('heading', { name }).first()).toBeVisible();
  return details;
}

test('warns of what is wrong with a device as soon as the kernel makes it so', async ({ page }) => {
  test.skip(!actsOnDevices, 'needs root and loop devices');
  const attach = (name: string, ...words: string[]): string =>
    execFileSync('losetup', ['-f', '--show', ...words, join(folder, name)], { encoding: 'utf8' })
      .trim()
      .slice('/dev/'.length);
  const names = ['one.img', 'two.img', 'moves.img', 'goes.img', 'shrinks.img'];
  for (const name of names) writeFileSync(join(folder, name), Buffer.alloc(8 * MIB));
  execFileSync('mkfs.ext4', ['-q', '-F', join(folder, 'one.img')]);
  copyFileSync(join(folder, 'one.img'), join(folder, 'two.img'));
  const pair = [attach('one.img'), attach('one.img')];
  const two = attach('two.img');
  for (const name of ['moves.img', 'goes.img', 'shrinks.img']) attach(name);
  await start();
  await page.goto(address);
  let details = await select(page, 'one.img');
  await expect(details.getByText(new RegExp(`^The same data is attached as (?:${pair.join('|')}), too$`, 'u'))).toBeVisible();
  await expect(details.getByText(new RegExp(`^Another device says to be the same file system: .*\\b${two}\\b`, 'u'))).toBeVisible();
  await page.screenshot({ path: join(projectRoot, 'test-results/screens/warnings-twice.png') });

  await select(page, 'moves.img');
  renameSync(join(folder, 'moves.img'), join(folder, 'moved.img'));
  details = page.locator('[data-pane="details"]');
  await expect(details.getByText('The image file was moved or renamed')).toBeVisible();
  await expect(details.getByRole('group', { name: /moved or renamed/u }).getByText(join(folder, 'moves.img'))).toBeVisible();

  details = await select(page, 'goes.img');
  rmSync(join(folder, 'goes.img'));
  await expect(details.getByText('The image file was deleted', { exact: true })).toBeVisible();

  details = await select(page, 'shrinks.img');
  truncateSync(join(folder, 'shrinks.img'), 4 * MIB);
  await expect(details.getByText('The file is shorter than the device: 4 MiB')).toBeVisible({ timeout: 30_000 });
});

test('shows what it may not do as an error with a sentence and goes on', async ({ page }) => {
  await start(join(folder, 'missing.img'), folder);
  await page.goto(address);
  await expect(page.getByText('missing.img').first()).toBeVisible();
  await page.reload();
  await expect(page.getByText('missing.img').first()).toBeVisible();
});

test('the address works in one browser only', async ({ page, browser }) => {
  await start();
  await page.goto(address);
  await expect(page).toHaveTitle('Platter');
  await expect(page).toHaveURL(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/u);
  const other = await browser.newContext();
  const stranger = await other.newPage();
  expect((await stranger.goto(address))?.status()).toBe(403);
  expect((await stranger.goto(page.url()))?.status()).toBe(403);
  await other.close();
});

test('a page of another server on this machine reaches nothing and is sent no cookie', async ({ page, context }) => {
  await start();
  await page.goto(address);
  await expect(page).toHaveTitle('Platter');
  const cookies: (string | undefined)[] = [];
  const hostile: Server = createServer((request, response) => {
    cookies.push(request.headers.cookie);
    response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Hostile</title>');
  });
  await new Promise<void>((resolve) => hostile.listen(0, '127.0.0.1', resolve));
  try {
    const other = await context.newPage();
    await other.goto(`http://127.0.0.1:${(hostile.address() as AddressInfo).port}/`);
    const outcomes = await other.evaluate(async (target) => {
      const socket = new Promise((resolve) => {
        const line = new WebSocket(`${target.replace('http', 'ws')}socket`);
        line.addEventListener('open', () => resolve('open'));
        line.addEventListener('error', () => resolve('refused'));
      });
      const fetched = fetch(target, { credentials: 'include' }).then(
        () => 'read',
        () => 'refused',
      );
      const frame = document.createElement('iframe');
      frame.src = target;
      const framed = new Promise((resolve) =>
        frame.addEventListener('load', () => resolve(frame.contentDocument === null ? 'refused' : 'read')),
      );
      document.body.append(frame);
      return Promise.all([socket, fetched, framed]);
    }, page.url());
    expect(outcomes).toEqual(['refused', 'refused', 'refused']);
    expect(cookies.filter((cookie) => cookie !== undefined)).toEqual([]);
  } finally {
    hostile.closeAllConnections();
    hostile.close();
  }
});

test('says that the connection is lost when the program ends, and ends with its helper', async ({ page }) => {
  await start();
  await page.goto(address);
  await expect(page).toHaveTitle('Platter');
  await expect.poll(() => childrenOf(server.pid)).not.toBe('');
  const helper = childrenOf(server.pid);
  expect(await stop('SIGINT')).toBe(0);
  // One that was only just starting ends with its input, a moment later.
  await expect.poll(() => existsSync(`/proc/${helper}`)).toBe(false);
  await expect(page.getByText(/connection/iu).first()).toBeVisible();
});

/**
 * The package under a window that is open: dpkg installs it, a newer one over it and removes it while an image is mounted, in a world with
 * a real polkit (test/polkit/world.sh). Nothing that is attached or mounted is lost, and the window says what happened.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { projectRoot } from '../../build/bootstrap.mjs';
import { debFile, version } from '../../build/package/make.ts';
import { makePackage } from '../package/make-package.ts';
import { folderInside, World } from '../polkit/world.ts';
import { startInstalled, type InstalledWindow } from './installed-window.ts';
import { needsWorld, startDisplay } from './program.ts';

const home = `${folderInside}/home/alice`;
const NEWER = '999.0.0';
const list = `${home}/config/mimeapps.list`;
let world: World;
let folder = '';
let environment: Readonly<Record<string, string>>;
let stopDisplay = (): void => {};
let opened: InstalledWindow | null = null;

test.beforeAll(async () => {
  needsWorld();
  makePackage();
  folder = mkdtempSync(join(tmpdir(), 'platter-upgrade-'));
  world = await World.create(debFile);
  world.rootShell(
    `install -d -m 700 -o alice -g alice ${home}/run ${home}/config; mkdir ${folderInside}/tree; echo hello >${folderInside}/tree/file`,
  );
  const display = await startDisplay();
  stopDisplay = () => void display.server.kill();
  const folders = { HOME: home, XDG_CONFIG_HOME: `${home}/config`, XDG_RUNTIME_DIR: `${home}/run` };
  environment = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', DISPLAY: display.name, ...folders };
});
test.afterEach(async () => {
  await opened?.close();
  opened = null;
});
test.afterAll(async () => {
  world?.detachAll();
  await world?.destroy();
  stopDisplay();
  if (folder !== '') rmSync(folder, { recursive: true });
});

async function start(files: readonly string[] = []): Promise<InstalledWindow> {
  opened = await startInstalled(world, environment, files);
  return opened;
}

function makeImage(label: string): string {
  const path = `${home}/${label.toLowerCase()}.img`;
  world.rootShell(`truncate -s 16M ${path}; mkfs.ext4 -q -L ${label} -d ${folderInside}/tree ${path}; chown alice ${path}`);
  return path;
}

/** A window with this image mounted. */
async function startWith(label: string): Promise<InstalledWindow> {
  const window = await start([makeImage(label)]);
  await expect.poll(async () => (await window.state()).notices[0]?.outcome).toMatchObject({ kind: 'attached', mounts: [{}] });
  return window;
}

function content(label: string): string {
  return world.rootShell(`cat /run/media/alice/${label}/file`);
}

/** Detaches by the page's own call what is mounted with this label. */
async function detach({ page, state }: InstalledWindow, label: string): Promise<unknown> {
  const place = `/run/media/alice/${label}`;
  const mounted = async () => (await state()).devices.find(({ mounts }) => mounts.some(({ mountPoint }) => mountPoint.text === place));
  // That it was opened is told at once, its mount when the kernel says so.
  await expect.poll(mounted).toBeDefined();
  const { number = -1, diskseq = '0' } = (await mounted()) ?? {};
  return page.evaluate(async (device) => window.platter?.devicesDetach({ ...device, whenFree: false }), { device: number, diskseq });
}

function census(): string {
  return world.rootShell(`
    losetup -n -O BACK-FILE | grep '^${home}/' || true
    grep -o ' /run/media/alice/[^ ]*' /proc/self/mountinfo || true`);
}

/** The same package with another version, as the next release would be. */
function makeNewer(): string {
  const [tree, deb] = [join(folder, 'newer'), join(folder, 'newer.deb')];
  execFileSync('dpkg-deb', ['--raw-extract', debFile, tree]);
  for (const file of ['DEBIAN/control', 'usr/lib/platter/package.json']) {
    const text = readFileSync(join(tree, file), 'utf8');
    expect(text).toContain(version);
    writeFileSync(join(tree, file), text.replace(version, NEWER));
  }
  execFileSync('dpkg-deb', ['--root-owner-group', '-Znone', '--build', tree, deb], { stdio: 'pipe' });
  rmSync(tree, { recursive: true });
  return deb;
}

test('offers once to open images, and then is the program for them, for this person alone', async () => {
  const first = await start();
  const offer = first.page.getByRole('group', { name: 'Open disk images with Platter?' });
  await expect(offer).toBeVisible();
  expect(world.rootShell(`cat ${list} 2>/dev/null || true`)).toBe('');
  await offer.getByRole('button', { name: 'Open with Platter' }).click();
  await expect(offer).toHaveCount(0);
  expect(world.rootShell(`cat ${list}`)).toContain('application/x-raw-disk-image=org.platter.Platter.desktop;\n');
  expect(world.rootShell('cat /etc/xdg/mimeapps.list /usr/share/applications/mimeapps.list 2>/dev/null | grep -c platter || true')).toBe(
    '0\n',
  );
  await first.close();
  const again = await start();
  await expect(again.page.getByRole('button', { name: 'Attach', exact: false }).first()).toBeVisible();
  await expect(again.page.getByText('Open disk images with Platter?')).toHaveCount(0);
});

test('a newer version over an open window and a mounted image: the window says so, goes on, and the next one finds all', async () => {
  const window = await startWith('Before');
  world.root('dpkg', '--force-depends', '-i', makeNewer());
  await expect(window.page.getByRole('group', { name: `Platter ${NEWER} is installed` })).toBeVisible();
  await window.page.screenshot({ path: join(projectRoot, 'test-results/electron-pictures/upgraded.png') });
  expect(content('Before')).toBe('hello\n');
  // The window from before goes on; what it is asked to open is looked at by the new programs.
  const more = makeImage('More');
  world.rootShell(
    `runuser -u alice -- env ${Object.entries(environment)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')} platter-window ${more}`,
  );
  await expect.poll(async () => (await window.state()).notices.at(-1)?.outcome).toMatchObject({ kind: 'attached', mounts: [{}] });
  expect(await detach(window, 'More')).toMatchObject({ ok: true, value: { state: 'detached' } });
  await window.close();
  expect(content('Before')).toBe('hello\n');
  const next = await start();
  await expect.poll(async () => (await next.state()).devices.find(({ mounts }) => mounts.length === 1)).toMatchObject({ ownership: 'own' });
  expect(await detach(next, 'Before')).toMatchObject({ ok: true, value: { state: 'detached' } });
  expect(census()).toBe('');
});

test('removal under an open window with a mounted image: the files stay, and the window can still take it away', async () => {
  const window = await startWith('Removed');
  world.root('dpkg', '-r', 'platter');
  expect(content('Removed')).toBe('hello\n');
  await window.page.screenshot({ path: join(projectRoot, 'test-results/electron-pictures/removed.png') });
  expect(await detach(window, 'Removed')).toMatchObject({ ok: true, value: { state: 'detached' } });
  expect(census()).toBe('');
});

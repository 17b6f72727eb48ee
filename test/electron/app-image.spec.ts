/** What is in an AppImage, run by an ordinary user as its runtime would: AppRun, from a folder of its own, with nothing installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { projectRoot } from '../../build/bootstrap.mjs';
import { unpackAppImage } from '../package/app-image.ts';
import { makePackage } from '../package/make-package.ts';
import { startWindow, type InstalledWindow } from './installed-window.ts';
import { asOrdinaryUser, makeHome, startDisplay } from './program.ts';

let folder = '';
let command: readonly string[] = [];
let environment: Readonly<Record<string, string>>;
let stopDisplay = (): void => {};
let opened: InstalledWindow | null = null;

test.beforeAll(async () => {
  makePackage('AppImage');
  folder = mkdtempSync(join(tmpdir(), 'platter-appimage-'));
  chmodSync(folder, 0o755);
  unpackAppImage(join(folder, 'AppDir'));
  command = asOrdinaryUser([join(folder, 'AppDir/AppRun')]);
  const home = makeHome(folder);
  const display = await startDisplay();
  stopDisplay = () => void display.server.kill();
  const folders = { HOME: home, XDG_CONFIG_HOME: join(home, 'config'), XDG_RUNTIME_DIR: join(home, 'run') };
  environment = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', DISPLAY: display.name, ...folders };
});
test.afterEach(async () => {
  await opened?.close();
  opened = null;
});
test.afterAll(() => {
  stopDisplay();
  if (folder !== '') rmSync(folder, { recursive: true });
});

test('shows the live list, and says from the start that it can do no more where there is no udisks2', async () => {
  // With it the window acts, which is tested where a udisks2 runs (test/vm/desktop/3-udisks.test.ts).
  test.skip(existsSync('/usr/bin/udisksctl'), 'udisks2 is installed here');
  opened = await startWindow(command, environment);
  await expect.poll(async () => (await opened?.state())?.list.kind).toBe('live');
  await expect(opened.page.getByText('This AppImage can only look here')).toBeVisible();
  expect(await opened.state()).toMatchObject({ host: 'electron', actions: { kind: 'failed', error: { code: 'UDISKS_UNAVAILABLE' } } });
  // It is in no menu, so it cannot be the program for a type.
  expect((await opened.state()).installation).toMatchObject({ canBeDefault: false });
  await opened.page.screenshot({ path: join(projectRoot, 'test-results/electron-pictures/app-image.png') });
  const helper = execFileSync('pgrep', ['-f', '-a', join(folder, 'AppDir/resources/platter/helper')], { encoding: 'utf8' });
  expect(helper).toContain('--view');
});

test('does not run without the sandbox, which AppRun switches off where it finds no user namespaces', () => {
  const [program, ...words] = [...command, '--no-sandbox'];
  const { status, stdout, stderr } = spawnSync(program, words, { env: environment, encoding: 'utf8', timeout: 60_000 });
  expect([status, `${stdout}${stderr}`]).toEqual([1, expect.stringContaining('without the sandbox')]);
});

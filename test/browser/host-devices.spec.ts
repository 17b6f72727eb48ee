/** Detaching what is in use, and what is wrong with devices, in the real window over the real helper: everything as the real kernel makes it so. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { projectRoot } from '../../build/bootstrap.mjs';
import { address, folder, MIB, mountsOf, needsDevices, ownDevices, select, start, startWithFileSystem, useHost } from './host-fixture.ts';
import { takeAllTurns } from './turns.ts';

useHost();
needsDevices();

test('says who keeps an image busy, live, and detaches by itself when the last of them ends', async ({ page }) => {
  const { place, complaints } = await startWithFileSystem(page, 'busy-image');
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
  await takeAllTurns();
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

test('warns of what is wrong with a device as soon as the kernel makes it so', async ({ page }) => {
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

test('warns of an offset within a sector, and of direct I/O that the kernel switches off for it without a word', async ({ page }) => {
  writeFileSync(join(folder, 'direct.img'), Buffer.alloc(8 * MIB));
  execFileSync('losetup', ['-f', '--direct-io=on', join(folder, 'direct.img')]);
  const number = ownDevices()[0]?.slice('loop'.length) ?? '';
  expect(readFileSync(`/sys/block/loop${number}/loop/dio`, 'utf8')).toBe('1\n');
  await start();
  await page.goto(address);
  const details = await select(page, 'direct.img');
  const node = join(projectRoot, 'node_modules/node/bin/node');
  execFileSync(node, [join(projectRoot, 'test/kernel/linux/set-offset.ts'), number, '100']);
  await expect(details.getByText('The offset is not a multiple of the sector size')).toBeVisible();
  const banner = details.getByRole('group', { name: 'Direct I/O is off' });
  await expect(banner).toBeVisible();
  expect(readFileSync(`/sys/block/loop${number}/loop/dio`, 'utf8')).toBe('0\n');
  await page.screenshot({ path: join(projectRoot, 'test-results/screens/warnings-direct.png') });
  execFileSync(node, [join(projectRoot, 'test/kernel/linux/set-offset.ts'), number, '0']);
  await expect(details.getByText('The offset is not a multiple of the sector size')).toHaveCount(0);
  await banner.getByRole('button', { name: 'Try Again' }).click();
  await expect(banner).toHaveCount(0);
  expect(readFileSync(`/sys/block/loop${number}/loop/dio`, 'utf8')).toBe('1\n');
});

test('says that an image detaches when it is free until it does, though a losetup of somebody else caused it', async ({ page }) => {
  writeFileSync(join(folder, 'held.img'), Buffer.alloc(MIB));
  const node = execFileSync('losetup', ['-f', '--show', join(folder, 'held.img')], { encoding: 'utf8' }).trim();
  const holder = spawn('sh', ['-c', `exec 3<${node}; echo; read _`], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await once(holder.stdout, 'data');
    await start();
    await page.goto(address);
    const row = page.getByRole('row', { name: /held\.img/u });
    await expect(row).toBeVisible();
    await expect(row).not.toContainText('Detaches when free');
    // It says that it worked; the kernel announces nothing.
    execFileSync('losetup', ['-d', node]);
    await expect(row).toContainText('Detaches when free', { timeout: 15_000 });
    const words = [join(projectRoot, 'dist/cli/platter.js'), 'detach', '--cancel', node];
    execFileSync(join(projectRoot, 'node_modules/node/bin/node'), words, { stdio: 'ignore' });
    await expect(row).not.toContainText('Detaches when free', { timeout: 15_000 });
    execFileSync('losetup', ['-d', node]);
    await expect(row).toContainText('Detaches when free', { timeout: 15_000 });
    expect(ownDevices().map((name) => `/dev/${name}`)).toEqual([node]);
    holder.stdin.end();
    await expect(row).toHaveCount(0);
    expect(ownDevices()).toEqual([]);
  } finally {
    holder.kill('SIGKILL');
  }
});

/** The settings of a device and several devices at once, in the real window over the real helper: what is pressed, the kernel has. */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type Locator, type Page } from '@playwright/test';
import { projectRoot } from '../../build/bootstrap.mjs';
import { address, complaintsOf, folder, MIB, needsDevices, ownDevices, select, start, useHost } from './host-fixture.ts';

useHost();
needsDevices();

function losetup(...words: string[]): string {
  return execFileSync('losetup', ['--find', '--show', ...words], { encoding: 'utf8' })
    .trim()
    .slice('/dev/'.length);
}

function attribute(device: string, name: string): string {
  return readFileSync(`/sys/block/${device}/${name}`, 'utf8').trim();
}

async function openSettings(page: Page, name: string): Promise<Locator> {
  const details = await select(page, name);
  await page.keyboard.press('Alt+Enter');
  await expect(details.getByRole('switch', { name: /Direct I\/O/u })).toBeVisible();
  return details;
}

test('changes settings live, and says why what cannot be changed cannot', async ({ page }) => {
  const path = join(folder, 'settings.img');
  writeFileSync(path, Buffer.alloc(16 * MIB));
  execFileSync('sfdisk', ['-q', '--no-reread', '--no-tell-kernel', path], { input: 'label: gpt\nstart=2MiB, size=4MiB\n' });
  const device = losetup(path);
  const complaints = complaintsOf(page);
  await start();
  await page.goto(address);
  const details = await openSettings(page, 'settings.img');
  const setting = (name: RegExp): Locator => details.getByRole('switch', { name });

  await expect(setting(/Detach when free/u)).toBeDisabled();
  await expect(details.getByText('Nothing uses the device, so it would be detached at once.')).toBeVisible();
  await expect(details.getByText('Only the file of a read-only device can be exchanged.').first()).toBeVisible();
  await expect(details.getByText('Partition scan is off for this device.').first()).toBeVisible();

  await setting(/Direct I\/O/u).press('Space');
  await expect.poll(() => attribute(device, 'loop/dio')).toBe('1');
  // The pane scrolls to what has the focus, the window never.
  await expect(details.getByText('Bypasses the cache of the file that holds the image.')).toBeInViewport();
  expect(await page.evaluate(() => [document.documentElement.scrollTop, document.documentElement.scrollHeight - innerHeight])).toEqual([
    0, 0,
  ]);
  await setting(/Direct I\/O/u).press('Space');
  await expect.poll(() => attribute(device, 'loop/dio')).toBe('0');

  await details.getByRole('button', { name: /Sector size/u }).click();
  await page.getByRole('option', { name: '4,096 bytes' }).click();
  await expect.poll(() => attribute(device, 'queue/logical_block_size')).toBe('4096');
  await details.getByRole('button', { name: /Sector size/u }).click();
  await page.getByRole('option', { name: '512 bytes' }).click();
  await expect.poll(() => attribute(device, 'queue/logical_block_size')).toBe('512');

  await setting(/Partition scan/u).press('Space');
  await expect.poll(() => attribute(device, 'loop/partscan')).toBe('1');
  await expect(setting(/Partition scan/u)).toBeDisabled();
  await expect(details.getByText('Stays on as long as the image is attached.').first()).toBeVisible();

  await details.getByRole('button', { name: 'Change…' }).first().click();
  const range = page.getByRole('dialog', { name: 'Offset and Size Limit' });
  await range.getByRole('textbox', { name: 'Offset' }).fill('1 MiB');
  await range.getByRole('textbox', { name: 'Size limit' }).fill('8 MiB');
  await range.getByRole('button', { name: 'Change' }).click();
  await expect(range).toHaveCount(0);
  expect([attribute(device, 'loop/offset'), attribute(device, 'loop/sizelimit'), attribute(device, 'size')]).toEqual([
    String(MIB),
    String(8 * MIB),
    String((8 * MIB) / 512),
  ]);
  await page.screenshot({ path: join(projectRoot, 'test-results/screens/settings-live.png') });
  expect(complaints).toEqual([]);
});

test('takes over a longer file, and leaves alone what a mounted file system stands on', async ({ page }) => {
  const path = join(folder, 'mounted.img');
  writeFileSync(path, Buffer.alloc(8 * MIB));
  execFileSync('mkfs.ext4', ['-q', '-F', path]);
  const device = losetup(path);
  const place = join(folder, 'place');
  execFileSync('mkdir', [place]);
  execFileSync('mount', [`/dev/${device}`, place]);
  await start();
  await page.goto(address);
  const details = await openSettings(page, 'mounted.img');
  await expect(details.getByText(/A file system on the device is mounted\./u).first()).toBeVisible();
  for (const button of await details
    .getByRole('button', { name: 'Change…' })
    .all()
    .then((all) => all.slice(0, 2))) {
    await expect(button).toHaveAttribute('aria-disabled', 'true');
  }
  truncateSync(path, 12 * MIB);
  await details.getByRole('button', { name: 'Update' }).click();
  await expect.poll(() => attribute(device, 'size')).toBe(String((12 * MIB) / 512));

  const free = details.getByRole('switch', { name: /Detach when free/u });
  await free.press('Space');
  await expect.poll(() => attribute(device, 'loop/autoclear')).toBe('1');
  await expect(page.getByRole('row', { name: /mounted\.img/u })).toBeVisible();
  await free.press('Space');
  await expect.poll(() => attribute(device, 'loop/autoclear')).toBe('0');
  await free.press('Space');
  await expect.poll(() => attribute(device, 'loop/autoclear')).toBe('1');
  execFileSync('umount', [place]);
  await expect(page.getByRole('row', { name: /mounted\.img/u })).toHaveCount(0);
  expect(ownDevices()).toEqual([]);
});

test('detaches several that are selected, and says for each what became of it', async ({ page }) => {
  const names = ['first.img', 'second.img', 'third.img', 'held.img'];
  for (const name of names) writeFileSync(join(folder, name), Buffer.alloc(MIB));
  const devices = names.map((name) => losetup(join(folder, name)));
  const holder = spawn('sh', ['-c', `exec 3</dev/${devices[3]}; echo; read _`], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    await start();
    await page.goto(address);
    const grid = page.getByRole('grid', { name: 'Attached images' });
    await grid.getByRole('row', { name: /first\.img/u }).click();
    for (const name of names.slice(1)) await grid.getByRole('row', { name }).click({ modifiers: ['Control'] });
    const details = page.locator('[data-pane="details"]');
    await expect(details.getByText('4 devices selected')).toBeVisible();
    await details.getByRole('button', { name: 'Detach All' }).click();
    const busy = page.getByRole('alertdialog');
    await expect(busy.getByRole('status')).toHaveText('1 program uses “held.img”.');
    await expect.poll(ownDevices).toEqual([devices[3]]);
    await page.screenshot({ path: join(projectRoot, 'test-results/screens/detach-several.png') });
    await busy.getByRole('button', { name: 'Cancel' }).click();
    await expect(page.getByText('3 images detached.').first()).toBeVisible();
    // Selected is what is left.
    await expect(details.getByRole('heading', { name: 'held.img' }).first()).toBeVisible();
    await expect(details.getByText('sh', { exact: true })).toBeVisible();
    expect(ownDevices()).toEqual([devices[3]]);
    await page.screenshot({ path: join(projectRoot, 'test-results/screens/detach-several-result.png') });
  } finally {
    holder.kill('SIGKILL');
  }
});

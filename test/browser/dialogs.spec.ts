/** What dialogs keep when their work fails, and what happens when they are left before it ends. */
import type { Page } from '@playwright/test';
import { expect, test, type PlatterWindow } from './window.ts';

async function openResize({ open, row, page, dialog }: PlatterWindow, size: string): Promise<void> {
  await open();
  await row('backup.img').click();
  await page.keyboard.press('Control+r');
  await dialog.getByRole('textbox', { name: 'New size' }).fill(size);
}

/** Has calls of this method wait; the function lets them go on, to fail if that is wished. */
async function hold(page: Page, method: 'resize/run' | 'devices/attach'): Promise<(fails?: boolean) => Promise<void>> {
  const go = await page.evaluateHandle((name) => window.fake.hold(name), method);
  return async (fails = false) => {
    if (fails) await page.evaluate((name) => window.fake.failNext(name, { code: 'TOOL_FAILED', message: 'TOOL_FAILED' }), method);
    await go.evaluate((letGo) => letGo());
  };
}

test('keeps the size that was typed when a resize fails', async ({ platter }) => {
  await openResize(platter, '10 GiB');
  await platter.page.evaluate(() => window.fake.failNext('resize/run', { code: 'TOOL_FAILED', message: 'TOOL_FAILED' }));
  const shrink = platter.dialog.getByRole('button', { name: 'Shrink', exact: true });
  await shrink.click();
  await expect(platter.dialog.getByRole('alert')).toBeVisible();
  await expect(platter.dialog.getByRole('textbox', { name: 'New size' })).toHaveValue('10');
  await shrink.click();
  await expect(platter.dialog).toHaveCount(0);
  expect(await platter.calls('resize/run')).toMatchObject([{ sizeBytes: String(10n << 30n) }, { sizeBytes: String(10n << 30n) }]);
});

test('leaves another dialog alone when the work of one that was closed ends', async ({ platter }) => {
  const { page, dialog } = platter;
  await openResize(platter, '25 GiB');
  const letGo = await hold(page, 'resize/run');
  await dialog.getByRole('button', { name: 'Resize', exact: true }).click();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+n');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('mine.img');
  await letGo();
  await expect(platter.page.getByText('backup.img is now 25 GiB', { exact: false })).toBeAttached();
  await expect(dialog.getByRole('textbox', { name: 'Name' })).toHaveValue('mine.img');
});

test('tells the failure of a dialog that was closed as a message', async ({ platter }) => {
  const { page, dialog } = platter;
  await openResize(platter, '25 GiB');
  const letGo = await hold(page, 'resize/run');
  await dialog.getByRole('button', { name: 'Resize', exact: true }).click();
  await page.keyboard.press('Escape');
  await letGo(true);
  await expect(page.getByRole('alert')).toContainText('Could not resize backup.img');
});

test('tells so of an attach that was left, too', async ({ platter }) => {
  const { page, dialog } = platter;
  await platter.open({ host: 'electron' });
  await page.evaluate(() => void (window.fake.chosenPaths = ['/home/maria/images/photos.ext4']));
  await page.keyboard.press('Control+o');
  const letGo = await hold(page, 'devices/attach');
  await dialog.getByRole('button', { name: 'Attach', exact: true }).click();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await letGo(true);
  await expect(page.getByRole('alert')).toContainText('Could not attach “photos.ext4”');
});

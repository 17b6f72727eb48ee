/** The messages at the foot of the window: the keys that act on them, their use while a dialog is open, and little room. */
import { expect, looks, test, type PlatterWindow } from './window.ts';

/** As many failures as were asked for, each with a button of its own. */
async function failToOpen({ page }: PlatterWindow, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await page.evaluate(() => {
      window.fake.failNext('images/open', { code: 'IMAGE_NOT_SHARED', message: 'IMAGE_NOT_SHARED' });
      document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: new DataTransfer() }));
    });
    await expect(page.getByRole('alert')).toHaveCount(time + 1);
  }
}

test('Ctrl+Z presses no button of a message that takes nothing back', async ({ platter }) => {
  await platter.open({ host: 'electron' });
  await failToOpen(platter, 1);
  await platter.page.keyboard.press('Control+z');
  await expect(platter.page.getByRole('alert')).toBeVisible();
  await expect(platter.dialog).toHaveCount(0);
});

test('messages can be used, and news are said, while a dialog is open', async ({ platter }) => {
  const { page, dialog } = platter;
  await platter.open({ host: 'electron' });
  await failToOpen(platter, 1);
  await page.keyboard.press('Control+n');
  const field = dialog.getByRole('textbox', { name: 'Name' });
  await field.fill('mine.img');
  // Neither is in a part of the page that is inert.
  const seen = await page.evaluate(() =>
    ['[data-pane="toasts"]', '[data-live]'].map((one) => document.querySelector(one)?.closest('[inert]') ?? null),
  );
  expect(seen).toEqual([null, null]);
  await page.getByRole('alert').getByRole('button', { name: 'Show Details' }).click();
  await page.getByRole('alert').getByRole('button', { name: 'Hide Details' }).click();
  await field.focus();
  await page.keyboard.press('F6');
  await expect(page.getByRole('alert').locator(':focus')).toHaveCount(1);
  await page.keyboard.press('F6');
  await expect(dialog.locator(':focus')).toHaveCount(1);
  await page.getByRole('alert').getByRole('button', { name: 'Close' }).click();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expect(field).toHaveValue('mine.img');
});

for (const [scheme, width] of looks) {
  test(`many messages leave the window free and can all be reached, ${scheme}, ${width}`, async ({ platter }) => {
    const { page } = platter;
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 640 });
    await platter.open({ host: 'electron' });
    await failToOpen(platter, 10);
    const region = page.getByRole('region', { name: 'Notifications' });
    expect((await region.boundingBox())?.y ?? 0).toBeGreaterThan(300);
    await platter.check(`many-toasts-${scheme}-${width}`);
    const oldest = page.getByRole('alert').last().getByRole('button', { name: 'Close' });
    await oldest.focus();
    await expect(oldest).toBeInViewport({ ratio: 1 });
    const newest = page.getByRole('alert').first();
    for (const name of ['Copy…', 'Show Details', 'Close']) await expect(newest.getByRole('button', { name })).toBeAttached();
    await newest.getByRole('button', { name: 'Close' }).focus();
    await expect(newest.getByRole('button', { name: 'Close' })).toBeInViewport({ ratio: 1 });
    expect((await newest.getByText('Could not open').boundingBox())?.width ?? 0).toBeGreaterThan(120);
    await newest.getByRole('button', { name: 'Show Details' }).click();
    await platter.check(`many-toasts-open-${scheme}-${width}`);
  });
}

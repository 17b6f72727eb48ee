/** The messages at the foot of the window: the keys that act on them, their use while a dialog is open, and little room. */
import { expect, test, type PlatterWindow } from './window.ts';

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

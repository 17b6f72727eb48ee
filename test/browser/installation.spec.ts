/** What the window says of how Platter is installed. */
import { expect, test } from './window.ts';

const installed = { canBeDefault: true, otherVersion: null };

test('offers once to open disk images, and preferences can take it back', async ({ platter }) => {
  const { page } = platter;
  await platter.open({ host: 'electron', installation: installed });
  const offer = page.getByRole('group', { name: 'Open disk images with Platter?' });
  await expect(offer).toBeVisible();
  await platter.check('default-offer');
  await offer.getByRole('button', { name: 'Open with Platter' }).click();
  await expect(offer).toHaveCount(0);
  await page.keyboard.press('Control+,');
  const row = platter.dialog.getByRole('switch', { name: 'Open disk images with Platter' });
  await expect(row).toBeChecked();
  await platter.check('default-preference');
  await platter.dialog.getByText('Open disk images with Platter').click();
  await expect(row).not.toBeChecked();
  expect(await platter.calls('settings/set')).toEqual([{ defaultProgram: 'platter' }, { defaultProgram: 'other' }]);
});

test('says nothing more once the offer was declined', async ({ platter }) => {
  await platter.open({ host: 'electron', installation: installed });
  await platter.page.getByRole('button', { name: 'Not Now' }).click();
  await expect(platter.page.getByText('Open disk images with Platter?')).toHaveCount(0);
  expect(await platter.calls('settings/set')).toEqual([{ defaultProgram: 'other' }]);
});

test('says that a newer version was installed under it', async ({ platter }) => {
  await platter.open({ host: 'electron', installation: { canBeDefault: true, otherVersion: '0.2.0' } });
  await expect(platter.page.getByRole('group', { name: 'Platter 0.2.0 is installed' })).toBeVisible();
  await platter.check('newer-version');
});

test('says what an AppImage can do through udisks2, and what it cannot where that is missing', async ({ platter }) => {
  await platter.open({ host: 'electron', actions: { kind: 'ready', through: 'udisks' } });
  const banner = platter.page.getByRole('group', { name: 'Attach, mount and detach only' });
  await platter.check('udisks');
  await platter.page.setViewportSize({ width: 360, height: 700 });
  await platter.page.emulateMedia({ colorScheme: 'dark' });
  await platter.check('udisks-narrow-dark');
  await banner.getByRole('button', { name: 'Got It' }).click();
  await expect(banner).toHaveCount(0);
});

test('an AppImage without udisks2 says that it can only look', async ({ platter }) => {
  await platter.open({ host: 'electron', actions: { kind: 'failed', error: { code: 'UDISKS_UNAVAILABLE', message: 'no' } } });
  await expect(platter.page.getByText('This AppImage can only look here')).toBeVisible();
});

test('an image asked for from outside opens the chooser', async ({ platter }) => {
  await platter.open({ host: 'electron', attachWishes: 1 });
  await expect.poll(async () => platter.calls('images/choose')).toEqual([{ multiple: true }]);
});

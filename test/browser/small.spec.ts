/** Little room, right-to-left, large text, high contrast: UX.md §5. */
import { expect, test } from './window.ts';

test.describe('at 360 by 560', () => {
  test.use({ viewport: { width: 360, height: 560 } });

  test('shows one pane at a time and goes back by button, Escape and Alt+Left', async ({ platter }) => {
    await platter.open();
    await platter.check('narrow-list');
    await expect(platter.details).toHaveCount(0);
    await platter.row('debian-13.img').click();
    await expect(platter.page.getByRole('heading', { level: 1, name: 'debian-13.img' })).toBeVisible();
    await expect(platter.list).toHaveCount(0);
    await platter.check('narrow-details');
    await platter.page.getByRole('button', { name: 'Back to the list' }).click();
    await expect(platter.list).toBeVisible();
    await platter.row('debian-13.img').press('Enter');
    await expect(platter.details).toBeVisible();
    await platter.page.keyboard.press('Escape');
    await expect(platter.list).toBeVisible();
    await platter.row('debian-13.img').press('Enter');
    await expect(platter.details).toBeVisible();
    await platter.page.keyboard.press('Alt+ArrowLeft');
    await expect(platter.list).toBeVisible();
  });

  test('shows dialogs as sheets', async ({ platter }) => {
    await platter.open({ host: 'electron' });
    await platter.page.evaluate(() => void (window.fake.chosenPaths = ['/home/maria/images/fedora-44.img']));
    await platter.page.keyboard.press('Control+o');
    await expect(platter.dialog.getByText('6 GiB, 3 GiB on disk')).toBeVisible();
    await platter.check('narrow-attach');
    await platter.page.keyboard.press('Escape');
    await platter.row('debian-13.img').click();
    await platter.page.keyboard.press('Control+r');
    await expect(platter.dialog.getByText(/^Largest/)).toBeVisible();
    await platter.check('narrow-resize');
    await platter.page.keyboard.press('Escape');
    await platter.page.keyboard.press('Control+e');
    await expect(platter.dialog.getByRole('radio', { name: /Wait, then detach/ })).toBeVisible();
    await platter.check('narrow-busy');
  });

  test('lets the last choice of a sheet be scrolled out from under a message', async ({ platter }) => {
    await platter.open();
    await platter.row('backup.img').click();
    await platter.page.keyboard.press('Control+e');
    const message = platter.page.getByText('“backup.img” detached');
    await expect(message).toBeVisible();
    await platter.page.getByRole('button', { name: 'Back to the list' }).click();
    await platter.row('debian-13.img').click();
    await platter.page.keyboard.press('Control+e');
    const last = platter.dialog.getByText('Detach when the last user lets go');
    await platter.dialog.getByText('is in use').hover();
    await platter.page.mouse.wheel(0, 2000);
    await expect(message).toBeVisible();
    const toast = await platter.page.getByRole('region', { name: 'Notifications' }).locator('> *').boundingBox();
    await expect.poll(async () => (await last.boundingBox())?.y ?? Infinity).toBeLessThan((toast?.y ?? 0) - 64);
    await platter.check('narrow-busy-message');
  });

  test('shows the empty state and the banner to unlock', async ({ platter }) => {
    await platter.open({ devices: [], actions: { kind: 'locked' } });
    await expect(platter.page.getByText('You may be asked for your password')).toBeVisible();
    await platter.check('narrow-empty');
  });
});

test.describe('at 200 % zoom of 1100 by 760', () => {
  test.use({ viewport: { width: 550, height: 380 }, deviceScaleFactor: 2 });

  test('shows one pane, and dialogs that scroll inside', async ({ platter }) => {
    await platter.open({ host: 'electron' });
    await platter.check('zoom-list');
    await platter.row('debian-13.img').click();
    await platter.check('zoom-details');
    await platter.page.keyboard.press('Control+r');
    await expect(platter.dialog.getByText(/^Largest/)).toBeVisible();
    await platter.check('zoom-resize');
  });
});

test.describe('right-to-left', () => {
  test.use({ locale: 'ar-AE' });

  test('mirrors the panes and keeps paths, nodes and sizes as they are', async ({ platter }) => {
    await platter.open();
    await expect(platter.page.locator('html')).toHaveAttribute('dir', 'rtl');
    const list = await platter.list.boundingBox();
    expect(list?.x ?? 0, 'the list is on the right').toBeGreaterThan(500);
    await platter.row('debian-13.img').click();
    await platter.check('rtl-details');
    const path = platter.details.getByText('/home/maria/images/debian-13.img');
    await expect(path).toHaveCSS('direction', 'ltr');
    const map = platter.details.getByRole('listbox');
    const first = await map.getByRole('option').first().boundingBox();
    const last = await map.getByRole('option').last().boundingBox();
    expect(first?.x ?? 0, 'the first partition is on the right').toBeGreaterThan(last?.x ?? 0);
  });

  test('moves in the partition map by the arrow that points there', async ({ platter }) => {
    await platter.open();
    await platter.row('debian-13.img').click();
    await platter.details.getByRole('option').first().click();
    await platter.page.keyboard.press('ArrowLeft');
    await expect(platter.details.getByRole('option').nth(1)).toHaveAttribute('aria-selected', 'true');
  });

  test('mirrors the resize dialog', async ({ platter }) => {
    await platter.open();
    await platter.row('debian-13.img').click();
    await platter.page.keyboard.press('Control+r');
    await expect(platter.dialog.getByText(/^Largest/)).toBeVisible();
    await platter.check('rtl-resize');
  });
});

test('keeps borders and words in forced colours', async ({ platter }) => {
  await platter.page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' });
  await platter.open();
  await platter.row('debian-13.img').click();
  await platter.check('forced-colours');
});

test('grows with the text of the desktop', async ({ platter }) => {
  await platter.open();
  // Chromium's own setting of the size of text has the same effect.
  await platter.page.evaluate(() => {
    document.documentElement.style.fontSize = '22px';
    window.dispatchEvent(new Event('resize'));
  });
  const row = await platter.row('backup.img').boundingBox();
  expect(row?.height ?? 0).toBe(77);
  await platter.check('large-text');
});

test('takes the colours of the preference over those of the system', async ({ platter }) => {
  await platter.open({
    settings: {
      attachReadOnly: true,
      partitionScan: true,
      showSystemDevices: false,
      colourScheme: 'dark',
      mountFileSystems: true,
      openFolder: true,
    },
  });
  await expect(platter.page.locator('html')).toHaveAttribute('data-scheme', 'dark');
  await expect(platter.page.locator('body')).toHaveCSS('background-color', 'rgb(34, 34, 38)');
});

/** The keyboard alone: the map of UX.md §3.13 as far as its features exist. */
import { expect, test } from './window.ts';

test('walks through the list, into its buttons and out again', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').focus();
  await platter.page.keyboard.press('End');
  await expect(platter.row('win11.img')).toBeFocused();
  await platter.page.keyboard.press('Home');
  await expect(platter.row('backup.img')).toBeFocused();
  await platter.page.keyboard.press('ArrowRight');
  await expect(platter.row('backup.img').getByRole('button')).toBeFocused();
  await platter.page.keyboard.press('ArrowLeft');
  await expect(platter.row('backup.img')).toBeFocused();
  await platter.page.keyboard.type('scr');
  await expect(platter.row('scratch.img')).toBeFocused();
});

test('selects with Shift and arrows, and all with Ctrl+A', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').click();
  await platter.page.keyboard.press('Shift+ArrowDown');
  await expect(platter.details.getByRole('heading', { name: '2 devices selected' })).toBeVisible();
  await platter.page.keyboard.press('Control+a');
  await expect(platter.details.getByRole('heading', { name: '6 devices selected' })).toBeVisible();
});

test('goes from pane to pane with F6 and back with Shift+F6', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').click();
  await platter.page.keyboard.press('F6');
  await expect(platter.details.getByRole('heading', { name: 'backup.img' })).toBeFocused();
  await platter.page.keyboard.press('Shift+F6');
  await expect(platter.row('backup.img')).toBeFocused();
});

test('opens the menu of a row with F9, Shift+F10 and the Menu key', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').click();
  for (const key of ['F9', 'Shift+F10', 'ContextMenu']) {
    await platter.page.keyboard.press(key);
    const menu = platter.page.getByRole('menu', { name: 'Actions for /dev/loop2' });
    await expect(menu.getByRole('menuitem', { name: /Detach/ })).toBeVisible();
    // Escape belongs to the menu once the focus is in it, and from there goes back to the row.
    await expect.poll(() => menu.evaluate((element) => element.contains(document.activeElement))).toBe(true);
    await platter.page.keyboard.press('Escape');
    await expect(menu).toHaveCount(0);
    await expect(platter.row('backup.img')).toBeFocused();
  }
});

test('opens the menu of a row with the right button', async ({ platter }) => {
  await platter.open();
  await platter.row('scratch.img').click({ button: 'right' });
  await platter.check('row-menu');
  await platter.page.getByRole('menuitem', { name: 'Keep Attached' }).click();
  await expect(platter.page.getByRole('menu')).toHaveCount(0);
  await expect(platter.row('scratch.img')).not.toContainText('Detaches when free');
});

test('opens Advanced with Alt+Enter and the main menu with F10', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').click();
  await platter.page.keyboard.press('Alt+Enter');
  await expect(platter.details.getByRole('button', { name: 'Advanced' })).toHaveAttribute('aria-expanded', 'true');
  await platter.page.keyboard.press('F10');
  await expect(platter.page.getByRole('menuitem', { name: 'Preferences…' })).toBeVisible();
});

test('finds an action and a device in the palette', async ({ platter }) => {
  await platter.open();
  await platter.page.keyboard.press('Control+k');
  await platter.page.keyboard.type('win11');
  await expect(platter.dialog.getByRole('option')).toHaveCount(1);
  await platter.page.keyboard.press('ArrowDown');
  await platter.page.keyboard.press('Enter');
  await expect(platter.details.getByRole('heading', { name: 'win11.img' })).toBeVisible();
  await platter.page.keyboard.press('Control+k');
  await platter.page.keyboard.type('prefer');
  await platter.page.keyboard.press('ArrowDown');
  await platter.page.keyboard.press('Enter');
  await expect(platter.dialog.getByRole('heading', { name: 'Preferences' })).toBeVisible();
});

test('copies the path of the image, unless text was marked', async ({ platter }) => {
  await platter.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await platter.open();
  await platter.row('backup.img').click();
  await platter.page.keyboard.press('Control+c');
  expect(await platter.page.evaluate(() => navigator.clipboard.readText())).toBe('/home/maria/backup/backup.img');
  await platter.page.keyboard.press('Control+Shift+c');
  expect(await platter.page.evaluate(() => navigator.clipboard.readText())).toBe('/dev/loop2');
});

test('moves in the partition map by arrows, and the properties follow', async ({ platter }) => {
  await platter.open();
  await platter.row('debian-13.img').click();
  await platter.details.getByRole('option').first().click();
  await platter.page.keyboard.press('ArrowRight');
  await expect(platter.details.getByText('/dev/loop0p2')).toBeVisible();
  await platter.page.keyboard.press('End');
  await expect(platter.details.getByRole('option', { name: /Free space/ })).toHaveAttribute('aria-selected', 'true');
});

test('searches with Ctrl+F and clears with Escape', async ({ platter }) => {
  await platter.open();
  await platter.page.keyboard.press('Control+f');
  await platter.page.keyboard.type('btrfs');
  await expect(platter.list.getByRole('row')).toHaveCount(1);
  await platter.page.keyboard.press('Escape');
  await expect(platter.list.getByRole('row')).toHaveCount(6);
});

test('filters and sorts from the menu and takes the filter off again', async ({ platter }) => {
  await platter.open();
  const menu = platter.page.getByRole('button', { name: 'Filter and Sort' });
  await menu.click();
  await platter.check('filter-menu');
  await platter.page.getByRole('menuitemradio', { name: 'Mounted' }).click();
  await expect(platter.list.getByRole('row')).toHaveCount(3);
  await platter.page.keyboard.press('Escape');
  await platter.page.getByRole('button', { name: /Only: Mounted/ }).click();
  await menu.click();
  await platter.page.getByRole('menuitemradio', { name: 'Largest First' }).click();
  await platter.page.keyboard.press('Escape');
  await expect(platter.list.getByRole('row').first()).toContainText('win11.img');
});

test('does nothing behind an open dialog', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').click();
  await platter.page.keyboard.press('Control+,');
  await expect(platter.dialog).toBeVisible();
  await platter.page.keyboard.press('Control+e');
  expect(await platter.calls('devices/detach')).toEqual([]);
});

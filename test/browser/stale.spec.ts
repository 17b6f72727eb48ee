/** What the window keeps of a moment ago must not be what it acts on: closures of rows, menus, contents, panes, focus. */
import { sampleJob } from '../fakes/sample-jobs.ts';
import { expect, test } from './window.ts';

test('rows follow the width of the window and the selection of now', async ({ platter }) => {
  const { page, row, details } = platter;
  await platter.open();
  const modifiers: ['Control'] = ['Control'];
  await row('backup.img').click();
  await row('win11.img').click({ modifiers });
  await row('debian-13.img').click({ modifiers });
  await row('win11.img').click({ button: 'right' });
  await expect(page.getByRole('menu')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('row', { selected: true })).toHaveCount(3);
  await page.setViewportSize({ width: 360, height: 640 });
  await page.getByRole('button', { name: 'Back to the list' }).or(row('backup.img')).first().waitFor();
  await row('backup.img').click();
  await expect(details.getByRole('heading', { name: 'backup.img' })).toBeVisible();
});

test('Enter on a row of a narrow window takes the keyboard along', async ({ platter }) => {
  const { page, details } = platter;
  await page.setViewportSize({ width: 360, height: 640 });
  await platter.open();
  await platter.row('backup.img').focus();
  await page.keyboard.press('Enter');
  await expect(details.getByRole('heading', { name: 'backup.img' })).toBeFocused();
});

test('a button that gets an excuse keeps the keyboard', async ({ platter }) => {
  const { page, details } = platter;
  await platter.open();
  await platter.row('backup.img').click();
  const button = details.getByRole('button', { name: 'Resize…' });
  await button.focus();
  await page.evaluate(() => window.fake.model.change({ actions: { kind: 'authorizing' } }));
  await expect(button).toHaveAttribute('aria-disabled', 'true');
  await expect(button).toBeFocused();
  await page.evaluate(() => window.fake.model.change({ actions: { kind: 'ready' } }));
  await expect(button).not.toHaveAttribute('aria-disabled');
  await expect(button).toBeFocused();
});

test('the menu of the page has the excuses of now', async ({ platter }) => {
  const { page, details } = platter;
  // In a browser a job has the whole window drawn anew, for the question before it is left.
  await platter.open({ host: 'electron' });
  await platter.row('backup.img').click();
  const job = sampleJob(9, { kind: 'export', fileName: 'backup.img' }, { device: 2 });
  await page.evaluate((begun) => window.fake.model.putJob(begun), job);
  await details.getByRole('button', { name: 'Actions for /dev/loop2' }).click();
  await expect(page.getByRole('menuitem', { name: /^Detach/u }).first()).toHaveAttribute('aria-disabled', 'true');
});

test('Ctrl+M mounts devices too whose rows were never in sight', async ({ platter }) => {
  const { page } = platter;
  await platter.open(({ loopDevice }) => ({
    devices: Array.from({ length: 60 }, (_, index) => loopDevice(index, `/home/maria/images/disk-${String(index).padStart(2, '0')}.img`)),
  }));
  await platter.row('disk-00.img').click();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Control+m');
  await expect.poll(async () => (await platter.calls('mounts/mount')).length).toBe(60);
});

test('a folder that cannot be looked at is told, and another one can be chosen', async ({ platter }) => {
  const { page, dialog } = platter;
  await platter.open({ host: 'electron' });
  await page.evaluate(() => {
    window.fake.failNext('images/creation-facts', { code: 'FILE_NOT_FOUND', message: 'FILE_NOT_FOUND' });
    window.fake.chosenPaths = ['/home/maria/Downloads'];
  });
  await page.keyboard.press('Control+n');
  await expect(dialog.getByRole('alert')).toBeVisible();
  await platter.check('create-no-folder');
  await dialog.getByRole('button', { name: 'Choose Where to Save…' }).click();
  await expect(dialog).toContainText('/home/maria/Downloads');
  await expect(dialog.getByRole('alert')).toHaveCount(0);
});

test.describe('the library in a narrow window', () => {
  test.use({ viewport: { width: 360, height: 640 } });

  test('keeps its details up to date, stays when something is attached, and leads to devices when asked', async ({ platter }) => {
    const { page, details } = platter;
    await platter.open(({ typicalLibrary }) => ({ host: 'electron', libraryImages: typicalLibrary() }));
    await page.keyboard.press('Control+2');
    const images = page.getByRole('grid', { name: 'Images of the library' });
    await images.getByRole('row', { name: 'photos.ext4' }).getByRole('button').click();
    await expect(page.getByRole('status').filter({ hasText: 'attached as' })).toBeVisible();
    await expect(images).toBeVisible();
    await images.getByRole('row', { name: 'fedora-44.img' }).click();
    await page.keyboard.press('F2');
    await platter.dialog.getByRole('textbox').fill('renamed.img');
    await page.keyboard.press('Enter');
    await expect(details.getByRole('heading', { name: 'renamed.img' })).toBeVisible();
    await page.evaluate(() => void (window.fake.chosenPaths = ['/home/maria/images/debian-13.img']));
    await page.keyboard.press('Control+o');
    await platter.dialog.getByRole('button', { name: 'Show', exact: false }).first().click();
    await expect(details.getByRole('heading', { name: 'debian-13.img' })).toBeVisible();
    await expect(details.getByRole('button', { name: 'Actions for /dev/loop0' })).toBeVisible();
  });
});

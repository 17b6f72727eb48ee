/** The library: its tab, its states, its keyboard, and what is done to an image from there. */
import { expect, test, type PlatterWindow } from './window.ts';

const folders = [{ id: 'f'.repeat(32), path: '/home/maria/images', state: 'watched', images: 4, cut: false }] as const;

async function openLibrary(platter: PlatterWindow): Promise<void> {
  await platter.page.keyboard.press('Control+2');
  await expect(platter.page.getByRole('tab', { name: /Library/ })).toHaveAttribute('aria-selected', 'true');
}

const rows = (platter: PlatterWindow) => platter.page.getByRole('grid', { name: 'Images of the library' }).getByRole('row');
const row = (platter: PlatterWindow, name: string | RegExp) =>
  platter.page.getByRole('grid', { name: 'Images of the library' }).getByRole('row', { name });

test('is empty at first and offers to add a folder', async ({ platter }) => {
  await platter.open({ host: 'electron' });
  await openLibrary(platter);
  await expect(platter.page.getByRole('heading', { name: 'No images yet' })).toBeVisible();
  await platter.check('library-empty');
  await platter.page.getByRole('button', { name: 'Add Folder…' }).click();
  expect(await platter.calls('library/add-folder')).toEqual([{ folder: null }]);
});

for (const scheme of ['light', 'dark'] as const) {
  test(`shows images with their states, ${scheme}`, async ({ platter }) => {
    await platter.page.emulateMedia({ colorScheme: scheme });
    await platter.open(({ typicalLibrary }) => ({ libraryImages: typicalLibrary() }));
    await openLibrary(platter);
    await expect(rows(platter)).toHaveCount(7);
    await expect(row(platter, 'debian-13.img')).toContainText('Attached');
    await expect(row(platter, 'old-backup.img')).toContainText('Missing');
    await expect(row(platter, 'server.img')).toContainText('Changed');
    await expect(row(platter, 'ubuntu-26.04-desktop-amd64.iso')).toContainText('Verified');
    await expect(row(platter, 'photos.ext4')).toContainText('ext4 “Photos 2026”');
    await row(platter, 'server.img').click();
    await expect(platter.details.getByRole('heading', { name: 'server.img' })).toBeVisible();
    await expect(platter.details).toContainText('/home/maria/images/server.img');
    await platter.check(`library-${scheme}`);
    await platter.page.setViewportSize({ width: 360, height: 640 });
    await platter.check(`library-narrow-${scheme}`);
    await row(platter, 'server.img').click();
    await expect(platter.page.getByRole('heading', { level: 1, name: 'server.img' })).toBeVisible();
    await platter.check(`library-narrow-details-${scheme}`);
    await platter.page.getByRole('button', { name: 'Back to the list' }).click();
    await expect(row(platter, 'server.img')).toBeVisible();
  });
}

test('resizes an image from its menu, in the same dialog as its device', async ({ platter }) => {
  await platter.open(({ typicalLibrary }) => ({ libraryImages: typicalLibrary() }));
  await openLibrary(platter);
  await row(platter, 'debian-13.img').click({ button: 'right' });
  await platter.page.getByRole('menuitem', { name: 'Resize…' }).click();
  await expect(platter.dialog.getByRole('heading', { name: 'Resize debian-13.img' })).toBeVisible();
  await expect(platter.dialog.getByText('What will be done')).toBeVisible();
  expect(await platter.calls('resize/facts')).toHaveLength(1);
  await platter.check('library-resize');
  await platter.dialog.getByRole('button', { name: 'Cancel' }).click();
  // A file that is not there cannot be.
  await row(platter, 'old-backup.img').click({ button: 'right' });
  await expect(platter.page.getByRole('menuitem', { name: /^Resize…/ })).toHaveAttribute('aria-disabled', 'true');
});

test('walks through the list by keys and changes the list with Ctrl+1 and Ctrl+2', async ({ platter }) => {
  await platter.open(({ typicalLibrary }) => ({ libraryImages: typicalLibrary() }));
  await openLibrary(platter);
  await expect(rows(platter).first()).toBeVisible();
  await rows(platter).first().focus();
  await platter.page.keyboard.press('End');
  await expect(row(platter, 'windows.qcow2')).toBeFocused();
  await platter.page.keyboard.type('pho');
  await expect(row(platter, 'photos.ext4')).toBeFocused();
  await platter.page.keyboard.press('ArrowRight');
  await expect(row(platter, 'photos.ext4').getByRole('button')).toBeFocused();
  await platter.page.keyboard.press('Control+1');
  await expect(platter.row('backup.img')).toBeVisible();
  await platter.page.keyboard.press('Control+2');
  await platter.page.keyboard.press('Control+f');
  await platter.page.keyboard.type('xfs');
  await expect(rows(platter)).toHaveCount(1);
  await platter.page.keyboard.press('Escape');
  await expect(rows(platter)).toHaveCount(7);
});

test('sorts by size on disk and by last use', async ({ platter }) => {
  await platter.open(({ typicalLibrary }) => ({ libraryImages: typicalLibrary() }));
  await openLibrary(platter);
  await platter.page.getByRole('button', { name: 'Order' }).click();
  await platter.page.getByRole('menuitemradio', { name: 'Size on Disk' }).click();
  await expect(rows(platter).first()).toContainText('windows.qcow2');
  await platter.page.keyboard.press('Escape');
  await platter.page.getByRole('button', { name: 'Order' }).click();
  await platter.page.getByRole('menuitemradio', { name: 'Last Used' }).click();
  await platter.page.keyboard.press('Escape');
  await expect(rows(platter).last()).toContainText('fedora-44.img');
});

test('attaches an image from its row, and detaches it there again', async ({ platter }) => {
  await platter.open(({ libraryImage }) => ({ libraryImages: [libraryImage('/home/maria/images/photos.ext4')] }));
  await openLibrary(platter);
  await row(platter, 'photos.ext4').getByRole('button', { name: 'Attach photos.ext4' }).click();
  // The fake knows files by its own table.
  await expect.poll(() => platter.calls('devices/attach')).toHaveLength(1);
});

test('renames with F2, and says what is wrong with a name', async ({ platter }) => {
  await platter.open(({ libraryImage }) => ({
    libraryImages: [libraryImage('/home/maria/images/photos.ext4'), libraryImage('/home/maria/images/other.img')],
  }));
  await openLibrary(platter);
  await row(platter, 'photos.ext4').click();
  await platter.page.keyboard.press('F2');
  const field = platter.dialog.getByRole('textbox', { name: 'Name' });
  await field.fill('a/b');
  await expect(platter.dialog.getByText('A name has no slash.').first()).toBeVisible();
  await platter.check('library-rename');
  await field.fill('other.img');
  await platter.page.keyboard.press('Enter');
  await expect(platter.dialog).toContainText('The name is taken');
  await field.fill('holiday.img');
  await platter.page.keyboard.press('Enter');
  await expect(platter.dialog).toHaveCount(0);
  await expect(row(platter, 'holiday.img')).toHaveAttribute('aria-selected', 'true');
});

test('moves to the trash with Delete, but not what is attached', async ({ platter }) => {
  await platter.open(({ typicalLibrary }) => ({ libraryImages: typicalLibrary() }));
  await openLibrary(platter);
  await row(platter, 'debian-13.img').click();
  await platter.page.keyboard.press('Delete');
  expect(await platter.calls('library/trash')).toEqual([]);
  await expect(platter.page.locator('[data-live]')).toContainText('It is attached. Detach it first.');
  await row(platter, 'photos.ext4').click();
  await platter.page.keyboard.press('Delete');
  await expect(row(platter, 'photos.ext4')).toHaveCount(0);
  await expect(platter.page.getByText('“photos.ext4” moved to the trash.')).toBeVisible();
});

test('offers for a missing image to take it out of the list', async ({ platter }) => {
  await platter.open(({ typicalLibrary }) => ({ libraryImages: typicalLibrary() }));
  await openLibrary(platter);
  await row(platter, 'old-backup.img').click();
  await platter.check('library-missing');
  await platter.details.getByRole('button', { name: 'Remove from Library' }).click();
  await expect(row(platter, 'old-backup.img')).toHaveCount(0);
});

test('shows the folders, adds one by the folder list of the browser host, and removes one', async ({ platter }) => {
  await platter.open({
    libraryFolders: [{ id: 'f'.repeat(32), path: '/home/maria/images', state: 'watched', images: 4, cut: false }],
    libraryImages: [],
  });
  await openLibrary(platter);
  await platter.page.getByRole('button', { name: 'Folders…' }).click();
  await expect(platter.dialog).toContainText('4 images');
  await platter.check('library-folders');
  await platter.dialog.getByRole('button', { name: 'Add Folder…' }).click();
  await platter.page.getByRole('row', { name: 'Downloads' }).click();
  await platter.check('library-choose-folder');
  await platter.page.getByRole('button', { name: 'Choose', exact: true }).click();
  await expect(platter.dialog).toContainText('/home/maria/Downloads');
  await platter.dialog.getByRole('button', { name: `Remove ${folders[0].path} from the library` }).click();
  await expect(platter.dialog).not.toContainText('/home/maria/images');
});

test('draws a library of thousands by its visible rows and follows changes', async ({ platter }) => {
  await platter.open(({ manyImages }) => ({ libraryImages: manyImages(5000) }));
  await openLibrary(platter);
  await expect(platter.page.getByRole('tab', { name: /Library/ })).toContainText('5,000');
  await expect(rows(platter).first()).toContainText('machine-00000.img');
  expect(await rows(platter).count()).toBeLessThan(60);
  await rows(platter).first().focus();
  await platter.page.keyboard.press('End');
  await expect(row(platter, 'machine-04999.img')).toBeFocused();
  await platter.page.evaluate(() => {
    const { model } = window.fake;
    const [first] = model.library.images;
    if (first !== undefined) model.library.remove(first.id);
  });
  await expect(platter.page.getByRole('tab', { name: /Library/ })).toContainText('4,999');
  const lists = await platter.calls('library/list');
  expect(lists.filter((call) => (call as { since: number }).since === 0)).toHaveLength(1);
});

test('says that it began anew when its file was broken', async ({ platter }) => {
  await platter.open({ librarySetAside: 'library.json.unreadable' });
  await openLibrary(platter);
  await expect(platter.page.getByText('The library began anew')).toBeVisible();
  await platter.check('library-set-aside');
});

test('is found in the palette', async ({ platter }) => {
  await platter.open(({ typicalLibrary }) => ({ libraryImages: typicalLibrary() }));
  await platter.page.keyboard.press('Control+k');
  await platter.page.keyboard.type('server.img');
  await expect(platter.dialog.getByRole('option')).toHaveCount(1);
  await platter.page.keyboard.press('ArrowDown');
  await platter.page.keyboard.press('Enter');
  await expect(platter.details.getByRole('heading', { name: 'server.img' })).toBeVisible();
});

/** What people do: attach, detach, undo, grow, change; by mouse and by keyboard, with the outcome told honestly. */
import { expect, test } from './window.ts';

test('attaches a chosen image with the options of the dialog', async ({ platter }) => {
  await platter.open({ host: 'electron' });
  await platter.page.evaluate(() => void (window.fake.chosenPaths = ['/home/maria/images/fedora-44.img']));
  await platter.page.getByRole('button', { name: 'Attach or Create', exact: true }).click();
  await platter.page.getByRole('menuitem', { name: 'Attach Image…' }).click();
  await platter.dialog.getByText('Read-only').click();
  await platter.dialog.getByRole('button', { name: 'Advanced' }).click();
  await platter.dialog.getByRole('textbox', { name: 'Offset' }).fill('2048s');
  await platter.dialog.getByRole('textbox', { name: 'Size limit' }).fill('1.5 GiB');
  await platter.dialog.getByRole('textbox', { name: 'Reference' }).fill('my-disk');
  await platter.dialog.getByRole('button', { name: 'Automatic Sector size' }).click();
  await platter.page.getByRole('option', { name: '4,096 bytes' }).click();
  await platter.dialog.getByText('Detach when free').click();
  await platter.dialog.getByRole('button', { name: 'Attach', exact: true }).click();
  await expect(platter.dialog).toHaveCount(0);
  await expect(platter.details.getByRole('heading', { name: 'fedora-44.img' })).toBeVisible();
  const [call] = (await platter.calls('devices/attach')) as [{ options: unknown }];
  expect(call.options).toEqual({
    readOnly: false,
    offsetBytes: '1048576',
    sizeLimitBytes: '1610612736',
    logicalBlockSizeBytes: 4096,
    partitionScan: true,
    autoclear: true,
    directIo: false,
    reference: 'my-disk',
    whenAttached: 'reuse',
  });
});

test('refuses an offset beyond the end before anything is sent', async ({ platter }) => {
  await platter.open({ host: 'electron' });
  await platter.page.evaluate(() => void (window.fake.chosenPaths = ['/home/maria/images/fedora-44.img']));
  await platter.page.keyboard.press('Control+o');
  await platter.dialog.getByRole('button', { name: 'Advanced' }).click();
  await platter.dialog.getByRole('textbox', { name: 'Offset' }).fill('6 GiB');
  await platter.page.keyboard.press('Tab');
  await expect(platter.dialog.getByText('This is not inside the file.').first()).toBeVisible();
  await expect(platter.dialog.getByRole('button', { name: 'Attach', exact: true })).toHaveAttribute('aria-disabled', 'true');
  await platter.page.keyboard.press('Escape');
  expect(await platter.calls('devices/attach')).toEqual([]);
});

test('keeps the dialog and its values when attaching fails, and says what to do', async ({ platter }) => {
  await platter.open({ host: 'electron' });
  await platter.page.evaluate(() => {
    window.fake.chosenPaths = ['/home/maria/images/fedora-44.img'];
    window.fake.failNext('devices/attach', { code: 'IMAGE_NOT_SHARED', message: 'private', errno: 13 });
  });
  await platter.page.keyboard.press('Control+o');
  await platter.dialog.getByRole('button', { name: 'Attach', exact: true }).click();
  await expect(platter.dialog.getByRole('alert')).toContainText('Could not attach “fedora-44.img”');
  await expect(platter.dialog.getByRole('alert')).toContainText('Copy the image to a local folder');
  await platter.check('attach-failed');
  await platter.dialog.getByRole('button', { name: 'Attach', exact: true }).click();
  await expect(platter.dialog).toHaveCount(0);
});

test('attaches what is dropped at once and offers to undo it', async ({ platter }) => {
  await platter.open({ host: 'electron' });
  const transfer = await platter.page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(['x'], 'photos.ext4'));
    return data;
  });
  await platter.page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
  await expect(platter.page.getByText('Drop images to attach them')).toBeVisible();
  await platter.page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
  await expect(platter.row('photos.ext4')).toBeVisible();
  const attached = platter.page.getByRole('status').filter({ hasText: 'attached as' });
  await attached.hover();
  await platter.page.evaluate(() => {
    const { devices } = window.fake.model.state;
    window.fake.model.remove(...devices.filter((device) => device.backingFile?.text.endsWith('photos.ext4')).map(({ number }) => number));
  });
  await expect(attached).toHaveCount(0);
  await platter.page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
  await expect(platter.row('photos.ext4')).toBeVisible();
  await attached.getByRole('button', { name: 'Undo' }).click();
  await expect(platter.row('photos.ext4')).toHaveCount(0);
});

test('says that a browser does not tell where dropped files are', async ({ platter }) => {
  await platter.open();
  const transfer = await platter.page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(['x'], 'photos.ext4'));
    return data;
  });
  await platter.page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
  await expect(platter.page.getByRole('alert')).toContainText('Not possible in a web browser');
});

test('attaches pasted paths, and leaves pasting in a text field alone', async ({ platter }) => {
  await platter.open();
  const paste = (selector: string, text: string) =>
    platter.page.evaluate(
      ([where, what]) => {
        const data = new DataTransfer();
        data.setData('text/plain', what ?? '');
        document
          .querySelector(where ?? '')
          ?.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
      },
      [selector, text],
    );
  await paste('input', '/home/maria/images/photos.ext4');
  expect(await platter.calls('images/paste')).toEqual([]);
  await paste('body', 'file:///home/maria/images/photos.ext4\n/home/maria/Downloads/stick.img');
  await expect(platter.row('photos.ext4')).toBeVisible();
  await expect(platter.row('stick.img')).toBeVisible();
  await paste('body', 'hello there');
  await expect(platter.page.getByRole('alert')).toContainText('No file to attach');
});

test('shows the device that is there instead of attaching the same file twice', async ({ platter }) => {
  await platter.open({ host: 'electron' });
  await platter.page.evaluate(() => void (window.fake.chosenPaths = ['/home/maria/images/debian-13.img']));
  await platter.page.keyboard.press('Control+o');
  await platter.dialog.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(platter.details.getByRole('heading', { name: 'debian-13.img' })).toBeVisible();
  expect(await platter.calls('devices/attach')).toEqual([]);
});

test('detaches from the row and undoes it with Ctrl+Z', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').getByRole('button', { name: 'Detach backup.img' }).click();
  await expect(platter.row('backup.img')).toHaveCount(0);
  await expect(platter.page.getByText('“backup.img” detached.')).toBeVisible();
  await platter.page.keyboard.press('Control+z');
  await expect(platter.row('backup.img')).toBeVisible();
  await expect(platter.page.getByText('“backup.img” detached.')).toHaveCount(0);
});

test('moves the focus to the next row when the focused device vanishes, and says so', async ({ platter }) => {
  await platter.open();
  await platter.row('debian-13.img').focus();
  await platter.row('backup.img').click();
  await expect(platter.row('backup.img')).toBeFocused();
  await platter.page.evaluate(() => window.fake.model.remove(2));
  await expect(platter.row('debian-13.img')).toBeFocused();
  await expect(platter.page.locator('[data-live]')).toHaveText('1 device detached');
  await expect(platter.details.getByText('No longer attached', { exact: false })).toBeVisible();
});

test('says in the dialog that the device was detached elsewhere', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').click();
  await platter.page.keyboard.press('Control+r');
  await expect(platter.dialog).toBeVisible();
  await platter.page.evaluate(() => window.fake.model.remove(2));
  await expect(platter.dialog.getByText('The device was detached elsewhere.')).toBeVisible();
});

test('changes the settings of a device and says why some cannot be changed', async ({ platter }) => {
  await platter.open();
  await platter.row('debian-13.img').click();
  await platter.details.getByRole('button', { name: 'Advanced' }).click();
  await platter.details.getByText('Detach when free').click();
  await expect(platter.row('debian-13.img')).toContainText('Detaches when free');
  await expect(platter.details.getByRole('switch', { name: /Partition scan/ })).toBeDisabled();
  await expect(platter.details.getByText('Stays on as long as the image is attached.')).toBeVisible();
  await expect(platter.details.getByText('A file system on the device is mounted.').first()).toBeVisible();
  expect(await platter.calls('devices/set')).toEqual([{ device: 0, diskseq: '40', changes: { autoclear: true } }]);
});

test('adds, resizes and deletes a partition of the kernel', async ({ platter }) => {
  await platter.open();
  await platter.row('win11.img').click();
  const entry = (name: string) => platter.page.getByRole('menuitem', { name });
  await platter.details.getByRole('button', { name: 'Actions for Free space' }).click();
  await entry('Add Partition…').click();
  await platter.dialog.getByRole('textbox', { name: 'Size' }).fill('1 GiB');
  await platter.dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(platter.details.getByRole('row', { name: /Partition 3/ })).toBeVisible();
  await platter.details.getByRole('button', { name: 'Actions for Partition 3' }).click();
  await entry('Resize Partition…').click();
  await platter.dialog.getByRole('textbox', { name: 'Size' }).fill('2 GiB');
  await platter.dialog.getByRole('button', { name: 'Resize', exact: true }).click();
  await expect(platter.details.getByRole('row', { name: /Partition 3/ })).toContainText('2 GiB');
  await platter.details.getByRole('button', { name: 'Actions for Partition 3' }).click();
  await entry('Delete Partition').click();
  await expect(platter.details.getByRole('row', { name: /Partition 3/ })).toHaveCount(0);
  expect(await platter.calls('devices/set-partition')).toMatchObject([{ action: 'add' }, { action: 'resize' }, { action: 'delete' }]);
});

test('exchanges the file of a read-only device and keeps it selected', async ({ platter }) => {
  await platter.open((tools) => ({
    host: 'electron',
    devices: [tools.loopDevice(9, '/home/maria/images/old.img', { readOnly: true, sizeBytes: tools.decimal(6n * tools.GIB) })],
  }));
  await platter.page.evaluate(() => void (window.fake.chosenPaths = ['/home/maria/images/fedora-44.img']));
  await platter.row('old.img').click();
  await platter.page.getByRole('button', { name: 'Actions for /dev/loop9' }).click();
  await platter.page.getByRole('menuitem', { name: 'Exchange Image File…' }).click();
  await expect(platter.details.getByRole('heading', { name: 'fedora-44.img' })).toBeVisible();
});

test('takes over the size of a file that grew', async ({ platter }) => {
  await platter.open((tools) => ({
    devices: [tools.loopDevice(1, '/home/maria/images/fedora-44.img', { sizeBytes: tools.decimal(tools.GIB) })],
  }));
  await platter.row('fedora-44.img').click();
  await expect(platter.details.getByText('The file is larger than the device: 6 GiB')).toBeVisible();
  await platter.details.getByRole('button', { name: 'Use the Size of the File' }).click();
  await expect(platter.row('fedora-44.img')).toContainText('6 GiB');
  await expect(platter.details.getByText('The file is larger than the device')).toHaveCount(0);
});

test('adds, finds and removes nodes', async ({ platter }) => {
  await platter.open();
  await platter.page.keyboard.press('F10');
  await platter.page.getByRole('menuitem', { name: 'Loop Device Nodes…' }).click();
  await platter.dialog.getByRole('textbox', { name: 'Number' }).fill('6');
  await platter.dialog.getByRole('button', { name: 'Add Node' }).click();
  await expect(platter.dialog.getByRole('alert')).toContainText('This node exists already');
  await platter.dialog.getByRole('textbox', { name: 'Number' }).fill('40');
  await platter.dialog.getByRole('button', { name: 'Add Node' }).click();
  await platter.dialog.getByRole('button', { name: 'Remove /dev/loop40' }).click();
  await expect(platter.dialog.getByText('/dev/loop40', { exact: true })).toHaveCount(0);
  await platter.dialog.getByRole('button', { name: 'Find', exact: true }).click();
  await expect(platter.dialog.getByText('/dev/loop6 is free at this moment.')).toBeVisible();
});

test('unlocks from the banner, which then goes', async ({ platter }) => {
  await platter.open({ actions: { kind: 'locked' } });
  await platter.page.getByRole('button', { name: 'Unlock' }).click();
  await expect(platter.page.getByText('View only')).toHaveCount(0);
});

test('keeps every action reachable with its excuse when the helper is missing', async ({ platter }) => {
  await platter.open({ actions: { kind: 'failed', error: { code: 'HELPER_NOT_INSTALLED', message: 'no' } } });
  await platter.row('backup.img').click();
  const detach = platter.details.getByRole('button', { name: 'Detach' });
  await expect(detach).toHaveAccessibleDescription(/View only/);
  await detach.focus();
  await platter.page.keyboard.press('Enter');
  expect(await platter.calls('devices/detach')).toEqual([]);
});

test('chooses a file in the folders that main serves', async ({ platter }) => {
  await platter.open();
  await platter.page.keyboard.press('Control+o');
  await platter.dialog.getByRole('row', { name: 'images' }).dblclick();
  await expect(platter.dialog.getByRole('row', { name: '.hidden.img' })).toHaveCount(0);
  await platter.dialog.getByText('Show hidden files').click();
  await expect(platter.dialog.getByRole('row', { name: '.hidden.img' })).toBeVisible();
  await platter.dialog.getByRole('button', { name: 'Up one folder' }).click();
  await platter.dialog.getByRole('button', { name: 'Up one folder' }).click();
  await expect(platter.dialog.getByRole('alert')).toContainText('The folder cannot be read');
  await platter.dialog.getByRole('row', { name: 'secret.img' }).click();
  await platter.dialog.getByRole('button', { name: 'Choose', exact: true }).click();
  await expect(platter.dialog.getByRole('heading', { name: 'Attach Image' })).toBeVisible();
  await expect(platter.dialog.getByText('You may not read this file.').first()).toBeVisible();
});

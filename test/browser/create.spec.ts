/** Making, converting and exporting images in the window, and the jobs that do it. */
import type { Locator } from '@playwright/test';
import type { Job } from '../../electron/ipc/state.ts';
import { expect, test, type PlatterWindow } from './window.ts';

async function openNewImage(platter: PlatterWindow): Promise<void> {
  await platter.page.keyboard.press('Control+n');
  await expect(platter.dialog.getByRole('heading', { name: 'New Image' })).toBeVisible();
}

function fieldError(platter: PlatterWindow, text: string): Locator {
  return platter.dialog.locator('[slot="errorMessage"]', { hasText: text });
}

async function choose(platter: PlatterWindow, field: RegExp | string, option: string | RegExp): Promise<void> {
  await platter.dialog.getByRole('button', { name: field }).click();
  await platter.page.getByRole('option', { name: option }).click();
}

test.describe('a new image', () => {
  test('is proposed with a free name, an ext4 file system and the space there is', async ({ platter }) => {
    await platter.open();
    await openNewImage(platter);
    await expect(platter.dialog.getByLabel('Name', { exact: true })).toHaveValue('disk.img');
    await expect(platter.dialog.getByText('112 GiB free')).toBeVisible();
    await platter.check('create-file-system');
    await platter.dialog.getByLabel('Label').fill('Photos');
    await platter.dialog.getByRole('button', { name: 'Create', exact: true }).click();
    await expect(platter.dialog).toHaveCount(0);
    expect(await platter.calls('images/create')).toMatchObject([
      {
        name: 'disk.img',
        space: 'as-needed',
        attach: true,
        contents: { kind: 'file-system', fileSystem: 'ext4', label: 'Photos', sizeBytes: '10737418240' },
      },
    ]);
  });

  test('of a name that is taken is not made: another name is one click away', async ({ platter }) => {
    await platter.open();
    await openNewImage(platter);
    await platter.dialog.getByLabel('Name', { exact: true }).fill('photos.ext4');
    await expect(fieldError(platter, 'There is a file of this name already.')).toBeVisible();
    await platter.check('create-name-taken');
    await platter.dialog.getByRole('button', { name: 'Use “photos-2.ext4”' }).click();
    await expect(platter.dialog.getByLabel('Name', { exact: true })).toHaveValue('photos-2.ext4');
    await platter.dialog.getByRole('button', { name: 'Create', exact: true }).click();
    expect(await platter.calls('images/create')).toMatchObject([{ name: 'photos-2.ext4' }]);
  });

  test('says at the field what a label or size cannot be', async ({ platter }) => {
    await platter.open();
    await openNewImage(platter);
    await platter.dialog.getByLabel('Label').fill('seventeen letters');
    await expect(fieldError(platter, 'The label is longer than 16 bytes.')).toBeVisible();
    await platter.dialog.getByLabel('Label').fill('-x');
    await expect(fieldError(platter, 'A label cannot begin with a dash here.')).toBeVisible();
    await platter.dialog.getByLabel('Label').fill('');
    await platter.dialog.getByRole('textbox', { name: 'Size' }).fill('1 MiB');
    await choose(platter, /File system/, 'XFS');
    await platter.dialog.getByLabel('Label').focus();
    await expect(fieldError(platter, 'At least 300 MiB is needed.')).toBeVisible();
    const create = platter.dialog.getByRole('button', { name: 'Create', exact: true });
    await expect(create).toHaveAttribute('aria-disabled', 'true');
    await platter.dialog.getByRole('textbox', { name: 'Size' }).fill('200 GiB');
    await expect(platter.dialog.getByText('Larger than the free space')).toBeVisible();
    await choose(platter, /Space on disk/, 'Reserve now');
    await platter.dialog.getByLabel('Label').focus();
    await expect(fieldError(platter, 'Only 112 GiB is free.')).toBeVisible();
    await platter.check('create-errors');
  });

  test('with partitions is drawn as it will be, and each is added, changed and removed', async ({ platter }) => {
    await platter.open();
    await openNewImage(platter);
    await choose(platter, /Contents/, 'Partitions');
    await expect(platter.dialog.getByRole('button', { name: 'Create', exact: true })).toHaveAttribute('aria-disabled', 'true');
    const add = platter.dialog.getByRole('button', { name: 'Add Partition' });
    await add.click();
    const first = platter.dialog.getByRole('group', { name: 'Partition 1' });
    await first.getByRole('button', { name: /Holds/ }).click();
    await platter.page.getByRole('option', { name: 'EFI system (FAT)' }).click();
    await first.getByRole('textbox', { name: 'Size' }).fill('512 MiB');
    await first.getByLabel('Label').fill('EFI');
    await add.click();
    const second = platter.dialog.getByRole('group', { name: 'Partition 2' });
    await expect(second.getByRole('textbox', { name: 'Size' })).toHaveValue('9726');
    await second.getByRole('textbox', { name: 'Size' }).fill('8 GiB');
    await second.getByLabel('Name of the partition').fill('root');
    await expect(add).not.toHaveAttribute('aria-disabled', 'true');
    await platter.check('create-partitions');
    await second.getByRole('textbox', { name: 'Size' }).fill('20 GiB');
    await expect(fieldError(platter, 'There is not so much room.')).toBeVisible();
    await second.getByRole('button', { name: 'Remove partition 2' }).click();
    await expect(second).toHaveCount(0);
    await expect(add).toBeFocused();
    await platter.dialog.getByRole('button', { name: 'Create', exact: true }).click();
    expect(await platter.calls('images/create')).toMatchObject([
      { contents: { kind: 'partitions', table: 'gpt', partitions: [{ content: 'efi', label: 'EFI', sizeBytes: '536870912', name: '' }] } },
    ]);
  });

  test('of a folder takes its name from it and needs no size', async ({ platter }) => {
    await platter.open();
    await openNewImage(platter);
    await choose(platter, /Contents/, 'The files of a folder');
    await expect(platter.dialog.getByLabel('Size')).toHaveCount(0);
    await platter.dialog.getByRole('button', { name: 'Choose the Folder…' }).click();
    const chooser = platter.page.getByRole('dialog').last();
    await chooser.getByRole('row', { name: /Downloads/ }).click();
    await chooser.locator('button[type="submit"]').click();
    await expect(platter.dialog.getByLabel('Name', { exact: true })).toHaveValue('Downloads.iso');
    await platter.check('create-from-folder');
    await choose(platter, /Format/, 'SquashFS');
    await expect(platter.dialog.getByLabel('Name', { exact: true })).toHaveValue('Downloads.squashfs');
    await platter.dialog.getByRole('button', { name: 'Create', exact: true }).click();
    expect(await platter.calls('images/create')).toMatchObject([
      { name: 'Downloads.squashfs', contents: { kind: 'folder', format: 'squashfs', label: '' } },
    ]);
  });

  test('names the package of a program that is missing', async ({ platter }) => {
    await platter.open({
      missingTools: {
        fileSystems: { exfat: { program: 'mkfs.exfat', package: 'exfatprogs' } },
        folders: {},
        exports: {},
        tables: { program: 'sfdisk', package: 'fdisk' },
      },
    });
    await openNewImage(platter);
    await platter.dialog.getByRole('button', { name: /File system/ }).click();
    const option = platter.page.getByRole('option', { name: /exFAT/ });
    await expect(option).toHaveAttribute('aria-disabled', 'true');
    await expect(option.getByText('Needs mkfs.exfat: install the package exfatprogs.')).toBeVisible();
    await platter.check('create-missing-tool');
  });

  test('that cannot be begun keeps the dialog and its values', async ({ platter }) => {
    await platter.open();
    await openNewImage(platter);
    await platter.page.evaluate(() => window.fake.failNext('images/create', { code: 'NO_SPACE', message: 'full' }));
    await platter.dialog.getByLabel('Label').fill('Photos');
    await platter.dialog.getByRole('button', { name: 'Create', exact: true }).click();
    await expect(platter.dialog.getByRole('alert')).toContainText('Could not create “disk.img”');
    await expect(platter.dialog.getByLabel('Label')).toHaveValue('Photos');
  });

  test('is asked for by the desktop’s own action', async ({ platter }) => {
    await platter.open({ newImageWishes: 1 });
    await expect(platter.dialog.getByRole('heading', { name: 'New Image' })).toBeVisible();
  });

  test('can be made with the keyboard alone, in a narrow window too', async ({ platter }) => {
    await platter.page.setViewportSize({ width: 360, height: 640 });
    await platter.open({ devices: [] });
    await platter.page.getByRole('button', { name: 'New Image…' }).press('Enter');
    await platter.check('create-narrow');
    await platter.dialog.getByLabel('Label').press('Enter');
    await expect(platter.dialog).toHaveCount(0);
    expect(await platter.calls('images/create')).toHaveLength(1);
  });
});

test.describe('converting and exporting', () => {
  /** By the menu of the image in the library. */
  async function openFromLibrary(platter: PlatterWindow, name: string): Promise<void> {
    await platter.open(({ libraryImage }) => {
      const container = { content: { kind: 'known', format: 'qcow2', explained: false, type: '', label: null, partitions: null } } as const;
      return {
        libraryImages: [
          libraryImage('/home/maria/images/server.qcow2', container),
          libraryImage('/home/maria/images/difference.qcow2', container),
          libraryImage('/home/maria/images/photos.ext4'),
        ],
      };
    });
    await platter.page.keyboard.press('Control+2');
    await platter.page.getByRole('grid', { name: 'Images of the library' }).getByRole('row', { name }).click({ button: 'right' });
  }

  test('a container is named, and becomes a raw image beside it', async ({ platter }) => {
    await openFromLibrary(platter, 'server.qcow2');
    await platter.page.getByRole('menuitem', { name: 'Convert to Raw Image…' }).click();
    await expect(platter.dialog.getByText('qcow2 disk (QEMU) · becomes 20 GiB')).toBeVisible();
    await platter.check('convert');
    await platter.dialog.getByRole('button', { name: 'Convert', exact: true }).click();
    expect(await platter.calls('images/convert')).toMatchObject([{ name: 'server.img', otherFiles: false }]);
  });

  test('an image that takes data from other files names them, and is converted when that is allowed', async ({ platter }) => {
    await openFromLibrary(platter, 'difference.qcow2');
    await platter.page.getByRole('menuitem', { name: 'Convert to Raw Image…' }).click();
    await expect(platter.dialog.getByText('/etc/base.qcow2')).toBeVisible();
    await expect(platter.dialog.getByRole('button', { name: 'Convert', exact: true })).toHaveAttribute('aria-disabled', 'true');
    await platter.check('convert-other-files');
    await platter.dialog.getByText('Take data from these files').click();
    await platter.dialog.getByRole('button', { name: 'Convert', exact: true }).click();
    expect(await platter.calls('images/convert')).toMatchObject([{ otherFiles: true }]);
  });

  test('a raw image of the library is exported, not converted', async ({ platter }) => {
    await openFromLibrary(platter, 'photos.ext4');
    await expect(platter.page.getByRole('menuitem', { name: 'Convert to Raw Image…' })).toHaveCount(0);
    await platter.page.getByRole('menuitem', { name: 'Export…' }).click();
    await expect(platter.dialog.getByLabel('Name', { exact: true })).toHaveValue('photos.ext4.qcow2');
  });

  test('a device is exported from its menu, with a warning while it can be written', async ({ platter }) => {
    await platter.open();
    await platter.row('debian-13.img').click({ button: 'right' });
    await platter.page.getByRole('menuitem', { name: 'Export…' }).click();
    await expect(platter.dialog.getByLabel('Name', { exact: true })).toHaveValue('debian-13.qcow2');
    await expect(platter.dialog.getByText('The image is attached for writing')).toBeVisible();
    await platter.check('export');
    await choose(platter, /Format/, /Zstandard/);
    await expect(platter.dialog.getByLabel('Name', { exact: true })).toHaveValue('debian-13.img.zst');
    await platter.dialog.getByRole('button', { name: 'Export', exact: true }).click();
    expect(await platter.calls('images/export')).toMatchObject([{ name: 'debian-13.img.zst', format: 'zstd', compress: false }]);
  });
});

test.describe('jobs', () => {
  const base: Job = {
    id: 1,
    title: { kind: 'create', fileName: 'disk.img' },
    device: null,
    image: null,
    state: { kind: 'running' },
    cancellable: true,
    steps: ['make-table', 'make-file-system'],
    step: 1,
    bytesDone: '1073741824',
    bytesTotal: '4294967296',
    bytesPerSecond: '134217728',
    startedAt: 0,
    endedAt: null,
    result: null,
  };
  const result = { kind: 'image', image: { id: 'a'.repeat(32), name: 'disk.img', folder: '/home/maria/images' }, device: null } as const;

  async function put(platter: PlatterWindow, job: Job): Promise<void> {
    await platter.page.evaluate((one) => window.fake.model.putJob(one), job);
  }

  test('are listed with step, amount, rate and time left, and leave the list once they were seen', async ({ platter }) => {
    await platter.open({ host: 'electron', jobs: [base] });
    await platter.page.keyboard.press('Control+j');
    const popover = platter.page.getByRole('dialog', { name: 'Jobs' });
    await expect(popover.getByText('Step 2 of 2: Making the file system · 25 % · 1 GiB of 4 GiB · 128 MiB/s · 24 s left')).toBeVisible();
    await put(platter, {
      ...base,
      id: 2,
      title: { kind: 'convert', fileName: 'win.qcow2' },
      state: { kind: 'done' },
      cancellable: false,
      endedAt: 1,
      result,
    });
    await put(platter, {
      ...base,
      id: 3,
      title: { kind: 'unpack', fileName: 'x.xz' },
      state: { kind: 'failed', error: { code: 'NO_SPACE', message: 'full' } },
      cancellable: false,
      endedAt: 1,
    });
    await expect(popover.getByText('“disk.img” is ready.')).toBeVisible();
    await platter.check('jobs-results');
    await platter.page.keyboard.press('Escape');
    await expect(popover).toHaveCount(0);
    await expect.poll(() => platter.calls('jobs/dismiss')).toEqual([{ job: 2 }]);
  });

  test('show in the row of the image that they work on, and are called off there', async ({ platter }) => {
    await platter.open(({ libraryImage }) => ({ libraryImages: [libraryImage('/home/maria/images/photos.ext4')] }));
    await platter.page.keyboard.press('Control+2');
    const row = platter.page.getByRole('grid', { name: 'Images of the library' }).getByRole('row', { name: 'photos.ext4' });
    const image = await platter.page.evaluate(() => window.fake.model.library.images[0]?.id ?? '');
    await put(platter, { ...base, image, title: { kind: 'export', fileName: 'photos.ext4' }, steps: [] });
    await expect(row).toContainText('25 % · 24 s left');
    await platter.check('library-row-job');
    await row.getByRole('button', { name: 'Cancel: Exporting photos.ext4' }).click();
    expect(await platter.calls('jobs/cancel')).toEqual([{ job: 1 }]);
    await expect(row).not.toContainText('25 %');
  });

  test('that end unseen are told with what can be done next', async ({ platter }) => {
    await platter.open({ jobs: [base] });
    await put(platter, { ...base, state: { kind: 'done' }, cancellable: false, endedAt: 1, result: { ...result, device: 0 } });
    const toasts = platter.page.getByRole('region', { name: 'Notifications' });
    await expect(toasts.getByText('“disk.img” is ready and attached as loop0.')).toBeVisible();
    // The pointer on it keeps it there.
    await toasts.getByText('“disk.img” is ready').hover();
    await platter.check('job-done');
    await toasts.getByRole('button', { name: 'Show', exact: true }).click();
    await expect(platter.details.getByRole('heading', { name: 'debian-13.img' })).toBeVisible();
  });

  test('that fail unseen say so until they are closed', async ({ platter }) => {
    await platter.open({ jobs: [base] });
    await put(platter, {
      ...base,
      state: { kind: 'failed', error: { code: 'NO_SPACE', message: 'full' } },
      cancellable: false,
      endedAt: 1,
    });
    await expect(platter.page.getByRole('alert')).toContainText('Could not create “disk.img”');
  });

  test('are told to a screen reader at the start, at each quarter and at the end', async ({ platter }) => {
    await platter.open();
    const said = platter.page.locator('[data-live]');
    await put(platter, { ...base, steps: [], step: 0, bytesDone: '0' });
    await expect(said).toHaveText('Creating disk.img');
    await put(platter, { ...base, steps: [], step: 0, bytesDone: '1200000000' });
    await expect(said).toHaveText('Creating disk.img: 25 %');
    await put(platter, { ...base, steps: [], step: 0, bytesDone: '3300000000' });
    await expect(said).toHaveText('Creating disk.img: 75 %');
    await put(platter, { ...base, steps: [], step: 0, state: { kind: 'cancelled' }, cancellable: false, endedAt: 1 });
    await expect(said).toHaveText('Creating disk.img: Cancelled');
  });

  test('keep a browser from leaving the page without a question', async ({ platter }) => {
    await platter.open();
    const asks = (): Promise<boolean> =>
      platter.page.evaluate(() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true })));
    expect(await asks()).toBe(false);
    await put(platter, base);
    await expect.poll(asks).toBe(true);
    await put(platter, { ...base, state: { kind: 'done' }, endedAt: 1 });
    await expect.poll(asks).toBe(false);
  });
});

test('the dialogs are readable in the dark and from right to left', async ({ platter }) => {
  await platter.page.emulateMedia({ colorScheme: 'dark' });
  await platter.open();
  await openNewImage(platter);
  await platter.check('create-dark');
  await choose(platter, /Contents/, 'Partitions');
  await platter.dialog.getByRole('button', { name: 'Add Partition' }).click();
  await platter.dialog.getByRole('textbox', { name: 'Size' }).last().fill('6 GiB');
  await platter.check('create-partitions-dark');
  await platter.page.evaluate(() => {
    document.documentElement.dir = 'rtl';
  });
  await platter.check('create-right-to-left');
});

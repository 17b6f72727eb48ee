/** Verifying, checking, labelling and shrinking images of the library. */
import { sampleJob } from '../fakes/sample-jobs.ts';
import { expect, looks, test, type PlatterWindow } from './window.ts';

const good = '30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58';

async function select(platter: PlatterWindow, name: string): Promise<void> {
  await platter.open(({ typicalLibrary }) => ({ libraryImages: typicalLibrary() }));
  await platter.page.keyboard.press('Control+2');
  await platter.page.getByRole('grid', { name: 'Images of the library' }).getByRole('row', { name }).click();
}

async function choose(platter: PlatterWindow, entry: string): Promise<void> {
  await platter.details.getByRole('button', { name: /^Actions for/ }).click();
  await platter.page.getByRole('menuitem', { name: entry }).click();
}

for (const scheme of ['light', 'dark'] as const) {
  test(`verifies against a pasted checksum and says how it turned out, ${scheme}`, async ({ platter }) => {
    await platter.page.emulateMedia({ colorScheme: scheme });
    await select(platter, 'photos.ext4');
    await platter.details.getByRole('button', { name: 'Verify…' }).click();
    const field = platter.dialog.getByRole('textbox', { name: 'Expected checksum' });
    await field.fill('hello');
    await expect(platter.dialog.getByText('A checksum has 32, 64 or 128 hexadecimal digits.').first()).toBeVisible();
    await field.fill(good);
    await expect(platter.dialog).toContainText('This is a SHA-256 checksum.');
    await expect(platter.dialog.getByRole('button', { name: /^(?:Cancel|Close)$/u })).toHaveText('Cancel');
    await platter.page.keyboard.press('Enter');
    await expect(platter.dialog.getByRole('alert')).toContainText('The image is intact');
    await expect(platter.dialog.getByRole('button', { name: /^(?:Cancel|Close)$/u })).toHaveText('Close');
    await platter.check(`verify-good-${scheme}`);
    await field.fill('0'.repeat(64));
    await platter.page.keyboard.press('Enter');
    await expect(platter.dialog.getByRole('alert')).toContainText('The image is not the expected one');
    await platter.check(`verify-bad-${scheme}`);
    await platter.page.setViewportSize({ width: 360, height: 640 });
    await platter.check(`verify-narrow-${scheme}`);
  });
}

test('offers the checksum files beside the image, and shows what is remembered', async ({ platter }) => {
  await select(platter, 'ubuntu-26.04-desktop-amd64.iso');
  await expect(platter.details).toContainText('As SHA256SUMS says');
  await expect(platter.details).toContainText(good);
  await platter.check('library-verified');
  await platter.details.getByRole('button', { name: 'Verify…' }).click();
  await expect(platter.dialog.getByText('Compare with SHA256SUMS')).toBeVisible();
  await platter.dialog.getByRole('button', { name: 'Verify' }).click();
  expect(await platter.calls('images/verify')).toMatchObject([{ algorithms: ['sha256'], expected: null, beside: true }]);
});

test('says that an image has changed since it was verified, and verifies it again', async ({ platter }) => {
  await select(platter, 'server.img');
  await platter.details.getByRole('button', { name: 'Verify Again…' }).click();
  await platter.dialog.getByRole('button', { name: 'Verify' }).click();
  await expect(platter.dialog.getByRole('alert')).toContainText('Checksums computed');
  await platter.page.keyboard.press('Escape');
  await expect(platter.details.getByText('The image has changed since')).toHaveCount(0);
});

test('shows how far the work is, and calls it off', async ({ platter }) => {
  await select(platter, 'photos.ext4');
  await platter.page.evaluate(() => void window.fake.hold('images/verify'));
  await platter.details.getByRole('button', { name: 'Verify…' }).click();
  await platter.dialog.getByRole('button', { name: 'Verify' }).click();
  await platter.page.evaluate(() => {
    const { model } = window.fake;
    model.putJob({
      id: 77,
      image: model.library.images.find((image) => image.name === 'photos.ext4')?.id ?? null,
      title: { kind: 'hash', fileName: 'photos.ext4' },
      device: null,
      state: { kind: 'running' },
      cancellable: true,
      steps: [],
      step: 0,
      bytesDone: '150000000',
      bytesTotal: '300000000',
      bytesPerSecond: '100000000',
      startedAt: Date.now() - 2000,
      endedAt: null,
      result: null,
    });
  });
  await expect(platter.dialog.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '50');
  await platter.check('verify-running');
  // The button that was pressed is off and keeps the keyboard.
  await expect(platter.dialog.getByRole('button', { name: 'Verify' })).toBeDisabled();
  await expect(platter.dialog.getByRole('button', { name: 'Verify' })).toBeFocused();
  // The dialog can be closed while the work goes on; this calls it off.
  await expect(platter.dialog.getByRole('button', { name: 'Close' })).toBeVisible();
  await platter.dialog.getByRole('button', { name: 'Cancel' }).click();
  expect(await platter.calls('jobs/cancel')).toEqual([{ job: 77 }]);
  await platter.dialog.getByRole('button', { name: 'Verify' }).focus();
  await platter.page.keyboard.press('Escape');
  await expect(platter.dialog).toHaveCount(0);
});

for (const scheme of ['light', 'dark'] as const) {
  test(`checks a file system, and repairs it only after a question, ${scheme}`, async ({ platter }) => {
    await platter.page.emulateMedia({ colorScheme: scheme });
    await select(platter, 'photos.ext4');
    await platter.page.evaluate(() => {
      const { model } = window.fake;
      for (const image of model.library.images) if (image.name === 'photos.ext4') model.damaged.add(image.id);
    });
    await platter.details.getByRole('button', { name: 'Check…' }).click();
    await platter.dialog.getByRole('button', { name: 'Check', exact: true }).click();
    await expect(platter.dialog.getByRole('alert')).toContainText('Errors found');
    await platter.check(`check-damaged-${scheme}`);
    await platter.dialog.getByRole('button', { name: 'Show Details' }).click();
    await expect(platter.dialog).toContainText('Pass 1: Checking inodes');
    await platter.dialog.getByRole('button', { name: 'Repair…' }).click();
    expect(await platter.calls('images/check')).toHaveLength(1);
    await platter.check(`repair-question-${scheme}`);
    await platter.dialog.getByRole('button', { name: 'Repair', exact: true }).click();
    await expect(platter.dialog.getByRole('alert')).toContainText('a second check found none');
    expect(await platter.calls('images/check')).toMatchObject([{ mode: 'check' }, { mode: 'repair' }]);
  });
}

test('changes a label within the limits of the file system', async ({ platter }) => {
  await select(platter, 'photos.ext4');
  await choose(platter, 'Change Label…');
  const field = platter.dialog.getByRole('textbox', { name: 'Label' });
  await field.fill('-h');
  await expect(platter.dialog.getByText('A label may not begin with a dash.').first()).toBeVisible();
  await field.fill('a label of seventeen');
  await expect(platter.dialog.getByText('The label is too long for this file system.').first()).toBeVisible();
  await platter.check('label-too-long');
  await field.fill('Holidays');
  await platter.page.keyboard.press('Enter');
  await expect(platter.dialog).toHaveCount(0);
  expect(await platter.calls('images/relabel')).toMatchObject([{ label: 'Holidays', uuid: null, partition: null }]);
});

test('gives back free space and says how much', async ({ platter }) => {
  await select(platter, 'photos.ext4');
  await choose(platter, 'Give Back Free Space');
  await expect(platter.page.getByText(/150 MiB of “photos.ext4” given back/)).toBeVisible();
});

test('leaves an attached image alone, and says why', async ({ platter }) => {
  await select(platter, 'debian-13.img');
  await platter.details.getByRole('button', { name: /^Actions for/ }).click();
  await expect(platter.page.getByRole('menuitem', { name: /Rename…/ })).toContainText('It is attached. Detach it first.');
  await expect(platter.page.getByRole('menuitem', { name: /Change Label…/ })).toHaveAttribute('aria-disabled', 'true');
  await platter.check('library-attached-menu');
});

test('offers nothing for the inside of a file that is no raw image', async ({ platter }) => {
  await select(platter, 'windows.qcow2');
  await expect(platter.details.getByRole('button', { name: 'Check…' })).toBeDisabled();
  await platter.details.getByRole('button', { name: /^Actions for/ }).click();
  for (const name of [/^Resize…/, /^Check…/, /^Change Label…/]) {
    await expect(platter.page.getByRole('menuitem', { name })).toContainText('Only in a raw image. Convert it to one first.');
  }
  await expect(platter.page.getByRole('menuitem', { name: /^Convert/ })).not.toHaveAttribute('aria-disabled', 'true');
  await platter.check('library-qcow2-menu');
});

for (const [scheme, width] of looks) {
  test(`tells what a check found whose dialog was closed, and shows it again, ${scheme}, ${width}`, async ({ platter }) => {
    const { page, dialog } = platter;
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 640 });
    await select(platter, 'photos.ext4');
    const letGo = await page.evaluateHandle(() => {
      const { model } = window.fake;
      for (const image of model.library.images) if (image.name === 'photos.ext4') model.damaged.add(image.id);
      return window.fake.hold('images/check');
    });
    await platter.details.getByRole('button', { name: 'Check…' }).click();
    await dialog.getByRole('button', { name: 'Check', exact: true }).click();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await letGo.evaluate((go) => go());
    const told = page.getByRole('region', { name: 'Notifications' }).getByRole('alert');
    await expect(told).toContainText('“photos.ext4”: Errors found. The file system is damaged.');
    await platter.check(`check-told-${scheme}-${width}`);
    await told.getByRole('button', { name: 'Show' }).click();
    await expect(dialog.getByRole('alert')).toContainText('Errors found');
    await dialog.getByRole('button', { name: 'Repair…' }).click();
    await expect(dialog.getByRole('heading', { name: 'Repair “photos.ext4”?' })).toBeVisible();
  });

  test(`says in the list of jobs what was found, not that it is done, ${scheme}, ${width}`, async ({ platter }) => {
    const { page } = platter;
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 640 });
    const ended = { state: { kind: 'done' }, cancellable: false, startedAt: 0, endedAt: 1 } as const;
    const result = { kind: 'check', outcome: 'damaged' } as const;
    const job = sampleJob(7, { kind: 'check', fileName: 'photos.ext4' }, { ...ended, result });
    await platter.open({ jobs: [job, { ...job, id: 8, result: { kind: 'check', outcome: 'clean' } }] });
    await page.keyboard.press('Control+j');
    const items = page.getByRole('group', { name: 'Checking photos.ext4' });
    await expect(items).toContainText(['Errors found', 'No errors found']);
    await platter.check(`jobs-verdict-${scheme}-${width}`);
    await page.keyboard.press('Escape');
    // Trouble stays until it is taken out.
    await expect.poll(() => platter.calls('jobs/dismiss')).toEqual([{ job: 8 }]);
  });
}

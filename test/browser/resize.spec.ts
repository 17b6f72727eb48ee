/** Resizing: the dialog as one value and one plan, and the ways out of a resize that was stopped. */
import type { Page } from '@playwright/test';
import { sampleJob } from '../fakes/sample-jobs.ts';
import { expect, looks, test } from './window.ts';

/** Leaves the image of loop2 between two sizes. */
async function stopResize(page: Page, replaced = false): Promise<void> {
  await page.evaluate(
    (isReplaced) =>
      window.fake.model.unfinished.set(2, {
        fromBytes: String(20n << 30n),
        toBytes: String(25n << 30n),
        step: 'resize-table',
        stepNumber: 3,
        stepCount: 5,
        stoppedBy: null,
        replaced: isReplaced,
      }),
    replaced,
  );
}

test('resizes by field, slider and pictures as one value', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').click();
  await platter.page.keyboard.press('Control+r');
  const field = platter.dialog.getByRole('textbox', { name: 'New size' });
  const slider = platter.dialog.getByRole('slider');
  await expect(field).toBeFocused();
  await expect(slider).toHaveAttribute('aria-valuetext', '31 GiB');
  await slider.press('End');
  await expect(field).toHaveValue('80');
  // Further than the slider reaches, and to the last byte of what the tools and the disk allow.
  for (const [name, refusal] of [
    [/^Largest: /u, /Only .* is free/u],
    [/^Smallest: /u, /It cannot be smaller/u],
  ] as const) {
    const end = platter.dialog.getByRole('button', { name });
    await end.click();
    const size = (await end.textContent())?.replace(/^\w+: /u, '') ?? '';
    await expect(slider).toHaveAttribute('aria-valuetext', size);
    await expect(platter.dialog.getByText(refusal)).toHaveCount(0);
    await expect(platter.dialog.getByText(/^Change the size of the file: /)).toContainText(`to ${size}.`);
  }
  await field.fill('25 GiB');
  await expect(slider).toHaveAttribute('aria-valuetext', '25 GiB');
  await expect(platter.dialog.getByText('Change the size of the file: 20 GiB to 25 GiB.')).toBeVisible();
  // The picture, for those who cannot see it; what is drawn is of the same plan.
  await expect(platter.dialog.getByText(/^Before: 20 GiB: .* 20 GiB\. After: 25 GiB: .* 25 GiB\.$/)).toBeAttached();
  await field.fill('20 GiB');
  await platter.page.keyboard.press('Tab');
  await expect(platter.dialog.getByText('There is nothing to change.').first()).toBeVisible();
  await field.fill('25 GiB');
  await field.press('Enter');
  await expect(platter.dialog).toHaveCount(0);
  await expect(platter.row('backup.img')).toContainText('25 GiB');
  expect(await platter.calls('resize/run')).toMatchObject([{ subject: { device: 2 }, sizeBytes: (25n << 30n).toString(), place: 'whole' }]);
});

for (const [scheme, width] of looks) {
  test(`shows before and after, growing with partitions and shrinking, ${scheme}, ${width}`, async ({ platter }) => {
    const { page, dialog } = platter;
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 760 });
    await platter.open();
    await platter.update(3, { holders: [] });
    await platter.row('win11.img').click();
    await page.keyboard.press('Control+r');
    await dialog.getByRole('textbox', { name: 'New size' }).fill('90 GiB');
    await expect(dialog.getByText(/^Resize the file system: 60 GiB to /)).toBeAttached();
    await platter.check(`resize-grow-${scheme}-${width}`);
    await dialog.getByRole('textbox', { name: 'New size' }).fill('40 GiB');
    await expect(dialog.getByRole('button', { name: 'Shrink', exact: true })).toBeVisible();
    await platter.check(`resize-shrink-${scheme}-${width}`);
  });
}

test('names what shrinking puts at risk, and goes no further than the tools can', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').click();
  await platter.page.keyboard.press('Control+r');
  const field = platter.dialog.getByRole('textbox', { name: 'New size' });
  await field.fill('10 GiB');
  const shrink = platter.dialog.getByRole('button', { name: 'Shrink', exact: true });
  // The red of UX.md §4, error-bg.
  await expect(shrink).toHaveCSS('background-color', 'rgb(192, 28, 40)');
  await expect(platter.dialog.getByText(/ GiB\. This can take minutes or more\./)).toBeVisible();
  await expect(platter.dialog.getByText(/Files of .* that lie behind its new end are moved/)).toBeVisible();
  await platter.check('shrink');
  await field.fill('1 GiB');
  await platter.page.keyboard.press('Tab');
  await expect(platter.dialog.getByText(/It cannot be smaller than/).first()).toBeVisible();
  await expect(shrink).toHaveAttribute('aria-disabled', 'true');
});

for (const scheme of ['light', 'dark'] as const) {
  test(`shows which step is on, and stops it where that is safe, ${scheme}`, async ({ platter }) => {
    const { page, dialog } = platter;
    await page.emulateMedia({ colorScheme: scheme });
    await platter.open();
    await platter.row('backup.img').click();
    await page.keyboard.press('Control+r');
    await dialog.getByRole('textbox', { name: 'New size' }).fill('25 GiB');
    await page.evaluate(() => void window.fake.hold('resize/run'));
    // Another image of the same name, which this dialog must not stop.
    const startedAt = Date.now() - 4000;
    const title = { kind: 'resize', fileName: 'backup.img' } as const;
    const other = sampleJob(30, title, { startedAt, device: 5, steps: ['save-undo', 'resize-file'], step: 1 });
    await page.evaluate((job) => window.fake.model.putJob(job), other);
    await dialog.getByRole('button', { name: 'Resize', exact: true }).click();
    const steps = ['check', 'save-undo', 'resize-file', 'resize-file-system'] as const;
    const amount = { bytesDone: (5n << 20n).toString(), bytesTotal: (20n << 20n).toString() };
    const show = async (step: number, cancellable: boolean): Promise<void> => {
      const now = sampleJob(31, title, { ...amount, startedAt, device: 2, steps, step, cancellable });
      await page.evaluate((job) => window.fake.model.putJob(job), now);
    };
    await show(1, true);
    await expect(dialog.getByText(/^Step 2 of 4: /)).toBeVisible();
    await expect(dialog.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '25');
    await expect(dialog.getByRole('listitem')).toHaveCount(4);
    const stop = dialog.getByRole('button', { name: 'Stop and Put Back' });
    await platter.check(`resize-running-${scheme}`);
    await show(2, false);
    await expect(dialog.getByText(/^Step 3 of 4: /)).toBeVisible();
    await expect(stop).toHaveAttribute('aria-disabled', 'true');
    await show(3, true);
    await stop.click();
    expect(await platter.calls('jobs/cancel')).toEqual([{ job: 31 }]);
  });
}

test('says who cannot take the space and what is in the way', async ({ platter }) => {
  await platter.open();
  await platter.update(3, { holders: [] });
  await platter.row('win11.img').click();
  await platter.page.keyboard.press('Control+r');
  await platter.dialog.getByRole('button', { name: /New space goes to/ }).click();
  await expect(platter.page.getByText(/is in the way/).first()).toBeVisible();
  await platter.page.screenshot({ path: 'test-results/screens/resize-choices.png' });
  await platter.page.getByRole('option', { name: 'Free space', exact: true }).click();
  await expect(platter.dialog.getByText(/it stays free behind the last partition/)).toBeVisible();
});

test('offers both ways out of a resize that was stopped', async ({ platter }) => {
  await platter.open();
  await stopResize(platter.page);
  await platter.row('backup.img').click();
  await platter.page.keyboard.press('Control+r');
  await expect(platter.dialog.getByText('A resize of this image was stopped')).toBeVisible();
  await platter.check('resize-unfinished');
  await platter.dialog.getByRole('button', { name: 'Put the Size Back' }).click();
  await expect(platter.dialog).toHaveCount(0);
  expect(await platter.calls('resize/finish')).toMatchObject([{ subject: { device: 2 }, how: 'undo' }]);
});

test('offers only to forget a stopped resize where the image was replaced', async ({ platter }) => {
  await platter.open();
  await stopResize(platter.page, true);
  await platter.row('backup.img').click();
  await platter.page.keyboard.press('Control+r');
  await expect(platter.dialog.getByText(/replaced or changed since/)).toBeVisible();
  await expect(platter.dialog.getByRole('button', { name: 'Put the Size Back' })).toHaveCount(0);
  await platter.check('resize-replaced');
  await platter.dialog.getByRole('button', { name: 'Forget the Resize' }).click();
  await expect(platter.dialog).toHaveCount(0);
  await expect(platter.page.getByText('The stopped resize of backup.img is forgotten.')).toBeVisible();
  expect(await platter.calls('resize/finish')).toMatchObject([{ subject: { device: 2 }, how: 'forget' }]);
});

for (const [scheme, width] of looks) {
  test(`shows a stopped resize on the page of the device with both ways out, ${scheme}, ${width}`, async ({ platter }) => {
    await platter.page.emulateMedia({ colorScheme: scheme });
    await platter.page.setViewportSize({ width, height: 720 });
    await platter.open();
    await stopResize(platter.page);
    await platter.row('backup.img').click();
    const banner = platter.page.getByRole('group', { name: 'A resize of this image was stopped' });
    await expect(banner).toContainText('It was to go from 20 GiB to 25 GiB and stopped at step 3 of 5');
    await banner.scrollIntoViewIfNeeded();
    await platter.check(`stopped-resize-${scheme}-${width}`);
    await banner.getByRole('button', { name: scheme === 'light' ? 'Put the Size Back' : 'Go On' }).click();
    await expect(banner).toHaveCount(0);
    const how = scheme === 'light' ? 'undo' : 'continue';
    expect(await platter.calls('resize/finish')).toMatchObject([{ subject: { device: 2 }, how }]);
  });
}

for (const scheme of ['light', 'dark'] as const) {
  test(`offers a new image where a file system cannot be resized in place, ${scheme}`, async ({ platter }) => {
    await platter.page.emulateMedia({ colorScheme: scheme });
    await platter.open(({ loopDevice, content }) => ({
      devices: [loopDevice(3, '/home/maria/images/stick.img', { readOnly: true })],
      contents: { 3: [content(null, 'file-system', 'vfat', 'STICK')] },
    }));
    await platter.row('stick.img').click();
    await platter.page.keyboard.press('Control+r');
    await expect(platter.dialog.getByRole('group', { name: /^This file system cannot be resized in place/ })).toBeVisible();
    await platter.check(`resize-fixed-${scheme}`);
    await platter.dialog.getByRole('button', { name: 'Make a New Image…' }).click();
    await expect(platter.dialog.getByRole('heading', { name: 'New Image from stick.img' })).toBeVisible();
    await platter.dialog.getByRole('textbox', { name: 'New size' }).fill('16 GiB');
    await platter.check(`resize-new-${scheme}`);
    await platter.page.setViewportSize({ width: 360, height: 720 });
    await platter.check(`resize-new-narrow-${scheme}`);
    await platter.dialog.getByRole('button', { name: 'Make Image' }).click();
    await expect(platter.dialog).toHaveCount(0);
    const params = [{ subject: { device: 3 }, sizeBytes: String(16n << 30n), name: 'stick.img' }];
    expect(await platter.calls('resize/rebuild')).toMatchObject(params);
  });
}

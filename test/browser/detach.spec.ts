/** Detaching what is in use: the dialog that says by whom, its choices, and that it finishes by itself. */
import { expect, test, type PlatterWindow } from './window.ts';

const place = '/run/media/maria/rootfs';

async function openBusy(platter: PlatterWindow, ...programs: Parameters<PlatterWindow['busy']>[1][]): Promise<void> {
  await platter.open();
  await platter.busy(place, ...programs);
  await platter.row(/rpi-rootfs/).click();
  await platter.page.keyboard.press('Control+e');
  await expect(platter.dialog.getByText(place)).toBeVisible();
}

test('names who uses an image and finishes by itself when the last of them ends', async ({ platter }) => {
  await openBusy(platter, { pid: 4211, name: 'bash' }, { pid: 5120, name: 'soffice.bin' });
  await expect(platter.dialog.getByRole('status')).toHaveText(/^2 programs use “rpi-rootfs.*”\.$/);
  await expect(platter.dialog.getByText('report.odt, open for writing').first()).toBeVisible();
  await platter.busy(place, { pid: 5120, name: 'soffice.bin' });
  await platter.page.evaluate(() => window.fake.look());
  await expect(platter.dialog.getByRole('status')).toHaveText(/^1 program uses “rpi-rootfs.*”\.$/);
  await expect(platter.dialog.getByText('bash')).toHaveCount(0);
  await platter.allEnd();
  await expect(platter.dialog).toHaveCount(0);
  await expect(platter.row(/rpi-rootfs/)).toHaveCount(0);
  await platter.page.keyboard.press('Control+z');
  await expect(platter.row(/rpi-rootfs/)).toContainText('Mounted read-only');
});

test('leaves it to the kernel when asked to, which can be taken back', async ({ platter }) => {
  await openBusy(platter, { pid: 4211, name: 'bash' });
  await platter.dialog.getByText('Detach when the last user lets go').click();
  await platter.dialog.getByRole('button', { name: 'Detach When Free' }).click();
  await expect(platter.dialog).toHaveCount(0);
  await expect(platter.row(/rpi-rootfs/)).toContainText('Detaches when free');
  await platter.details.getByRole('button', { name: 'Keep Attached' }).click();
  await expect(platter.row(/rpi-rootfs/)).not.toContainText('Detaches when free');
});

test('closes one program, then all of them, and detaches', async ({ platter }) => {
  await openBusy(platter, { pid: 4211, name: 'bash' }, { pid: 5120, name: 'soffice.bin' });
  await platter.dialog.getByRole('button', { name: 'Close bash' }).click();
  await expect(platter.dialog.getByText('bash')).toHaveCount(0);
  await platter.dialog.getByText('Close the programs and detach').click();
  await platter.dialog.getByRole('button', { name: 'Close Programs' }).click();
  await expect(platter.dialog).toHaveCount(0);
  await expect(platter.row(/rpi-rootfs/)).toHaveCount(0);
  expect(await platter.calls('detaches/close-program')).toMatchObject([{ pid: 4211, signal: 'terminate' }]);
  expect(await platter.calls('detaches/choose')).toMatchObject([{ choice: 'close' }]);
});

test('offers to force a program that did not end in time', async ({ platter }) => {
  await openBusy(platter, { pid: 4211, name: 'bash', stubborn: true });
  await platter.dialog.getByRole('button', { name: 'Close bash' }).click();
  await expect(platter.dialog.getByRole('button', { name: 'Close bash' })).toHaveAttribute('aria-disabled', 'true');
  await platter.page.evaluate(() => {
    const { model } = window.fake;
    const [run] = model.state.detachRuns;
    if (run?.state.kind !== 'waiting') throw new Error('nothing waits');
    const closing = run.state.closing.map((program) => ({ ...program, state: 'forceable' as const }));
    model.change({ detachRuns: [{ ...run, state: { ...run.state, closing } }] });
  });
  await expect(platter.dialog.getByRole('button', { name: 'Force Close bash' })).toBeVisible();
  await platter.dialog.getByText('Close the programs and detach').click();
  await expect(platter.dialog.getByText('Forcing them loses what they have not saved.')).toBeVisible();
  await platter.check('busy-force');
  await platter.dialog.getByRole('button', { name: 'Force Close', exact: true }).click();
  expect(await platter.calls('detaches/choose')).toMatchObject([{ choice: 'force' }]);
});

test('leaves everything as it is when it is cancelled by key', async ({ platter }) => {
  await openBusy(platter, { pid: 4211, name: 'bash' });
  await platter.page.keyboard.press('Escape');
  await expect(platter.dialog).toHaveCount(0);
  expect(await platter.calls('detaches/choose')).toMatchObject([{ choice: 'cancel' }]);
  await expect(platter.row(/rpi-rootfs/)).toContainText('Mounted read-only');
});

test('is worked with keys alone', async ({ platter }) => {
  await openBusy(platter, { pid: 4211, name: 'bash', stubborn: true });
  await expect(platter.dialog).toBeFocused();
  await platter.page.keyboard.press('Tab');
  await expect(platter.dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await platter.page.keyboard.press('Tab');
  await expect(platter.dialog.getByRole('button', { name: 'Wait' })).toBeFocused();
  await platter.page.keyboard.press('Tab');
  // What scrolls can be scrolled by key.
  await expect(platter.dialog.getByRole('group', { name: /^Who uses/ })).toBeFocused();
  await platter.page.keyboard.press('Tab');
  await expect(platter.dialog.getByRole('button', { name: 'Close bash' })).toBeFocused();
  await platter.page.keyboard.press('Tab');
  await expect(platter.dialog.getByRole('radio', { name: /Wait, then detach/ })).toBeFocused();
  await platter.page.keyboard.press('ArrowDown');
  await platter.page.keyboard.press('ArrowDown');
  await platter.page.keyboard.press('Enter');
  await expect(platter.row(/rpi-rootfs/)).toContainText('Detaches when free');
});

test('tells a failure of main once, and closes', async ({ platter }) => {
  await openBusy(platter, { pid: 4211, name: 'bash' });
  await platter.page.evaluate(() => {
    const { model } = window.fake;
    const [run] = model.state.detachRuns;
    if (run === undefined) throw new Error('nothing waits');
    model.change({ detachRuns: [{ ...run, state: { kind: 'failed', error: { code: 'HELPER_LOST', message: 'm' } } }] });
  });
  await expect(platter.dialog).toHaveCount(0);
  await expect(platter.page.getByRole('alert')).toContainText('Could not detach “rpi-rootfs');
});

test('detaches several at once and asks only about those in use', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').click();
  await platter.row('old-install.iso').click({ modifiers: ['Control'] });
  await platter.row('win11.img').click({ modifiers: ['Control'] });
  await platter.details.getByRole('button', { name: 'Detach All' }).click();
  await expect(platter.dialog.getByText('Unlocked (LUKS) dm-4')).toBeVisible();
  await expect(platter.list.getByRole('row')).toHaveCount(4);
  await expect(platter.dialog.getByRole('radio', { name: /Close the programs/ })).toBeDisabled();
  await platter.check('busy-mapping');
  await platter.dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(platter.row('win11.img')).toBeVisible();
});

test('detaches all of mine after listing them, and shows who uses what is in use', async ({ platter }) => {
  await platter.open();
  await platter.busy(place, { pid: 4211, name: 'bash' });
  const before = await platter.list.getByRole('row').count();
  await platter.page.keyboard.press('Control+k');
  await platter.page.keyboard.type('all of mine');
  await platter.page.keyboard.press('Enter');
  await expect(platter.dialog.getByText(/that you attached/)).toBeVisible();
  await platter.check('detach-mine');
  await platter.dialog.getByRole('button', { name: 'Detach All' }).click();
  await expect.poll(() => platter.list.getByRole('row').count()).toBeLessThan(before);
  await expect(platter.dialog).toContainText('“rpi-rootfs');
  await platter.allEnd();
  await expect(platter.dialog.getByText('rpi-rootfs')).toHaveCount(0);
});

/** The list is live: changes of others show at once, only what changed is drawn again, and many devices stay smooth. */
import { expect, test } from './window.ts';

test('shows attaching, mounting and detaching by others without a refresh', async ({ platter }) => {
  await platter.open();
  await platter.page.evaluate(() => window.fake.model.put(window.samples.loopDevice(30, '/tmp/from-losetup.img')));
  await expect(platter.row('from-losetup.img')).toContainText('Not mounted');
  await platter.page.evaluate(() => void window.fake.model.update(30, { mounts: [window.samples.mountAt('/mnt/x', 'ext4')] }));
  await expect(platter.row('from-losetup.img')).toContainText('Mounted · ext4');
  await platter.update(30, { backingFileState: 'deleted' });
  await expect(platter.row('from-losetup.img')).toContainText('Deleted file');
  await platter.page.evaluate(() => window.fake.model.remove(30));
  await expect(platter.row('from-losetup.img')).toHaveCount(0);
});

test('says bursts as one sentence', async ({ platter }) => {
  await platter.open();
  await platter.page.evaluate(() => {
    for (let number = 50; number < 55; number += 1) window.fake.model.put(window.samples.loopDevice(number, `/tmp/${number}.img`));
  });
  await expect(platter.page.locator('[data-live]')).toHaveText('5 devices attached');
});

test('draws again only the row whose device changed', async ({ platter }) => {
  await platter.open();
  await platter.list.waitFor();
  const touched = await platter.page.evaluate(async () => {
    const rows = new Set<string>();
    const observer = new MutationObserver((records) => {
      for (const record of records) {
        const element = record.target instanceof Element ? record.target : record.target.parentElement;
        rows.add(element?.closest('[data-device]')?.getAttribute('data-device') ?? 'outside');
      }
    });
    const list = document.querySelector('[role="grid"]');
    if (list === null) throw new Error('no list');
    observer.observe(list, { subtree: true, childList: true, characterData: true });
    window.fake.model.update(2, { sizeBytes: (5n << 30n).toString() as never });
    await new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
    observer.disconnect();
    return [...rows];
  });
  expect(touched).toEqual(['2']);
});

test('shows a thousand devices with a few dozen elements, and finds one among them', async ({ platter }) => {
  await platter.open((tools) => ({ devices: tools.manyDevices(1000) }));
  await expect(platter.page.getByText('1,000 devices')).toBeVisible();
  await expect(platter.list).toHaveAttribute('aria-rowcount', '1000');
  expect(await platter.page.locator('[data-device]').count()).toBeLessThan(60);
  await platter.check('thousand');
  await platter.row('machine-0000.img').click();
  await platter.page.keyboard.press('End');
  await expect(platter.row('machine-0999.img')).toBeFocused();
  await platter.page.keyboard.press('Control+f');
  await platter.page.keyboard.type('machine-0512');
  await expect(platter.list.getByRole('row')).toHaveCount(1);
});

test('fetches everything anew when a change is missing', async ({ platter }) => {
  await platter.open();
  await platter.list.waitFor();
  await platter.page.evaluate(() => {
    const { model } = window.fake;
    // Two revisions that nobody hears of, as if the line had dropped them.
    model.state = { ...model.state, revision: model.state.revision + 2, devices: model.state.devices.slice(0, 2) };
    model.update(0, { readOnly: true });
  });
  await expect(platter.list.getByRole('row')).toHaveCount(2);
  expect((await platter.calls('state/get')).length).toBeGreaterThan(1);
});

test('keeps the place in the list when rows come and go above', async ({ platter }) => {
  await platter.open((tools) => ({ devices: tools.manyDevices(300) }));
  await platter.row('machine-0000.img').click();
  await platter.page.keyboard.press('End');
  await expect(platter.row('machine-0299.img')).toBeFocused();
  await platter.page.evaluate(() => window.fake.model.remove(3, 4, 5));
  await expect(platter.page.getByText('297 devices')).toBeVisible();
  await expect(platter.row('machine-0299.img')).toBeFocused();
});

test('tells main whether the window is looked at', async ({ platter }) => {
  await platter.open();
  await expect.poll(() => platter.calls('window/visibility')).toContainEqual({ visible: true });
});

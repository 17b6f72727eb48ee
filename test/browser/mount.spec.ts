/** From an image to its files: what is in it, mounting, opening, unmounting, and what stands in the way. */
import { expect, test } from './window.ts';

for (const scheme of ['light', 'dark'] as const) {
  test(`shows what is on devices before they are mounted in ${scheme} colours`, async ({ platter }) => {
    await platter.page.emulateMedia({ colorScheme: scheme });
    await platter.open((tools) => ({ host: 'electron', contents: tools.typicalContents }));
    await expect(platter.row('backup.img')).toContainText('Not mounted · ext4 · 20 GiB');
    await expect(platter.row('win11.img')).toContainText('Not mounted · FAT, BitLocker, NTFS · 64 GiB');
    await expect(platter.row('old-install.iso')).toContainText('Not recognised');
    await platter.row('win11.img').click();
    await expect(platter.details.getByRole('row', { name: /BitLocker/ })).toContainText('Encrypted');
    await platter.check(`contents-${scheme}`);
  });
}

test('mounts a device, offers to open it, opens it in the file manager and unmounts it', async ({ platter }) => {
  await platter.open((tools) => ({ host: 'electron', contents: tools.typicalContents }));
  await platter.row('backup.img').click();
  await platter.details.getByRole('button', { name: 'Mount', exact: true }).click();
  await expect(platter.page.getByText('“Backup 2026” is mounted at /run/media/maria/Backup 2026.')).toBeVisible();
  await expect(platter.row('backup.img')).toContainText('Mounted · ext4');
  await platter.check('mounted');
  await platter.details.getByRole('button', { name: 'Open in Files' }).click();
  await expect.poll(() => platter.calls('mounts/open-folder')).toHaveLength(1);
  await platter.details.getByRole('button', { name: 'Unmount', exact: true }).click();
  await expect(platter.page.getByText('/run/media/maria/Backup 2026 is unmounted.')).toBeVisible();
  await expect(platter.row('backup.img')).toContainText('Not mounted');
});

test('mounts and unmounts with Ctrl+M, and opens with Enter', async ({ platter }) => {
  await platter.open((tools) => ({ host: 'electron', contents: tools.typicalContents }));
  await platter.row('backup.img').click();
  await platter.page.keyboard.press('Control+m');
  await expect(platter.row('backup.img')).toContainText('Mounted · ext4');
  await platter.page.keyboard.press('Control+m');
  await expect(platter.row('backup.img')).toContainText('Not mounted');
  await platter.page.keyboard.press('Enter');
  await expect(platter.row('backup.img')).toContainText('Mounted · ext4');
  await platter.page.keyboard.press('Enter');
  await expect.poll(() => platter.calls('mounts/open-folder')).toHaveLength(1);
  await platter.row('old-install.iso').press('Enter');
  await expect(platter.details.getByRole('heading', { name: 'old-install.iso' })).toBeFocused();
});

test('says quietly that an opened image goes with its last mount', async ({ platter }) => {
  await platter.open((tools) => ({
    devices: [tools.loopDevice(1, '/home/maria/opened.img', { autoclear: true, mounts: [tools.mountAt('/run/media/maria/opened')] })],
  }));
  await platter.row('opened.img').click();
  await expect(platter.details.getByText('By itself when it is unmounted')).toBeVisible();
  await expect(platter.page.getByText('Detaches when free')).toHaveCount(0);
});

test('copies the path of the mount where no folder can be shown', async ({ platter }) => {
  await platter.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await platter.open();
  await platter.row(/rpi-rootfs/).click();
  await expect(platter.details.getByRole('button', { name: 'Open in Files' })).toHaveCount(0);
  await platter.details.getByRole('button', { name: 'Copy Path' }).click();
  await expect(platter.page.getByText('Copied.')).toBeVisible();
  expect(await platter.page.evaluate(() => navigator.clipboard.readText())).toBe('/run/media/maria/rootfs');
});

test('mounts a partition, also read-only, and says why another cannot be mounted', async ({ platter }) => {
  await platter.open((tools) => ({ host: 'electron', contents: tools.typicalContents }));
  await platter.row('win11.img').click();
  await platter.details.getByRole('button', { name: 'Mount SYSTEM' }).click();
  await expect(platter.details.getByRole('row', { name: /SYSTEM/ })).toContainText('Mounted at /run/media/maria/SYSTEM');
  await platter.details.getByRole('button', { name: 'Actions for Recovery' }).click();
  await platter.page.getByRole('menuitem', { name: 'Mount Read-Only' }).click();
  await expect
    .poll(() => platter.calls('mounts/mount'))
    .toMatchObject([
      { partition: 1, readOnly: false },
      { partition: 3, readOnly: true },
    ]);
  await platter.details.getByRole('button', { name: 'Actions for Partition 2' }).click();
  await expect(platter.page.getByRole('menuitem', { name: /^Mount It is encrypted/ })).toBeDisabled();
  await platter.check('partition-menu');
});

test('trims and grows what is mounted writable, and says why not elsewhere', async ({ platter }) => {
  await platter.open((tools) => ({ host: 'electron', contents: tools.typicalContents }));
  await platter.row('debian-13.img').click();
  const menu = platter.details.getByRole('button', { name: 'Actions for debian' });
  await menu.click();
  await platter.check('mounted-menu');
  await platter.page.getByRole('menuitem', { name: 'Trim Free Space' }).click();
  await expect(platter.page.getByText('4 MiB of free space given back to “debian-13.img”.')).toBeVisible();
  await menu.click();
  await platter.page.getByRole('menuitem', { name: 'Grow File System' }).click();
  await expect(platter.page.getByText('The file system at /run/media/maria/debian is now 5 GiB large.')).toBeVisible();
  await platter.details.getByRole('button', { name: 'Actions for EFI' }).click();
  await expect(platter.page.getByRole('menuitem', { name: /Grow File System/ })).toContainText('Only ext4, XFS and Btrfs');
  await platter.page.keyboard.press('Escape');
  await platter.row(/rpi-rootfs/).click();
  await platter.page.getByRole('button', { name: 'Actions for /dev/loop1' }).click();
  await expect(platter.page.getByRole('menuitem', { name: /Trim Free Space/ })).toContainText('mounted read-only');
});

test('names the programs that keep a mount busy, and leaves it mounted', async ({ platter }) => {
  await platter.open({ host: 'electron' });
  await platter.busy('/run/media/maria/rootfs', { pid: 4211, name: 'bash' });
  await platter.row(/rpi-rootfs/).click();
  await platter.details.getByRole('button', { name: 'Unmount' }).click();
  await expect(platter.page.getByRole('alert')).toContainText('Could not unmount /run/media/maria/rootfs');
  await expect(platter.page.getByRole('alert')).toContainText('In use by bash (4211).');
  await expect(platter.row(/rpi-rootfs/)).toContainText('Mounted read-only');
});

test('unmounts by itself to detach, and undoing brings the mount back', async ({ platter }) => {
  await platter.open();
  await platter
    .row(/rpi-rootfs/)
    .getByRole('button', { name: /Detach/ })
    .click();
  await expect(platter.row(/rpi-rootfs/)).toHaveCount(0);
  await platter.page.keyboard.press('Control+z');
  await expect(platter.row(/rpi-rootfs/)).toContainText('Mounted read-only');
});

test('attaches and mounts, unless that is switched off in the dialog or the preferences', async ({ platter }) => {
  await platter.open({ host: 'electron' });
  const choose = async (path: string): Promise<void> => {
    await platter.page.evaluate((wanted) => void (window.fake.chosenPaths = [wanted]), path);
    await platter.page.keyboard.press('Control+o');
    await expect(platter.dialog.getByRole('switch', { name: /Mount file systems/ })).toBeVisible();
  };
  await choose('/home/maria/images/photos.ext4');
  await platter.dialog.getByRole('button', { name: 'Attach', exact: true }).click();
  await expect(platter.page.getByText('“photos.ext4” attached as loop6, mounted at /run/media/maria/loop6.')).toBeVisible();
  await platter.page.keyboard.press('Control+,');
  await platter.dialog.getByText('Show the files of opened images').click();
  await platter.dialog.getByText('Mount file systems by default').click();
  await expect(platter.dialog.getByRole('switch', { name: /Show the files of opened images/ })).toBeDisabled();
  await platter.dialog.getByRole('button', { name: 'Close' }).click();
  await choose('/home/maria/images/fedora-44.img');
  await expect(platter.dialog.getByRole('switch', { name: /Mount file systems/ })).not.toBeChecked();
  await platter.dialog.getByRole('button', { name: 'Attach', exact: true }).click();
  await expect(platter.page.getByText('“fedora-44.img” attached as loop7.')).toBeVisible();
  expect(await platter.calls('devices/attach')).toMatchObject([{ mount: true }, { mount: false }]);
  expect(await platter.calls('settings/set')).toEqual([{ openFolder: false }, { mountFileSystems: false }]);
});

test('stays attached when mounting fails, and says which part failed and why', async ({ platter }) => {
  await platter.open({ host: 'electron' });
  await platter.page.evaluate(() => {
    const { model } = window.fake;
    const outcome = { device: 2, outcome: 'attached', readOnlyReason: null, warnings: [], mounts: [] } as const;
    const error = { code: 'FILE_SYSTEM_INVALID', message: 'm', errno: 22 } as const;
    const attach = window.platter?.devicesAttach;
    if (attach === undefined) throw new Error('no API');
    Object.assign(window.platter ?? {}, {
      devicesAttach: async (params: Parameters<typeof attach>[0]) => {
        await attach(params);
        return { ok: true, value: { ...outcome, device: model.state.devices.at(-1)?.number, mountFailures: [{ partition: 2, error }] } };
      },
    });
    window.fake.chosenPaths = ['/home/maria/images/photos.ext4'];
  });
  await platter.page.keyboard.press('Control+o');
  await platter.dialog.getByRole('button', { name: 'Attach', exact: true }).click();
  await expect(platter.page.getByRole('alert')).toContainText('Could not mount partition 2 of “photos.ext4”');
  await expect(platter.page.getByRole('alert')).toContainText('The file system could not be read');
  await expect(platter.row('photos.ext4')).toBeVisible();
  await platter.check('mount-failed');
});

test('shows partitions that the kernel did not read, and mounts them', async ({ platter }) => {
  await platter.open((tools) => ({
    host: 'electron',
    devices: [tools.loopDevice(1, '/home/maria/images/card.img')],
    contents: {
      1: [
        tools.content(null, 'partition-table', 'dos'),
        tools.content(1, 'file-system', 'vfat', 'boot', { range: { startBytes: '1048576', sizeBytes: '268435456' } }),
        tools.content(2, 'file-system', 'ext4', null, { range: { startBytes: '269484032', sizeBytes: '536870912' } }),
      ],
    },
  }));
  await platter.row('card.img').click();
  await expect(platter.details.getByRole('row', { name: /boot/ })).toContainText('Not mounted');
  await expect(platter.row('card.img')).toContainText('Not mounted · FAT, ext4');
  await expect(platter.details.getByRole('button', { name: 'Mount All' })).toBeEnabled();
  await platter.check('unread-partitions');
});

test('says that it could not be found out what is on a device, and looks again', async ({ platter }) => {
  await platter.open();
  await platter.page.evaluate(() =>
    window.fake.failNext('devices/contents', { code: 'PROBE_FAILED', message: 'worker', details: 'timeout' }),
  );
  await platter.page.evaluate(() => window.fake.model.put(window.samples.loopDevice(30, '/tmp/strange.img')));
  await platter.row('strange.img').click();
  await expect(platter.details.getByText('What is in it could not be found out')).toBeVisible();
  await platter.check('contents-failed');
  await platter.details.getByRole('button', { name: 'Try Again' }).click();
  await expect(platter.details.getByText('What is in it could not be found out')).toHaveCount(0);
  await expect(platter.row('strange.img')).toContainText('ext4');
});

test('asks about the rows in sight only, and once for each attachment', async ({ platter }) => {
  await platter.open((tools) => ({ devices: tools.manyDevices(500) }));
  await expect(platter.row('machine-0000.img')).toContainText('ext4');
  await platter.row('machine-0000.img').click();
  await platter.page.keyboard.press('End');
  await expect(platter.row('machine-0499.img')).toContainText('ext4');
  const asked = (await platter.calls('devices/contents')) as { device: number }[];
  expect(asked.length).toBeLessThan(120);
  expect(new Set(asked.map((one) => one.device)).size).toBe(asked.length);
});

const starts = [
  ['ELEVATION_DISMISSED', 'Try again when you are ready.'],
  ['ELEVATION_DENIED', 'ask the administrator'],
  ['ELEVATION_NO_AGENT', 'authentication agent (polkit)'],
  ['ELEVATION_NO_PKEXEC', 'Install the package “pkexec”'],
  ['HELPER_NOT_INSTALLED', 'Install Platter’s package completely'],
  ['HELPER_BROKEN', 'reinstall Platter'],
  ['HELPER_VERSION', 'Quit Platter and start it again.'],
] as const;

test('tells every way in which the helper does not start by words of its own, and the list goes on', async ({ platter }) => {
  await platter.open();
  const titles = new Set<string>();
  const banner = platter.page
    .locator('[data-pane="list"]')
    .getByRole('alert')
    .or(platter.page.getByRole('group', { name: 'Not authorised' }));
  for (const [code, next] of starts) {
    await platter.page.evaluate(
      (failed) => window.fake.model.change({ actions: { kind: 'failed', error: { code: failed, message: 'm' } } }),
      code,
    );
    await expect(banner).toContainText(next);
    titles.add((await banner.getByRole('paragraph').first().textContent()) ?? '');
    const sizeBytes = (BigInt(titles.size) << 40n).toString() as never;
    await platter.update(2, { sizeBytes });
    await expect(platter.row('backup.img')).toContainText(`${titles.size} TiB`);
  }
  expect(titles.size).toBe(starts.length);
});

test('refuses to resize beyond the free space before main is asked', async ({ platter }) => {
  await platter.open((tools) => ({
    host: 'electron',
    devices: [tools.loopDevice(1, '/home/maria/images/fedora-44.img', { sizeBytes: tools.decimal(6n * tools.GIB), readOnly: true })],
  }));
  await platter.row('fedora-44.img').click();
  await platter.page.keyboard.press('Control+r');
  const field = platter.dialog.getByRole('textbox', { name: 'New size' });
  await field.fill('200 GiB');
  await platter.page.keyboard.press('Tab');
  await expect(platter.dialog.getByText(/Only 112 GiB .* is free on the disk/).first()).toBeVisible();
  await platter.check('resize-no-space');
  const resize = platter.dialog.getByRole('button', { name: 'Resize', exact: true });
  await expect(resize).toHaveAttribute('aria-disabled', 'true');
  await field.fill('100 GiB');
  await resize.click();
  await expect(platter.dialog).toHaveCount(0);
  expect(await platter.calls('resize/run')).toMatchObject([{ subject: { device: 1 } }]);
});

/** Every screen and state of UX.md §5 that exists: axe finds nothing, nothing overflows, and a picture is kept. */
import { sampleJob } from '../fakes/sample-jobs.ts';
import { expect, test } from './window.ts';

test('shows the typical list with nothing selected', async ({ platter }) => {
  await platter.open();
  await expect(platter.list.getByRole('row')).toHaveCount(6);
  await platter.check('typical');
});

for (const scheme of ['light', 'dark'] as const) {
  test(`shows a partitioned device in detail in ${scheme} colours`, async ({ platter }) => {
    await platter.page.emulateMedia({ colorScheme: scheme });
    await platter.open();
    await platter.row('debian-13.img').click();
    await expect(platter.details.getByRole('heading', { name: 'debian-13.img' })).toBeVisible();
    await platter.check(`details-${scheme}`);
  });

  test(`shows the advanced settings in ${scheme} colours`, async ({ platter }) => {
    await platter.page.emulateMedia({ colorScheme: scheme });
    await platter.open();
    await platter.row('backup.img').click();
    await platter.page.keyboard.press('Alt+Enter');
    await expect(platter.details.getByRole('switch', { name: /Direct I\/O/ })).toBeVisible();
    await platter.details.getByText('Kernel view').scrollIntoViewIfNeeded();
    await platter.check(`advanced-${scheme}`);
  });

  test(`shows the attach dialog in ${scheme} colours`, async ({ platter }) => {
    await platter.page.emulateMedia({ colorScheme: scheme });
    await platter.open({ host: 'electron' });
    await platter.page.evaluate(() => void (window.fake.chosenPaths = ['/home/maria/images/fedora-44.img']));
    await platter.page.keyboard.press('Control+o');
    await expect(platter.dialog.getByText('6 GiB, 3 GiB on disk')).toBeVisible();
    await platter.dialog.getByRole('button', { name: 'Advanced' }).click();
    await platter.check(`attach-${scheme}`);
  });

  test(`shows the resize dialog in ${scheme} colours`, async ({ platter }) => {
    await platter.page.emulateMedia({ colorScheme: scheme });
    await platter.open();
    await platter.row('debian-13.img').click();
    await platter.page.keyboard.press('Control+r');
    await expect(platter.dialog.getByText(/^Largest/)).toBeVisible();
    await platter.check(`resize-${scheme}`);
  });

  test(`shows what keeps a device busy in ${scheme} colours`, async ({ platter }) => {
    await platter.page.emulateMedia({ colorScheme: scheme });
    await platter.open();
    await platter.busy('/run/media/maria/rootfs', { pid: 4211, name: 'bash' }, { pid: 5120, name: 'soffice.bin' });
    await platter.row(/rpi-rootfs/).click();
    await platter.page.keyboard.press('Control+e');
    await expect(platter.dialog.getByText('4211 · maria')).toBeVisible();
    await platter.check(`busy-${scheme}`);
  });

  test(`shows the empty state in ${scheme} colours`, async ({ platter }) => {
    await platter.page.emulateMedia({ colorScheme: scheme });
    await platter.open({ devices: [], host: 'electron' });
    await expect(platter.page.getByText('No devices attached')).toBeVisible();
    // It may act already.
    await expect(platter.page.getByText('You may be asked for your password')).toHaveCount(0);
    await platter.check(`empty-${scheme}`);
  });

  test(`shows the main menu in ${scheme} colours`, async ({ platter }) => {
    await platter.page.emulateMedia({ colorScheme: scheme });
    await platter.open();
    await platter.page.keyboard.press('F10');
    await expect(platter.page.getByRole('menu')).toBeVisible();
    await platter.check(`menu-${scheme}`);
  });

  test(`shows preferences in ${scheme} colours`, async ({ platter }) => {
    await platter.page.emulateMedia({ colorScheme: scheme });
    await platter.open();
    await platter.page.keyboard.press('Control+,');
    await expect(platter.dialog).toBeVisible();
    await platter.check(`preferences-${scheme}`);
  });

  test(`shows failures and offers as toasts in ${scheme} colours`, async ({ platter }) => {
    await platter.page.emulateMedia({ colorScheme: scheme });
    await platter.open();
    await platter.page.evaluate(() =>
      window.fake.failNext('devices/cancel-detach', { code: 'NOT_PERMITTED', message: 'not yours', errno: 1 }),
    );
    await platter.row('scratch.img').click();
    await platter.details.getByRole('button', { name: 'Keep Attached' }).click();
    await platter.row('backup.img').getByRole('button').click();
    await platter.page.getByRole('alert').getByRole('button', { name: 'Show Details' }).click();
    await expect(platter.page.getByText('“backup.img” detached.')).toBeVisible();
    await platter.check(`toasts-${scheme}`);
  });
}

test('says that only looking is possible, and offers to unlock', async ({ platter }) => {
  await platter.open({ actions: { kind: 'locked' } });
  await expect(platter.page.getByText('View only')).toBeVisible();
  await platter.check('view-only');
});

test('shows a device without partitions, mounted and read-only', async ({ platter }) => {
  await platter.open();
  await platter.row(/rpi-rootfs/).click();
  await platter.check('details-whole');
});

test('shows a deleted file and a device that waits to be detached', async ({ platter }) => {
  await platter.open();
  await platter.row('old-install.iso').click();
  await expect(platter.details.getByText('The image file was deleted', { exact: true })).toBeVisible();
  await platter.check('deleted');
  await platter.row('scratch.img').click();
  await expect(platter.details.getByRole('button', { name: 'Keep Attached' })).toBeVisible();
  await platter.check('deferred');
});

test('shows that the helper is not installed', async ({ platter }) => {
  await platter.open({ actions: { kind: 'failed', error: { code: 'HELPER_NOT_INSTALLED', message: 'not there' } } });
  await expect(platter.page.getByText('The helper is not installed')).toBeVisible();
  await platter.row('backup.img').click();
  await platter.check('no-helper');
});

test('shows that the system asks for the password', async ({ platter }) => {
  await platter.open({ actions: { kind: 'authorizing' } });
  await expect(platter.page.getByText('Waiting for the password')).toBeVisible();
  await platter.check('authorizing');
});

test('shows quietly that the question for a password was dismissed', async ({ platter }) => {
  await platter.open({ actions: { kind: 'failed', error: { code: 'ELEVATION_DISMISSED', message: 'dismissed' } } });
  await expect(platter.page.getByText('Not authorised')).toBeVisible();
  await expect(platter.page.getByRole('alert')).toHaveCount(0);
  await platter.check('dismissed');
});

test('shows that the live list is lost', async ({ platter }) => {
  await platter.open({ list: { kind: 'lost', error: { code: 'HELPER_LOST', message: 'ended', details: 'killed by signal 9' } } });
  const banner = platter.page.getByRole('alert').filter({ hasText: 'The live list is lost' });
  await expect(banner).toContainText('What is shown is how things stood last; what was under way may or may not be done.');
  await expect(banner).not.toContainText('how things stand now');
  await platter.check('list-lost');
});

test('does not call the list live where not even the helper that looks could start', async ({ platter }) => {
  const error = { code: 'HELPER_NOT_INSTALLED', message: 'missing' } as const;
  await platter.open({ list: { kind: 'lost', error }, actions: { kind: 'failed', error } });
  const banner = platter.page.getByRole('alert').filter({ hasText: 'The live list is lost' });
  await expect(banner).toContainText('The helper is not installed.');
  await expect(platter.page.getByText('stay live')).toHaveCount(0);
});

test('shows grey rows only after a moment of loading', async ({ platter }) => {
  await platter.open({ list: { kind: 'loading' }, devices: [] });
  await expect(platter.page.getByRole('status', { name: 'Loading the devices' })).toHaveAttribute('aria-busy', 'true');
  await platter.check('loading');
});

test('shows several selected devices with what can be done to all', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').click();
  await platter.row('win11.img').click({ modifiers: ['Shift'] });
  await expect(platter.details.getByRole('heading', { name: '6 devices selected' })).toBeVisible();
  await platter.check('several');
});

test('shows that a selected device is no longer attached', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').click();
  await platter.page.keyboard.press('Control+e');
  await expect(platter.details.getByRole('button', { name: 'Attach Again' })).toBeVisible();
  await platter.check('gone');
});

test('shows running and ended jobs', async ({ platter }) => {
  await platter.open();
  const startedAt = Date.now() - 60_000;
  const amount = { bytesDone: (9n << 30n).toString(), bytesTotal: (20n << 30n).toString() };
  const error = { code: 'NO_SPACE', message: 'full', errno: 28 } as const;
  const jobs = [
    sampleJob(11, { kind: 'resize', fileName: 'backup.img' }, { ...amount, startedAt, device: 2 }),
    sampleJob(12, { kind: 'attach', fileName: 'fedora-44.img' }, { startedAt, cancellable: false }),
    sampleJob(13, { kind: 'resize', fileName: 'old.img' }, { startedAt, cancellable: false, state: { kind: 'failed', error } }),
  ];
  await platter.page.evaluate((all) => all.forEach((job) => window.fake.model.putJob(job)), jobs);
  await platter.row('backup.img').click();
  await platter.page.keyboard.press('Control+j');
  await expect(platter.dialog.getByText('Resizing old.img')).toBeVisible();
  await platter.check('jobs');
});

test('shows files that were opened from the command line', async ({ platter }) => {
  await platter.open();
  await platter.page.evaluate(() => {
    const diskseq = window.fake.model.expectDevice(3).diskseq;
    window.fake.model.putNotice({
      image: { id: 'f'.repeat(32), name: 'win11.img', folder: '/home/maria/images' },
      outcome: { kind: 'attached', device: 3, diskseq, readOnlyReason: 'no-permission', mounts: [], notMounted: [], nothingToMount: true },
    });
    window.fake.model.putNotice({
      image: { id: 'e'.repeat(32), name: 'lost.img', folder: '/home/maria/images' },
      outcome: { kind: 'failed', error: { code: 'FILE_NOT_FOUND', message: 'no' } },
    });
  });
  await expect(platter.details.getByRole('heading', { name: 'win11.img' })).toBeVisible();
  await platter.check('notices');
  // What a message tells of has gone, by whomever: then so does the message, even where it is pointed at.
  const opened = platter.page.getByRole('status').filter({ hasText: 'win11.img' });
  await opened.hover();
  await platter.page.evaluate(() => window.fake.model.remove(3));
  await expect(opened).toHaveCount(0);
  await expect(platter.page.getByRole('alert').filter({ hasText: 'lost.img' })).toBeVisible();
});

test('shows the command palette', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').click();
  await platter.page.keyboard.press('Control+k');
  await expect(platter.dialog.getByRole('option', { name: /win11\.img/ })).toBeVisible();
  await platter.check('palette');
});

test('shows the keyboard shortcuts', async ({ platter }) => {
  await platter.open();
  await platter.page.keyboard.press('F1');
  await expect(platter.dialog).toBeVisible();
  await platter.check('shortcuts');
  const last = platter.dialog.locator('kbd').last();
  await expect(last).not.toBeInViewport();
  await expect(platter.dialog).toBeFocused();
  for (let stop = 0; stop < 2; stop++) await platter.page.keyboard.press('Tab');
  await expect(platter.dialog.getByRole('group', { name: 'Keyboard Shortcuts' })).toBeFocused();
  await platter.page.keyboard.press('End');
  await expect(last).toBeInViewport();
  await platter.check('shortcuts-end');
});

test('shows the nodes of loop devices', async ({ platter }) => {
  await platter.open();
  await platter.page.getByRole('button', { name: 'Main Menu' }).click();
  await platter.page.getByRole('menuitem', { name: 'Loop Device Nodes…' }).click();
  await expect(platter.dialog.getByText('/dev/loop6')).toBeVisible();
  await platter.check('nodes');
});

test('shows the kernel view', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').click();
  await platter.page.getByRole('button', { name: 'Actions for /dev/loop2' }).click();
  await platter.page.getByRole('menuitem', { name: 'Kernel View…' }).click();
  await expect(platter.dialog.getByText('lo_file_name').first()).toBeVisible();
  await platter.check('kernel-view');
});

test('shows the folder dialog of the browser host', async ({ platter }) => {
  await platter.open();
  await platter.page.keyboard.press('Control+o');
  await platter.dialog.getByRole('row', { name: 'images' }).dblclick();
  await expect(platter.dialog.getByRole('row', { name: 'fedora-44.img' })).toBeVisible();
  await platter.check('folder');
});

test('shows offset, reference and partition dialogs', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').click();
  const menu = platter.page.getByRole('button', { name: 'Actions for /dev/loop2' });
  await menu.click();
  await platter.page.getByRole('menuitem', { name: 'Offset and Size Limit…' }).click();
  await platter.check('range');
  await platter.dialog.getByRole('button', { name: 'Cancel' }).click();
  await menu.click();
  await platter.page.getByRole('menuitem', { name: 'Reference…' }).click();
  await platter.check('reference');
  await platter.dialog.getByRole('button', { name: 'Cancel' }).click();
  await platter.row('debian-13.img').click();
  await platter.details.getByRole('button', { name: 'Actions for Free space' }).click();
  await platter.page.getByRole('menuitem', { name: 'Add Partition…' }).click();
  await platter.check('partition');
});

test('shows that nothing matches the search, and the filter', async ({ platter }) => {
  await platter.open();
  await platter.page.keyboard.press('Control+f');
  await platter.page.keyboard.type('nothing like this');
  await expect(platter.page.getByText('No match for “nothing like this”')).toBeVisible();
  await platter.check('no-match');
});

test('counts hidden system devices and shows them on request', async ({ platter }) => {
  await platter.open((tools) => ({ devices: [...tools.typicalDevices(), ...tools.snapDevices(20, 34)] }));
  await expect(platter.page.getByText('34 system devices hidden')).toBeVisible();
  await platter.check('system-hidden');
  await platter.page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(platter.page.getByText('34 system devices shown')).toBeVisible();
  await platter.check('system-shown');
});

test('names an image that is attached already and offers to show it', async ({ platter }) => {
  await platter.open({ host: 'electron' });
  await platter.page.evaluate(() => void (window.fake.chosenPaths = ['/home/maria/images/debian-13.img']));
  await platter.page.keyboard.press('Control+o');
  await expect(platter.dialog.getByText('Already attached as loop0')).toBeVisible();
  await platter.check('attach-already');
});

test('shows hostile and endless names as text', async ({ platter }) => {
  await platter.open((tools) => ({
    devices: [
      tools.loopDevice(0, `/home/maria/${'very-long-folder-name/'.repeat(12)}${'an-image-with-a-name-that-does-not-end-'.repeat(4)}.img`),
      tools.loopDevice(1, '/tmp/<img src=x onerror=alert(1)>.img'),
      tools.loopDevice(2, '/tmp/invoice\u202Egpj.exe\u202C\nsecond line.img'),
      tools.loopDevice(3, null),
    ],
  }));
  await expect(platter.row(/invoice\\u202egpj\.exe/)).toBeVisible();
  await platter.row(/an-image-with/).click();
  await platter.check('long-names');
});

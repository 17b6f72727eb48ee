/** The page of a device: what it explains, what it warns of, its plot, and copying a command. */
import { expect, test } from './window.ts';

test('tells the file, who attached it and when, and how full things are', async ({ platter }) => {
  await platter.open();
  await platter.row('debian-13.img').click();
  const { details } = platter;
  await expect(details.getByText('attached 3 minutes ago')).toBeVisible();
  await expect(details.getByText('maria, with Platter')).toBeVisible();
  await expect(details.getByText('3.04 GiB of 4.98 GiB, 60 % · 1.94 GiB free')).toBeVisible();
  await expect(details.getByText('2.67 GiB, 33 % of the file')).toBeAttached();
  await expect(details.getByText('3.34 GiB of 5.47 GiB, 60 %', { exact: true })).toBeAttached();
});

test('shows who uses the device', async ({ platter }) => {
  // Looked for only while it is seen.
  await platter.page.setViewportSize({ width: 1100, height: 1400 });
  await platter.open();
  await platter.row('debian-13.img').click();
  const users = platter.details.getByRole('list', { name: 'Who uses debian-13.img' });
  await expect(users.getByText('/run/media/maria/debian')).toBeAttached();
  await users.scrollIntoViewIfNeeded();
  await platter.check('in-use-by');
  await platter.row('backup.img').click();
  await expect(platter.details.getByText('Nothing uses it.')).toBeAttached();
});

test('says what kind of program attached a device of the system', async ({ platter }) => {
  await platter.open((tools) => ({ devices: tools.snapDevices(20, 2) }));
  await platter.page.getByRole('button', { name: 'Show', exact: true }).click();
  await platter.row(/core0_1000/).click();
  await expect(platter.details.getByText('snapd, for a snap')).toBeVisible();
});

/** Runs in the page: are there points in the colours of both lines, as the style sheet has them now? */
function hasBothLines(canvas: HTMLCanvasElement): boolean {
  const { color, outlineColor } = getComputedStyle(canvas);
  const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: new Uint8ClampedArray() };
  const has = (colour: string): boolean => {
    const [red = 0, green = 0, blue = 0] = colour.match(/\d+/gu)?.map(Number) ?? [];
    const wanted = [red, green, blue];
    // What lets something shine through is kept less exactly; the edges of a line shine through more than a forced colour does.
    const isPoint = (start: number): boolean =>
      (data[start + 3] ?? 0) > 180 && wanted.every((part, index) => Math.abs(part - (data[start + index] ?? 0)) <= 2);
    return Array.from({ length: data.length / 4 }, (_, index) => 4 * index).some(isPoint);
  };
  return color !== outlineColor && has(color) && has(outlineColor);
}

for (const scheme of ['light', 'dark'] as const) {
  test(`plots what is read and written, only while it is seen, in ${scheme} colours`, async ({ platter }) => {
    await platter.page.emulateMedia({ colorScheme: scheme });
    await platter.page.setViewportSize({ width: 1100, height: 1400 });
    await platter.open();
    await platter.page.evaluate(() => window.fake.model.traffic.set(0, { readBytes: 9_437_184n, writtenBytes: 1_048_576n }));
    await platter.row('debian-13.img').click();
    await expect(platter.details.getByText('9 MiB/s', { exact: true })).toBeVisible();
    await expect(platter.details.getByRole('img', { name: 'The last minute: reading up to 9 MiB/s, writing up to 1 MiB/s' })).toBeVisible();
    await platter.details.getByRole('heading', { name: 'Image File' }).scrollIntoViewIfNeeded();
    const plot = platter.details.getByRole('img', { name: /^The last minute/u });
    const isDrawn = async (): Promise<boolean> => plot.evaluate(hasBothLines);
    await expect.poll(isDrawn).toBe(true);
    await platter.page.evaluate(() => window.fake.model.traffic.set(0, { readBytes: 2_097_152n, writtenBytes: 12_582_912n }));
    await expect(platter.details.getByText('12 MiB/s', { exact: true })).toBeVisible();
    await platter.check(`activity-${scheme}`);
    // Other colours, and another size: drawn anew.
    await platter.page.emulateMedia({ colorScheme: scheme, forcedColors: 'active' });
    await expect.poll(isDrawn).toBe(true);
    await platter.page.emulateMedia({ colorScheme: scheme, forcedColors: 'none' });
    await platter.page.setViewportSize({ width: 700, height: 1400 });
    await expect.poll(isDrawn).toBe(true);
    await expect.poll(async () => plot.evaluate((canvas: HTMLCanvasElement) => canvas.width === canvas.clientWidth)).toBe(true);
    await platter.page.setViewportSize({ width: 1100, height: 1400 });
    // Out of sight nothing is asked any more: what was on its way comes to an end, and then the count stays.
    await platter.page.setViewportSize({ width: 1100, height: 420 });
    await platter.details.getByRole('heading', { level: 2 }).scrollIntoViewIfNeeded();
    await expect(platter.details.getByText('2 MiB/s', { exact: true })).not.toBeInViewport();
    const count = async (): Promise<number> => (await platter.calls('devices/activity')).length;
    await expect
      .poll(async () => {
        const before = await count();
        await platter.page.waitForTimeout(1500);
        return (await count()) - before;
      })
      .toBe(0);
  });

  test(`warns of what is wrong with a device in ${scheme} colours`, async ({ platter }) => {
    await platter.page.emulateMedia({ colorScheme: scheme });
    await platter.page.setViewportSize({ width: 1100, height: 1400 });
    await platter.open((tools) => {
      const first = tools.loopDevice(2, '/home/maria/backup/backup.img', { offsetBytes: tools.decimal(100) });
      const fileSystem = tools.content(null, 'file-system', 'ext4', 'Backup 2026');
      return {
        devices: [
          first,
          { ...tools.loopDevice(8, '/home/maria/backup/link.img'), identity: first.identity },
          tools.loopDevice(9, '/srv/copy.img'),
        ],
        contents: { 2: [fileSystem], 8: [fileSystem], 9: [fileSystem] },
      };
    });
    await expect(platter.row('copy.img')).toContainText('ext4');
    await platter.row('backup.img').click();
    const { details } = platter;
    await expect(details.getByText('The same data is attached as loop8, too')).toBeVisible();
    await expect(details.getByText('The offset is not a multiple of the sector size')).toBeVisible();
    await expect(details.getByText('Another device says to be the same file system: loop9')).toBeVisible();
    await platter.update(2, { backingFile: { text: '/home/maria/moved.img', base64: null } });
    await expect(details.getByText('The image file was moved or renamed')).toBeVisible();
    await platter.check(`warnings-${scheme}`);
  });
}

for (const [scheme, width] of [
  ['light', 1100],
  ['dark', 420],
] as const) {
  test(`says that a mounted file system has stopped, in ${scheme} colours, ${width} wide`, async ({ platter }) => {
    await platter.page.emulateMedia({ colorScheme: scheme });
    await platter.page.setViewportSize({ width, height: 1000 });
    await platter.open((tools) => ({ contents: tools.typicalContents }));
    const mountPoint = { text: '/media/maria/backup', base64: null };
    await platter.update(2, { mounts: [{ mountId: 7, mountPoint, fileSystemType: 'ext4', readOnly: false }] });
    await platter.page.evaluate((place) => {
      window.fake.model.mountTroubles.push(
        { kind: 'file-system-stopped', mountPoint: place },
        { kind: 'file-system-read-only', mountPoint: place },
      );
    }, mountPoint);
    await platter.row('backup.img').click();
    await expect(platter.details.getByText('The file system at /media/maria/backup has stopped')).toBeVisible();
    await expect(platter.details.getByText('The file system at /media/maria/backup made itself read-only')).toBeVisible();
    await platter.check(`mount-troubles-${scheme}-${width}`);
  });
}

test('looks at the file again every now and then: nothing announces that it became shorter', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').click();
  await expect(platter.details.getByRole('heading', { name: 'backup.img' }).first()).toBeVisible();
  const looks = async (): Promise<number> => (await platter.calls('devices/backing-file')).length;
  const before = await looks();
  await expect.poll(looks, { timeout: 25_000 }).toBeGreaterThan(before);
});

test('names another device of the machine with the same UUID', async ({ platter }) => {
  await platter.open((tools) => ({ contents: { 2: [tools.content(null, 'file-system', 'ext4', null, { uuid: 'abcd-1234' })] } }));
  await platter.page.evaluate(() => void window.fake.model.uuidLinks.push({ uuid: 'abcd-1234', node: 'sda2' }));
  await platter.row('backup.img').click();
  await expect(platter.details.getByText('Another device says to be the same file system: sda2')).toBeVisible();
});

test('says that the kernel did not take direct I/O, and forgets it when asked to', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').click();
  await platter.update(2, { directIo: true });
  await platter.update(2, { directIo: false });
  await expect(platter.details.getByText('Direct I/O is off', { exact: true })).toBeVisible();
  await platter.details.getByRole('button', { name: 'Leave It Off' }).click();
  await expect(platter.details.getByText('Direct I/O is off', { exact: true })).toHaveCount(0);
});

test('draws a partition that the kernel did not read where the table says it lies', async ({ platter }) => {
  await platter.open((tools) => ({ contents: tools.typicalContents }));
  await platter.row('win11.img').click();
  const map = platter.details.getByRole('listbox', { name: 'Partitions of win11.img' });
  await expect(map.getByRole('option')).toHaveText([/SYSTEM/, /BitLocker/, /Recovery/, /Free space/]);
  await map.getByRole('option', { name: /Recovery/ }).click();
  await expect(platter.details.getByText('The kernel has not read it yet')).toBeVisible();
});

test('copies the command that would attach the same, with every name quoted', async ({ platter, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await platter.open((tools) => ({ devices: [tools.loopDevice(1, "/srv/it's $HOME.img", { readOnly: true, partitionScan: true })] }));
  await platter.row(/it's/).click();
  for (const [entry, line] of [
    ['Copy as losetup Command', String.raw`losetup --find --show --read-only --partscan '/srv/it'\''s $HOME.img'`],
    ['Copy as platter Command', String.raw`platter attach --read-only --partition-scan '/srv/it'\''s $HOME.img'`],
  ] as const) {
    await platter.page.keyboard.press('F9');
    await platter.page.getByRole('menuitem', { name: entry }).click();
    await expect.poll(() => platter.page.evaluate(() => navigator.clipboard.readText())).toBe(line);
  }
});

test('shows the request queue among the advanced settings', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').click();
  await platter.page.keyboard.press('Alt+Enter');
  await expect(platter.details.getByText('512 B logical, 4 KiB physical')).toBeVisible();
  await expect(platter.details.getByText('In units of 4 KiB, up to 4 GiB at once')).toBeVisible();
  await platter.details.getByText('Queue depth').scrollIntoViewIfNeeded();
  await platter.check('queue');
});

test('switches off what cannot be changed now, and says why in its place', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').click();
  await platter.page.keyboard.press('Alt+Enter');
  const { details } = platter;
  await expect(details.getByRole('switch', { name: /Detach when free/ })).toBeDisabled();
  await expect(details.getByText('Nothing uses the device, so it would be detached at once.')).toBeVisible();
  await platter.row(/rpi-rootfs/).click();
  await platter.page.keyboard.press('Alt+Enter');
  await expect(details.getByRole('switch', { name: /Detach when free/ })).toBeEnabled();
  await expect(details.getByText(/A file system on the device is mounted/).first()).toBeVisible();
  await platter.row('win11.img').click();
  await platter.page.keyboard.press('Alt+Enter');
  await expect(details.getByText(/used as swap or by another device/).first()).toBeVisible();
});

test('says how large the device will be before its range changes, and refuses what lies outside the file', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').click();
  await platter.page.keyboard.press('F9');
  await platter.page.getByRole('menuitem', { name: 'Offset and Size Limit…' }).click();
  await expect(platter.dialog.getByText('The device will be 20 GiB (21,474,836,480 B) large.')).toBeVisible();
  await platter.dialog.getByRole('textbox', { name: 'Offset' }).fill('5 GiB');
  await platter.dialog.getByRole('textbox', { name: 'Size limit' }).fill('1 GiB');
  await expect(platter.dialog.getByText('The device will be 1 GiB (1,073,741,824 B) large.')).toBeVisible();
  await platter.dialog.getByRole('textbox', { name: 'Offset' }).fill('20 GiB');
  await expect(platter.dialog.getByText('This is not inside the file.').first()).toBeVisible();
  await platter.check('range');
});

test('puts the busiest devices first when asked to', async ({ platter }) => {
  await platter.open();
  await platter.page.getByRole('button', { name: 'Filter and Sort' }).click();
  await platter.page.getByRole('menuitemradio', { name: 'Busiest First' }).click();
  await expect(platter.list.getByRole('row').first()).toContainText('backup.img');
  await platter.page.keyboard.press('Escape');
  await platter.page.evaluate(() => window.fake.model.traffic.set(5, { readBytes: 1_000_000n, writtenBytes: 0n }));
  await expect(platter.list.getByRole('row').first()).toContainText('scratch.img');
});

test('sums up several devices and mounts or unmounts all of them', async ({ platter }) => {
  await platter.open();
  await platter.row('backup.img').click();
  await platter.row(/rpi-rootfs/).click({ modifiers: ['Control'] });
  const { details } = platter;
  await expect(details.getByRole('heading', { name: '2 devices selected' })).toBeVisible();
  await expect(details.getByText('52 GiB together · 1 mounted')).toBeVisible();
  await details.getByRole('button', { name: 'Mount All', exact: true }).click();
  await expect(details.getByText('52 GiB together · 2 mounted')).toBeVisible();
  await details.getByRole('button', { name: 'Unmount All', exact: true }).click();
  await expect(details.getByText('52 GiB together', { exact: true })).toBeVisible();
  await platter.check('several');
});

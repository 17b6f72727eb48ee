/** What the window says of an image before it is attached, and of files it opens. */
import { expect, test, type PlatterWindow } from './window.ts';

async function choose(platter: PlatterWindow, path: string): Promise<void> {
  await platter.page.evaluate((chosen) => void (window.fake.chosenPaths = [chosen]), path);
  await platter.page.keyboard.press('Control+o');
  await expect(platter.dialog.getByRole('button', { name: 'Details…' })).toBeVisible();
}

test('says what is in an image as soon as it is chosen', async ({ platter }) => {
  await platter.open((tools) => ({
    host: 'electron',
    inspections: { '/home/maria/images/fedora-44.img': tools.partedInspection(8n * tools.GIB) },
  }));
  await choose(platter, '/home/maria/images/fedora-44.img');
  await expect(platter.dialog).toContainText('GPT · FAT, ext4, LUKS · 3 partitions');
  await platter.check('attach-inspected');
  await platter.dialog.getByRole('button', { name: 'Details…' }).click();
  await expect(platter.dialog.getByRole('heading', { name: 'Image Details' })).toBeVisible();
  const items = platter.dialog.getByRole('list', { name: 'Partitions' }).getByRole('listitem');
  await expect(items).toHaveCount(3);
  await expect(items.nth(1)).toContainText('rootfs');
  await expect(items.nth(1)).toContainText('3 GiB of 5 GiB (60 %)');
  await expect(items.nth(2)).toContainText('LUKS, encrypted');
  await platter.check('image-details');
  await platter.dialog.getByRole('button', { name: 'Attach…' }).click();
  await expect(platter.dialog.getByRole('heading', { name: 'Attach Image' })).toBeVisible();
});

test('warns of what is damaged and of what has the same name, one note each', async ({ platter }) => {
  await platter.open((tools) => ({
    host: 'electron',
    inspections: {
      '/home/maria/images/fedora-44.img': tools.partedInspection(8n * tools.GIB, {
        findings: [
          { code: 'shorter-than-table', partition: null, bytes: '1073741824' },
          { code: 'uuid-clash', partition: 2, what: '0f8fad5b-d9cb-469f-a165-70867728950e', where: '/dev/nvme0n1p2' },
          { code: 'uuid-clash', partition: 1, what: 'AB12-34CD', where: '/dev/nvme0n1p1' },
          { code: 'journal-unclean', partition: 2 },
        ],
      }),
    },
  }));
  await choose(platter, '/home/maria/images/fedora-44.img');
  await expect(platter.dialog.getByRole('group', { name: 'The file is too short for its partitions' })).toContainText('1 GiB missing');
  await expect(platter.dialog.getByRole('group', { name: /same|has the UUID/ })).toContainText('Partition 2 · 0f8fad5b');
  await expect(platter.dialog.getByRole('button', { name: 'Attach', exact: true })).toBeEnabled();
  await platter.check('attach-warned');
});

test('explains a container and lets who knows better attach it anyway', async ({ platter }) => {
  await platter.open((tools) => ({
    host: 'electron',
    inspections: {
      '/home/maria/images/fedora-44.img': tools.inspection(6n * tools.GIB, {
        whole: null,
        format: { kind: 'container', name: 'qcow2', virtualSizeBytes: (40n * tools.GIB).toString(), parentName: null },
      }),
    },
  }));
  await choose(platter, '/home/maria/images/fedora-44.img');
  await expect(platter.dialog.getByRole('group', { name: 'qcow2: a virtual disk of QEMU with 40 GiB' })).toContainText(
    'Converting makes a raw image',
  );
  await expect(platter.dialog.getByRole('button', { name: 'Attach Anyway' })).toBeEnabled();
  await platter.check('attach-container');
  await platter.dialog.getByRole('button', { name: 'Convert…' }).click();
  await expect(platter.dialog.getByRole('heading', { level: 2 })).toContainText('Convert');
});

test('takes the sector size that the partition table is made for', async ({ platter }) => {
  await platter.open((tools) => {
    const parted = tools.partedInspection(6n * tools.GIB, { findings: [{ code: 'sectors-4096', partition: null }] });
    const table = parted.table === null ? null : { ...parted.table, sectorBytes: 4096 };
    return { host: 'electron', inspections: { '/home/maria/images/fedora-44.img': { ...parted, table } } };
  });
  await choose(platter, '/home/maria/images/fedora-44.img');
  await platter.dialog.getByRole('button', { name: 'Attach', exact: true }).click();
  await expect(platter.dialog).toHaveCount(0);
  expect(await platter.calls('devices/attach')).toMatchObject([{ options: { logicalBlockSizeBytes: 4096 } }]);
});

test('a file that cannot be looked into can be attached, and the failure is told', async ({ platter }) => {
  await platter.open({ host: 'electron' });
  await platter.page.evaluate(() => {
    window.fake.chosenPaths = ['/home/maria/images/fedora-44.img'];
    window.fake.failNext('images/inspect', { code: 'PROBE_FAILED', message: 'no', details: 'the worker ended (SIGSEGV)' });
  });
  await platter.page.keyboard.press('Control+o');
  await expect(platter.dialog).toContainText('Could not look into the image');
  await expect(platter.dialog.getByRole('button', { name: 'Attach', exact: true })).toBeEnabled();
  await platter.check('attach-unknown');
});

test('opens what is pasted, says what is not mounted, and offers to undo', async ({ platter }) => {
  await platter.open((tools) => ({
    host: 'electron',
    inspections: { '/home/maria/images/photos.ext4': tools.partedInspection(300n * tools.MIB) },
  }));
  await platter.page.evaluate(() => document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: new DataTransfer() })));
  const toast = platter.page.getByRole('status').filter({ hasText: 'attached as' });
  // A message that is pointed at stays.
  await toast.hover();
  await expect(toast).toContainText('Partition 3 (LUKS) is encrypted');
  await platter.check('opened-encrypted');
  await platter.page.getByRole('button', { name: 'Undo' }).click();
  await expect(platter.row('photos.ext4')).toHaveCount(0);
  await expect(toast).toHaveCount(0);
});

test('says of an opened container what it is, and offers to unpack it', async ({ platter }) => {
  await platter.open((tools) => ({
    host: 'electron',
    inspections: {
      '/home/maria/images/photos.ext4': tools.inspection(300n * tools.MIB, {
        whole: null,
        format: { kind: 'compressed', name: 'xz', unpackedBytes: (8n * tools.GIB).toString() },
      }),
    },
  }));
  await platter.page.evaluate(() => document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: new DataTransfer() })));
  const alert = platter.page.getByRole('alert');
  await expect(alert).toContainText('Could not open “photos.ext4”');
  await expect(alert).toContainText('Compressed with xz, 8 GiB unpacked');
  await platter.check('open-refused');
  await alert.getByRole('button', { name: 'Unpack…' }).click();
  await expect(platter.dialog.getByText('Compressed with xz · becomes 8 GiB')).toBeVisible();
  await platter.dialog.getByRole('button', { name: 'Unpack', exact: true }).click();
  expect(await platter.calls('images/convert')).toMatchObject([{ name: 'photos.ext4.img' }]);
});

test('offers a copy of a file that the system may not read', async ({ platter }) => {
  await platter.open({ host: 'electron' });
  await platter.page.evaluate(() => {
    window.fake.failNext('images/open', { code: 'IMAGE_NOT_SHARED', message: 'private', errno: 13 });
    document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: new DataTransfer() }));
  });
  await platter.page.getByRole('alert').getByRole('button', { name: 'Copy…' }).click();
  await expect(platter.dialog.getByRole('heading', { name: 'New Image' })).toBeVisible();
  await expect(platter.dialog).toContainText('photos.ext4');
  await platter.check('open-copy');
});

for (const [name, size, scheme] of [
  ['narrow', { width: 360, height: 560 }, 'light'],
  ['dark', { width: 1100, height: 760 }, 'dark'],
] as const) {
  test(`the details of an image are well to read, ${name}`, async ({ platter }) => {
    await platter.page.setViewportSize(size);
    await platter.page.emulateMedia({ colorScheme: scheme });
    await platter.open((tools) => ({
      host: 'electron',
      inspections: {
        '/home/maria/images/fedora-44.img': tools.partedInspection(8n * tools.GIB, {
          findings: [
            { code: 'resize-unfinished', partition: null },
            { code: 'gpt-backup-misplaced', partition: null },
          ],
        }),
      },
    }));
    await choose(platter, '/home/maria/images/fedora-44.img');
    await platter.check(`attach-inspected-${name}`);
    await platter.dialog.getByRole('button', { name: 'Details…' }).click();
    await expect(platter.dialog.getByRole('listitem').first()).toBeVisible();
    await platter.check(`image-details-${name}`);
  });
}

/** The pictures of the README, on demand: `PLATTER_PICTURES=1` writes build/pictures/window-light.png and window-dark.png. */
import { fileURLToPath } from 'node:url';
import { expect, test } from './window.ts';

const folder = fileURLToPath(new URL('../../build/pictures/', import.meta.url));

for (const scheme of ['light', 'dark'] as const) {
  const makePicture = process.env['PLATTER_PICTURES'] === '1' ? test : null;
  makePicture?.(`takes the picture of the window in ${scheme} colours`, async ({ platter }) => {
    await platter.page.emulateMedia({ colorScheme: scheme });
    await platter.open((tools) => ({
      host: 'electron',
      devices: [
        ...tools.typicalDevices().filter((device) => device.number < 3),
        tools.loopDevice(3, '/srv/vm/win11.img', {
          sizeBytes: tools.decimal(64n * tools.GIB),
          partitions: [
            tools.partition(1, tools.MIB, 100n * tools.MIB),
            tools.partition(2, 101n * tools.MIB, 62n * tools.GIB),
            tools.partition(3, 101n * tools.MIB + 62n * tools.GIB, 1900n * tools.MIB),
          ],
        }),
        tools.loopDevice(4, '/home/maria/Downloads/debian-13.1.0-amd64-netinst.iso', {
          sizeBytes: tools.decimal(784n * tools.MIB),
          readOnly: true,
          mounts: [tools.mountAt('/run/media/maria/Debian 13.1.0', 'iso9660', true)],
        }),
        tools.loopDevice(5, '/home/maria/images/camera-card.img', { sizeBytes: tools.decimal(32n * tools.GIB) }),
      ],
      contents: {
        ...tools.typicalContents,
        4: [tools.content(null, 'file-system', 'iso9660', 'Debian 13.1.0')],
        5: [tools.content(null, 'file-system', 'exfat', 'EOS_DIGITAL')],
      },
    }));
    await expect(platter.row('camera-card.img')).toContainText('exFAT');
    await platter.row('debian-13.img').click();
    await expect(platter.details.getByRole('button', { name: 'Unmount All' })).toBeVisible();
    await expect(platter.details.getByText('2.67 GiB, 33 % of the file')).toBeAttached();
    await platter.page.mouse.move(900, 20);
    await platter.page.screenshot({ path: `${folder}window-${scheme}.png` });
  });
}

/**
 * The pictures of the README, made in every run into test-results/pictures and compared with those in build/pictures: what can be read in them, and how
 * they look. `PLATTER_PICTURES=1` puts the new ones in the place of the old.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pictureDifference } from './picture-difference.ts';
import { expect, test, type PlatterWindow } from './window.ts';

const kept = fileURLToPath(new URL('../../build/pictures/', import.meta.url));
const made = fileURLToPath(new URL('../../test-results/pictures/', import.meta.url));
const isRenewing = process.env['PLATTER_PICTURES'] === '1';
/** Other fonts move letters; a row more, another colour or another layout changes more than this. */
const MOST_DIFFERENT = 0.02;
const advice =
  'the pictures of README are old: PLATTER_PICTURES=1 node_modules/.bin/playwright test -c test/browser/playwright.config.ts pictures';

async function openPictured({ open, row, details, page }: PlatterWindow): Promise<void> {
  await open((tools) => ({
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
  await expect(row('camera-card.img')).toContainText('exFAT');
  await row('debian-13.img').click();
  await expect(details.getByRole('button', { name: 'Unmount All' })).toBeVisible();
  await expect(details.getByText('2.67 GiB, 33 % of the file')).toBeAttached();
  await page.mouse.move(900, 20);
  await page.evaluate(() => document.fonts.ready);
}

/** What is only said to screen readers comes and goes. */
function withoutAnnouncements(text: string): string {
  return text.replaceAll(/^- log.*\n/gmu, '');
}

/** The kept one, after putting the new one there if that is wanted. */
function keep(name: string, content: string | Buffer): Buffer {
  mkdirSync(made, { recursive: true });
  writeFileSync(`${made}${name}`, content);
  if (isRenewing) writeFileSync(`${kept}${name}`, content);
  return readFileSync(`${kept}${name}`);
}

test.use({ timezoneId: 'UTC' });

for (const scheme of ['light', 'dark'] as const) {
  test(`the picture of the window in ${scheme} colours is that of the README`, async ({ platter, browser }) => {
    await platter.page.emulateMedia({ colorScheme: scheme });
    await platter.page.clock.setFixedTime('2026-11-26T15:30:00Z');
    await openPictured(platter);
    const text = withoutAnnouncements(await platter.page.locator('body').ariaSnapshot());
    expect(text, advice).toBe(keep('window.txt', text).toString());
    const picture = await platter.page.screenshot();
    const old = keep(`window-${scheme}.png`, picture);
    expect(await pictureDifference(browser, picture, old), advice).toBeLessThan(MOST_DIFFERENT);

    // What the comparison is for: a change of one row, and of a colour, is seen.
    await platter.row('camera-card.img').evaluate((element) => (element.style.background = 'teal'));
    expect(await pictureDifference(browser, await platter.page.screenshot(), old)).toBeGreaterThan(MOST_DIFFERENT);
  });
}

/** What the window keeps of a moment ago must not be what it acts on: closures of rows, menus, contents, panes, focus. */
import { expect, test } from './window.ts';

test('Ctrl+M mounts devices too whose rows were never in sight', async ({ platter }) => {
  const { page } = platter;
  await platter.open(({ loopDevice }) => ({
    devices: Array.from({ length: 60 }, (_, index) => loopDevice(index, `/home/maria/images/disk-${String(index).padStart(2, '0')}.img`)),
  }));
  await platter.row('disk-00.img').click();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Control+m');
  await expect.poll(async () => (await platter.calls('mounts/mount')).length).toBe(60);
});

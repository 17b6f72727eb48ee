/** The way from attached to free (LOOP.md §1.4): who keeps a device, and when it really goes. */
import { release } from 'node:os';
import { describe, expect, test } from 'vitest';
import { addPartition, deletePartition, getDiskseq } from '../../../native-helper/linux/block-device.ts';
import { isReleaseAtLeast } from '../../../native-helper/linux/features.ts';
import { loopControlRemove } from '../../../native-helper/linux/loop-control.ts';
import { loopClearFd, loopFlags, loopGetStatus64, loopSetFd, loopSetStatus64 } from '../../../native-helper/linux/loop-device.ts';
import { isBound, readBackingFile, readDiskseq, readLoopAttributes } from '../../../native-helper/linux/sysfs.ts';
import { scanLoopDevice } from '../../../native-helper/linux/loop-scan.ts';
import { errnoOf, useLoopFixture, waitFor } from '../loop-fixture.ts';

const fixture = useLoopFixture();
/** Since Linux 6.11, LOOP_CLR_FD only marks (LOOP.md §0.3). */
const detachesAtClose = isReleaseAtLeast(release(), 6, 11);

/** On a node of our own, so that nobody attaches something else once it is free. */
async function attachedAlone() {
  const device = await fixture.attach(fixture.makeImage('image.img', 65_536), { number: fixture.addNode() });
  return { ...device, fd: fixture.openDevice(device.number) };
}

/** After LOOP_CLR_FD. Programs that look at all devices open each for a moment; met with one of those, it is done on another. */
async function clearedAlone() {
  for (let attempt = 1; ; attempt += 1) {
    const device = await attachedAlone();
    loopClearFd(device.fd);
    if (attempt === 20 || (await errnoOf(() => fixture.openDevice(device.number))) === 'ENXIO') return device;
  }
}

test('LOOP_CLR_FD on an unbound device fails with ENXIO', async () => {
  const fd = fixture.openDevice(fixture.addNode());
  expect(await errnoOf(() => loopClearFd(fd))).toBe('ENXIO');
});

describe.runIf(detachesAtClose)('as the only opener', () => {
  test('between LOOP_CLR_FD and close, nobody can use the device and sysfs still shows it', async () => {
    const { number, fd } = await clearedAlone();
    const image = fixture.open(`${fixture.folder}/image.img`);
    expect({
      open: await errnoOf(() => fixture.openDevice(number)),
      bind: await errnoOf(() => loopSetFd(fd, image)),
      status: await errnoOf(() => loopGetStatus64(fd)),
      clearAgain: await errnoOf(() => loopClearFd(fd)),
      remove: await errnoOf(() => loopControlRemove(number)),
      scan: scanLoopDevice(number),
      inSysfs: isBound(number),
    }).toEqual({
      open: 'ENXIO',
      bind: 'EBUSY',
      status: 'ENXIO',
      clearAgain: 'ENXIO',
      remove: 'EBUSY',
      scan: null,
      inSysfs: true,
    });
  });

  test('close detaches at once, and diskseq grows', async () => {
    const { number, diskseq, fd } = await attachedAlone();
    loopClearFd(fd);
    fixture.close(fd);
    await waitFor('the detach', () => !isBound(number));
    expect([readBackingFile(number).kind, readLoopAttributes(number), scanLoopDevice(number)]).toEqual(['unbound', null, null]);
    expect(readDiskseq(number)).toBeGreaterThan(diskseq);
  });
});

describe('with another opener', () => {
  test('LOOP_CLR_FD leaves the device working, marks it with autoclear, and may be repeated', async () => {
    const { number, fd } = await attachedAlone();
    const other = fixture.openDevice(number, 'read');
    loopClearFd(fd);
    loopClearFd(fd);
    fixture.close(fd);
    expect(loopGetStatus64(other).flags & loopFlags.autoclear).toBe(loopFlags.autoclear);
    expect(isBound(number)).toBe(true);
    fixture.close(other);
    await waitFor('the detach', () => !isBound(number));
  });

  test('clearing autoclear takes the detach back', async () => {
    const { number, diskseq, fd } = await attachedAlone();
    const other = fixture.openDevice(number);
    loopClearFd(fd);
    await loopSetStatus64(other, { ...loopGetStatus64(other), flags: 0 });
    fixture.close(fd);
    fixture.close(other);
    expect(readLoopAttributes(number)).toMatchObject({ diskseq, autoclear: false });
  });

  test('an open partition keeps the device', async () => {
    const { number, fd } = await attachedAlone();
    addPartition(fd, { partition: 1, startBytes: 4096n, sizeBytes: 8192n });
    const partition = fixture.open(`/dev/loop${number}p1`);
    loopClearFd(fd);
    fixture.close(fd);
    expect(isBound(number)).toBe(true);
    // Partitions added by hand may outlive the detach (LOOP.md §1.6), so this one goes before.
    const again = fixture.openDevice(number);
    fixture.close(partition);
    deletePartition(again, 1);
    fixture.close(again);
    await waitFor('the detach', () => !isBound(number));
  });
});

test('autoclear detaches at the last close', async () => {
  const number = fixture.addNode();
  const image = fixture.open(fixture.makeImage('autoclear.img', 4096));
  const fd = fixture.openDevice(number);
  await loopSetFd(fd, image);
  fixture.adopt(number);
  await loopSetStatus64(fd, { ...loopGetStatus64(fd), flags: loopFlags.autoclear });
  const before = getDiskseq(fd);
  fixture.close(fd);
  await waitFor('the detach', () => !isBound(number));
  expect(readDiskseq(number)).toBeGreaterThan(before);
});

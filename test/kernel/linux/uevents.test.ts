/** Which events the kernel sends for which call, in which order (LOOP.md §1.5). */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { constants, truncateSync } from 'node:fs';
import { addPartition, deletePartition, resizePartition } from '../../../native-helper/linux/block-device.ts';
import { closeDescriptor } from '../../../native-helper/linux/descriptors.ts';
import { detectFeatures } from '../../../native-helper/linux/features.ts';
import { loopControlRemove } from '../../../native-helper/linux/loop-control.ts';
import {
  loopChangeFd,
  loopClearFd,
  loopFlags,
  loopGetStatus64,
  loopSetBlockSize,
  loopSetCapacity,
  loopSetFd,
  loopSetStatus64,
} from '../../../native-helper/linux/loop-device.ts';
import { isLoopEvent, openUeventSocket, receiveUevents, type Uevent } from '../../../native-helper/linux/uevents.ts';
import { isBound } from '../../../native-helper/linux/sysfs.ts';
import { errnoOf, retryWhile, useLoopFixture, waitFor } from '../loop-fixture.ts';

const fixture = useLoopFixture();
const features = detectFeatures();
let socket = -1;

beforeEach(() => {
  socket = openUeventSocket();
});
afterEach(() => closeDescriptor(socket));

/**
 * Events about loop device N up to now, as `change`, `change RESIZE`, `add p1`. Events are sent before the call that causes
 * them returns, so nothing has to be waited for. An event made by ourselves on another device marks the end.
 */
function eventsOf(number: number): string[] {
  const { events, overflowed } = receiveUevents(socket);
  expect(overflowed).toBe(false);
  return events.filter((event) => isLoopEvent(event)?.number === number).map((event) => describeEvent(event));
}

function describeEvent(event: Uevent): string {
  const partition = isLoopEvent(event)?.partition ?? null;
  const details = ['RESIZE', 'DISK_MEDIA_CHANGE'].filter((key) => event.variables.get(key) === '1');
  return [event.action, ...(partition === null ? [] : [`p${partition}`]), ...details].join(' ');
}

async function attached(bytes = 65_536, readOnly = false) {
  const path = fixture.makeImage('image.img', bytes);
  const device = await fixture.attach(path, { number: fixture.addNode(), readOnly });
  const fd = fixture.openDevice(device.number, readOnly ? 'read' : 'write');
  eventsOf(device.number);
  return { ...device, path, fd };
}

test('adding a device sends one add, removing it one remove', async () => {
  const number = fixture.addNode();
  const added = eventsOf(number);
  await retryWhile(['EBUSY'], () => loopControlRemove(number));
  expect([added, eventsOf(number)]).toEqual([['add'], ['remove']]);
});

test('attaching sends one change with the new diskseq', async () => {
  const number = fixture.addNode();
  eventsOf(number);
  const { diskseq } = await fixture.attach(fixture.makeImage('image.img', 4096), { number });
  const { events } = receiveUevents(socket);
  const own = events.filter((event) => isLoopEvent(event)?.number === number);
  expect(own.map((event) => [event.action, event.variables.get('DISKSEQ'), event.variables.get('DEVNAME')])).toEqual([
    ['change', diskseq.toString(), `loop${number}`],
  ]);
});

test('LOOP_SET_FD sends one change, too', async () => {
  const number = fixture.addNode();
  const fd = fixture.openDevice(number);
  eventsOf(number);
  await loopSetFd(fd, fixture.open(fixture.makeImage('image.img', 4096)));
  fixture.adopt(number);
  expect(eventsOf(number)).toEqual(['change']);
});

test('new sizes send a change with RESIZE, settings without a size send nothing', async () => {
  const { number, fd, path } = await attached();
  await loopSetStatus64(fd, { ...loopGetStatus64(fd), sizeLimitBytes: 4096n });
  const limited = eventsOf(number);
  const holder = fixture.openDevice(number, 'read');
  await loopSetStatus64(fd, { ...loopGetStatus64(fd), flags: loopFlags.autoclear, fileName: Buffer.from('name') });
  await loopSetStatus64(fd, { ...loopGetStatus64(fd), flags: 0 });
  await loopSetBlockSize(fd, 1024);
  const silent = eventsOf(number);
  await loopSetStatus64(fd, { ...loopGetStatus64(fd), sizeLimitBytes: 0n });
  eventsOf(number);
  truncateSync(path, 131_072);
  loopSetCapacity(fd);
  const grown = eventsOf(number);
  loopSetCapacity(holder);
  expect([limited, silent, grown, eventsOf(number)]).toEqual([['change RESIZE'], [], ['change RESIZE'], ['change']]);
});

test('detaching sends nothing for LOOP_CLR_FD while others hold the device, and two changes when it goes', async () => {
  const { number, fd } = await attached();
  const other = fixture.openDevice(number, 'read');
  loopClearFd(fd);
  fixture.close(fd);
  const marked = eventsOf(number);
  fixture.close(other);
  await waitFor('the detach', () => !isBound(number));
  expect([marked, eventsOf(number)]).toEqual([[], ['change', 'change DISK_MEDIA_CHANGE']]);
});

test('partitions added and deleted by hand send add and remove, resized ones nothing', async () => {
  const { number, fd } = await attached();
  addPartition(fd, { partition: 2, startBytes: 4096n, sizeBytes: 8192n });
  const added = eventsOf(number);
  resizePartition(fd, { partition: 2, startBytes: 4096n, sizeBytes: 16_384n });
  const resized = eventsOf(number);
  deletePartition(fd, 2);
  expect([added, resized, eventsOf(number)]).toEqual([['add p2'], [], ['remove p2']]);
});

test.runIf(features.changeBackingFile)('changing the backing file sends a change, also when it fails late', async () => {
  const { number, fd } = await attached(8192, true);
  const same = fixture.open(fixture.makeImage('same.img', 8192), constants.O_RDONLY);
  const other = fixture.open(fixture.makeImage('other.img', 4096), constants.O_RDONLY);
  await loopChangeFd(fd, same);
  const changed = eventsOf(number);
  const refused = await errnoOf(() => loopChangeFd(fd, other));
  expect([changed, refused, eventsOf(number)]).toEqual([['change'], 'EINVAL', ['change']]);
});

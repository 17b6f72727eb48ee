/** Which events the kernel sends for which call, in which order (LOOP.md §1.5). */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { constants, truncateSync, writeFileSync } from 'node:fs';
import koffi, { type KoffiFunc } from 'koffi';
import { addPartition, deletePartition, resizePartition } from '../../../native-helper/linux/block-device.ts';
import { closeDescriptor } from '../../../native-helper/linux/descriptors.ts';
import { detectFeatures } from '../../../native-helper/linux/features.ts';
import { call, setsockopt } from '../../../native-helper/linux/ffi.ts';
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
import { detachDevice, errnoOf, retryWhile, useLoopFixture, waitFor } from '../loop-fixture.ts';

const fixture = useLoopFixture();
const features = detectFeatures();
let socket = -1;

const libc = koffi.load('libc.so.6');
const getsockname = libc.func('int getsockname(int, void *, void *)') as KoffiFunc<(fd: number, name: Buffer, bytes: Buffer) => number>;
const sendto = libc.func('long sendto(int, void *, size_t, int, void *, unsigned int)') as KoffiFunc<
  (fd: number, data: Buffer, bytes: number, flags: number, name: Buffer, nameBytes: number) => number
>;

function getSocketName(fd: number, name: Buffer): number {
  return getsockname(fd, name, Buffer.from([12, 0, 0, 0]));
}

/** Sends a netlink message straight to one socket, as only another process with CAP_NET_ADMIN or the same user could. */
function sendTo(fd: number, text: string, name: Buffer): void {
  const data = Buffer.from(text);
  name.writeUInt32LE(0, 8); // to the one socket, not to its group
  expect(sendto(fd, data, data.byteLength, 0, name, 12)).toBe(data.byteLength);
}

beforeEach(() => {
  socket = openUeventSocket();
});
afterEach(() => closeDescriptor(socket));

/**
 * Events about loop device N up to now, as `change`, `change RESIZE`, `add p1`. Events are sent before the call that causes
 * them returns, so nothing has to be waited for.
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

test('after a block size that the kernel refused, the next attachment brings the events of the device back', async () => {
  const number = fixture.addNode();
  const image = fixture.makeImage('image.img', 4096);
  expect(await errnoOf(() => fixture.attach(image, { number, logicalBlockSizeBytes: 768 }))).toBe('EINVAL');
  eventsOf(number);
  // What happened on the way is lost on Linux 6.12 and later (LOOP.md §0.2); from here on it is not.
  const device = await fixture.attach(image, { number });
  eventsOf(number);
  writeFileSync(`/sys/block/loop${number}/uevent`, 'change');
  const woken = eventsOf(number);
  await detachDevice(device);
  expect([woken, eventsOf(number).length]).toEqual([['change'], 2]);
});

test('a full buffer is told as overflow, once, and events go on', () => {
  const number = fixture.addNode();
  const small = Buffer.alloc(4);
  call('SO_RCVBUF', () => setsockopt(socket, 1, 8, small));
  for (let count = 0; count < 100; count++) writeFileSync(`/sys/block/loop${number}/uevent`, 'change');
  const { events, overflowed } = receiveUevents(socket);
  expect([overflowed, events.length < 100]).toEqual([true, true]);
  receiveUevents(socket);
  writeFileSync(`/sys/block/loop${number}/uevent`, 'add');
  expect(eventsOf(number)).toContain('add');
});

test('messages of other processes are not events', () => {
  const number = fixture.addNode();
  receiveUevents(socket);
  const name = Buffer.alloc(12);
  call('getsockname', () => getSocketName(socket, name));
  const forged = openUeventSocket();
  try {
    sendTo(forged, `change@/devices/virtual/block/loop${number}\0SUBSYSTEM=block\0FORGED=1\0`, name);
  } finally {
    closeDescriptor(forged);
  }
  expect(receiveUevents(socket).events.filter(({ variables }) => variables.has('FORGED'))).toEqual([]);
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
  await loopSetCapacity(fd);
  const grown = eventsOf(number);
  await loopSetCapacity(holder);
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

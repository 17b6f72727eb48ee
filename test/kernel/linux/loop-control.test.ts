/** /dev/loop-control: adding, removing and finding devices, with every errno of LOOP.md §1.3. */
import { constants } from 'node:fs';
import { expect, test } from 'vitest';
import { loopDeviceExists } from '../../../native-helper/linux/block-device.ts';
import { call, ioctlValue } from '../../../native-helper/linux/ffi.ts';
import { loopControlAdd, loopControlGetFree, loopControlRemove } from '../../../native-helper/linux/loop-control.ts';
import { loopSetFd } from '../../../native-helper/linux/loop-device.ts';
import { errnoOf, retryWhile, useLoopFixture } from '../loop-fixture.ts';

const fixture = useLoopFixture();

test('adds a device with a number, refuses the number a second time, and removes it', async () => {
  const number = fixture.addNode();
  expect(loopDeviceExists(number)).toBe(true);
  expect(await errnoOf(() => loopControlAdd(number))).toBe('EEXIST');
  await retryWhile(['EBUSY'], () => loopControlRemove(number));
  expect(loopDeviceExists(number)).toBe(false);
  expect(await errnoOf(() => loopControlRemove(number))).toBe('ENODEV');
});

test('adds the next free number when none is given', async () => {
  const number = loopControlAdd(null);
  try {
    expect(loopDeviceExists(number)).toBe(true);
  } finally {
    // Somebody else may have taken it meanwhile; then it is theirs to keep.
    await errnoOf(() => loopControlRemove(number));
  }
});

test('finds a device that exists', () => {
  expect(loopDeviceExists(loopControlGetFree())).toBe(true);
});

test('does not remove a device that is open or attached', async () => {
  const number = fixture.addNode();
  const fd = fixture.openDevice(number);
  expect(await errnoOf(() => loopControlRemove(number))).toBe('EBUSY');
  await loopSetFd(fd, fixture.open(fixture.makeImage('in-use.img', 4096)));
  fixture.adopt(number);
  fixture.close(fd);
  expect(await errnoOf(() => loopControlRemove(number))).toBe('EBUSY');
});

test('the kernel itself refuses numbers from 2^20 on, negative removal and unknown requests', async () => {
  const control = fixture.open('/dev/loop-control', constants.O_RDWR);
  const ask = (request: number, value: number): Promise<string> => errnoOf(() => call('ioctl', () => ioctlValue(control, request, value)));
  expect([await ask(0x4c80, 1_048_576), await ask(0x4c81, -1), await ask(0x4c8f, 0)]).toEqual(['EINVAL', 'EINVAL', 'ENOSYS']);
});

test.each([-1, 1_048_576, 1.5, Number.NaN, 2 ** 32 + 5])('refuses the number %s by itself', async (number) => {
  expect(() => loopControlAdd(number)).toThrow(RangeError);
  await expect(loopControlRemove(number)).rejects.toThrow(RangeError);
});

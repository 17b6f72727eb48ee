/** What is out of range never reaches the kernel: koffi would wrap it into something else (2^32 + 5 becomes 5, NaN becomes 0). */
import type * as Koffi from 'koffi';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';

const calls = vi.hoisted((): string[] => []);

vi.mock('koffi', async (importOriginal) => {
  const { default: koffi } = await importOriginal<typeof Koffi>();
  const load = (path: string) => {
    const library = koffi.load(path);
    return {
      func(definition: string): unknown {
        const real = library.func(definition);
        const note = (target: (...values: unknown[]) => unknown) =>
          new Proxy(target, {
            apply(inner, self, values: unknown[]): unknown {
              calls.push(definition);
              return Reflect.apply(inner, self, values);
            },
          });
        return Object.assign(note(real), { async: note(real.async) });
      },
    };
  };
  return { default: Object.create(koffi, { load: { value: load } }) as typeof koffi };
});

const { addPartition, deletePartition, loopDeviceExists, openLoopDevice } = await import('../../../native-helper/linux/block-device.ts');
const { getStatusFlags, makeMemoryFile, pidfdOpen } = await import('../../../native-helper/linux/descriptors.ts');
const { ioctlMemory, ioctlValue, openat } = await import('../../../native-helper/linux/ffi.ts');
const { loopControlAdd, loopControlRemove } = await import('../../../native-helper/linux/loop-control.ts');
const device = await import('../../../native-helper/linux/loop-device.ts');
const { receiveMessage } = await import('../../../native-helper/linux/messages.ts');
const { scanLoopDevice } = await import('../../../native-helper/linux/loop-scan.ts');
const { isBound, readLoopAttributes, readPartition } = await import('../../../native-helper/linux/sysfs.ts');

beforeAll(() => {
  isBound(0); // opens /sys/block, which is then kept
});
beforeEach(() => {
  calls.length = 0;
});

test('the notes of this test see a call that is made', () => {
  expect(() => getStatusFlags(999_999)).toThrow('EBADF');
  expect(calls).toEqual(['int fcntl(int, int, long)']);
});

const badNumbers = [-1, 1_048_576, 2 ** 31, 2 ** 32, 2 ** 32 + 5, 0.5, Number.NaN, Number.POSITIVE_INFINITY];

test.each(badNumbers)('no call is made for loop device %s', async (number) => {
  for (const attempt of [
    () => loopControlAdd(number),
    () => openLoopDevice(number, 'read'),
    () => loopDeviceExists(number),
    () => scanLoopDevice(number),
    () => readLoopAttributes(number),
    () => isBound(number),
    () => readPartition(number, 1),
  ]) {
    expect(attempt).toThrow(RangeError);
  }
  await expect(loopControlRemove(number)).rejects.toThrow(RangeError);
  expect(calls).toEqual([]);
});

const badDescriptors = [-1, 2 ** 31, 2 ** 32, 2 ** 32 + 3, 0.5, Number.NaN];

test.each(badDescriptors)('no call is made for descriptor %s', async (fd) => {
  const config = {
    backingFd: fd,
    logicalBlockSizeBytes: 0,
    flags: 0,
    offsetBytes: 0n,
    sizeLimitBytes: 0n,
    reference: new Uint8Array(0),
  };
  for (const attempt of [
    () => device.loopClearFd(fd),
    () => device.loopGetStatus64(fd),
    () => deletePartition(fd, 1),
    () => receiveMessage(fd, 100),
  ]) {
    expect(attempt).toThrow(RangeError);
  }
  for (const attempt of [
    () => device.loopSetCapacity(fd),
    () => device.loopGetStatus(fd),
    () => device.loopGetStatus64Sleeping(fd),
    () => device.loopSetFd(0, fd),
    () => device.loopSetFd(fd, 0),
    () => device.loopChangeFd(0, fd),
    () => device.loopConfigure(0, config),
    () => device.loopSetDirectIo(fd, true),
  ]) {
    await expect(attempt()).rejects.toThrow(RangeError);
  }
  expect(calls).toEqual([]);
});

test('no call is made for other arguments that do not fit', async () => {
  for (const attempt of [
    () => addPartition(0, { partition: 0, startBytes: 0n, sizeBytes: 512n }),
    () => addPartition(0, { partition: 65_536, startBytes: 0n, sizeBytes: 512n }),
    () => addPartition(0, { partition: 1, startBytes: -1n, sizeBytes: 512n }),
    () => addPartition(0, { partition: 1, startBytes: 512n, sizeBytes: 2n ** 63n - 1n }),
    () => pidfdOpen(0),
    () => pidfdOpen(2 ** 32 + 1),
    () => receiveMessage(0, 0),
    () => receiveMessage(0, 2 ** 30),
    () => ioctlValue(0, 2 ** 32, 0),
    () => ioctlValue(0, 0, 2 ** 32),
    () => ioctlMemory(0, 0, new Uint8Array(10), 11),
    () => openat(0, 'a\0b', 0),
    () => makeMemoryFile(new Uint8Array(0), 'a\0b'),
  ]) {
    expect(attempt).toThrow(RangeError);
  }
  await expect(device.loopSetBlockSize(0, 2 ** 32 + 512)).rejects.toThrow(RangeError);
  await expect(device.loopSetBlockSize(0, -512)).rejects.toThrow(RangeError);
  expect(calls).toEqual([]);
});

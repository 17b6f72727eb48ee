/** errno and the queue of calls that sleep. */
import { constants } from 'node:os';
import { expect, test, vi } from 'vitest';
import { call, callSleeping, ioctlMemorySleeping, ioctlValueSleeping } from '../../../native-helper/linux/ffi.ts';
import { getStatusFlags } from '../../../native-helper/linux/descriptors.ts';
import { SyscallError, callNode, errnoName, isErrno } from '../../../native-helper/linux/syscall-error.ts';
import { openSync } from 'node:fs';

test('at most two calls sleep at once, and the others follow in order', async () => {
  const running: ((result: number) => void)[] = [];
  const started: number[] = [];
  const results = [0, 1, 2, 3].map((index) =>
    callSleeping('test', (done) => {
      started.push(index);
      running.push((result) => done(null, result));
    }),
  );
  expect(started).toEqual([0, 1]);
  running[1]?.(11);
  expect(started).toEqual([0, 1, 2]);
  running[0]?.(10);
  expect(started).toEqual([0, 1, 2, 3]);
  running[2]?.(12);
  running[3]?.(13);
  expect(await Promise.all(results)).toEqual([10, 11, 12, 13]);
});

test('others do not wait for one call behind which nothing answers, and for more than one they do', async () => {
  vi.useFakeTimers();
  try {
    const running: ((result: number) => void)[] = [];
    const results = [0, 1, 2, 3, 4].map(() => callSleeping('test', (done) => running.push((result) => done(null, result))));
    expect(running).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(4999);
    expect(running).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(running).toHaveLength(3);
    // The stuck one, when it answers after all, has no place to give.
    running[0]?.(10);
    expect(running).toHaveLength(3);
    running[1]?.(11);
    running[2]?.(12);
    expect(running).toHaveLength(5);
    running[3]?.(13);
    running[4]?.(14);
    expect(await Promise.all(results)).toEqual([10, 11, 12, 13, 14]);
  } finally {
    vi.useRealTimers();
  }
});

test('a call that fails on another thread reports its own errno, not one of this thread', async () => {
  const file = openSync('/dev/null', 'r');
  const failures = [
    ioctlValueSleeping('first', 999_999, 0x4c80, 0),
    ioctlValueSleeping('second', file, 0x4c80, 0),
    ioctlMemorySleeping('third', 999_999, 0x4c05, new Uint8Array(232), 232),
  ].map((promise) => promise.then(() => null).catch((error: unknown) => error));
  expect(() => getStatusFlags(999_998)).toThrow('F_GETFL: EBADF');
  expect((await Promise.all(failures)).map((error) => (error instanceof SyscallError ? [error.call, error.errnoName] : error))).toEqual([
    ['first', 'EBADF'],
    ['second', 'ENOTTY'],
    ['third', 'EBADF'],
  ]);
});

test('a fault of koffi rejects and frees its place', async () => {
  const fault = new Error('fault');
  for (let count = 0; count < 5; count++) await expect(callSleeping('test', (done) => done(fault, 0))).rejects.toBe(fault);
});

test('an error knows its call and number', () => {
  const error = new SyscallError('LOOP_CONFIGURE', constants.errno.EBUSY);
  expect([error.message, error.errnoName, error.errno]).toEqual(['LOOP_CONFIGURE: EBUSY', 'EBUSY', 16]);
  expect([isErrno(error, 'ENXIO', 'EBUSY'), isErrno(error, 'ENXIO'), isErrno(new Error('EBUSY'), 'EBUSY')]).toEqual([true, false, false]);
  expect(errnoName(4000)).toBe('errno 4000');
  expect(call('fine', () => 7)).toBe(7);
});

test('errors of node:fs become errors of system calls; others stay as they are', () => {
  expect(() => callNode('open', () => openSync('/does/not/exist', 'r'))).toThrow(new SyscallError('open', 2));
  expect(() =>
    callNode('open', () => {
      throw new TypeError('other');
    }),
  ).toThrow(TypeError);
});

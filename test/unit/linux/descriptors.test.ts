/** Facts about descriptors, and the special ones the helper makes. */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deviceOf, majorOf, minorOf } from '../../../native-helper/linux/device-numbers.ts';
import {
  addSeals,
  closeDescriptor,
  createEventDescriptor,
  fileFacts,
  fileSystemMagic,
  getSeals,
  getStatusFlags,
  makeMemoryFile,
  pidfdOpen,
  seals,
  setCloseOnExec,
  signalEventDescriptor,
} from '../../../native-helper/linux/descriptors.ts';
import { fcntl } from '../../../native-helper/linux/ffi.ts';
import { DescriptorPoller, pollEvents } from '../../../native-helper/linux/poller.ts';

let opened: number[] = [];
let folder = '';

beforeEach(() => {
  opened = [];
  folder = mkdtempSync(join(tmpdir(), 'platter-unit-'));
});
afterEach(() => {
  opened.forEach((fd) => closeDescriptor(fd));
  rmSync(folder, { recursive: true });
});

function keep(fd: number): number {
  opened.push(fd);
  return fd;
}

test('a regular file is told from everything else, with its size and names', () => {
  const path = join(folder, 'file');
  writeFileSync(path, 'abc');
  const file = keep(openSync(path, 'r'));
  expect(fileFacts(file)).toMatchObject({ type: 'regular', sizeBytes: 3n, linkCount: 1n, rdevice: 0n });
  unlinkSync(path);
  expect(fileFacts(file).linkCount).toBe(0n);
  expect([keep(openSync('/dev/null', 'r')), keep(openSync(folder, 'r'))].map((fd) => fileFacts(fd).type)).toEqual(['other', 'other']);
  expect(() => fileFacts(999_999)).toThrow('statx: EBADF');
});

test('status flags show the access', () => {
  const path = join(folder, 'file');
  const flags = ['w', 'a+', 'r'].map((mode) => getStatusFlags(keep(openSync(path, mode))) & 0o2003);
  expect(flags).toEqual([1, 0o2002, 0]);
});

test('file systems have their magic numbers', () => {
  expect(fileSystemMagic(keep(openSync('/proc/self/status', 'r')))).toBe(0x9fa0n);
  expect(fileSystemMagic(keep(openSync('/sys/kernel', 'r')))).toBe(0x6265_6572n);
});

test('a file in memory has its bytes, is close-on-exec, and can be sealed', () => {
  const fd = keep(makeMemoryFile(Buffer.from('contents')));
  expect(readFileSync(`/proc/self/fd/${fd}`, 'utf8')).toBe('contents');
  expect([fcntl(fd, 1, 0), getSeals(fd)]).toEqual([1, 0]);
  addSeals(fd, seals.shrink | seals.write);
  expect(getSeals(fd)).toBe(seals.shrink | seals.write);
  expect(() => addSeals(keep(openSync('/proc/self/status', 'r')), seals.shrink)).toThrow('F_ADD_SEALS');
  expect(getSeals(keep(openSync('/proc/self/status', 'r')))).toBeNull();
});

test('close-on-exec is switched on and off', () => {
  const fd = keep(openSync('/dev/null', 'r'));
  setCloseOnExec(fd, false);
  const off = fcntl(fd, 1, 0);
  setCloseOnExec(fd, true);
  expect([off, fcntl(fd, 1, 0)]).toEqual([0, 1]);
});

test('an event descriptor counts its signals', () => {
  const fd = keep(createEventDescriptor());
  signalEventDescriptor(fd);
  signalEventDescriptor(fd);
  const count = Buffer.alloc(8);
  readSync(fd, count);
  expect(count.readBigUInt64LE()).toBe(2n);
});

test('a process descriptor tells when the process has ended', async () => {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  const fd = pidfdOpen(child.pid ?? 0);
  const poller = new DescriptorPoller();
  const ended = new Promise<number>((resolve) => {
    const undo = poller.register(fd, pollEvents.POLLIN, (events) => {
      undo();
      resolve(events);
    });
  });
  child.kill('SIGKILL');
  // POLLHUP comes with it since Linux 6.9.
  expect((await ended) & pollEvents.POLLIN).toBe(pollEvents.POLLIN);
  await poller.stop();
  closeDescriptor(fd);
  expect(() => pidfdOpen(2 ** 22 + 1)).toThrow(/pidfd_open: E(SRCH|INVAL)/u);
});

test('closing twice fails, so that no foreign descriptor is closed unseen', () => {
  const fd = openSync('/dev/null', 'r');
  closeDescriptor(fd);
  expect(() => closeDescriptor(fd)).toThrow('close: EBADF');
  expect(() => closeSync(fd)).toThrow('EBADF');
});

test('device numbers are taken apart as glibc does it', () => {
  expect([majorOf(0x703n), minorOf(0x703n)]).toEqual([7n, 3n]);
  const device = (0x12n << 44n) | (0xabcden << 20n) | (0x345n << 8n) | 0x67n;
  expect([majorOf(device), minorOf(device)]).toEqual([(0x12n << 12n) | 0x345n, (0xabcden << 8n) | 0x67n]);
  expect([0x703n, device].map((number) => deviceOf(majorOf(number), minorOf(number)))).toEqual([0x703n, device]);
});

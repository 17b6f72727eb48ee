/** Receiving from a hostile peer: descriptors of any number and kind, and no leak. */
import { closeSync, fstatSync, openSync, readdirSync, writeSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { closeDescriptor, createEventDescriptor, fileFacts } from '../../../native-helper/linux/descriptors.ts';
import { fcntl } from '../../../native-helper/linux/ffi.ts';
import {
  getPeerCredentials,
  getSocketType,
  parseControl,
  receiveMessage,
  type ReceivedMessage,
} from '../../../native-helper/linux/messages.ts';
import { SOCK_SEQPACKET, SO_PASSCRED, SO_PASSPIDFD, makeSocketPair, sendWithDescriptors, switchOn } from './socket-pair.ts';

let [ours, theirs] = [-1, -1];
let opened: number[] = [];

beforeEach(() => {
  [ours, theirs] = makeSocketPair();
  opened = [ours, theirs];
});
afterEach(() => opened.forEach((fd) => closeDescriptor(fd)));

function openFile(path = '/dev/null'): number {
  const fd = openSync(path, 'r');
  opened.push(fd);
  return fd;
}

function countDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

function dataOf(message: ReceivedMessage): Extract<ReceivedMessage, { kind: 'data' }> {
  if (message.kind !== 'data') throw new Error(`no data but ${message.kind}`);
  return message;
}

describe('receiveMessage', () => {
  test('finds nothing, then bytes, then the end', () => {
    expect(receiveMessage(ours, 100)).toEqual({ kind: 'empty' });
    writeSync(theirs, 'hello');
    expect(receiveMessage(ours, 100)).toEqual({
      kind: 'data',
      bytes: Buffer.from('hello'),
      descriptors: [],
      truncatedControl: false,
      otherControl: false,
    });
    closeDescriptor(theirs);
    opened.pop();
    expect(receiveMessage(ours, 100)).toEqual({ kind: 'end' });
  });

  test('gives at most as many bytes as asked for, and its own copy of them', () => {
    writeSync(theirs, 'abcdef');
    const first = dataOf(receiveMessage(ours, 4));
    const second = dataOf(receiveMessage(ours, 4));
    expect([first.bytes.toString(), second.bytes.toString()]).toEqual(['abcd', 'ef']);
  });

  test('takes large messages', () => {
    const size = 100_000;
    expect(writeSync(theirs, Buffer.alloc(size, 'x'))).toBe(size);
    expect(dataOf(receiveMessage(ours, size)).bytes.equals(Buffer.alloc(size, 'x'))).toBe(true);
  });

  test('hands over a descriptor of the very same file, close-on-exec', () => {
    const file = openFile('/proc/self/exe');
    sendWithDescriptors(theirs, 'x', [file]);
    const { descriptors, otherControl, truncatedControl } = dataOf(receiveMessage(ours, 100));
    const [received] = descriptors;
    if (received === undefined) throw new Error('no descriptor came');
    opened.push(received);
    expect(descriptors).toHaveLength(1);
    expect(fileFacts(received)).toEqual(fileFacts(file));
    expect([fcntl(received, 1, 0), otherControl, truncatedControl]).toEqual([1, false, false]);
  });

  test.each([2, 4, 50])('hands over all %s descriptors, so that they can be closed', (count) => {
    sendWithDescriptors(
      theirs,
      'x',
      Array.from({ length: count }, () => openFile()),
    );
    const before = countDescriptors();
    const { descriptors, truncatedControl } = dataOf(receiveMessage(ours, 100));
    expect([descriptors.length, truncatedControl, countDescriptors()]).toEqual([count, false, before + count]);
    descriptors.forEach((fd) => closeSync(fd));
    expect(countDescriptors()).toBe(before);
  });

  test('says when descriptors were cut off, and leaves none behind beyond those it hands over', () => {
    sendWithDescriptors(
      theirs,
      'x',
      Array.from({ length: 200 }, () => openFile()),
    );
    const before = countDescriptors();
    const { descriptors, truncatedControl } = dataOf(receiveMessage(ours, 100));
    expect(truncatedControl).toBe(true);
    descriptors.forEach((fd) => closeSync(fd));
    expect(countDescriptors()).toBe(before);
  });

  test('does not mix descriptors of two messages', () => {
    sendWithDescriptors(theirs, 'one', [openFile()]);
    writeSync(theirs, 'two');
    sendWithDescriptors(theirs, 'three', [openFile()]);
    const first = dataOf(receiveMessage(ours, 100));
    const second = dataOf(receiveMessage(ours, 100));
    for (const fd of [...first.descriptors, ...second.descriptors]) opened.push(fd);
    expect([first.bytes.toString(), first.descriptors.length]).toEqual(['one', 1]);
    expect([second.bytes.toString(), second.descriptors.length]).toEqual(['twothree', 1]);
  });

  test('closes what comes with an empty packet', () => {
    const [end, other] = makeSocketPair(SOCK_SEQPACKET);
    opened.push(end, other);
    const file = openFile();
    const before = countDescriptors();
    sendWithDescriptors(other, '', [file]);
    expect(receiveMessage(end, 100)).toEqual({ kind: 'end' });
    expect(countDescriptors()).toBe(before);
  });

  test('notices credentials that the peer switched on', () => {
    expect(switchOn(ours, SO_PASSCRED)).toBe(true);
    writeSync(theirs, 'x');
    expect(dataOf(receiveMessage(ours, 100))).toMatchObject({ otherControl: true, descriptors: [] });
  });

  test('hands over a pidfd that the peer made the kernel attach', ({ skip }) => {
    // Linux 6.5
    if (!switchOn(ours, SO_PASSPIDFD)) skip();
    const before = countDescriptors();
    writeSync(theirs, 'x');
    const { descriptors, otherControl } = dataOf(receiveMessage(ours, 100));
    descriptors.forEach((fd) => closeSync(fd));
    expect([otherControl, descriptors.length, countDescriptors()]).toEqual([true, 1, before]);
  });

  test('takes a reset connection as its end', () => {
    writeSync(ours, 'never read');
    closeDescriptor(theirs);
    opened.pop();
    expect(receiveMessage(ours, 100)).toEqual({ kind: 'end' });
  });

  test('fails with ENOTSOCK on a file', () => {
    expect(() => receiveMessage(openFile(), 100)).toThrow('recvmsg: ENOTSOCK');
  });
});

describe('parseControl', () => {
  function control(length: bigint, level: number, type: number, data: readonly number[]): Buffer {
    const bytes = Buffer.alloc(16 + Math.ceil((data.length * 4) / 8) * 8);
    bytes.writeBigUInt64LE(length, 0);
    bytes.writeInt32LE(level, 8);
    bytes.writeInt32LE(type, 12);
    data.forEach((value, index) => bytes.writeInt32LE(value, 16 + index * 4));
    return bytes;
  }

  test('reads several messages, padded to eight bytes', () => {
    const bytes = Buffer.concat([control(20n, 1, 1, [7]), control(28n, 1, 2, [1, 2, 3]), control(24n, 1, 1, [8, 9])]);
    expect(parseControl(bytes)).toEqual({ descriptors: [7, 8, 9], otherControl: true });
  });

  test.each([0n, 15n, 2n ** 40n, 2n ** 64n - 1n])('stops at a length of %s', (length) => {
    expect(parseControl(Buffer.concat([control(20n, 1, 1, [7]), control(length, 1, 1, [8])]))).toEqual({
      descriptors: [7],
      otherControl: false,
    });
  });

  test('finds nothing in nothing, and no descriptor in a number below zero', () => {
    expect(parseControl(Buffer.alloc(0))).toEqual({ descriptors: [], otherControl: false });
    expect(parseControl(control(20n, 1, 1, [-1]))).toEqual({ descriptors: [], otherControl: false });
  });
});

test('a socket knows its type and its peer', () => {
  const [packets, other] = makeSocketPair(SOCK_SEQPACKET);
  opened.push(packets, other);
  expect([getSocketType(ours), getSocketType(packets), getSocketType(openFile())]).toEqual(['unix-stream', 'other-socket', 'not-a-socket']);
  expect(() => getSocketType(999_999)).toThrow('EBADF');
  expect(getPeerCredentials(ours)).toEqual({ pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() });
  const event = createEventDescriptor();
  opened.push(event);
  expect(fstatSync(event).isSocket()).toBe(false);
  expect(() => getPeerCredentials(event)).toThrow('ENOTSOCK');
});

/** The parser of kernel events, and which of them are about loop devices. */
import { expect, test } from 'vitest';
import { isLoopEvent, parseUevent, type Uevent } from '../../../native-helper/linux/uevents.ts';

function event(devicePath: string, subsystem = 'block'): Uevent {
  return { action: 'change', devicePath, variables: new Map([['SUBSYSTEM', subsystem]]) };
}

test('an event is an action, a path and variables', () => {
  const bytes = Buffer.from('change@/devices/virtual/block/loop7\0ACTION=change\0SUBSYSTEM=block\0DISKSEQ=12\0A==b=\0');
  expect(parseUevent(bytes)).toEqual({
    action: 'change',
    devicePath: '/devices/virtual/block/loop7',
    variables: new Map([
      ['ACTION', 'change'],
      ['SUBSYSTEM', 'block'],
      ['DISKSEQ', '12'],
      ['A', '=b='],
    ]),
  });
});

test('parts without a key are left out', () => {
  expect(parseUevent(Buffer.from('add@/x\0=value\0nothing\0\0__proto__=1'))).toEqual({
    action: 'add',
    devicePath: '/x',
    variables: new Map([['__proto__', '1']]),
  });
});

test.each(['', '\0', 'libudev\0\xfe\xed\xca\xfe', 'change', '@/x', 'ADD@/x', 'add@x', ' add@/x', '\nadd@/x'])('%j is no event', (text) => {
  expect(parseUevent(Buffer.from(text, 'latin1'))).toBeNull();
});

test.each([
  ['/devices/virtual/block/loop0', { number: 0, partition: null }],
  ['/devices/virtual/block/loop1048575', { number: 1_048_575, partition: null }],
  ['/devices/virtual/block/loop3/loop3p12', { number: 3, partition: 12 }],
])('%s is a loop device', (path, target) => {
  expect(isLoopEvent(event(path))).toEqual(target);
});

test.each([
  '/devices/virtual/block/loop',
  '/devices/virtual/block/loop01',
  '/devices/virtual/block/loop3/loop4p1',
  '/devices/virtual/block/loop3/loop3p0',
  '/devices/virtual/block/loop3/loop3p1/x',
  '/devices/virtual/block/loop-control',
  '/devices/virtual/block/dm-0',
  '/devices/virtual/bdi/7:3',
  '/x/devices/virtual/block/loop3',
  '/devices/virtual/block/loop3\n',
])('%j is not', (path) => {
  expect(isLoopEvent(event(path))).toBeNull();
});

test('the same path in another subsystem is not', () => {
  expect(isLoopEvent(event('/devices/virtual/block/loop3', 'workqueue'))).toBeNull();
});

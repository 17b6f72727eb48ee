import { describe, expect, test } from 'vitest';
import {
  identityKey,
  sameFacts,
  splitBackingFile,
  toLoopDevice,
  trimReference,
  type DeviceFacts,
  type DeviceReading,
} from '../../../native-helper/operations/device-facts.ts';
import { DeviceState } from '../../../native-helper/operations/device-state.ts';
import { resultLine } from '../../../native-helper/rpc/replies.ts';

const facts: DeviceFacts = {
  number: 3,
  diskseq: 70n,
  sizeBytes: 1_048_576n,
  readOnly: false,
  autoclear: false,
  partitionScan: false,
  directIo: false,
  offsetBytes: 0n,
  sizeLimitBytes: 0n,
  logicalBlockSizeBytes: 512,
  backingFile: Buffer.from('/home/ana/disk.img'),
  identity: { device: 64_768n, inode: 42n, rdevice: 0n },
  reference: Buffer.from('platter:1000:abc'),
};
const reading = (changes: Partial<DeviceFacts> = {}, rest: Partial<DeviceReading> = {}): DeviceReading => ({
  facts: { ...facts, ...changes },
  ownership: 'own',
  attachment: null,
  partitions: [],
  holders: [],
  use: { mounts: [], usedAsSwap: false },
  ...rest,
});

describe('the live list', () => {
  test('tells differences only, each with the next revision', () => {
    const state = new DeviceState();
    expect(state.takeChanges()).toBeNull();
    state.setAttached(reading());
    state.setDetached(5, true);
    expect(state.takeChanges()).toMatchObject({ revision: 1, changed: [{ number: 3 }], removed: [], unboundNumbers: [5] });
    expect(state.setAttached(reading())).toBe(false);
    state.setDetached(5, true);
    expect(state.takeChanges()).toBeNull();
    state.setAttached(reading({ sizeBytes: 512n }));
    expect(state.takeChanges()).toMatchObject({ revision: 2, changed: [{ number: 3, sizeBytes: '512' }], removed: [] });
    state.setDetached(3, true);
    expect(state.takeChanges()).toEqual({ revision: 3, changed: [], removed: [3], unboundNumbers: [3, 5] });
    state.setDetached(3, false);
    expect(state.takeChanges()).toEqual({ revision: 4, changed: [], removed: [], unboundNumbers: [5] });
  });

  test('forgets what came and went in between', () => {
    const state = new DeviceState();
    state.setAttached(reading());
    state.setDetached(3, false);
    expect(state.takeChanges()).toEqual({ revision: 1, changed: [], removed: [3], unboundNumbers: [] });
    state.setAttached(reading());
    state.takeChanges();
    state.setDetached(3, true);
    state.setAttached(reading({ diskseq: 72n }));
    expect(state.takeChanges()).toMatchObject({ changed: [{ diskseq: '72' }], removed: [] });
  });

  test('is in order of numbers', () => {
    const state = new DeviceState();
    for (const number of [12, 3, 100, 7]) state.setAttached(reading({ number }));
    state.takeChanges();
    expect(state.snapshot().devices.map((device) => device.number)).toEqual([3, 7, 12, 100]);
  });

  test('is written as JSON says it, also after what was written before has changed', () => {
    const state = new DeviceState();
    const check = (): void => {
      state.takeChanges();
      const snapshot = state.snapshot();
      expect(resultLine(7, snapshot)).toBe(`{"jsonrpc":"2.0","id":7,"result":${JSON.stringify({ ...snapshot })}}`);
    };
    check();
    state.setAttached(reading());
    state.setAttached(reading({ number: 4, backingFile: Buffer.from('/home/ana/"\u2028\n\xff') }));
    state.setDetached(9, true);
    check();
    state.setAttached(reading({ sizeBytes: 512n }));
    state.setDetached(4, true);
    check();
  });

  test('finds devices by their file', () => {
    const state = new DeviceState();
    const identity = { device: 64_768n, inode: 43n, rdevice: 0n };
    state.setAttached(reading());
    state.setAttached(reading({ number: 4 }));
    state.setAttached(reading({ number: 5, identity }));
    expect(state.numbersOf('64768:42')).toEqual([3, 4]);
    state.setAttached(reading({ number: 3, identity }));
    expect(state.numbersOf('64768:42')).toEqual([4]);
    expect(state.numbersOf(identityKey(identity))).toEqual([5, 3]);
    state.setDetached(4, true);
    expect(state.numbersOf('64768:42')).toEqual([]);
  });

  test('finds devices by their partitions', () => {
    const state = new DeviceState();
    const { wire } = { wire: toLoopDevice(reading()) };
    const partition = {
      number: 1,
      deviceNumber: '259:7',
      startBytes: wire.offsetBytes,
      sizeBytes: wire.sizeBytes,
      readOnly: false,
      mounts: [],
      usedAsSwap: false,
    };
    state.setAttached(reading({}, { partitions: [partition] }));
    expect(state.deviceOfPartition('259:7')).toBe(3);
    state.setAttached(reading());
    expect(state.deviceOfPartition('259:7')).toBeUndefined();
  });
});

describe('a device for the window', () => {
  test('says everything of an own device', () => {
    expect(toLoopDevice(reading({}, { attachment: { uid: 1000, at: 5 } }))).toEqual({
      number: 3,
      diskseq: '70',
      sizeBytes: '1048576',
      readOnly: false,
      autoclear: false,
      partitionScan: false,
      directIo: false,
      offsetBytes: '0',
      sizeLimitBytes: '0',
      logicalBlockSizeBytes: 512,
      backingFile: { text: '/home/ana/disk.img', base64: null },
      backingFileState: 'named',
      identity: { device: '64768', inode: '42', rdevice: '0' },
      reference: { text: 'platter:1000:abc', base64: null },
      ownership: 'own',
      attachment: { uid: 1000, at: 5 },
      partitions: [],
      mounts: [],
      usedAsSwap: false,
      holders: [],
    });
  });

  test.each(['other-user', 'unknown'] as const)('keeps from others what only root may know: %s', (ownership) => {
    const device = toLoopDevice(reading({}, { ownership, attachment: { uid: 1000, at: 5 } }));
    expect(device).toMatchObject({ identity: null, reference: null, attachment: null, ownership });
  });

  test.each([
    ['/a/b', '/a/b', 'named'],
    ['/a/b (deleted)', '/a/b', 'deleted'],
    ['/a/b (deleted) (deleted)', '/a/b (deleted)', 'deleted'],
    [' (deleted)', ' (deleted)', 'named'],
    ['', '', 'named'],
  ])('the name %o', (bytes, text, backingFileState) => {
    expect(splitBackingFile(Buffer.from(bytes))).toEqual({ backingFile: { text, base64: null }, backingFileState });
  });

  test('a name the kernel could not say', () => {
    expect(splitBackingFile(null)).toEqual({ backingFile: null, backingFileState: 'unknown' });
  });

  test('bytes that are no text keep their bytes', () => {
    const bytes = Buffer.from([0x2f, 0xff, 0x0a]);
    expect(splitBackingFile(bytes).backingFile).toEqual({ text: '/\uFFFD\n', base64: bytes.toString('base64') });
  });

  test('a reference ends at its first NUL', () => {
    expect(Buffer.from(trimReference(Buffer.from('abc\0def\0'))).toString()).toBe('abc');
    expect(trimReference(Buffer.alloc(64, 'x'))).toHaveLength(64);
  });

  test('names of a block device are one device', () => {
    expect(identityKey({ device: 5n, inode: 9n, rdevice: 1793n })).toBe(identityKey({ device: 6n, inode: 8n, rdevice: 1793n }));
  });
});

describe('every fact counts as a difference', () => {
  test.each([
    { diskseq: 71n },
    { sizeBytes: 512n },
    { readOnly: true },
    { autoclear: true },
    { partitionScan: true },
    { directIo: true },
    { offsetBytes: 512n },
    { sizeLimitBytes: 512n },
    { logicalBlockSizeBytes: 4096 },
    { backingFile: Buffer.from('/home/ana/other.img') },
    { backingFile: null },
    { identity: null },
    { identity: { device: 64_768n, inode: 43n, rdevice: 0n } },
    { reference: Buffer.from('other') },
    { reference: null },
  ] satisfies Partial<DeviceFacts>[])('%o', (changes) => {
    expect(sameFacts(facts, { ...facts, ...changes })).toBe(false);
    expect(sameFacts({ ...facts, ...changes }, { ...facts, ...changes })).toBe(true);
  });
});

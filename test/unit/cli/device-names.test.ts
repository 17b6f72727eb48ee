import { describe, expect, test } from 'vitest';
import { parseNodeName, resolveDevice, type NamedFile } from '../../../electron/cli/device-names.ts';
import { toKernelText } from '../../../native-helper/protocol/scalars.ts';
import { sampleDevice, sampleFacts, snapshotOf } from './sample.ts';

describe('parseNodeName', () => {
  test.each([
    ['/dev/loop3', 3],
    ['/dev/loop/3', 3],
    ['loop3', 3],
    ['3', 3],
    ['0', 0],
    ['1048575', 1_048_575],
  ])('%s is number %i', (name, number) => {
    expect(parseNodeName(name)).toBe(number);
  });

  test.each(['', '03', '-1', '1048576', '99999999', 'loop', 'loop3p1', '/dev/loop3p1', '/dev/sda', 'loop 3', '3.0', '/tmp/3'])(
    '%j is none',
    (name) => {
      expect(parseNodeName(name)).toBeNull();
    },
  );
});

describe('resolveDevice', () => {
  const devices = [sampleDevice(0), sampleDevice(1), sampleDevice(7, { identity: null, reference: null })];
  const snapshot = snapshotOf(devices, [2]);
  const file = (inode: bigint, path = '/nowhere'): NamedFile => ({ facts: sampleFacts({ inode }), path: Buffer.from(path) });

  test('finds by node, number, file and reference name', () => {
    const found = { kind: 'found', device: devices[1] };
    expect(resolveDevice('/dev/loop1', snapshot, null)).toEqual(found);
    expect(resolveDevice('loop1', snapshot, null)).toEqual(found);
    expect(resolveDevice('1', snapshot, null)).toEqual(found);
    expect(resolveDevice('disk.img', snapshot, file(1001n))).toEqual(found);
    expect(resolveDevice('name1', snapshot, null)).toEqual(found);
  });

  test('follows links to nodes by their device number', () => {
    const link: NamedFile = { facts: sampleFacts({ rdevice: (7n << 8n) | 1n }), path: Buffer.from('/dev/loop1') };
    expect(resolveDevice('/dev/disk/by-loop-ref/backup', snapshot, link)).toMatchObject({ kind: 'found', device: { number: 1 } });
  });

  test('compares names where the identity is not known, and only those that are still there', () => {
    const path = '/images/disk7.img';
    expect(resolveDevice('x', snapshot, file(9n, path))).toMatchObject({ kind: 'found', device: { number: 7 } });
    const deleted = snapshotOf([sampleDevice(7, { identity: null, backingFileState: 'deleted' })]);
    expect(resolveDevice('x', deleted, file(9n, path))).toEqual({ kind: 'file-not-attached' });
  });

  test('names what is not there', () => {
    expect(resolveDevice('loop2', snapshot, null)).toEqual({ kind: 'not-attached', number: 2 });
    expect(resolveDevice('/dev/loop9', snapshot, null)).toEqual({ kind: 'no-such-device', number: 9 });
    expect(resolveDevice('backup', snapshot, null)).toEqual({ kind: 'unknown-name' });
    expect(resolveDevice('other.img', snapshot, file(5n))).toEqual({ kind: 'file-not-attached' });
  });

  test('a bare number that is also the name of an attached file is ambiguous; with a slash it is not', () => {
    const attached = file(1001n);
    expect(resolveDevice('0', snapshot, attached)).toEqual({ kind: 'ambiguous', devices: [devices[0], devices[1]] });
    expect(resolveDevice('./0', snapshot, attached)).toMatchObject({ kind: 'found', device: { number: 1 } });
    expect(resolveDevice('/dev/loop0', snapshot, attached)).toMatchObject({ kind: 'found', device: { number: 0 } });
  });

  test('a file that is attached twice is ambiguous', () => {
    const twice = snapshotOf([sampleDevice(0), sampleDevice(1, { identity: sampleDevice(0).identity })]);
    expect(resolveDevice('disk.img', twice, file(1000n))).toMatchObject({ kind: 'ambiguous' });
  });

  test('an empty reference name is no name', () => {
    const nameless = snapshotOf([sampleDevice(0, { reference: toKernelText(new Uint8Array()) })]);
    expect(resolveDevice('', nameless, null)).toEqual({ kind: 'unknown-name' });
  });
});

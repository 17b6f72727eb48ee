/** What is wrong with a device, found from what is known of it and of the others. */
import { describe, expect, test } from 'vitest';
import type { Contents } from '../../../electron/ipc/contents.ts';
import type { BackingFileFacts } from '../../../electron/ipc/images.ts';
import { findWarnings, type WarningFacts } from '../../../electron/ipc/device-warnings.ts';
import { keyOf } from '../../../renderer/state/device-facts.ts';
import { usageOfPart, usageOfParts } from '../../../renderer/state/part-usage.ts';
import { nextRemembered } from '../../../renderer/state/remembered-devices.ts';
import type { LoopDevice } from '../../../native-helper/protocol/devices.ts';
import { content } from '../../fakes/sample-contents.ts';
import { decimal, GIB, loopDevice, mountAt } from '../../fakes/sample-devices.ts';

const device = loopDevice(1, '/a.img', { sizeBytes: decimal(GIB) });
const present = (sizeBytes: bigint): BackingFileFacts => ({
  kind: 'present',
  path: '/a.img',
  sizeBytes: sizeBytes.toString(),
  allocatedBytes: '0',
  freeBytes: '0',
  writable: true,
});
const find = (facts: Partial<WarningFacts>) =>
  findWarnings({
    device,
    devices: [device],
    file: present(GIB),
    contents: [],
    contentsOf: () => [],
    sameUuid: [],
    troubles: [],
    remembered: { path: '/a.img', directIo: false },
    ...facts,
  });

describe('warnings', () => {
  test('are none for a device as it should be', () => {
    expect(find({})).toEqual([]);
    expect(find({ file: null, remembered: undefined })).toEqual([]);
  });

  test('tell what became of the file, the worst only', () => {
    expect(find({ device: { ...device, backingFileState: 'deleted' }, file: { kind: 'missing', path: '/a.img' } })).toEqual([
      { kind: 'deleted' },
    ]);
    expect(find({ file: { kind: 'replaced', path: '/a.img' } })).toEqual([{ kind: 'replaced' }]);
    expect(find({ file: { kind: 'missing', path: '/a.img' } })).toEqual([{ kind: 'missing' }]);
    expect(find({ device: { ...device, ownership: 'unknown' }, file: { kind: 'missing', path: '/a.img' } })).toEqual([]);
    expect(find({ remembered: { path: '/old.img', directIo: false } })).toEqual([{ kind: 'moved', from: '/old.img' }]);
  });

  test('tell a file that is shorter or longer than its device, by whole sectors', () => {
    expect(find({ file: present(GIB - 1n) })).toEqual([{ kind: 'file-shrank', fileBytes: decimal(GIB - 1n) }]);
    expect(find({ file: present(GIB + 511n) })).toEqual([]);
    expect(find({ file: present(GIB + 512n) })).toEqual([{ kind: 'file-grew', fileBytes: decimal(GIB + 512n) }]);
    const limited = { ...device, sizeLimitBytes: decimal(GIB) };
    expect(find({ device: limited, file: present(2n * GIB) })).toEqual([]);
    expect(find({ device: limited, file: present(GIB - 512n) })).toEqual([{ kind: 'file-shrank', fileBytes: decimal(GIB - 512n) }]);
  });

  test('tell the same data attached twice, by identity, else by name, and only where the ranges meet', () => {
    const other = { ...loopDevice(2, '/link.img'), identity: device.identity };
    expect(find({ devices: [device, other] })).toEqual([{ kind: 'attached-twice', numbers: [2], writable: true }]);
    const readOnly = { ...device, readOnly: true };
    expect(find({ device: readOnly, devices: [readOnly, { ...other, readOnly: true }] })).toEqual([
      { kind: 'attached-twice', numbers: [2], writable: false },
    ]);
    expect(find({ devices: [device, { ...other, offsetBytes: decimal(GIB) }] })).toEqual([]);
    const blind = { ...device, identity: null };
    expect(find({ device: blind, devices: [blind, loopDevice(3, '/a.img', { identity: null }), loopDevice(4, '/b.img')] })).toEqual([
      { kind: 'attached-twice', numbers: [3], writable: true },
    ]);
  });

  test('tell an offset within a sector, and direct I/O that the kernel switched off', () => {
    expect(find({ device: { ...device, offsetBytes: decimal(100) }, file: null })).toEqual([{ kind: 'misaligned', sectorBytes: 512 }]);
    expect(find({ device: { ...device, offsetBytes: decimal(512), logicalBlockSizeBytes: 4096 }, file: null })).toEqual([
      { kind: 'misaligned', sectorBytes: 4096 },
    ]);
    expect(find({ remembered: { path: '/a.img', directIo: true } })).toEqual([{ kind: 'direct-io-off' }]);
    expect(find({ device: { ...device, directIo: true }, remembered: { path: '/a.img', directIo: true } })).toEqual([]);
  });

  test('tell others with the same UUID, loop devices and the rest, but not the same file once more', () => {
    const fileSystem = content(null, 'file-system', 'ext4');
    const other = loopDevice(2, '/copy.img');
    const twin = { ...loopDevice(3, '/link.img', { offsetBytes: decimal(GIB) }), identity: device.identity };
    const otherContents = new Map([
      [keyOf(other), [fileSystem]],
      [keyOf(twin), [fileSystem]],
    ]);
    const contentsOf = (one: LoopDevice): Contents => otherContents.get(keyOf(one)) ?? [];
    const uuid = fileSystem.uuid ?? '';
    const sameUuid = [
      { uuid, node: 'sda2' },
      { uuid, node: 'loop3' },
    ];
    expect(find({ devices: [device, other, twin], contents: [fileSystem], contentsOf, sameUuid })).toEqual([
      { kind: 'same-uuid', nodes: ['loop2', 'sda2'] },
    ]);
    expect(find({ devices: [device, other], contents: [content(null, 'file-system', 'ext4')], contentsOf })).toEqual([]);
  });
});

test('names the mounts whose file system has stopped, and those that are read-only now, before all else', () => {
  const trouble = (kind: 'file-system-stopped' | 'file-system-read-only' | 'file-system-errors', text: string) => ({
    kind,
    mountPoint: { text, base64: null },
  });
  const troubles = [
    trouble('file-system-read-only', '/media/a'),
    trouble('file-system-stopped', '/media/b'),
    trouble('file-system-read-only', '/media/c'),
    trouble('file-system-errors', '/media/d'),
  ];
  expect(find({ file: { kind: 'replaced', path: '/a.img' }, troubles })).toEqual([
    { kind: 'file-system-stopped', mountPoints: ['/media/b'] },
    { kind: 'file-system-read-only', mountPoints: ['/media/a', '/media/c'] },
    { kind: 'file-system-errors', mountPoints: ['/media/d'] },
    { kind: 'replaced' },
  ]);
});

describe('what a window remembers of a device', () => {
  test('is its first path, and that direct I/O was on; nothing of what is gone', () => {
    const first = nextRemembered(new Map(), [device]);
    expect([...first]).toEqual([['1:41', { path: '/a.img', directIo: false }]]);
    const moved = loopDevice(1, '/b.img', { directIo: true });
    const second = nextRemembered(first, [moved]);
    expect([...second]).toEqual([['1:41', { path: '/a.img', directIo: true }]]);
    expect(nextRemembered(second, [{ ...moved, directIo: false }])).toBe(second);
    expect(nextRemembered(second, []).size).toBe(0);
  });
});

describe('how full a part is', () => {
  const mount = mountAt('/m', 'ext4');
  const sized = content(null, 'file-system', 'ext4', null, { space: { fileSystemBytes: '1000', usedBytes: '400' } });

  test('is said by the kernel where it is mounted, else by the file system, else by nobody', () => {
    const usage = [{ mountId: mount.mountId, totalBytes: '900', usedBytes: '300', availableBytes: '500' }];
    expect(usageOfPart({ mounts: [mount], content: sized }, usage)).toEqual({ totalBytes: 900n, usedBytes: 300n, availableBytes: 500n });
    expect(usageOfPart({ mounts: [], content: sized }, usage)).toEqual({ totalBytes: 1000n, usedBytes: 400n, availableBytes: null });
    expect(usageOfPart({ mounts: [], content: null }, usage)).toBeNull();
    expect(usageOfPart({ mounts: [], content: { ...sized, space: { fileSystemBytes: '1', usedBytes: null } } }, usage)).toBeNull();
  });

  test('is summed over those that say', () => {
    const part = { partition: 1, sizeBytes: GIB, mounts: [], usedAsSwap: false, readOnly: false, content: sized, inKernel: true };
    expect(usageOfParts([part, part, { ...part, content: null }], [])).toEqual({ totalBytes: 2000n, usedBytes: 800n });
    expect(usageOfParts([{ ...part, content: null }], [])).toBeNull();
  });
});

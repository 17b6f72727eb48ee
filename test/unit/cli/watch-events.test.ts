/** What `platter watch` tells of two states of the list. */
import { expect, test } from 'vitest';
import { WatchedDevices, type WatchEvent } from '../../../electron/cli/watch-events.ts';
import { eventLine } from '../../../electron/cli/watch-lines.ts';
import type { LoopDevice, Mount, Partition } from '../../../native-helper/protocol/devices.ts';
import { toDecimal, toKernelText } from '../../../native-helper/protocol/scalars.ts';
import { sampleDevice } from './sample.ts';

const mount = (mountId: number, mountPoint: string, readOnly = false): Mount => ({
  mountId,
  mountPoint: toKernelText(Buffer.from(mountPoint)),
  fileSystemType: 'ext4',
  readOnly,
});
const partition = (number: number, changes: Partial<Partition> = {}): Partition => ({
  number,
  deviceNumber: `259:${number}`,
  startBytes: toDecimal(512),
  sizeBytes: toDecimal(1024),
  readOnly: false,
  mounts: [],
  usedAsSwap: false,
  ...changes,
});

/** Events of one step from a list to the next. */
function step(before: readonly LoopDevice[], changed: readonly LoopDevice[], removed: readonly number[] = []): readonly WatchEvent[] {
  return new WatchedDevices(before, [7]).accept({ revision: 2, changed, removed, unboundNumbers: [7] });
}
const subject = { number: 1, node: '/dev/loop1', diskseq: '101' };

test('tells devices that come and go, and another image under the same number as both', () => {
  const device = sampleDevice(1);
  const next = sampleDevice(1, { diskseq: toDecimal(500) });
  expect(step([], [device])).toEqual([{ event: 'device-added', device: { node: '/dev/loop1', ...device } }]);
  expect(step([device], [], [1])).toEqual([{ event: 'device-removed', ...subject }]);
  expect(step([device], [next]).map(({ event }) => event)).toEqual(['device-removed', 'device-added']);
  expect(step([device], [next], [1]).map(({ event }) => event)).toEqual(['device-removed', 'device-added']);
  expect(step([], [], [9])).toEqual([]);
});

test('names the settings that changed, and nothing where nothing did', () => {
  const device = sampleDevice(1);
  const next = { ...device, autoclear: true, backingFile: toKernelText(Buffer.from('/b.img')) };
  expect(step([device], [next])).toEqual([
    { event: 'device-changed', ...subject, fields: ['autoclear', 'backingFile'], device: { node: '/dev/loop1', ...next } },
  ]);
  expect(step([device], [{ ...device }])).toEqual([]);
});

test('tells mounts by their identity, and one that became read-only as both', () => {
  const place = { ...subject, partition: null };
  const before = sampleDevice(1, { mounts: [mount(5, '/a'), mount(6, '/b')] });
  const now = { ...before, mounts: [mount(6, '/b', true), mount(7, '/a')] };
  expect(step([before], [now])).toEqual([
    { event: 'unmounted', ...place, mount: mount(5, '/a') },
    { event: 'unmounted', ...place, mount: mount(6, '/b') },
    { event: 'mounted', ...place, mount: mount(6, '/b', true) },
    { event: 'mounted', ...place, mount: mount(7, '/a') },
  ]);
});

test('tells partitions with what is on them, first what ends', () => {
  const before = sampleDevice(1, { partitions: [partition(1, { mounts: [mount(5, '/a')] }), partition(2)] });
  const now = { ...before, partitions: [partition(2, { sizeBytes: toDecimal(2048), usedAsSwap: true }), partition(3)] };
  expect(step([before], [now]).map((event) => [event.event, 'partition' in event ? event.partition : null])).toEqual([
    ['unmounted', 1],
    ['partition-removed', 1],
    ['partition-changed', 2],
    ['swap-on', 2],
    ['partition-added', 3],
  ]);
});

test('tells what lies on top, and nodes that come and go', () => {
  const before = sampleDevice(1, { holders: ['dm-0', 'dm-1'] });
  expect(step([before], [{ ...before, holders: ['dm-1', 'md0'] }])).toEqual([
    { event: 'holder-removed', ...subject, holder: 'dm-0' },
    { event: 'holder-added', ...subject, holder: 'md0' },
  ]);
  const watched = new WatchedDevices([], [7]);
  const nodes = (unboundNumbers: number[]) => watched.accept({ revision: 2, changed: [], removed: [], unboundNumbers });
  expect([nodes([7]), nodes([7, 8]), nodes([7, 8])]).toEqual([[], [{ event: 'nodes-changed', unboundNumbers: [7, 8] }], []]);
});

test('has a line for people for every event, safe to show', () => {
  const context = { json: false, quiet: false, output: { columns: null, colours: false, utf8: true } };
  const before = sampleDevice(1, { mounts: [mount(5, '/a\u001b[2J')], partitions: [partition(1)], holders: ['dm-0'], usedAsSwap: true });
  const now = sampleDevice(1, { sizeBytes: toDecimal(512), partitions: [partition(2)], attachment: { uid: 0, at: 1 } });
  expect(step([before], [now]).map((event) => eventLine(event, context))).toEqual([
    String.raw`/dev/loop1: no longer mounted on /a\x1b[2J (ext4)`,
    '/dev/loop1: no longer used as swap',
    '/dev/loop1: no longer used by dm-0',
    '/dev/loop1p1: partition gone',
    '/dev/loop1p2: new partition, 1 KiB',
    '/dev/loop1: changed: size, owner',
  ]);
  expect(eventLine({ event: 'device-removed', ...subject }, context)).toBe('/dev/loop1: detached');
  expect(eventLine({ event: 'nodes-changed', unboundNumbers: [] }, context)).toBe('unused nodes: none');
});

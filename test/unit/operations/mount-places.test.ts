/** Which mount a path and a descriptor lie on: pure, with tables of mounts as mountinfo shows them. */
import { expect, test } from 'vitest';
import { parseMountInfo } from '../../../native-helper/linux/process-mounts.ts';
import { encodeDeviceNumber } from '../../../native-helper/operations/holders/device-number.ts';
import { innermostMount, MountPlaces } from '../../../native-helper/operations/holders/mount-places.ts';

const lines = [
  '20 1 254:0 / / rw - ext4 /dev/vda rw',
  '30 20 7:3 / /run/media/me/x rw,nosuid,nodev - ext4 /dev/loop3 rw',
  '31 30 0:40 / /run/media/me/x/inside rw - tmpfs none rw',
  '32 20 7:3 /sub /mnt/bind rw - ext4 /dev/loop3 rw',
  '33 20 0:50 /vol /mnt/tree rw - btrfs /dev/loop4 rw',
  '34 20 0:60 / /mnt/remote rw - fuse.sshfs host: rw',
  '35 20 0:41 / /mnt/bind/over rw,nodev - tmpfs none rw',
];
const entries = parseMountInfo(Buffer.from(`${lines.join('\n')}\n`));
const devices = [
  { name: 'loop3', deviceNumber: '7:3', btrfsDevices: [] },
  { name: 'loop5', deviceNumber: '7:5', btrfsDevices: ['loop4', 'loop5'] },
];

function placesOf(): MountPlaces {
  const places = new MountPlaces(devices);
  places.addNamespace('1', entries);
  return places;
}

test('mounts of the devices are found, btrfs by any of its devices, with what is mounted inside', () => {
  const found = placesOf().mounts();
  expect(
    found.map(({ entry, device, inside }) => [entry.mountId, device.name, inside.map((path) => Buffer.from(path).toString())]),
  ).toEqual([
    [30, 'loop3', ['/run/media/me/x/inside']],
    [32, 'loop3', []],
    [33, 'loop5', []],
  ]);
});

test.each([
  ['/run/media/me/x', 30],
  ['/run/media/me/x/a (deleted)', 30],
  ['/run/media/me/xy', null],
  ['/run/media/me/x/inside/a', null],
  ['/mnt/bind/a', 32],
  ['/mnt/bind/over/a', null],
  ['/mnt/tree', 33],
  ['/', null],
  ['relative', null],
] as const)('%s lies on mount %s', (path, mountId) => {
  expect(placesOf().ofPath('1', path)?.entry.mountId ?? null).toBe(mountId);
  expect(placesOf().ofPath('another namespace', path)).toBeNull();
});

test('of two mounts in one place the last one is seen', () => {
  const over = parseMountInfo(Buffer.from('40 20 7:9 / /mnt rw - ext4 /dev/loop9 rw\n41 40 7:8 / /mnt rw - ext4 /dev/loop8 rw\n'));
  expect(innermostMount(over, '/mnt/a')?.mountId).toBe(41);
});

test('a descriptor lies on one of them, elsewhere, or where nobody looked', () => {
  const places = placesOf();
  expect([20, 31, 34, 35, 99].map((id) => places.ofDescriptor(id))).toEqual([
    { kind: 'elsewhere', mayHoldNodes: true, isLocal: true, fileSystem: '254:0' },
    { kind: 'elsewhere', mayHoldNodes: true, isLocal: true, fileSystem: '0:40' },
    { kind: 'elsewhere', mayHoldNodes: true, isLocal: false, fileSystem: '0:60' },
    { kind: 'elsewhere', mayHoldNodes: false, isLocal: true, fileSystem: '0:41' },
    { kind: 'unseen' },
  ]);
  expect(places.ofDescriptor(33)).toMatchObject({ kind: 'found', mount: { device: { name: 'loop5' } } });
  expect([places.ofFileSystem('0:50')?.name, places.ofNode('7:5')?.name, places.ofNodePath('/dev/loop5 (deleted)')?.name]).toEqual([
    'loop5',
    'loop5',
    'loop5',
  ]);
  expect([places.ofNodePath('/dev/loop50'), places.ofNode('7:50')]).toEqual([null, null]);
});

test.each([
  ['7:3', '1795'],
  ['259:300', '1114924'],
])('device number %s is %s to stat', (text, encoded) => {
  expect(encodeDeviceNumber(text)).toBe(encoded);
});

test('of another namespace the mounts of the devices are kept, and what is mounted inside them', () => {
  const places = new MountPlaces(devices);
  const inside = '36 31 0:42 / /run/media/me/x/inside/deeper rw - tmpfs none rw';
  expect(places.addOtherNamespace('2', { entries: parseMountInfo(Buffer.from(`${[...lines, inside].join('\n')}\n`)), isWhole: true })).toBe(
    true,
  );
  expect(places.mounts().map(({ entry, namespace }) => [entry.mountId, namespace])).toEqual([
    [30, '2'],
    [32, '2'],
    [33, '2'],
  ]);
  expect(places.mounts()[0]?.inside.map((path) => Buffer.from(path).toString())).toEqual(['/run/media/me/x/inside']);
  expect(['/run/media/me/x/a', '/run/media/me/x/inside/deeper/a'].map((path) => places.ofPath('2', path)?.entry.mountId)).toEqual([
    30,
    undefined,
  ]);
  expect([places.ofDescriptor(20).kind, places.ofDescriptor(34)]).toEqual([
    'elsewhere',
    { kind: 'elsewhere', mayHoldNodes: true, isLocal: false, fileSystem: '0:60' },
  ]);
});

test('a namespace that was not read to its end, or has too many mounts of the devices, is known in part', () => {
  const many = Array.from({ length: 1500 }, (_, number) => `${100 + number} 20 7:3 / /mnt/${number} rw - ext4 /dev/loop3 rw`);
  const places = new MountPlaces(devices);
  expect(places.addOtherNamespace('1', { entries, isWhole: false })).toBe(false);
  expect(places.addOtherNamespace('2', { entries: parseMountInfo(Buffer.from(`${many.join('\n')}\n`)), isWhole: true })).toBe(false);
  expect([places.mountsIn('1').length, places.mountsIn('2').length]).toEqual([3, 1000]);
});

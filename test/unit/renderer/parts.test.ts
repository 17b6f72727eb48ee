/** What is on a device: which parts there are, what can be mounted, and how main is asked about it. */
import { describe, expect, test } from 'vitest';
import type { Content, ContentKind, Contents } from '../../../electron/ipc/contents.ts';
import type { Reply } from '../../../electron/ipc/errors.ts';
import { contentsPrint, createContentsCache, type KnownContents } from '../../../renderer/state/contents.ts';
import {
  growFileSystemExcuse,
  mountChoice,
  mountExcuse,
  mountToOpen,
  partsOf,
  trimExcuse,
  type Part,
} from '../../../renderer/state/parts.ts';
import { contentFact, describeSegment, rowFacts } from '../../../renderer/text/segment-text.ts';
import { typeName } from '../../../renderer/text/mount-words.ts';
import { decimal, GIB, loopDevice, MIB, mountAt, partition } from '../../fakes/sample-devices.ts';

const content = (kind: ContentKind, type: string, facts: Partial<Content> = {}): Content => ({
  partition: null,
  partitionName: null,
  range: null,
  space: null,
  kind,
  type,
  label: null,
  uuid: null,
  mountable: kind === 'file-system',
  ...facts,
});
const knownAs = (contents: Contents): KnownContents => ({ contents, error: null, print: '' });
const wholePart = (found: Content | null): Part => ({
  partition: null,
  sizeBytes: GIB,
  mounts: [],
  usedAsSwap: false,
  readOnly: false,
  content: found,
  inKernel: true,
});

describe('a part', () => {
  test.each([
    ['file-system', 'ext4', null],
    ['swap', 'swap', 'is-swap'],
    ['encrypted', 'crypto_LUKS', 'is-encrypted'],
    ['raid-or-volume', 'LVM2_member', 'is-volume'],
    ['partition-table', 'gpt', 'is-table'],
    ['other', 'bcache', 'nothing-found'],
    ['nothing', '', 'nothing-found'],
  ] as const)('with %s says whether it can be mounted', (kind, type, excuse) => {
    const found = content(kind, type);
    expect(mountExcuse(wholePart(found), knownAs([found]))).toBe(excuse);
  });

  test('with a file system that is not mounted here says so', () => {
    const found = content('file-system', 'zfs_member', { mountable: false });
    expect(mountExcuse(wholePart(found), knownAs([found]))).toBe('not-mountable');
  });

  test('that nobody has looked at yet waits; after a failed look main may be asked to try', () => {
    expect(mountExcuse(wholePart(null), undefined)).toBe('looking');
    const failed = { contents: [], error: { code: 'PROBE_FAILED', message: 'm' }, print: '' } as const;
    expect(mountExcuse(wholePart(null), failed)).toBeNull();
  });

  test('is trimmed and grown only where it is mounted writable, and grown only by types that can', () => {
    const ext4 = { ...wholePart(null), mounts: [mountAt('/x', 'ext4')] };
    expect([trimExcuse(ext4), growFileSystemExcuse(ext4)]).toEqual([null, null]);
    const readOnly = { ...ext4, mounts: [mountAt('/x', 'ext4', true)] };
    expect([trimExcuse(readOnly), growFileSystemExcuse(readOnly)]).toEqual(['mounted-read-only', 'mounted-read-only']);
    expect(growFileSystemExcuse({ ...ext4, mounts: [mountAt('/x', 'vfat')] })).toBe('cannot-grow');
    const sized = (bytes: bigint): Part => ({
      ...ext4,
      content: content('file-system', 'ext4', { space: { fileSystemBytes: bytes.toString(), usedBytes: null } }),
    });
    expect(growFileSystemExcuse(sized(GIB - 4096n))).toBe('fills-place');
    expect(growFileSystemExcuse(sized(GIB - MIB))).toBeNull();
    expect([trimExcuse(wholePart(null)), growFileSystemExcuse(wholePart(null))]).toEqual(['not-mounted', 'not-mounted']);
  });
});

describe('a device with partitions', () => {
  const device = loopDevice(1, '/a.img', {
    sizeBytes: decimal(8n * GIB),
    partitions: [partition(1, MIB, 512n * MIB, { mounts: [mountAt('/run/media/m/EFI', 'vfat')] }), partition(2, GIB, 4n * GIB)],
  });
  const contents: Contents = [
    content('partition-table', 'gpt'),
    content('file-system', 'vfat', { partition: 1, label: 'EFI' }),
    content('file-system', 'ext4', { partition: 2, label: 'root' }),
    content('encrypted', 'crypto_LUKS', { partition: 3, range: { startBytes: (5n * GIB).toString(), sizeBytes: GIB.toString() } }),
  ];

  test('shows partitions that the kernel did not read among the others', () => {
    expect(partsOf(device, contents).map((part) => [part.partition, part.inKernel])).toEqual([
      [null, true],
      [1, true],
      [2, true],
      [3, false],
    ]);
  });

  test('offers what can be mounted and is not, and opens the chosen or the largest mount', () => {
    const choice = mountChoice(device, knownAs(contents));
    expect(choice.mounted.map((part) => part.partition)).toEqual([1]);
    expect(choice.mountable.map((part) => part.partition)).toEqual([2]);
    const both = { ...device, partitions: device.partitions.map((one) => ({ ...one, mounts: [mountAt(`/m/${one.number}`)] })) };
    expect(mountToOpen(both, null)?.mountPoint.text).toBe('/m/2');
    expect(mountToOpen(both, 1)?.mountPoint.text).toBe('/m/1');
    expect(mountToOpen(loopDevice(1, '/b'), null)).toBeNull();
  });

  test('says why nothing can be mounted by its partitions, not by its table', () => {
    const locked: Contents = [content('partition-table', 'gpt'), content('encrypted', 'crypto_LUKS', { partition: 1 })];
    const bare = { ...device, partitions: [partition(1, MIB, GIB)] };
    expect(mountChoice(bare, knownAs(locked)).excuse).toBe('is-encrypted');
    expect(mountChoice(bare, knownAs([content('partition-table', 'dos')])).excuse).toBe('nothing-found');
  });

  test('is told in the row by state and types', () => {
    expect(rowFacts(device, knownAs(contents))).toEqual(['Mounted', 'FAT, ext4, LUKS']);
    expect(rowFacts({ ...loopDevice(1, '/x'), readOnly: true }, knownAs([content('nothing', '')]))).toEqual([
      'Not recognised',
      'Read-only',
    ]);
    expect(rowFacts(loopDevice(1, '/x'), knownAs([content('partition-table', 'gpt')]))).toEqual(['Not mounted', 'GPT']);
    const four = ['ext4', 'xfs', 'btrfs', 'vfat'].map((type, index) =>
      content('file-system', type, { partition: index + 1, range: { startBytes: '512', sizeBytes: '512' } }),
    );
    expect(contentFact(loopDevice(1, '/x'), knownAs(four))).toBe('ext4, XFS + 2');
    expect(contentFact(loopDevice(1, '/x'), undefined)).toBeNull();
  });

  test('names its pieces by their labels, and says the number beside them', () => {
    const [first] = device.partitions;
    if (first === undefined) throw new Error('no partition');
    const segment = { kind: 'partition', id: 'p1', partition: first, startBytes: MIB, sizeBytes: 512n * MIB } as const;
    expect(describeSegment(device, segment, contents)).toMatchObject({
      name: 'EFI',
      place: 'Partition 1',
      type: 'FAT',
      sentence: 'EFI 512 MiB, FAT, Partition 1, Mounted at /run/media/m/EFI',
    });
    const unlabelled = [content('file-system', 'vfat', { partition: 1, partitionName: 'EFI System' })];
    expect(describeSegment(device, segment, unlabelled)).toMatchObject({ name: 'EFI System', place: 'Partition 1', short: 'EFI System' });
    expect(describeSegment(device, segment, [])).toMatchObject({ name: 'Partition 1', place: null, short: 'FAT' });
  });
});

test('types of images are shown as text, whatever they are called', () => {
  expect(typeName('vfat')).toBe('FAT');
  expect(typeName('constructor')).toBe('constructor');
  expect(typeName('a\u202Eb')).toBe(String.raw`a\u202eb`);
});

describe('main is asked about contents', () => {
  interface Question {
    readonly device: number;
    readonly answer: (reply: Reply<Contents>) => void;
  }
  const makeCache = () => {
    const questions: Question[] = [];
    const cache = createContentsCache({
      devicesContents: async ({ device }) => new Promise((resolve) => questions.push({ device, answer: resolve })),
    });
    return { questions, cache };
  };
  const devices = Array.from({ length: 500 }, (_, number) => loopDevice(number, `/srv/${number}.img`));
  const settled = async (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

  test('by a few questions at a time, and not for rows that have left the window', async () => {
    const { questions, cache } = makeCache();
    const leave = devices.map((device) => cache.want(device));
    await settled();
    expect(questions).toHaveLength(3);
    for (const done of leave) done();
    for (const { answer } of questions) answer({ ok: true, value: [] });
    await settled();
    expect(questions).toHaveLength(3);
  });

  test('once for each attachment, again when its partitions change', async () => {
    const { questions, cache } = makeCache();
    const device = loopDevice(1, '/a.img');
    cache.want(device);
    cache.want(device);
    await settled();
    cache.want(device);
    expect(questions.map((one) => one.device)).toEqual([1]);
    questions[0]?.answer({ ok: true, value: [content('nothing', '')] });
    await settled();
    expect(cache.store.getState().get('1:41')?.contents).toHaveLength(1);
    cache.want(device);
    await settled();
    expect(questions).toHaveLength(1);
    const changed = loopDevice(1, '/a.img', { partitions: [partition(1, MIB, GIB)] });
    expect(contentsPrint(changed)).not.toBe(contentsPrint(device));
    cache.want(changed);
    await settled();
    expect(questions).toHaveLength(2);
  });

  test('and keeps a failure as one, but nothing of a device that is gone', async () => {
    const { questions, cache } = makeCache();
    cache.want(loopDevice(1, '/a.img'));
    cache.want(loopDevice(2, '/b.img'));
    await settled();
    for (const { device, answer } of questions) {
      answer({ ok: false, error: { code: device === 1 ? 'PROBE_FAILED' : 'STALE_DEVICE', message: 'm' } });
    }
    await settled();
    expect([...cache.store.getState()].map(([key, known]) => [key, known.error?.code])).toEqual([['1:41', 'PROBE_FAILED']]);
  });

  test('again after the person asked for it', async () => {
    const { questions, cache } = makeCache();
    const device = loopDevice(1, '/a.img');
    cache.want(device);
    await settled();
    questions[0]?.answer({ ok: true, value: [] });
    await settled();
    cache.renew(device);
    await settled();
    expect(questions).toHaveLength(2);
  });
});

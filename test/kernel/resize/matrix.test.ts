/**
 * Table by file system by growing and shrinking by attached and mounted by layout, on real images with real files. A fixed sample in npm
 * test, all of it with PLATTER_LONG=1. Needs root.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import type { ResizeWish } from '../../../electron/ipc/resize.ts';
import { planResize } from '../../../electron/resize/planning/plan.ts';
import { hasFileSystem } from '../mounting/mount-fixture.ts';
import { attach, detachAll } from './attached.ts';
import { expectWhole, makeImage, MIB, placeBytes, type ImageWish, type Layout, type MadeImage, type TableKind } from './image-maker.ts';
import { mayGrowExt4, useResizing } from './resizing.ts';

const resizing = useResizing();
const long = process.env['PLATTER_LONG'] === '1';

type State = 'file' | 'attached' | 'mounted';
interface Case {
  readonly wish: ImageWish;
  readonly state: State;
  readonly direction: 'grow' | 'shrink';
}

const mebibytesOf: Readonly<Record<string, number>> = { xfs: 304, btrfs: 480 };

function makeCase(table: TableKind, type: string, direction: Case['direction'], state: State, layout: Layout = 'behind'): Case {
  const isWhole = table === 'none';
  return { wish: { table, type, layout: isWhole ? 'only' : layout, mebibytes: mebibytesOf[type] ?? 48 }, state, direction };
}

const sample: readonly Case[] = [
  makeCase('gpt', 'ext4', 'grow', 'file', 'tail'),
  makeCase('gpt-4096', 'ext4', 'shrink', 'file'),
  makeCase('logical', 'ext2', 'grow', 'attached'),
  makeCase('mbr', 'ext4', 'shrink', 'mounted'),
  makeCase('none', 'xfs', 'grow', 'mounted'),
  makeCase('gpt', 'xfs', 'grow', 'file'),
  makeCase('gpt', 'btrfs', 'grow', 'mounted'),
  makeCase('mbr', 'btrfs', 'shrink', 'mounted'),
  makeCase('gpt', 'btrfs', 'shrink', 'file'),
  makeCase('gpt-4096', 'xfs', 'grow', 'mounted'),
  makeCase('gpt', 'swap', 'shrink', 'attached'),
  makeCase('gpt', 'ext4', 'grow', 'mounted'),
];

function everything(): readonly Case[] {
  const tables: readonly TableKind[] = ['none', 'gpt', 'gpt-4096', 'mbr', 'logical'];
  const types = ['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'swap'];
  const states: readonly State[] = ['file', 'attached', 'mounted'];
  const layouts: readonly Layout[] = ['only', 'behind', 'tail'];
  return tables.flatMap((table) =>
    types.flatMap((type) =>
      states.flatMap((state) =>
        (table === 'none' ? (['only'] as const) : layouts).flatMap((layout) =>
          (['grow', 'shrink'] as const)
            .filter((direction) => !(type === 'xfs' && direction === 'shrink') && !(type === 'swap' && state === 'mounted'))
            .map((direction) => makeCase(table, type, direction, state, layout)),
        ),
      ),
    ),
  );
}

/** Why a case cannot run on this kernel; those run in the machine of the vm suite. */
function obstacle({ wish: { type }, state, direction }: Case): string | null {
  if (['xfs', 'btrfs'].includes(type) && !hasFileSystem(type)) return `this kernel has no ${type}`;
  const isOnlineExt = type.startsWith('ext') && state === 'mounted' && direction === 'grow';
  return isOnlineExt && !mayGrowExt4() ? 'CAP_SYS_RESOURCE is missing, without which a mounted ext4 does not grow' : null;
}

afterEach(async () => detachAll(resizing));

for (const one of long ? everything() : sample) {
  const { wish, state, direction } = one;
  const reason = obstacle(one);
  const name = `${wish.table} ${wish.type} ${wish.layout}, ${state}: ${direction}`;
  test.skipIf(reason !== null)(`${name}${reason === null ? '' : ` (not here: ${reason})`}`, async () => {
    const image = makeImage(wish);
    const before = { file: statSync(image.path).size, place: placeBytes(image) };
    const device = state === 'file' ? null : await attach(resizing, image, state === 'mounted');
    const tail = wish.layout === 'tail' ? 30 * MIB : 0;
    const bytes = direction === 'grow' ? 64 * MIB : -(wish.type === 'btrfs' ? 150 * MIB : 16 * MIB) - tail;
    const change: ResizeWish = { kind: 'by', bytes: String(bytes) };
    const place = image.partition ?? 'whole';
    const plan = planResize(await resizing.facts(image.path), { wish: change, place });
    expect(plan.refusal).toBeNull();
    const outcome = await resizing.run(image.path, change, { place });
    const size = before.file + bytes;
    expect(outcome).toMatchObject({ sizeBytes: String(size), fileSystemBytes: plan.fileSystem?.toBytes ?? null });
    expect(statSync(image.path).size).toBe(size);
    if (device !== null) await expectAttached(image, size, state === 'mounted');
    await detachAll(resizing);
    const present = placeBytes(image);
    const planned = plan.partitions.find(({ number }) => number === image.partition)?.sizeBytes ?? String(size);
    expect(String(present)).toBe(planned);
    expect(direction === 'grow' ? present > before.place : present < before.place).toBe(true);
    expectWhole(image, present);
    const now = await resizing.facts(image.path);
    const content = image.partition === null ? now.whole : now.table?.partitions.find(({ number }) => number === image.partition)?.content;
    if (wish.type !== 'swap') expect(content?.fileSystemBytes).toBe(plan.fileSystem?.toBytes);
    expect(now).toMatchObject({ damaged: false, unfinished: null });
  });
}

/** The device has the new size, the kernel the new partition, and what was mounted is mounted. */
async function expectAttached({ path, partition }: MadeImage, size: number, isMounted: boolean): Promise<void> {
  const { device } = await resizing.subject(path);
  expect(device?.sizeBytes).toBe(String(size));
  expect(readFileSync(`/sys/block/loop${device?.number}/size`, 'utf8').trim()).toBe(String(size / 512));
  if (!isMounted || device === null) return;
  const places = partition === null ? [device] : device.partitions.filter(({ number }) => number === partition);
  expect(places.flatMap(({ mounts }) => mounts)).toHaveLength(1);
}

test.each([
  { table: 'none', type: 'ext4', layout: 'only', mebibytes: 160 },
  { table: 'gpt', type: 'ext2', layout: 'behind', mebibytes: 100 },
  ...(hasFileSystem('btrfs') ? ([{ table: 'mbr', type: 'btrfs', layout: 'only', mebibytes: 480 }] as const) : []),
] as const)('the smallest $table $type is what was shown', async (wish) => {
  const image = makeImage(wish);
  const plan = planResize(await resizing.facts(image.path), { wish: { kind: 'smallest' }, place: null });
  expect(plan).toMatchObject({ refusal: null, direction: 'shrink', sizeBytes: plan.smallestBytes });
  await resizing.run(image.path, { kind: 'smallest' });
  expect(String(statSync(image.path).size)).toBe(plan.sizeBytes);
  const now = await resizing.facts(image.path);
  const content = image.partition === null ? now.whole : now.table?.partitions.find(({ number }) => number === image.partition)?.content;
  expect(content?.fileSystemBytes).toBe(plan.fileSystem?.toBytes);
  expectWhole(image, placeBytes(image));
});

test('what another program mounted stays as it is', async () => {
  const image = makeImage({ table: 'none', type: 'ext4', layout: 'only', mebibytes: 32 });
  const device = await attach(resizing, image, false);
  const folder = `${image.path}.mounted`;
  execFileSync('mkdir', [folder]);
  execFileSync('mount', [`/dev/loop${device.number}`, folder]);
  try {
    const error: unknown = await resizing.run(image.path, { kind: 'by', bytes: String(-8 * MIB) }).catch((fault: unknown) => fault);
    expect(error).toMatchObject({ data: { code: 'RESIZE_REFUSED', refusal: { reason: 'mounted-elsewhere' } } });
  } finally {
    execFileSync('umount', [folder]);
  }
  expect(statSync(image.path).size).toBe(32 * MIB);
});

/** Whatever the layout and the wish: nothing overlaps, nothing is lost, the order is a safe one, and growing back gives the layout back. */
import { expect, test } from 'vitest';
import type { InspectedPartition } from '../../../electron/ipc/inspection.ts';
import type { PlaceGroups, PlaceRestriction, ResizeFacts, ResizePlace, ResizePlan, ResizeWish } from '../../../electron/ipc/resize.ts';
import { planResize } from '../../../electron/resize/planning/plan.ts';
import { content, device, facts, MIB, mounted, partition, table } from './facts.ts';

const ROUNDS = 4000;
const types = ['ext4', 'ext4', 'ext2', 'xfs', 'btrfs', 'vfat', 'swap', '', 'ntfs', 'crypto_LUKS'];

/** mulberry32: the same images in every run, and the seed of a failure is its name. */
function randomFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

function randomParts(
  random: (limit: number) => number,
  kind: 'gpt' | 'mbr',
): { readonly parts: InspectedPartition[]; readonly end: number } {
  const parts: InspectedPartition[] = [];
  let at = 1;
  const type = (): string => types[random(types.length)] ?? '';
  const primaries = random(kind === 'mbr' ? 3 : 5);
  for (let number = 1; number <= primaries; number += 1) {
    at += random(3) === 0 ? random(50) : 0;
    const size = 300 + random(400);
    parts.push(partition(number, at, size, type()));
    at += size;
  }
  if (kind === 'mbr' && random(2) === 0) {
    const start = at;
    for (let number = 5; number < 5 + random(4); number += 1) {
      at += 1 + random(20);
      const size = 300 + random(200);
      parts.push(partition(number, at, size, type(), 'logical'));
      at += size;
    }
    at += random(30) + 1;
    parts.push(partition(4, start, at - start, '', 'extended'));
  }
  return { parts, end: at };
}

/** What the superblocks say of some of the places. */
function withSuperblocks(random: (limit: number) => number, image: ResizeFacts): ResizeFacts {
  const parts = image.table?.partitions.map(({ number, content: { type } }) => ({ place: number, type }));
  const places = parts ?? [{ place: 'whole' as const, type: image.whole?.type ?? '' }];
  const groups = places.flatMap(({ place, type }): PlaceGroups[] => {
    if (random(3) === 0 || !(type.startsWith('ext') || type === 'xfs')) return [];
    const blockBytes = 1024 << random(3);
    const common = { place, blockBytes, groupBlocks: type === 'xfs' ? 4096 + random(9000) : 8 * blockBytes };
    if (type === 'xfs') return [{ ...common, firstBlock: 0, ext: null }];
    const counts = { inodeTableBlocks: 1 + random(512), descriptorsPerBlock: blockBytes / 64, reservedDescriptorBlocks: random(256) };
    const ext = { ...counts, sparse: random(3) > 0, descriptorBlocks: 1, firstMetaDescriptorBlock: null, clusterBlocks: 1 };
    return [{ ...common, firstBlock: blockBytes === 1024 ? 1 : 0, ext }];
  });
  const restrictions = places.flatMap(({ place, type }): PlaceRestriction[] =>
    type.startsWith('ext') && random(6) === 0 ? [{ place, kind: random(2) === 0 ? 'clusters' : 'fixed-inodes' }] : [],
  );
  return { ...image, groups, restrictions };
}

/** The image may begin within its file, and something may lie behind it. */
function withinFile(random: (limit: number) => number, image: ResizeFacts): ResizeFacts {
  if (image.device === null || random(4) > 0) return image;
  const offset = BigInt(random(64)) * MIB;
  const behind = random(2) === 0 ? 0n : BigInt(random(20)) * MIB;
  return { ...image, offsetBytes: String(offset), fileBytes: String(offset + BigInt(image.sizeBytes) + behind) };
}

function randomPlace(random: (limit: number) => number, { table: found }: ResizeFacts): ResizePlace | null {
  if (found === null || random(3) > 0) return null;
  const numbers = found.partitions.filter(({ role }) => role !== 'extended').map(({ number }) => number);
  return numbers[random(numbers.length + 1)] ?? 'free';
}

function randomFacts(random: (limit: number) => number): ResizeFacts {
  const kind = random(3);
  const sectorBytes = random(4) === 0 ? 4096 : 512;
  const inUse = (places: readonly (number | 'whole')[]) =>
    places
      .filter(() => random(2) === 0)
      .map((place) => mounted(place, { readOnly: random(4) === 0, use: random(8) === 0 ? 'elsewhere' : 'ours' }));
  const attached = (places: readonly (number | 'whole')[]) =>
    random(2) === 0 ? null : device(inUse(places), { readOnly: random(6) === 0 });
  if (kind === 0) {
    const whole = content(types[random(types.length)] ?? '');
    return facts(300 + random(900), {
      whole,
      device: attached(['whole']),
      sectorBytes,
      minimums: [{ place: 'whole', sizeBytes: String(260n * MIB) }],
    });
  }
  const type = kind === 1 ? 'gpt' : 'mbr';
  const { parts, end } = randomParts(random, type);
  const minimums = parts.map(({ number }) => ({ place: number, sizeBytes: String(BigInt(260 + random(40)) * MIB) }));
  const places = parts.filter(({ role }) => role !== 'extended').map(({ number }) => number);
  return facts(end + 1 + random(100), { table: table(type, parts, sectorBytes), sectorBytes, device: attached(places), minimums });
}

function randomWish(random: (limit: number) => number): ResizeWish {
  switch (random(4)) {
    case 0:
      return { kind: 'smallest' };
    case 1:
      return { kind: 'by', bytes: String(BigInt(random(600) - 300) * MIB + BigInt(random(5000))) };
    case 2:
      return { kind: 'fill' };
    default:
      return { kind: 'to', sizeBytes: String(BigInt(random(3000)) * MIB + BigInt(random(100_000))) };
  }
}

/** What would be inspected after the plan was carried out. */
function after(before: ResizeFacts, plan: ResizePlan): ResizeFacts {
  const sizes = new Map(plan.partitions.map(({ number, sizeBytes }) => [number, sizeBytes]));
  const partitions = before.table?.partitions.map((part) => ({ ...part, sizeBytes: sizes.get(part.number) ?? part.sizeBytes })) ?? [];
  return {
    ...before,
    sizeBytes: plan.sizeBytes,
    fileBytes: plan.fileBytes,
    table: before.table === null ? null : { ...before.table, partitions },
  };
}

function checkLayout(before: ResizeFacts, plan: ResizePlan): void {
  const { pieces } = plan.after;
  const size = BigInt(plan.after.sizeBytes);
  let at = 0n;
  for (const { startBytes, sizeBytes } of pieces) {
    expect(BigInt(startBytes)).toBeGreaterThanOrEqual(at);
    expect(BigInt(sizeBytes)).toBeGreaterThan(0n);
    at = BigInt(startBytes) + BigInt(sizeBytes);
  }
  expect(at).toBeLessThanOrEqual(size);
  const places = (layout: ResizePlan['after']): unknown[] =>
    layout.pieces
      .filter(({ place }) => place !== null)
      .map(({ place, startBytes, type }) => ({ place, start: place === 'whole' ? '0' : startBytes, type }));
  expect(places(plan.after)).toEqual(places(plan.before));
  const extended = after(before, plan).table?.partitions.find(({ role }) => role === 'extended');
  for (const logical of after(before, plan).table?.partitions.filter(({ role }) => role === 'logical') ?? []) {
    const end = BigInt(extended?.startBytes ?? 0) + BigInt(extended?.sizeBytes ?? 0);
    expect(BigInt(logical.startBytes) + BigInt(logical.sizeBytes)).toBeLessThanOrEqual(end);
    expect(end).toBeLessThanOrEqual(size);
  }
}

function checkOrder({ direction, steps, fileSystem }: ResizePlan): void {
  const names = steps.map(({ step }) => step);
  const before = (first: string, second: string): void => {
    const [a, b] = [names.indexOf(first as never), names.indexOf(second as never)];
    if (a >= 0 && b >= 0) expect(a, `${first} before ${second} in ${names.join(' ')}`).toBeLessThan(b);
  };
  const outsideIn = ['resize-file', 'resize-device', 'resize-table', 'resize-partition', 'resize-file-system'];
  for (const changing of outsideIn) before('save-undo', changing);
  const order = direction === 'grow' ? outsideIn : outsideIn.toReversed();
  order.forEach((first, index) => order.slice(index + 1).forEach((second) => before(first, second)));
  if (fileSystem?.how === 'offline') before('check', 'resize-file-system');
  expect(names.filter((name) => name === 'detach').length).toBeLessThanOrEqual(1);
}

/** What lies before and behind the image in its file stays. */
function checkFile(before: ResizeFacts, plan: ResizePlan): void {
  const end = BigInt(before.offsetBytes) + BigInt(plan.sizeBytes);
  const behind = BigInt(before.fileBytes) - BigInt(before.offsetBytes) - BigInt(before.sizeBytes);
  expect(BigInt(plan.fileBytes)).toBe(behind > 0n ? BigInt(before.fileBytes) : end);
}

/** It fits into its place, and no tool is asked for what it refuses. */
function checkFileSystem(before: ResizeFacts, { after: layout, place, direction, fileSystem }: ResizePlan): void {
  const kind = before.restrictions.find((one) => one.place === place)?.kind;
  if (kind !== undefined && fileSystem !== null) expect(direction).toBe('grow');
  if (fileSystem === null) return;
  if (kind === 'clusters') expect(fileSystem.how).toBe('mounted');
  const piece = layout.pieces.find((one) => one.place === place);
  expect(fileSystem.startBytes).toBe(piece?.startBytes);
  expect(BigInt(fileSystem.toBytes)).toBeLessThanOrEqual(BigInt(piece?.sizeBytes ?? 0));
  const grows = BigInt(fileSystem.toBytes) > BigInt(fileSystem.fromBytes);
  expect(grows).toBe(direction === 'grow');
}

test(`holds for ${ROUNDS} images and wishes`, () => {
  let carriedOut = 0;
  let givenBack = 0;
  for (let seed = 1; seed <= ROUNDS; seed += 1) {
    const random = randomFrom(seed);
    const before = withinFile(random, withSuperblocks(random, randomFacts(random)));
    const plan = planResize(before, { wish: randomWish(random), place: randomPlace(random, before) });
    try {
      if (plan.refusal !== null) {
        expect(plan.steps).toEqual([]);
        expect(plan.after).toEqual(plan.before);
        continue;
      }
      carriedOut += 1;
      checkLayout(before, plan);
      checkOrder(plan);
      checkFile(before, plan);
      checkFileSystem(before, plan);
      expect(BigInt(plan.sizeBytes)).toBeGreaterThanOrEqual(BigInt(plan.smallestBytes));
      if (plan.direction === 'grow' && plan.place !== 'free') {
        const now = after(before, plan);
        const shrunk = planResize(now, { wish: { kind: 'by', bytes: String(-16n * MIB) }, place: plan.place });
        if (shrunk.refusal !== null) continue;
        const back = planResize(after(now, shrunk), { wish: { kind: 'to', sizeBytes: now.sizeBytes }, place: plan.place });
        expect(back.refusal).toBeNull();
        expect(back.after).toEqual(plan.after);
        givenBack += 1;
      }
    } catch (error) {
      throw new Error(`seed ${seed}: ${JSON.stringify({ before, plan }, null, 1)}`, { cause: error });
    }
  }
  // A generator that makes nothing possible would prove nothing.
  expect(carriedOut).toBeGreaterThan(ROUNDS / 4);
  expect(givenBack).toBeGreaterThan(ROUNDS / 40);
});

/** The plan of a new image with the same files: which place, which sizes, and what is refused. */
import { describe, expect, test } from 'vitest';
import { planRebuild, rebuildPlace } from '../../../electron/resize/planning/rebuild.ts';
import type { ResizeFacts, ResizeWish } from '../../../electron/ipc/resize.ts';
import { content, facts, mebibytes, MIB, partition, table } from './facts.ts';

const to = (size: number): ResizeWish => ({ kind: 'to', sizeBytes: mebibytes(size) });
const used = (type: string, size: number) => ({ ...content(type, mebibytes(size)), usedBytes: mebibytes(80) });
const stick = (): ResizeFacts => facts(1000, { whole: used('vfat', 1000) });
const disk = (type = 'ntfs'): ResizeFacts => {
  const last = { ...partition(2, 200, 700, type), content: used(type, 700) };
  return facts(1001, { table: table('gpt', [partition(1, 1, 199, 'ext4'), last]) });
};

describe('the place', () => {
  test.each([
    ['the whole of a stick', stick(), 'whole'],
    ['the last partition', disk(), 2],
    ['nothing where the last one is resized in place', disk('ext4'), null],
    ['nothing of an ext4', facts(100, { whole: content('ext4') }), null],
  ])('is %s', (_name, image, place) => {
    expect(rebuildPlace(image)).toBe(place);
  });
});

describe('sizes', () => {
  test('of a whole image are what was asked for', () => {
    expect(planRebuild(stick(), to(2000))).toMatchObject({
      refusal: null,
      fileSystem: 'fat',
      sizeBytes: mebibytes(2000),
      placeBytes: mebibytes(2000),
      partitions: [],
    });
  });

  test('of a partition leave room for the copy of a GPT', () => {
    const plan = planRebuild(disk(), to(2001));
    const end = 2001n * MIB - 33n * 512n;
    const size = end - (end % 4096n) - 200n * MIB;
    expect(plan).toMatchObject({ refusal: null, fileSystem: 'ntfs', startBytes: mebibytes(200), oldPlaceBytes: mebibytes(700) });
    expect(plan).toMatchObject({ placeBytes: String(size), partitions: [{ number: 2, sizeBytes: String(size) }] });
  });

  test('go down to the files and an eighth', () => {
    const smallest = planRebuild(stick(), { kind: 'smallest' });
    expect(smallest).toMatchObject({ refusal: null, sizeBytes: mebibytes(94), smallestBytes: mebibytes(94) });
    expect(planRebuild(stick(), to(93)).refusal).toEqual({ reason: 'too-small', partition: null, bytes: mebibytes(94) });
    const shrunk = planRebuild(disk(), to(500));
    expect(BigInt(shrunk.placeBytes)).toBeLessThan(300n * MIB);
    expect(BigInt(shrunk.placeBytes)).toBeGreaterThan(299n * MIB);
  });
});

test.each([
  ['a packed image', { ...stick(), raw: false }, 'not-raw'],
  ['a damaged one', { ...stick(), damaged: true }, 'damaged'],
  ['what is resized in place', facts(100, { whole: content('ext4') }), 'in-place'],
])('refuses %s', (_name, image, reason) => {
  expect(planRebuild(image, to(2000)).refusal?.reason).toBe(reason);
});

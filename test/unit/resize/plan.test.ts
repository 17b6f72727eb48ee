import { describe, expect, test } from 'vitest';
import type { PlaceRestriction, ResizePlan, ResizeWish } from '../../../electron/ipc/resize.ts';
import { planResize } from '../../../electron/resize/planning/plan.ts';
import { describeStep } from '../../../electron/cli/resize-text.ts';
import { stepText } from '../../../renderer/text/resize-words.ts';
import { content, device, facts, mebibytes, mounted, MIB, partition, table } from './facts.ts';

const to = (size: number): ResizeWish => ({ kind: 'to', sizeBytes: mebibytes(size) });
const stepsOf = ({ steps }: ResizePlan): readonly string[] => steps.map(({ step }) => step);
const threeParts = table('gpt', [partition(1, 1, 99, 'vfat'), partition(2, 100, 400, 'ext4'), partition(3, 500, 500, 'ext4')]);
const gptTail = 33n * 512n;

describe('growing', () => {
  test('gives the space to the last partition, file first and file system last', () => {
    const plan = planResize(facts(1001, { table: threeParts }), { wish: to(2001), place: null });
    expect(plan).toMatchObject({ refusal: null, direction: 'grow', place: 3, sizeBytes: mebibytes(2001), fileBytes: mebibytes(2001) });
    const end = 2001n * MIB - gptTail;
    const size = end - (end % 4096n) - 500n * MIB;
    expect(plan.partitions).toEqual([{ number: 3, startBytes: mebibytes(500), sizeBytes: String(size) }]);
    expect(stepsOf(plan)).toEqual(['check', 'save-undo', 'resize-file', 'resize-table', 'resize-file-system']);
    expect(plan.fileSystem).toMatchObject({ fromBytes: mebibytes(500), toBytes: String(size), how: 'offline' });
  });

  test('keeps a mounted file system mounted', () => {
    const plan = planResize(facts(1001, { table: threeParts, device: device([mounted(3)]) }), { wish: to(2001), place: null });
    expect(stepsOf(plan)).toEqual(['save-undo', 'resize-file', 'resize-device', 'resize-table', 'resize-partition', 'resize-file-system']);
    expect(plan.warnings).toEqual([]);
  });

  test('takes an attached image away for the offline tools and gives it back', () => {
    const plan = planResize(facts(1001, { table: threeParts, device: device([mounted(1)]) }), { wish: to(2001), place: null });
    expect(stepsOf(plan)).toEqual([
      'unmount',
      'detach',
      'check',
      'save-undo',
      'resize-file',
      'resize-table',
      'resize-file-system',
      'attach',
      'mount',
    ]);
    expect(plan.warnings).toEqual(['unmounts']);
  });

  test('mounts an XFS that is not mounted, for as long as it takes', () => {
    const xfs = table('gpt', [partition(1, 1, 900, 'xfs')]);
    expect(stepsOf(planResize(facts(1001, { table: xfs }), { wish: to(2001), place: null }))).toEqual([
      'save-undo',
      'resize-file',
      'resize-table',
      'attach',
      'mount',
      'resize-file-system',
      'unmount',
      'detach',
    ]);
  });

  test('names what is in the way', () => {
    const { choices } = planResize(facts(1001, { table: threeParts }), { wish: to(2001), place: null });
    expect(choices).toEqual([
      { place: 1, refusal: { reason: 'in-the-way', partition: 2, bytes: null } },
      { place: 2, refusal: { reason: 'in-the-way', partition: 3, bytes: null } },
      { place: 3, refusal: null },
      { place: 'free', refusal: null },
    ]);
  });

  test('lets one before free space take that space without making the image larger', () => {
    const gap = table('gpt', [partition(1, 1, 99, 'ext4'), partition(2, 500, 500, 'ext4')]);
    const plan = planResize(facts(1001, { table: gap }), { wish: to(1001), place: 1 });
    expect(plan.partitions).toEqual([{ number: 1, startBytes: mebibytes(1), sizeBytes: mebibytes(499) }]);
    expect(stepsOf(plan)).toEqual(['check', 'save-undo', 'resize-table', 'resize-file-system']);
  });

  test('grows the extended partition around the last logical one', () => {
    const mbr = table('mbr', [
      partition(1, 1, 99, 'ext4'),
      partition(2, 100, 900, '', 'extended'),
      partition(5, 101, 100, 'ext4', 'logical'),
      partition(6, 202, 700, 'ext4', 'logical'),
    ]);
    const plan = planResize(facts(1000, { table: mbr }), { wish: to(2000), place: null });
    expect(plan.partitions).toEqual([
      { number: 6, startBytes: mebibytes(202), sizeBytes: mebibytes(1798) },
      { number: 2, startBytes: mebibytes(100), sizeBytes: mebibytes(1900) },
    ]);
  });

  test('leaves the space free where the last file system has a fixed size', () => {
    const fat = table('gpt', [partition(1, 1, 99, 'vfat')]);
    const plan = planResize(facts(101, { table: fat }), { wish: to(201), place: null });
    expect(plan).toMatchObject({ place: 'free', warnings: ['stays-free'], partitions: [] });
    expect(stepsOf(plan)).toEqual(['save-undo', 'resize-file', 'resize-table']);
    expect(planResize(facts(101, { table: fat }), { wish: to(201), place: 1 }).refusal).toEqual({
      reason: 'fixed-size',
      partition: 1,
      bytes: null,
    });
  });
});

describe('shrinking', () => {
  const image = facts(1001, { table: threeParts, minimums: [{ place: 3, sizeBytes: mebibytes(100) }] });

  test('makes the file system smaller first and the file last', () => {
    const plan = planResize(image, { wish: to(800), place: null });
    expect(plan).toMatchObject({ direction: 'shrink', place: 3, refusal: null, warnings: ['moves-data'] });
    expect(stepsOf(plan)).toEqual(['check', 'save-undo', 'resize-file-system', 'resize-table', 'resize-file']);
  });

  test('goes no further than the tools can', () => {
    const plan = planResize(image, { wish: to(300), place: null });
    expect(plan.refusal).toEqual({ reason: 'too-small', partition: null, bytes: String(600n * MIB + gptTail) });
    const smallest = planResize(image, { wish: { kind: 'smallest' }, place: null });
    expect(smallest).toMatchObject({ refusal: null, sizeBytes: String(600n * MIB + gptTail) });
  });

  test('takes only free space when that is enough', () => {
    const plan = planResize(facts(2001, { table: threeParts }), { wish: to(1500), place: null });
    expect(plan).toMatchObject({ place: 'free', partitions: [] });
    expect(stepsOf(plan)).toEqual(['save-undo', 'resize-table', 'resize-file']);
  });

  test('leaves an XFS as it is', () => {
    const plan = planResize(facts(1001, { whole: content('xfs', mebibytes(1001)) }), { wish: to(800), place: null });
    expect(plan.refusal).toEqual({ reason: 'only-grows', partition: null, bytes: null });
    expect(plan.smallestBytes).toBe(mebibytes(1001));
    const smallest = planResize(facts(1001, { whole: content('xfs', mebibytes(1001)) }), { wish: { kind: 'smallest' }, place: null });
    expect(smallest.refusal).toEqual(plan.refusal);
    const full = facts(100, { whole: content('ext4'), minimums: [{ place: 'whole', sizeBytes: mebibytes(100) }] });
    expect(planResize(full, { wish: { kind: 'smallest' }, place: null }).refusal?.reason).toBe('same-size');
  });

  test('leaves what resize2fs does not make smaller as it is, and lets it grow where it can', () => {
    const minimums = [{ place: 'whole', sizeBytes: mebibytes(20) }] as const;
    const about = (kind: PlaceRestriction['kind'], size: number): ResizePlan =>
      planResize(facts(100, { whole: content('ext4'), minimums, restrictions: [{ place: 'whole', kind }] }), {
        wish: to(size),
        place: null,
      });
    for (const kind of ['clusters', 'fixed-inodes'] as const) {
      expect(about(kind, 50)).toMatchObject({ refusal: { reason: kind }, smallestBytes: mebibytes(100), steps: [] });
    }
    // Offline steps would be refused.
    expect(stepsOf(about('clusters', 200))).toEqual([
      'save-undo',
      'resize-file',
      'attach',
      'mount',
      'resize-file-system',
      'unmount',
      'detach',
    ]);
    expect(about('clusters', 200).fileSystem?.how).toBe('mounted');
    expect(stepsOf(about('fixed-inodes', 200))).toEqual(['check', 'save-undo', 'resize-file', 'resize-file-system']);
    expect(about('fixed-inodes', 200).steps.at(-1)).toMatchObject({ undoable: false });
  });

  test('makes a btrfs smaller on its mount, then takes the device away', () => {
    const btrfs = facts(1000, {
      whole: content('btrfs'),
      device: device([mounted('whole')]),
      minimums: [{ place: 'whole', sizeBytes: mebibytes(300) }],
    });
    expect(stepsOf(planResize(btrfs, { wish: to(500), place: null }))).toEqual([
      'save-undo',
      'resize-file-system',
      'unmount',
      'detach',
      'resize-file',
      'attach',
      'mount',
    ]);
  });
});

describe('refusals', () => {
  const ext = content('ext4');
  test.each([
    ['a packed image', facts(10, { raw: false }), 'not-raw'],
    ['a file that may not be written', facts(10, { whole: ext, writable: false }), 'not-writable'],
    ['an ISO image', facts(10, { whole: content('iso9660') }), 'only-read'],
    ['a squashfs', facts(10, { whole: content('squashfs') }), 'only-read'],
    ['a FAT without a table', facts(10, { whole: content('vfat') }), 'fixed-size'],
    ['a damaged table', facts(10, { table: threeParts, damaged: true }), 'damaged'],
    ['a device of somebody else', facts(10, { whole: ext, device: device([], { own: false }) }), 'others-device'],
    ['a device below another', facts(10, { whole: ext, device: device([], { held: true }) }), 'held'],
    ['a mount of somebody else', facts(10, { whole: ext, device: device([mounted('whole', { use: 'elsewhere' })]) }), 'mounted-elsewhere'],
    ['a file system with errors', facts(10, { whole: content('ext4', null, 'errors') }), 'file-system-errors'],
    ['more than the disk has', facts(10, { whole: ext, freeBytes: mebibytes(5) }), 'no-space'],
    ['what lies behind the image', facts(10, { whole: ext, fileBytes: mebibytes(50) }), 'data-behind'],
  ])('%s', (_name, image, reason) => {
    expect(planResize(image, { wish: to(20), place: null }).refusal?.reason).toBe(reason);
  });

  test('the same size', () => {
    expect(planResize(facts(10, { whole: ext }), { wish: to(10), place: null }).refusal?.reason).toBe('same-size');
  });
});

describe('each step says what can be undone and how long it takes', () => {
  const about = (plan: ResizePlan): readonly unknown[] => plan.steps.map(({ step, undoable, duration }) => [step, undoable, duration]);

  test('by resize2fs all can', () => {
    const grown = planResize(facts(100, { whole: content('ext4') }), { wish: to(200), place: null });
    expect(about(grown)).toEqual([
      ['check', true, 'seconds'],
      ['save-undo', true, 'moment'],
      ['resize-file', true, 'moment'],
      ['resize-file-system', true, 'seconds'],
    ]);
    const minimums = [{ place: 'whole', sizeBytes: mebibytes(20) }] as const;
    const shrunk = planResize(facts(100, { whole: content('ext4'), minimums }), { wish: to(50), place: null });
    expect(about(shrunk)).toContainEqual(['resize-file-system', true, 'minutes']);
  });

  test.each([
    ['xfs', false],
    ['btrfs', true],
    // By resize2fs, once it is unmounted.
    ['ext4', true],
  ])('an %s that has grown on its mount: %s', (type, undoable) => {
    const image = facts(1000, { whole: content(type), device: device([mounted('whole')]) });
    expect(about(planResize(image, { wish: to(2000), place: null }))).toContainEqual(['resize-file-system', undoable, 'moment']);
  });

  test('what is cut off and not known does not come back', () => {
    const unknown = { ...content(''), kind: 'nothing' } as const;
    const plan = planResize(facts(100, { whole: unknown }), { wish: to(50), place: null });
    expect(plan.warnings).toEqual(['cuts-unknown']);
    expect(about(plan)).toContainEqual(['resize-file', false, 'moment']);
    const words = [describeStep, stepText].map((describe) => plan.steps.map(describe).at(-1));
    expect(words).toEqual([
      'resize the file: 100 MiB to 50 MiB (cannot be undone by itself)',
      'Change the size of the file: 100 MiB to 50 MiB. Once done, it cannot be undone.',
    ]);
  });
});

import { describe, expect, test } from 'vitest';
import {
  attachWarnings,
  findEarlier,
  planAttach,
  type AttachedRange,
  type AttachRequest,
} from '../../../native-helper/operations/attach-plan.ts';
import type { Image } from '../../../native-helper/operations/image-check.ts';
import { HelperError } from '../../../native-helper/protocol/errors.ts';

const MIB = 1_048_576n;
const image: Image = {
  type: 'regular',
  device: 1n,
  inode: 2n,
  rdevice: 0n,
  fileSystemMagic: 0xef53n,
  sizeBytes: MIB,
  isDeleted: false,
  readOnlyReason: null,
};
const request: AttachRequest = {
  readOnly: false,
  offsetBytes: 0n,
  sizeLimitBytes: 0n,
  logicalBlockSizeBytes: 0,
  autoclear: false,
  partitionScan: false,
  directIo: false,
  whenAttached: 'refuse',
};
const attached = (changes: Partial<AttachedRange> = {}): AttachedRange => ({
  number: 3,
  diskseq: 30n,
  readOnly: false,
  offsetBytes: 0n,
  sizeLimitBytes: 0n,
  ...changes,
});

/** What the plan is about, in short. */
function outcome(wishes: Partial<AttachRequest>, others: readonly AttachedRange[], about: Partial<Image> = {}): string {
  try {
    const plan = planAttach({ ...request, ...wishes }, { ...image, ...about }, others, 65_536);
    const access = plan.readOnlyReason ?? 'writable';
    return plan.kind === 'reuse' ? `reuse ${plan.number} ${access}` : `configure ${access}`;
  } catch (error) {
    if (error instanceof HelperError) return `${error.code} ${error.detail?.device ?? ''}`.trim();
    throw error;
  }
}

describe('a file nobody has attached', () => {
  test.each([
    ['as it is', {}, {}, 'configure writable'],
    ['read-only when asked', { readOnly: true }, {}, 'configure requested'],
    ['read-only for its descriptor', {}, { readOnlyReason: 'descriptor' }, 'configure descriptor'],
    ['read-only for its seal', {}, { readOnlyReason: 'sealed' }, 'configure sealed'],
    ['the wish comes before the descriptor', { readOnly: true }, { readOnlyReason: 'descriptor' }, 'configure requested'],
  ] as const)('%s', (_, wishes, about, expected) => {
    expect(outcome(wishes, [], about)).toBe(expected);
  });

  test('keeps all that was asked for', () => {
    const wishes = {
      ...request,
      offsetBytes: 4096n,
      sizeLimitBytes: 8192n,
      logicalBlockSizeBytes: 4096,
      partitionScan: true,
      autoclear: true,
      directIo: true,
    };
    expect(planAttach(wishes, image, [], 65_536)).toEqual({
      kind: 'configure',
      readOnly: false,
      readOnlyReason: null,
      range: { offsetBytes: 4096n, sizeLimitBytes: 8192n },
      logicalBlockSizeBytes: 4096,
      partitionScan: true,
      autoclear: true,
      directIo: true,
    });
  });
});

describe('the very same range is attached', () => {
  test.each([
    ['refuse', {}, attached(), 'IMAGE_OVERLAPS 3'],
    ['reuse', {}, attached(), 'reuse 3 writable'],
    ['reuse', {}, attached({ readOnly: true }), 'reuse 3 existing'],
    ['reuse', { readOnly: true }, attached({ readOnly: true }), 'reuse 3 requested'],
    ['reuse', { readOnly: true }, attached(), 'reuse 3 writable'],
    ['attach-again', {}, attached(), 'IMAGE_OVERLAPS 3'],
    ['attach-again', {}, attached({ readOnly: true }), 'IMAGE_OVERLAPS 3'],
    ['attach-again', { readOnly: true }, attached(), 'IMAGE_OVERLAPS 3'],
    ['attach-again', { readOnly: true }, attached({ readOnly: true }), 'configure requested'],
    ['refuse', { readOnly: true }, attached({ readOnly: true }), 'IMAGE_OVERLAPS 3'],
  ] as const)('%s %o over %o', (whenAttached, wishes, other, expected) => {
    expect(outcome({ ...wishes, whenAttached }, [other])).toBe(expected);
  });

  test('of several, the one that fits the wish is given back', () => {
    const others = [attached({ number: 9 }), attached({ number: 4, readOnly: true })];
    expect(outcome({ whenAttached: 'reuse' }, others)).toBe('reuse 9 writable');
    expect(outcome({ whenAttached: 'reuse', readOnly: true }, others)).toBe('reuse 4 requested');
  });
});

describe('an overlapping range is attached', () => {
  const part = { offsetBytes: 4096n, sizeLimitBytes: 4096n };
  test.each([
    ['refuse', {}, attached(part), 'IMAGE_OVERLAPS 3'],
    ['refuse', { readOnly: true }, attached({ ...part, readOnly: true }), 'IMAGE_OVERLAPS 3'],
    ['reuse', {}, attached(part), 'IMAGE_OVERLAPS 3'],
    ['reuse', { readOnly: true }, attached(part), 'configure requested'],
    ['reuse', {}, attached({ ...part, readOnly: true }), 'configure writable'],
    ['attach-again', {}, attached(part), 'IMAGE_OVERLAPS 3'],
    ['attach-again', { readOnly: true }, attached(part), 'configure requested'],
  ] as const)('%s %o over %o', (whenAttached, wishes, other, expected) => {
    expect(outcome({ ...wishes, whenAttached }, [other])).toBe(expected);
  });

  test('parts that do not touch are no conflict', () => {
    expect(outcome({ offsetBytes: 8192n }, [attached(part)])).toBe('configure writable');
  });
});

describe('two attached at the same moment', () => {
  const own = attached({ number: 7, diskseq: 50n });
  test.each([
    ['the other was first', [attached({ diskseq: 49n })], 3],
    ['the other was later', [attached({ diskseq: 51n })], null],
    ['only the device itself', [own], null],
    ['another part of the file', [attached({ diskseq: 49n, offsetBytes: 4096n, sizeLimitBytes: 4096n })], 3],
  ])('%s', (_, others, expected) => {
    expect(findEarlier(own, others, MIB)).toBe(expected);
  });

  test('readers do not hinder each other', () => {
    const reader = { ...own, readOnly: true };
    expect(findEarlier(reader, [attached({ diskseq: 49n, readOnly: true })], MIB)).toBeNull();
    expect(findEarlier(reader, [attached({ diskseq: 49n, sizeLimitBytes: 4096n })], MIB)).toBeNull();
    expect(findEarlier(reader, [attached({ diskseq: 49n })], MIB)).toBe(3);
  });
});

describe('warnings', () => {
  const facts = { directIo: true, logicalBlockSizeBytes: 4096, range: { offsetBytes: 0n, sizeLimitBytes: 0n } };
  test.each([
    ['nothing odd', facts, image, true, []],
    ['direct I/O was dropped', { ...facts, directIo: false }, image, true, ['direct-io-off']],
    ['direct I/O was not wanted', { ...facts, directIo: false }, image, false, []],
    ['a last block that is not whole', facts, { ...image, sizeBytes: MIB + 512n }, false, ['last-block-partial']],
    [
      'a last sector that is not whole',
      { ...facts, logicalBlockSizeBytes: 512 },
      { ...image, sizeBytes: MIB + 1n },
      false,
      ['last-block-partial'],
    ],
    [
      'a limit of whole blocks',
      { ...facts, range: { offsetBytes: 0n, sizeLimitBytes: 4096n } },
      { ...image, sizeBytes: MIB + 1n },
      false,
      [],
    ],
    ['a file without a name', facts, { ...image, isDeleted: true }, false, ['file-deleted']],
  ] as const)('%s', (_, configured, about, wanted, expected) => {
    expect(attachWarnings(configured, about, wanted)).toEqual(expected);
  });
});

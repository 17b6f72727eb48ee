import { describe, expect, test } from 'vitest';
import { planSet, type SetFacts, type SetWishes } from '../../../native-helper/operations/set-plan.ts';
import { HelperError } from '../../../native-helper/protocol/errors.ts';

const now: SetFacts = {
  autoclear: false,
  partitionScan: false,
  directIo: false,
  logicalBlockSizeBytes: 512,
  offsetBytes: 4096n,
  sizeLimitBytes: 8192n,
  reference: Buffer.from('old'),
};

const plan = (wishes: SetWishes, facts: Partial<SetFacts> = {}): ReturnType<typeof planSet> =>
  planSet(wishes, { ...now, ...facts }, 65_536);

function codeOf(wishes: SetWishes, facts: Partial<SetFacts> = {}): string {
  try {
    plan(wishes, facts);
    return 'accepted';
  } catch (error) {
    if (error instanceof HelperError) return error.code;
    throw error;
  }
}

test('wishes that are fulfilled already cost nothing', () => {
  const wishes = { ...now, reference: Buffer.from('old') };
  expect(plan(wishes)).toEqual({ steps: [], range: null, exclusive: false, needsHolder: false });
  expect(plan({})).toEqual({ steps: [], range: null, exclusive: false, needsHolder: false });
});

describe('one status call does what it can', () => {
  test('offset, limit and reference, with what takes them back', () => {
    const reference = Buffer.from('new');
    expect(plan({ offsetBytes: 512n, sizeLimitBytes: 0n, reference })).toEqual({
      steps: [
        {
          kind: 'status',
          fields: { offsetBytes: 512n, sizeLimitBytes: 0n, reference },
          before: { offsetBytes: 4096n, sizeLimitBytes: 8192n, reference: now.reference },
        },
      ],
      range: { offsetBytes: 512n, sizeLimitBytes: 0n },
      exclusive: true,
      needsHolder: false,
    });
  });

  test('flags and reference together', () => {
    const { steps } = plan({ autoclear: true, reference: Buffer.from('new') });
    expect(steps).toHaveLength(1);
    expect(steps[0]).toMatchObject({ fields: { autoclear: true }, before: { autoclear: false } });
  });
});

describe('the order of several calls', () => {
  test('what cannot be taken back comes last', () => {
    const wishes = { offsetBytes: 8192n, logicalBlockSizeBytes: 4096, directIo: true, partitionScan: true };
    expect(plan(wishes).steps).toEqual([
      { kind: 'status', fields: { offsetBytes: 8192n }, before: { offsetBytes: 4096n } },
      { kind: 'block-size', bytes: 4096, before: 512, reread: false },
      { kind: 'direct-io', on: true, before: false },
      { kind: 'status', fields: { partitionScan: true }, before: null },
    ]);
  });

  test('partitions are read in a range that was looked at', () => {
    expect(plan({ offsetBytes: 8192n, partitionScan: true }).steps.map(({ kind }) => kind)).toEqual(['status', 'status']);
    expect(plan({ reference: Buffer.from('x'), partitionScan: true }).steps).toHaveLength(1);
  });

  test('a new block size reads partitions anew where they are read at all', () => {
    expect(plan({ logicalBlockSizeBytes: 4096 }, { partitionScan: true }).steps[0]).toMatchObject({ reread: true });
  });

  test('direct I/O is asked for again when a new offset may have switched it off', () => {
    expect(plan({ directIo: true, offsetBytes: 8192n }, { directIo: true }).steps).toHaveLength(2);
    expect(plan({ directIo: true }, { directIo: true }).steps).toEqual([]);
    expect(plan({ directIo: false, offsetBytes: 8192n }).steps).toHaveLength(1);
  });
});

describe('what must be claimed, and what must be held', () => {
  test.each([
    [{ offsetBytes: 512n }, { range: { offsetBytes: 512n, sizeLimitBytes: 8192n }, exclusive: true, needsHolder: false }],
    [{ sizeLimitBytes: 0n }, { range: { offsetBytes: 4096n, sizeLimitBytes: 0n }, exclusive: true, needsHolder: false }],
    [{ logicalBlockSizeBytes: 4096 }, { range: null, exclusive: true, needsHolder: false }],
    [{ autoclear: true }, { exclusive: false, needsHolder: true }],
    [{ directIo: true }, { exclusive: false, needsHolder: false }],
    [{ partitionScan: true }, { exclusive: false, needsHolder: false }],
  ])('%o', (wishes, expected) => {
    expect(plan(wishes)).toMatchObject(expected);
  });

  test('autoclear may always be switched off', () => {
    expect(plan({ autoclear: false }, { autoclear: true })).toMatchObject({ exclusive: false, needsHolder: false });
  });
});

describe('refused before anything is done', () => {
  test.each([
    [{ partitionScan: false }, { partitionScan: true }, 'PARTITION_SCAN_PERMANENT'],
    [{ partitionScan: false }, {}, 'accepted'],
    [{ logicalBlockSizeBytes: 7 }, {}, 'BLOCK_SIZE_INVALID'],
    [{ logicalBlockSizeBytes: 131_072 }, {}, 'BLOCK_SIZE_INVALID'],
    [{ offsetBytes: 7n }, {}, 'OFFSET_UNALIGNED'],
    [{ offsetBytes: 512n }, { logicalBlockSizeBytes: 4096 }, 'OFFSET_UNALIGNED'],
    [{ offsetBytes: 512n, logicalBlockSizeBytes: 4096 }, {}, 'OFFSET_UNALIGNED'],
    [{ sizeLimitBytes: 100n }, {}, 'SIZE_LIMIT_UNALIGNED'],
    [{ logicalBlockSizeBytes: 4096 }, { offsetBytes: 512n }, 'OFFSET_UNALIGNED'],
    [{ logicalBlockSizeBytes: 4096 }, { sizeLimitBytes: 512n }, 'SIZE_LIMIT_UNALIGNED'],
  ])('%o over %o: %s', (wishes, facts, code) => {
    expect(codeOf(wishes, facts)).toBe(code);
  });
});

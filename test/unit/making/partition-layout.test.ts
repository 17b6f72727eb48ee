import { describe, expect, test } from 'vitest';
import { ALIGNMENT_BYTES, layOutPartitions, type WantedPartition } from '../../../electron/ipc/partition-layout.ts';

const MIB = 1024n * 1024n;
const GIB = 1024n * MIB;

function some(...sizes: (bigint | null)[]): WantedPartition[] {
  return sizes.map((sizeBytes) => ({ sizeBytes, content: 'none' }));
}

describe('partitions of a new image', () => {
  test('begin at whole mebibytes, one behind the other, and leave the rest free', () => {
    const { placed, problems, freeBytes } = layOutPartitions(GIB, 'gpt', some(100n * MIB, 100n * MIB + 512n, 50n * MIB));
    expect(placed).toEqual([
      { startBytes: MIB, sizeBytes: 100n * MIB },
      { startBytes: 101n * MIB, sizeBytes: 100n * MIB + 512n },
      { startBytes: 202n * MIB, sizeBytes: 50n * MIB },
    ]);
    expect(problems).toEqual([null, null, null]);
    // The copy of the table at the end costs the last mebibyte.
    expect(freeBytes).toBe(771n * MIB);
  });

  test.each([
    ['gpt', 1022n * MIB],
    ['mbr', 1023n * MIB],
  ] as const)('of a %s may take all that is left', (table, sizeBytes) => {
    expect(layOutPartitions(GIB, table, some(null))).toEqual({ placed: [{ startBytes: MIB, sizeBytes }], problems: [null], freeBytes: 0n });
  });

  test('that do not fit are told one by one, and those before them stay', () => {
    const { placed, problems } = layOutPartitions(100n * MIB, 'gpt', some(50n * MIB, 60n * MIB, MIB));
    expect(problems).toEqual([null, 'no-room', 'no-room']);
    expect(placed.map((one) => one !== null)).toEqual([true, false, false]);
  });

  test.each<[string, WantedPartition[], 'gpt' | 'mbr', readonly (string | null)[]]>([
    ['only the last takes the rest', some(null, MIB), 'gpt', ['rest-not-last', null]],
    ['sizes are sectors', some(MIB + 1n), 'gpt', ['unaligned']],
    ['nothing is smaller than the alignment', some(512n), 'gpt', ['too-small']],
    ['a file system needs its smallest size', [{ sizeBytes: 100n * MIB, content: 'xfs' }], 'gpt', ['too-small']],
    ['an EFI system partition is FAT', [{ sizeBytes: 512n * 1024n, content: 'efi' }], 'gpt', ['too-small']],
    ['an MBR holds four', some(MIB, MIB, MIB, MIB, MIB), 'mbr', [null, null, null, null, 'too-many']],
  ])('%s', (_rule, wanted, table, problems) => {
    expect(layOutPartitions(GIB, table, wanted).problems).toEqual(problems);
  });

  test('of an MBR do not reach beyond what 32 bits of sectors can say', () => {
    const { placed } = layOutPartitions(4096n * GIB, 'mbr', some(null));
    expect((placed[0]?.startBytes ?? 0n) + (placed[0]?.sizeBytes ?? 0n)).toBeLessThanOrEqual(2048n * GIB);
    expect(layOutPartitions(4096n * GIB, 'gpt', some(3000n * GIB)).problems).toEqual([null]);
  });

  test('never overlap, whatever is wanted', () => {
    for (let seed = 1n; seed < 400n; seed += 1n) {
      const sizes = [seed * 7919n * 512n, (seed % 13n) * MIB, seed * 104_729n];
      const { placed } = layOutPartitions(seed * 3n * MIB, seed % 2n === 0n ? 'gpt' : 'mbr', some(...sizes));
      let end = ALIGNMENT_BYTES;
      for (const one of placed) {
        if (one === null) continue;
        expect(one.startBytes >= end && one.startBytes % ALIGNMENT_BYTES === 0n).toBe(true);
        end = one.startBytes + one.sizeBytes;
        expect(end).toBeLessThanOrEqual(seed * 3n * MIB);
      }
    }
  });
});

/** What a resize writes into the partition table, with what is there now. Main process. */
import type { FileHandle } from 'node:fs/promises';
import { planGptWrites } from './gpt.ts';
import { planMbrWrites } from './mbr.ts';
import { imageReader, saveWrites, type SavedGroups } from './saved-writes.ts';
import { toPartitionChange } from './table-writes.ts';
import type { UndoRecord } from './undo-file.ts';

export interface ImageTable {
  readonly kind: 'gpt' | 'mbr';
  readonly sectorBytes: number;
}

/** Nothing where no step writes the table. Throws TABLE_UNREADABLE. */
export async function planTable(file: FileHandle, table: ImageTable | null, record: UndoRecord): Promise<SavedGroups> {
  const { steps, offsetBytes, partitions, fromBytes, toBytes } = record;
  if (table === null || !steps.some(({ step }) => step === 'resize-table')) return [];
  const offset = BigInt(offsetBytes);
  const change = {
    fromBytes: BigInt(fromBytes),
    sizeBytes: BigInt(toBytes),
    sectorBytes: table.sectorBytes,
    partitions: partitions.map(toPartitionChange),
  };
  const plan = table.kind === 'gpt' ? planGptWrites : planMbrWrites;
  return saveWrites(file, await plan(imageReader(file, offset), change), offset);
}

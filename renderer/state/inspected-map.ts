/** The picture of an image that is not attached: its partitions and the gaps between them, in their order. Pure. */
import type { InspectedContent, InspectedPartition, InspectedTable } from '../../electron/ipc/inspection.ts';
import { fillOfType, type FillKind } from './partition-map.ts';

export type InspectedSegment =
  | {
      readonly kind: 'partition';
      readonly id: string;
      readonly partition: InspectedPartition;
      readonly sizeBytes: bigint;
      readonly fill: FillKind;
    }
  | { readonly kind: 'free'; readonly id: string; readonly sizeBytes: bigint; readonly fill: 'free' };

/** Gaps below this are alignment, not room. */
const SMALLEST_GAP_BYTES = 1024n * 1024n + 1n;

/** An extended partition is not drawn: the logical ones lie in it. `sizeBytes` is the file's; a table may reach beyond. */
export function inspectedSegments(table: InspectedTable, sizeBytes: bigint): readonly InspectedSegment[] {
  const segments: InspectedSegment[] = [];
  let reached = 0n;
  const free = (until: bigint): void => {
    const gap = until - reached;
    if (gap >= SMALLEST_GAP_BYTES) segments.push({ kind: 'free', id: `free-${reached}`, sizeBytes: gap, fill: 'free' });
  };
  const drawn = table.partitions.filter(({ role }) => role !== 'extended');
  for (const partition of drawn.toSorted((a, b) => (BigInt(a.startBytes) < BigInt(b.startBytes) ? -1 : 1))) {
    const start = BigInt(partition.startBytes);
    const size = BigInt(partition.sizeBytes);
    free(start);
    segments.push({ kind: 'partition', id: `p${partition.number}`, partition, sizeBytes: size, fill: fillOfContent(partition.content) });
    if (start + size > reached) reached = start + size;
  }
  free(sizeBytes);
  return segments;
}

export function fillOfContent({ kind, type }: InspectedContent): FillKind {
  if (kind === 'swap') return 'swap';
  if (kind === 'encrypted') return 'luks';
  if (kind === 'raid-or-volume') return 'lvm';
  return type === '' ? 'other' : fillOfType(type);
}

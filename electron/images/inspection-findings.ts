/** What is wrong or worth knowing about an image, as far as it shows from outside. Pure. */
import type { ImageFindings, PlaceFinding, TableFinding } from '../image-worker/findings.ts';
import type { InspectionFinding } from '../ipc/inspection.ts';

/** The file has `sizeBytes`. Of one that is mounted the state on the disk says nothing: it is `isInUse`. */
export function findProblems({ whole, table }: ImageFindings, sizeBytes: bigint, isInUse: boolean): readonly InspectionFinding[] {
  const places = [
    ...(whole === null ? [] : [{ partition: null, found: whole, placeBytes: sizeBytes }]),
    ...(table?.partitions ?? []).map((found) => ({
      partition: found.number,
      found,
      placeBytes: bytesThere(found, sizeBytes),
    })),
  ];
  return [
    ...(table === null ? [] : tableProblems(table, sizeBytes)),
    ...places.flatMap(({ partition, found, placeBytes }) => placeProblems(partition, found, placeBytes, isInUse)),
  ];
}

/** What the file has of a partition. */
function bytesThere({ startBytes, sizeBytes }: TableFinding['partitions'][number], fileBytes: bigint): bigint {
  const left = fileBytes - BigInt(startBytes);
  const size = BigInt(sizeBytes);
  if (left <= 0n) return 0n;
  return size < left ? size : left;
}

function tableProblems(table: TableFinding, sizeBytes: bigint): InspectionFinding[] {
  const problems: InspectionFinding[] = [];
  const missing = BigInt(table.neededBytes) - sizeBytes;
  if (missing > 0n) problems.push({ code: 'shorter-than-table', partition: null, bytes: String(missing) });
  problems.push(...table.damage.map((code) => ({ code, partition: null })));
  if (table.sectorBytes === 4096) problems.push({ code: 'sectors-4096', partition: null });
  problems.push(...overlaps(table));
  return problems;
}

/** Each partition that begins before one with a smaller start has ended; the extended one holds others by its nature. */
function overlaps({ partitions }: TableFinding): InspectionFinding[] {
  const inOrder = partitions
    .filter(({ role }) => role !== 'extended')
    .map(({ number, startBytes, sizeBytes }) => ({ number, start: BigInt(startBytes), end: BigInt(startBytes) + BigInt(sizeBytes) }))
    .toSorted((a, b) => (a.start < b.start ? -1 : 1));
  let reached = 0n;
  return inOrder.flatMap(({ number, start, end }) => {
    const isOver = start < reached;
    if (end > reached) reached = end;
    return isOver ? [{ code: 'overlapping-partitions', partition: number } as const] : [];
  });
}

function placeProblems(partition: number | null, found: PlaceFinding, placeBytes: bigint, isInUse: boolean): InspectionFinding[] {
  const problems: InspectionFinding[] = [];
  const { space, ambiguous } = found;
  const missing = BigInt(space?.fileSystemBytes ?? 0) - placeBytes;
  if (missing > 0n) problems.push({ code: 'shorter-than-file-system', partition, bytes: String(missing) });
  if (ambiguous) problems.push({ code: 'ambiguous', partition });
  if (space?.state === 'unclean' && !isInUse) problems.push({ code: 'journal-unclean', partition });
  if (space?.state === 'errors') problems.push({ code: 'file-system-errors', partition });
  return problems;
}

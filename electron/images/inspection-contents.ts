/** From what the image worker found in a file to what an inspection says. Pure. */
import type { ImageFindings, PlaceFinding, TableFinding } from '../image-worker/findings.ts';
import type { InspectedContent, InspectedPartition, InspectedTable } from '../ipc/inspection.ts';
import { kindOf, toFileSystemType } from './contents.ts';

export function toInspectedWhole({ whole }: ImageFindings): InspectedContent | null {
  return whole === null ? null : toInspectedContent(whole);
}

export function toInspectedTable({ whole, table }: ImageFindings): InspectedTable | null {
  if (table === null) return null;
  return {
    type: whole?.type === 'iso9660' ? 'hybrid' : table.kind,
    id: orNull(table.id),
    sectorBytes: table.sectorBytes,
    usable: table.usable,
    partitions: table.partitions.map(toInspectedPartition).toSorted((a, b) => a.number - b.number),
  };
}

function toInspectedPartition(found: TableFinding['partitions'][number]): InspectedPartition {
  const { number, typeCode, name, partitionUuid, startBytes, sizeBytes, bootable, role } = found;
  const content = role === 'extended' ? extended : toInspectedContent(found);
  return { number, typeCode, name: orNull(name), uuid: orNull(partitionUuid), startBytes, sizeBytes, bootable, role, content };
}

function toInspectedContent(found: PlaceFinding): InspectedContent {
  const kind = kindOf(found);
  const { space } = found;
  const total = space?.fileSystemBytes ?? null;
  const free = space?.freeBytes ?? null;
  return {
    kind,
    type: kind === 'partition-table' ? found.tableType : found.type,
    version: orNull(found.version),
    label: orNull(found.label === '' ? found.volumeGroup : found.label),
    uuid: orNull(found.uuid),
    mountable: kind === 'file-system' && toFileSystemType(found.type) !== null,
    fileSystemBytes: total,
    usedBytes: total === null || free === null ? null : String(BigInt(total) - BigInt(free)),
    freeBytes: free,
    blockBytes: space?.blockBytes ?? null,
    state: space?.state ?? 'unknown',
  };
}

const extended: InspectedContent = {
  kind: 'partition-table',
  type: 'dos',
  version: null,
  label: null,
  uuid: null,
  mountable: false,
  fileSystemBytes: null,
  usedBytes: null,
  freeBytes: null,
  blockBytes: null,
  state: 'unknown',
};

function orNull(text: string): string | null {
  return text === '' ? null : text;
}

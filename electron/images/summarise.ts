/** What a row of the library says of an image. Main process and command line. */
import type { Inspection } from '../ipc/inspection.ts';
import type { LibraryContent } from '../ipc/library.ts';
import { inspectFile, type InspectionContext } from './inspect.ts';

/** Throws what {@link inspectFile} throws. */
export async function summariseFile(context: InspectionContext, path: Buffer): Promise<LibraryContent> {
  return summarise(await inspectFile(context, path));
}

function summarise({ format, whole, table }: Inspection): LibraryContent {
  if (format.kind !== 'raw') {
    return { kind: 'known', format: format.name, explained: format.kind === 'explained', type: '', label: null, partitions: null };
  }
  const partitions = table === null ? null : table.partitions.filter((one) => one.role !== 'extended').length;
  const isTable = whole === null || whole.kind === 'nothing' || whole.kind === 'partition-table';
  const tableType = table === null ? '' : table.type === 'mbr' ? 'dos' : table.type;
  const type = isTable && tableType !== '' ? tableType : (whole?.type ?? '');
  return { kind: 'known', format: 'raw', explained: false, type, label: whole?.label ?? null, partitions };
}

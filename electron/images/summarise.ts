/** What a row of the library says of an image. Main process, as the user. */
import { toDecimal } from '../../native-helper/protocol/scalars.ts';
import type { LibraryContent } from '../ipc/library.ts';
import { toContents } from './contents.ts';
import type { ImageWorker } from './image-worker.ts';
import { openImage } from './open-image.ts';
import { probeOpened } from './probe-image.ts';

/** A table written for larger sectors cannot be seen with smaller ones. */
const SECTORS = [512, 4096];

/** Throws AppError: PROBE_FAILED, and why the file cannot be opened. */
export async function summariseImage(worker: ImageWorker, path: Buffer): Promise<LibraryContent> {
  const { handle, facts } = await openImage(path, 'read-only');
  try {
    for (const logicalBlockSizeBytes of SECTORS) {
      const findings = await probeOpened(worker, handle, {
        offsetBytes: toDecimal(0n),
        sizeBytes: toDecimal(facts.size),
        logicalBlockSizeBytes,
      });
      const [whole, ...partitions] = toContents(findings);
      if (whole === undefined || whole.kind === 'nothing') continue;
      const parted = whole.kind === 'partition-table' || partitions.length > 0;
      return {
        kind: 'known',
        format: 'raw',
        explained: false,
        type: whole.type,
        label: whole.label,
        partitions: parted ? partitions.length : null,
      };
    }
    return { kind: 'known', format: 'raw', explained: false, type: '', label: null, partitions: null };
  } finally {
    await handle.close();
  }
}

/** Gives the zeroed blocks of an image back to the file system it lies on, as a job. Main process and command line, as the user. */
import { toDisplayNames } from '../images/file-table.ts';
import { STAT_BLOCK_BYTES } from '../images/describe-image.ts';
import type { SparsifyResult } from '../ipc/maintenance.ts';
import { namingUsers } from './expect-alone.ts';
import { runFileWork } from './file-worker.ts';
import { withDetachedImage, type MaintenanceContext } from './place.ts';

/** What the file says stays the same, byte for byte. Throws IMAGE_ATTACHED, FILE_IN_USE, SPARSE_UNSUPPORTED, CANCELLED: what was given back until then stays so. */
export async function sparsifyImage(
  { jobs, devices }: Pick<MaintenanceContext, 'jobs' | 'devices'>,
  path: Buffer,
): Promise<SparsifyResult> {
  return withDetachedImage({ devices }, path, 'sparsifying', async ({ handle, facts }) => {
    const title = { kind: 'sparsify', fileName: toDisplayNames(path).name } as const;
    await jobs.run({ title, device: null, cancellable: true }, async (signal, report) => {
      report({ bytesDone: 0n, bytesTotal: facts.size });
      const onProgress = (bytesDone: bigint): void => report({ bytesDone });
      const work = { kind: 'punch', sizeBytes: String(facts.size) } as const;
      await namingUsers(handle, async () => runFileWork(work, [handle.fd], { signal, onProgress }));
    });
    const after = await handle.stat({ bigint: true });
    return { beforeBytes: String(facts.blocks * STAT_BLOCK_BYTES), afterBytes: String(after.blocks * STAT_BLOCK_BYTES) };
  });
}

/** Images that are a copy of a file or device. Main process and command line. */
import type { FileHandle } from 'node:fs/promises';
import { expectUnchanged } from '../file-print.ts';
import { openImage } from '../open-image.ts';
import { copyImage } from './copy-image.ts';
import type { NewPlace } from './new-file.ts';
import { sizeOfOpened, type OpenedSize } from './opened-size.ts';
import { checkSpace, reserve, SMALLEST_ROOM_BYTES } from './space.ts';
import type { ContentsPlan } from './wanted-image.ts';

export async function planCopy(source: Buffer, place: NewPlace, reserved: boolean): Promise<ContentsPlan> {
  const needed = await withSource(source, async (_handle, size) => (reserved ? size.sizeBytes : SMALLEST_ROOM_BYTES));
  await checkSpace(place.folder, needed);
  return {
    steps: [],
    fill: async ({ file }, signal, report) =>
      withSource(source, async (handle, { sizeBytes, allocatedBytes }) => {
        report({ bytesDone: 0n, bytesTotal: allocatedBytes });
        await copyImage(file, handle, signal, (bytes) =>
          report({ bytesDone: bytes > allocatedBytes ? allocatedBytes : bytes, bytesTotal: allocatedBytes }),
        );
        if (reserved) await reserve(file, sizeBytes, signal);
      }),
  };
}

/** Opens what is copied for as long as `work` lasts. Throws AppError; FILE_CHANGED when somebody wrote to it meanwhile. */
export async function withSource<T>(source: Buffer, work: (handle: FileHandle, size: OpenedSize) => Promise<T>): Promise<T> {
  const { handle, facts } = await openImage(source, 'read-only');
  try {
    const result = await work(handle, await sizeOfOpened(source, facts));
    await expectUnchanged({ handle, facts });
    return result;
  } finally {
    await handle.close();
  }
}

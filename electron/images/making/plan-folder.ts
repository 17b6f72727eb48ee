/** Images that hold the files of a folder. Main process and command line. */
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { AppError } from '../../ipc/errors.ts';
import { findLabelProblem, folderLabelRules } from '../../ipc/file-systems.ts';
import { expectTool } from '../../tools/run-tool.ts';
import { errorName, refuseOpening } from '../open-image.ts';
import { measureFolder } from './measure-folder.ts';
import { refusePlace, type NewPlace } from './new-file.ts';
import { packerOf, packFolder } from './pack-folder.ts';
import { checkSpace, digHoles, SMALLEST_ROOM_BYTES } from './space.ts';
import type { ContentsPlan, WantedContents } from './wanted-image.ts';

export async function planFolder(
  { folder, format, label }: Extract<WantedContents, { kind: 'folder' }>,
  place: NewPlace,
): Promise<ContentsPlan> {
  const rule = folderLabelRules[format];
  if (rule === null ? label !== '' : findLabelProblem(label, rule) !== null) throw new AppError('LABEL_INVALID');
  expectTool(packerOf[format]);
  await checkReadable(folder);
  await checkOutside(folder, place.folder);
  await checkSpace(place.folder, SMALLEST_ROOM_BYTES);
  return {
    steps: ['read', 'copy-files'],
    fill: async ({ file }, signal, report) => {
      const size = await measureFolder(folder, signal);
      // Compressed it is less; ISO 9660 and ext4 hold at least what is in the files.
      if (format === 'iso' || format === 'ext4') await checkSpace(place.folder, size.fileBytes);
      report({ step: 1, bytesTotal: size.fileBytes });
      await packFolder(file, { folder, format, label, size }, signal, (bytes) =>
        report({ bytesDone: bytes > size.fileBytes ? size.fileBytes : bytes, bytesTotal: size.fileBytes }),
      );
      if (format === 'ext4') await digHoles(file, signal);
    },
  };
}

async function checkReadable(folder: Buffer): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY).catch((error: unknown) => {
    if (errorName(error) === 'ENOTDIR') throw new AppError('FOLDER_NOT_READABLE');
    return refuseOpening(error);
  });
  await handle.close();
}

/** An image inside the folder it is made of would hold itself. */
async function checkOutside(source: Buffer, target: Buffer): Promise<void> {
  const [from, to] = await Promise.all([
    realpath(source, { encoding: 'buffer' }).catch(refuseOpening),
    realpath(target, { encoding: 'buffer' }).catch(refusePlace),
  ]);
  const inside =
    from.equals(Buffer.from('/')) || to.equals(from) || to.subarray(0, from.length + 1).equals(Buffer.concat([from, Buffer.from('/')]));
  if (inside) throw new AppError('NEW_IMAGE_INSIDE');
}

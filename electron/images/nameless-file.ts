/** A file that goes with its last descriptor, however this program ends. Main process. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** __O_TMPFILE of asm-generic/fcntl.h; the flag is that together with O_DIRECTORY (open(2)). */
const TEMPORARY = 0o20_000_000 | constants.O_DIRECTORY;

/** For reading and writing, on the file system of `folder`. The caller closes it. Throws what the folder refuses. */
export async function openNameless(folder: string): Promise<FileHandle> {
  try {
    return await open(folder, TEMPORARY | constants.O_RDWR, 0o600);
  } catch {
    // A file system without them: a name for a moment.
    const path = join(folder, `platter-${randomBytes(8).toString('hex')}`);
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
    await unlink(path);
    return handle;
  }
}

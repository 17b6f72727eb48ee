/** A copy of one partition for tools that look only at whole files: a file without a name, gone with its descriptor. As the user. */
import { mkdir, type FileHandle } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { freeBytes } from '../images/describe-image.ts';
import { openNameless } from '../images/nameless-file.ts';
import type { OpenImage } from '../images/open-image.ts';
import { AppError } from '../ipc/errors.ts';
import { runFileWork, type FileWorkOptions } from './file-worker.ts';
import type { Place } from './place.ts';

function cacheFolder(environment: NodeJS.ProcessEnv): string {
  const configured = environment['XDG_CACHE_HOME'];
  return join(configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), '.cache'), 'platter');
}

/** The caller closes it. Throws NO_SPACE before anything is written when it might not fit. */
export async function copyPartition(image: OpenImage, { startBytes, sizeBytes }: Place, options: FileWorkOptions): Promise<FileHandle> {
  const folder = cacheFolder(process.env);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const onDisk = image.facts.blocks * 512n;
  const needed = onDisk < sizeBytes ? onDisk : sizeBytes;
  const free = await freeBytes(Buffer.from(folder));
  if (needed > free) throw new AppError('NO_SPACE', { detail: { limitBytes: String(free) } });
  const copy = await openNameless(folder);
  try {
    const work = { kind: 'copy', startBytes: String(startBytes), endBytes: String(startBytes + sizeBytes) } as const;
    await runFileWork(work, [image.handle.fd, copy.fd], options);
    return copy;
  } catch (error) {
    await copy.close();
    throw error;
  }
}

/** Finds what files beside an image say of its checksums. Main process and command line, as the user. */
import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import type { Checksums } from '../ipc/library.ts';
import type { ChecksumFile } from '../ipc/maintenance.ts';
import { judgeChecksumName, readChecksumFile } from './checksums.ts';

/** Larger ones are no checksum files. */
const LARGEST_BYTES = 4 * 1024 * 1024;
const FILES_READ = 32;

/** Those that name the image, by name. Nothing readable is nothing found. */
export async function findChecksumFiles(path: Buffer): Promise<readonly ChecksumFile[]> {
  const slash = path.lastIndexOf(0x2f);
  const [folder, imageName] = [path.subarray(0, Math.max(1, slash)), path.subarray(slash + 1)];
  const names = await readdir(folder, { encoding: 'buffer' }).catch((): Buffer[] => []);
  const candidates = names.flatMap((name) => {
    const verdict = judgeChecksumName(name.toString('latin1'), imageName.toString('latin1'));
    return verdict === 'no' ? [] : [{ name, isOwn: verdict === 'own' }];
  });
  const found = await Promise.all(
    candidates.slice(0, FILES_READ).map(async ({ name, isOwn }) => {
      const content = await readSmall(Buffer.concat([folder, Buffer.from('/'), name]));
      const sums: Checksums = content === null ? {} : readChecksumFile(content, imageName, isOwn);
      return Object.keys(sums).length === 0 ? [] : [{ name: name.toString('utf8'), sums }];
    }),
  );
  return found.flat().toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

async function readSmall(path: Buffer): Promise<Buffer | null> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY).catch(() => null);
  if (handle === null) return null;
  try {
    const facts = await handle.stat();
    return facts.isFile() && facts.size <= LARGEST_BYTES ? await handle.readFile() : null;
  } catch {
    return null;
  } finally {
    await handle.close();
  }
}

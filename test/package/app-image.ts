/** What is in the AppImage that was made for tests: its squashfs, unpacked. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { packageFiles } from '../../build/package/make.ts';

/** Squashfs begins with this word, after the program that mounts it. */
const MAGIC = 'hsqs';

/** Makes `folder`, which must not be there. */
export function unpackAppImage(folder: string): void {
  const offset = readFileSync(packageFiles.AppImage).indexOf(MAGIC);
  execFileSync('unsquashfs', ['-q', '-n', '-d', folder, '-o', String(offset), packageFiles.AppImage], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

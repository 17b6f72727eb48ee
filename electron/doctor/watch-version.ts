/** Tells when another version of the package is installed under a window that is open. Main process. */
import { watch } from 'node:fs';
import { dirname } from 'node:path';
import { INSTALLED_MANIFEST, versionOnDisk } from './version-on-disk.ts';

/**
 * Calls `onOther` once, with the version on the disk, as soon as it is another than `own`; an upgrade in progress is waited for. Nothing
 * happens where no package is installed. Returns its undo function.
 */
export function watchVersion(own: string, onOther: (version: string) => void, manifest: string = INSTALLED_MANIFEST): () => void {
  const look = async (): Promise<void> => {
    const version = await versionOnDisk(manifest);
    if (version === null || version === own) return;
    stop();
    onOther(version);
  };
  let stop = (): void => {};
  try {
    // The kernel tells of changes: nothing is read again and again.
    const watcher = watch(dirname(manifest), { persistent: false }, () => void look());
    watcher.on('error', () => watcher.close());
    stop = () => watcher.close();
  } catch {
    return stop;
  }
  void look();
  return () => stop();
}

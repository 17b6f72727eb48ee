/** The folders of the library: scanned with the folders right in them, and watched from then on. Main process. */
import { lstat } from 'node:fs/promises';
import { isImageFile, joinPath, scanFolder, FOLDER_LIMITS, type FolderScan } from './scan-folder.ts';
import { FolderWatch, type FolderChange } from './folder-watch.ts';
import { errorName } from '../images/open-image.ts';

export interface FolderStatus {
  readonly state: 'scanning' | 'watched' | 'missing' | 'unreadable';
  readonly cut: boolean;
}

export interface FolderListener {
  /** Everything that is in the folder and those right in it. */
  readonly onScanned: (folder: string, images: readonly Buffer[]) => void;
  /** One file came, changed or went. */
  readonly onFile: (folder: string, path: Buffer, isImage: boolean) => void;
  readonly onStatus: () => void;
}

interface Followed {
  readonly path: Buffer;
  status: FolderStatus;
  watches: FolderWatch[];
  /** As latin1. */
  subfolders: ReadonlySet<string>;
  readonly abort: AbortController;
  /** A scan that is asked for while one runs comes after it. */
  scanning: Promise<void> | null;
  again: boolean;
}

export class LibraryFolders {
  readonly #listener: FolderListener;
  readonly #folders = new Map<string, Followed>();

  constructor(listener: FolderListener) {
    this.#listener = listener;
  }

  status(folder: string): FolderStatus {
    return this.#folders.get(folder)?.status ?? { state: 'scanning', cut: false };
  }

  /** Follows these folders and no others. */
  follow(folders: ReadonlyMap<string, Buffer>): void {
    for (const [key, followed] of this.#folders) if (!folders.has(key)) this.#drop(key, followed);
    for (const [key, path] of folders) {
      if (this.#folders.has(key)) continue;
      const followed: Followed = {
        path,
        status: { state: 'scanning', cut: false },
        watches: [],
        subfolders: new Set(),
        abort: new AbortController(),
        scanning: null,
        again: false,
      };
      this.#folders.set(key, followed);
      this.#scan(key, followed);
    }
  }

  /** Looks again for folders that were not there: nothing announces that a disk was plugged in. */
  lookForMissing(): void {
    for (const [key, followed] of this.#folders) {
      if (followed.status.state === 'missing' || followed.status.state === 'unreadable') this.#scan(key, followed);
    }
  }

  /** Resolves when no scan is under way. */
  async settled(): Promise<void> {
    await Promise.all([...this.#folders.values()].map(async (followed) => followed.scanning));
  }

  close(): void {
    for (const [key, followed] of this.#folders) this.#drop(key, followed);
  }

  #drop(key: string, followed: Followed): void {
    followed.abort.abort();
    for (const one of followed.watches) one.close();
    this.#folders.delete(key);
    this.#listener.onScanned(key, []);
  }

  #scan(key: string, followed: Followed): void {
    if (followed.scanning !== null) {
      followed.again = true;
      return;
    }
    followed.scanning = this.#scanNow(key, followed).finally(() => {
      followed.scanning = null;
      if (!followed.again || followed.abort.signal.aborted) return;
      followed.again = false;
      this.#scan(key, followed);
    });
  }

  async #scanNow(key: string, followed: Followed): Promise<void> {
    const { path, abort } = followed;
    for (const one of followed.watches) one.close();
    followed.watches = [];
    try {
      // Watched first, read second: what comes in between is told.
      let complete = this.#watch(key, followed, path, true);
      const top = await scanFolder(path, abort.signal);
      const scans: FolderScan[] = [top];
      followed.subfolders = new Set(top.subfolders.map((one) => one.toString('latin1')));
      for (const subfolder of top.subfolders) {
        if (abort.signal.aborted) return;
        complete = this.#watch(key, followed, subfolder, false) && complete;
        const scan = await scanFolder(subfolder, abort.signal).catch(() => null);
        if (scan !== null) scans.push(scan);
      }
      if (abort.signal.aborted) return;
      const images = scans.flatMap((scan) => scan.images);
      followed.status = { state: 'watched', cut: !complete || images.length > FOLDER_LIMITS.files || scans.some((scan) => scan.cut) };
      this.#listener.onScanned(key, images.slice(0, FOLDER_LIMITS.files));
    } catch (error) {
      if (abort.signal.aborted) return;
      const missing = ['ENOENT', 'ENOTDIR'].includes(errorName(error));
      followed.status = { state: missing ? 'missing' : 'unreadable', cut: false };
      // What is on a disk that was taken out stays in the list, as missing.
      if (!missing) this.#listener.onScanned(key, []);
    }
    this.#listener.onStatus();
  }

  /** False when the system has no watches left for it. */
  #watch(key: string, followed: Followed, folder: Buffer, isTop: boolean): boolean {
    try {
      followed.watches.push(new FolderWatch(folder, (change) => void this.#take(key, followed, folder, isTop, change)));
      return true;
    } catch (error) {
      if (isTop && errorName(error) === 'ENOENT') throw error;
      return false;
    }
  }

  async #take(key: string, followed: Followed, folder: Buffer, isTop: boolean, change: FolderChange): Promise<void> {
    if (change === null) {
      this.#scan(key, followed);
      return;
    }
    for (const name of change) {
      const path = joinPath(folder, name);
      if (isTop && (await this.#mayBeFolder(followed, path))) {
        this.#scan(key, followed);
        return;
      }
      const isImage = await isImageFile(path, name);
      if (followed.abort.signal.aborted) return;
      this.#listener.onFile(key, path, isImage);
    }
  }

  /** A folder came or went: the one that is followed, or one in it. */
  async #mayBeFolder({ path: top, subfolders }: Followed, path: Buffer): Promise<boolean> {
    const facts = await lstat(path).catch(() => null);
    if (facts === null) return subfolders.has(path.toString('latin1')) || !(await exists(top));
    return facts.isDirectory();
  }
}

async function exists(path: Buffer): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

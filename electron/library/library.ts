/**
 * The library of one window: images the person has opened and images in folders he added, kept in step with the files and with other
 * programs that change the library's file. Main process.
 */
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fromFileNameBytes, toFileNameBytes } from '../images/file-name-bytes.ts';
import type { FileTable } from '../images/file-table.ts';
import type { LibraryChanges, LibraryContent, LibraryState } from '../ipc/library.ts';
import { FolderWatch } from './folder-watch.ts';
import { emptyLibrary, withFolder, withImage, withUse, type LibraryDocument, type StoredVerification } from './library-document.ts';
import type { LibraryFile } from './library-file.ts';
import { LibraryFolders } from './library-folders.ts';
import { isSamePrint, printOf } from '../images/file-print.ts';
import { LibraryImages } from './library-images.ts';
import { joinPath } from './scan-folder.ts';

export interface LibraryParts {
  readonly file: LibraryFile;
  readonly files: FileTable;
  /** Looks into an image; what it throws is `unknown`. */
  readonly look: (path: Buffer) => Promise<LibraryContent>;
  readonly publish: (state: LibraryState) => void;
}

/** DESIGN.md §3: at most ten changes a second. */
const PUBLISHED_EVERY_MS = 100;
/** Folders of opened images that are watched; in others a change shows when the list is looked at. */
const PARENTS_WATCHED = 128;
/** Files looked at at once; more would keep the thread pool from everything else. */
const LOOKED_AT_ONCE = 16;
/** Questions for what is in an image, the newest first; what scrolled by long ago is dropped. */
const QUESTIONS_KEPT = 64;

export class Library {
  readonly #parts: LibraryParts;
  readonly #images: LibraryImages;
  readonly #folders: LibraryFolders;
  #document: LibraryDocument = emptyLibrary;
  #setAside: string | null = null;
  #opened: Promise<void> | null = null;
  #isClosed = false;
  #publishing: NodeJS.Timeout | undefined;
  #fileWatch: FolderWatch | null = null;
  readonly #parents = new Map<string, FolderWatch>();
  #questions: Buffer[] = [];
  #isAnswering = false;
  #answers: Promise<void> = Promise.resolve();

  constructor(parts: LibraryParts) {
    this.#parts = parts;
    this.#images = new LibraryImages(parts.files, () => this.#publishSoon());
    this.#folders = new LibraryFolders({
      onScanned: (folder, paths) => {
        const added = this.#images.takeFolder(folder, paths, (key) => this.#document.images.get(key) ?? null);
        void this.#refreshAll(added);
        this.#publishSoon();
      },
      onFile: (folder, path, isImage) => {
        if (isImage) this.#images.addFound(folder, path, this.#document.images.get(fromFileNameBytes(path)) ?? null);
        else if (this.#images.has(path)) this.#images.dropFound(folder, path);
        void this.#images.refresh(path);
      },
      onStatus: () => this.#publishSoon(),
    });
  }

  /** Reads the library's file and begins to follow it and the folders; once. Never fails: what cannot be read is empty. */
  async open(): Promise<void> {
    this.#opened ??= this.#openNow();
    return this.#opened;
  }

  /** What changed since a revision; looks again for folders that were missing. */
  async list(since: number): Promise<LibraryChanges> {
    await this.open();
    if (since === 0) this.#folders.lookForMissing();
    return this.#images.changesSince(since);
  }

  /** Somebody sees these images: finds out what is in them. */
  look(paths: readonly Buffer[]): void {
    const wanted = paths.filter((path) => this.#images.wantsContent(path) !== null);
    const names = new Set(wanted.map((path) => path.toString('latin1')));
    const others = this.#questions.filter((path) => !names.has(path.toString('latin1')));
    this.#questions = [...others, ...wanted.toReversed()].slice(-QUESTIONS_KEPT);
    if (!this.#isAnswering) this.#answers = this.#answer();
    for (const path of paths) void this.#images.refresh(path);
  }

  /** An image was opened or attached through Platter. */
  async use(path: Buffer): Promise<void> {
    const key = fromFileNameBytes(path);
    await this.#change((document) => withUse(document, key, Date.now()));
  }

  async addFolder(path: Buffer): Promise<void> {
    await this.#change((document) => withFolder(document, fromFileNameBytes(path), true));
  }

  async removeFolder(path: Buffer): Promise<void> {
    await this.#change((document) => withFolder(document, fromFileNameBytes(path), false));
  }

  /** Takes an image out of the list; the file stays. It comes back when it is opened again. */
  async forget(path: Buffer): Promise<void> {
    const key = fromFileNameBytes(path);
    await this.#change((document) => {
      const inFolder = document.folders.some((folder) => key.startsWith(folder === '/' ? '/' : `${folder}/`));
      return withImage(document, key, () => (inFolder ? { lastUsedAt: null, verified: null, hidden: true } : null));
    });
  }

  /** The file has another name now; what was known of it goes with it. */
  async moved(from: Buffer, to: Buffer): Promise<void> {
    const [before, after] = [fromFileNameBytes(from), fromFileNameBytes(to)];
    await this.#change((document) => {
      const image = document.images.get(before);
      if (image === undefined) return document;
      return withImage(
        withImage(document, before, () => null),
        after,
        () => image,
      );
    });
    await Promise.all([this.#images.refresh(from), this.#images.refresh(to)]);
  }

  /** The file is gone by the person's own wish. */
  async gone(path: Buffer): Promise<void> {
    await this.#change((document) => withImage(document, fromFileNameBytes(path), () => null));
    await this.#images.refresh(path);
  }

  async verified(path: Buffer, verified: StoredVerification): Promise<void> {
    const key = fromFileNameBytes(path);
    await this.#change((document) =>
      withImage(document, key, (image) => ({ hidden: false, lastUsedAt: image?.lastUsedAt ?? null, verified })),
    );
  }

  /** Runs work that leaves the content of a file as it is; what was verified of it before is so afterwards. */
  async keepVerified<T>(path: Buffer, work: () => Promise<T>): Promise<T> {
    const before = await stat(path, { bigint: true }).catch(() => null);
    const stored = this.#document.images.get(fromFileNameBytes(path))?.verified ?? null;
    const result = await work();
    const after = await stat(path, { bigint: true }).catch(() => null);
    const wasCurrent = before !== null && after !== null && stored !== null && isSamePrint(stored.print, printOf(before));
    if (wasCurrent) await this.verified(path, { ...stored, print: printOf(after) }).catch(() => undefined);
    return result;
  }

  /** Resolves when nothing is being scanned or looked at; for tests and the command line. */
  async settled(): Promise<void> {
    await this.open();
    await this.#folders.settled();
    await this.#refreshAll(this.#images.paths());
  }

  /** Resolves when every image that was looked at so far is known. */
  async answered(): Promise<void> {
    while (this.#isAnswering) await this.#answers;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#publishing);
    this.#fileWatch?.close();
    this.#folders.close();
    for (const watch of this.#parents.values()) watch.close();
    this.#parents.clear();
  }

  async #openNow(): Promise<void> {
    await this.#readAgain();
    this.#watchFile();
  }

  async #readAgain(): Promise<void> {
    const reading = await this.#parts.file.read().catch(() => null);
    if (reading === null || this.#isClosed) return;
    this.#setAside = reading.setAside ?? this.#setAside;
    this.#take(reading.document);
  }

  /** Throws the system's error when the library's file cannot be written. */
  async #change(change: (document: LibraryDocument) => LibraryDocument): Promise<void> {
    await this.open();
    const reading = await this.#parts.file.update(change);
    if (this.#isClosed) return;
    this.#setAside = reading.setAside ?? this.#setAside;
    this.#take(reading.document);
    this.#watchFile();
  }

  #take(document: LibraryDocument): void {
    this.#document = document;
    const added = this.#images.takeDocument(document);
    this.#folders.follow(new Map(document.folders.map((folder) => [folder, toFileNameBytes(folder)])));
    this.#watchParents();
    void this.#refreshAll(added);
    this.#publishSoon();
  }

  /** Another window or the command line replaces the file; its folder says so. */
  #watchFile(): void {
    if (this.#fileWatch !== null || this.#isClosed) return;
    const { path } = this.#parts.file;
    const name = Buffer.from(basename(path));
    try {
      this.#fileWatch = new FolderWatch(Buffer.from(dirname(path)), (change) => {
        if (change === null || change.some((one) => one.equals(name))) void this.#readAgain();
      });
    } catch {
      // There is no folder yet: it is watched as soon as something is written to it.
    }
  }

  #folderKeys(): readonly string[] {
    return this.#document.folders;
  }

  /** Opened images outside the folders: that one is renamed or deleted shows at once. */
  #watchParents(): void {
    const wanted = new Map<string, Buffer>();
    for (const [key, image] of this.#document.images) {
      const parent = dirname(key);
      if (image.hidden || wanted.size >= PARENTS_WATCHED || this.#folderKeys().includes(parent)) continue;
      wanted.set(parent, toFileNameBytes(parent));
    }
    for (const [key, watch] of this.#parents) {
      if (wanted.has(key)) continue;
      watch.close();
      this.#parents.delete(key);
    }
    for (const [key, folder] of wanted) if (!this.#parents.has(key)) this.#watchParent(key, folder);
  }

  #watchParent(key: string, folder: Buffer): void {
    try {
      const watch = new FolderWatch(folder, (change) => {
        const paths = change?.map((name) => joinPath(folder, name)) ?? this.#images.paths();
        void this.#refreshAll(paths.filter((path) => this.#images.has(path)));
      });
      this.#parents.set(key, watch);
    } catch {
      // Gone, or no watches left: the next look at the list finds out.
    }
  }

  async #refreshAll(paths: readonly Buffer[]): Promise<void> {
    const waiting = [...paths];
    const work = async (): Promise<void> => {
      for (let path = waiting.pop(); path !== undefined && !this.#isClosed; path = waiting.pop()) await this.#images.refresh(path);
    };
    await Promise.all(Array.from({ length: Math.min(LOOKED_AT_ONCE, waiting.length) }, work));
  }

  /** One after the other, the newest question first. */
  async #answer(): Promise<void> {
    this.#isAnswering = true;
    for (let path = this.#questions.pop(); path !== undefined && !this.#isClosed; path = this.#questions.pop()) {
      const print = this.#images.wantsContent(path);
      if (print === null) continue;
      const content = await this.#parts.look(path).catch((): LibraryContent => ({ kind: 'unknown' }));
      this.#images.setContent(path, print, content);
    }
    this.#isAnswering = false;
  }

  #publishSoon(): void {
    if (this.#isClosed) return;
    this.#publishing ??= setTimeout(() => {
      this.#publishing = undefined;
      this.#parts.publish(this.state());
    }, PUBLISHED_EVERY_MS);
  }

  /** As the window has it. */
  state(): LibraryState {
    return {
      revision: this.#images.revision,
      count: this.#images.size,
      folders: this.#document.folders.map((folder) => {
        const path = toFileNameBytes(folder);
        return {
          id: this.#parts.files.idOf(path),
          path: path.toString('utf8'),
          images: this.#images.countIn(folder),
          ...this.#folders.status(folder),
        };
      }),
      setAside: this.#setAside,
    };
  }
}

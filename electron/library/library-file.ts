/**
 * The library's file, $XDG_CONFIG_HOME/platter/library.json. Every change reads it anew under a lock and replaces it whole, so that
 * two windows and the command line do not lose each other's entries. Main process and command line.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { withLock } from '../settings/system-calls.ts';
import { configurationFolder, setAside, writeWhole } from '../settings/whole-file.ts';
import { emptyLibrary, parseLibrary, printLibrary, type LibraryDocument } from './library-document.ts';

export interface LibraryReading {
  readonly document: LibraryDocument;
  /** Name that a broken file was given; null where nothing was broken. */
  readonly setAside: string | null;
}

export function libraryPath(environment: NodeJS.ProcessEnv): string {
  return join(configurationFolder(environment), 'library.json');
}

export class LibraryFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Without a file the library is empty; one that cannot be understood is set aside. Throws the system's error. */
  async read(): Promise<LibraryReading> {
    const { document, broken } = await this.#load();
    if (!broken) return { document, setAside: null };
    return withLock(this.#lockPath, async () => this.#readLocked());
  }

  /** Changes what the file says by then; returns what it says now. Writes nothing when `change` returns what it got. Throws the system's error. */
  async update(change: (document: LibraryDocument) => LibraryDocument): Promise<LibraryReading> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    return withLock(this.#lockPath, async () => {
      const reading = await this.#readLocked();
      const document = change(reading.document);
      if (document !== reading.document) await writeWhole(this.path, printLibrary(document));
      return { ...reading, document };
    });
  }

  get #lockPath(): string {
    return `${this.path}.lock`;
  }

  async #readLocked(): Promise<LibraryReading> {
    const { document, broken } = await this.#load();
    if (!broken) return { document, setAside: null };
    const name = await setAside(this.path);
    return { document, setAside: name === null ? null : basename(name) };
  }

  async #load(): Promise<{ readonly document: LibraryDocument; readonly broken: boolean }> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { document: emptyLibrary, broken: false };
      throw error;
    }
    const document = parseLibrary(text);
    return { document: document ?? emptyLibrary, broken: document === null };
  }
}

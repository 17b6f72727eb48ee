/** Follows what happens in one folder; bursts are told once. Main process. */
import { watch, type FSWatcher } from 'node:fs';

/** Copying a large file says so many times a second. */
const QUIET_MS = 250;
const LONGEST_WAIT_MS = 1500;
/** With more names than this the folder is read anew. */
const NAMES_TOLD = 64;

/** Names that came, went or changed; null: more than can be told. */
export type FolderChange = readonly Buffer[] | null;

export class FolderWatch {
  readonly #watcher: FSWatcher;
  readonly #onChange: (change: FolderChange) => void;
  #names: Map<string, Buffer> | null = new Map();
  #timer: NodeJS.Timeout | undefined;
  #firstAt = 0;
  #isClosed = false;

  /** Throws the system's error where the folder cannot be watched (gone, no right, no watches left). */
  constructor(folder: Buffer, onChange: (change: FolderChange) => void) {
    this.#onChange = onChange;
    this.#watcher = watch(folder, { encoding: 'buffer', persistent: false }, (_event, name) => this.#add(name));
    // The folder has gone: reading it anew says so.
    this.#watcher.on('error', () => this.#add(null));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#watcher.close();
  }

  #add(name: Buffer | null): void {
    if (this.#isClosed) return;
    if (name === null) this.#names = null;
    else this.#names?.set(name.toString('latin1'), name);
    if (this.#names !== null && this.#names.size > NAMES_TOLD) this.#names = null;
    const now = performance.now();
    if (this.#timer === undefined) this.#firstAt = now;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tell(), now - this.#firstAt > LONGEST_WAIT_MS ? 0 : QUIET_MS);
  }

  #tell(): void {
    this.#timer = undefined;
    const names = this.#names === null ? null : [...this.#names.values()];
    this.#names = new Map();
    this.#onChange(names);
  }
}

/** Images and folders of the fake's library, with the revision of each change. */
import type { LibraryChanges, LibraryFolder, LibraryImage, LibraryState } from '../../electron/ipc/library.ts';

export class FakeLibrary {
  images: readonly LibraryImage[];
  #folders: readonly LibraryFolder[];
  #setAside: string | null;
  #revision = 1;
  readonly #publish: (state: LibraryState) => void;
  readonly #changedAt = new Map<string, number>();
  readonly #removedAt = new Map<string, number>();

  constructor(
    start: { readonly images: readonly LibraryImage[]; readonly folders: readonly LibraryFolder[]; readonly setAside: string | null },
    publish: (state: LibraryState) => void,
  ) {
    this.images = start.images;
    this.#folders = start.folders;
    this.#setAside = start.setAside;
    this.#publish = publish;
  }

  get state(): LibraryState {
    return { revision: this.#revision, count: this.images.length, folders: this.#folders, setAside: this.#setAside };
  }

  put(...changed: readonly LibraryImage[]): void {
    this.#revision += 1;
    const ids = new Set(changed.map((image) => image.id));
    for (const id of ids) this.#changedAt.set(id, this.#revision);
    this.images = [...this.images.filter((image) => !ids.has(image.id)), ...changed];
    this.#publish(this.state);
  }

  remove(id: string): void {
    this.#revision += 1;
    this.#removedAt.set(id, this.#revision);
    this.images = this.images.filter((image) => image.id !== id);
    this.#publish(this.state);
  }

  addFolder(id: string, path: string): void {
    if (this.#folders.some((folder) => folder.id === id)) return;
    this.#revision += 1;
    this.#folders = [...this.#folders, { id, path, state: 'watched', images: 0, cut: false }];
    this.#publish(this.state);
  }

  removeFolder(id: string): void {
    this.#revision += 1;
    this.#folders = this.#folders.filter((folder) => folder.id !== id);
    this.#publish(this.state);
  }

  changesSince(since: number): LibraryChanges {
    const whole = since === 0;
    const changed = whole ? this.images : this.images.filter((image) => (this.#changedAt.get(image.id) ?? 0) > since);
    const removed = whole ? [] : [...this.#removedAt].filter(([, revision]) => revision > since).map(([id]) => id);
    return { revision: this.#revision, changed, removed, whole };
  }
}

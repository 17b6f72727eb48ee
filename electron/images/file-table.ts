/**
 * Files and folders that the window may name: it gets an id for each path that main learned from a dialog, a drop, a
 * paste or a folder list, and can name nothing else (SECURITY.md §4.7). Paths are bytes, since file names need not be UTF-8.
 */
import { randomBytes } from 'node:crypto';
import { AppError } from '../ipc/errors.ts';
import type { ImageFile } from '../ipc/images.ts';

/** Ids kept; the ones used longest ago go first. A folder list holds at most 2,000. */
const IDS_KEPT = 20_000;

export class FileTable {
  readonly #paths = new Map<string, Buffer>();
  readonly #ids = new Map<string, string>();

  /** The id of an absolute path; the same path keeps its id while the table remembers it. */
  idOf(path: Buffer): string {
    const key = path.toString('latin1');
    const known = this.#ids.get(key);
    if (known !== undefined) {
      this.#refresh(known, path);
      return known;
    }
    const id = randomBytes(16).toString('hex');
    this.#ids.set(key, id);
    this.#paths.set(id, path);
    this.#forgetOldest();
    return id;
  }

  /** Throws FILE_UNKNOWN for an id that was never given out. */
  pathOf(id: string): Buffer {
    const path = this.#paths.get(id);
    if (path === undefined) throw new AppError('FILE_UNKNOWN');
    this.#refresh(id, path);
    return path;
  }

  describe(path: Buffer): ImageFile {
    return { id: this.idOf(path), ...toDisplayNames(path) };
  }

  /** A map keeps the order of insertion: putting an entry back in makes it the youngest. */
  #refresh(id: string, path: Buffer): void {
    this.#paths.delete(id);
    this.#paths.set(id, path);
  }

  #forgetOldest(): void {
    for (const [id, path] of this.#paths) {
      if (this.#paths.size <= IDS_KEPT) return;
      this.#paths.delete(id);
      this.#ids.delete(path.toString('latin1'));
    }
  }
}

/** Name and folder for people; bytes that are not UTF-8 show as U+FFFD. */
export function toDisplayNames(path: Buffer): { readonly name: string; readonly folder: string } {
  const slash = path.lastIndexOf(0x2f);
  return {
    name: path.subarray(slash + 1).toString('utf8'),
    folder: slash <= 0 ? '/' : path.subarray(0, slash).toString('utf8'),
  };
}

/** The images of the library in memory, each with the revision of its last change. Main process. */
import { stat } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { toInode } from '../../native-helper/protocol/scalars.ts';
import { fromFileNameBytes, toFileNameBytes } from '../images/file-name-bytes.ts';
import { isSamePrint, printOf, type FilePrint } from '../images/file-print.ts';
import { toDisplayNames, type FileTable } from '../images/file-table.ts';
import { errorName } from '../images/open-image.ts';
import type { LibraryChanges, LibraryContent, LibraryImage } from '../ipc/library.ts';
import type { LibraryDocument, StoredImage } from './library-document.ts';

/** st_blocks counts these whatever the file system's block is (stat(2)). */
const STAT_BLOCK_BYTES = 512n;
/** Removed images remembered for windows that ask seldom; who asks later gets everything. */
const REMOVED_KEPT = 2000;

export type FileState = { readonly kind: 'present'; readonly facts: BigIntStats } | { readonly kind: 'missing' | 'unreachable' };

interface Entry {
  readonly path: Buffer;
  stored: StoredImage | null;
  /** Keys of the library's folders that it was found in. */
  readonly folders: Set<string>;
  file: FileState | null;
  content: { readonly print: string; readonly content: LibraryContent } | null;
  revision: number;
}

function textOf(print: FilePrint): string {
  return `${print.device} ${print.inode} ${print.sizeBytes} ${print.modifiedNs}`;
}

export class LibraryImages {
  readonly #files: FileTable;
  readonly #onChange: () => void;
  readonly #entries = new Map<string, Entry>();
  readonly #removed: { readonly id: string; readonly revision: number }[] = [];
  #forgottenUpTo = 0;
  #revision = 0;

  constructor(files: FileTable, onChange: () => void) {
    this.#files = files;
    this.#onChange = onChange;
  }

  get revision(): number {
    return this.#revision;
  }

  get size(): number {
    return this.#entries.size;
  }

  paths(): readonly Buffer[] {
    return [...this.#entries.values()].map((entry) => entry.path);
  }

  has(path: Buffer): boolean {
    return this.#entries.has(fromFileNameBytes(path));
  }

  countIn(folder: string): number {
    let count = 0;
    for (const entry of this.#entries.values()) if (entry.folders.has(folder)) count += 1;
    return count;
  }

  /** Takes over what the library's file says; returns the paths that were not known before. */
  takeDocument(document: LibraryDocument): readonly Buffer[] {
    const added: Buffer[] = [];
    for (const [key, stored] of document.images) {
      const entry = this.#entries.get(key);
      if (entry === undefined) {
        if (stored.hidden) continue;
        const path = toFileNameBytes(key);
        this.#put(key, { path, stored, folders: new Set(), file: null, content: null, revision: 0 });
        added.push(path);
      } else if (!isDeepStrictEqual(entry.stored, stored)) {
        entry.stored = stored;
        this.#changed(key, entry);
      }
    }
    for (const [key, entry] of this.#entries) {
      if (entry.stored === null || document.images.has(key)) continue;
      entry.stored = null;
      this.#changed(key, entry);
    }
    return added;
  }

  /** What a folder of the library holds now; images that it no longer holds and nobody opened leave. `hidden` ones do not come. */
  takeFolder(folder: string, paths: readonly Buffer[], hidden: (key: string) => StoredImage | null): readonly Buffer[] {
    const present = new Set(paths.map((path) => fromFileNameBytes(path)));
    for (const [key, entry] of this.#entries) {
      if (!entry.folders.has(folder) || present.has(key)) continue;
      entry.folders.delete(folder);
      this.#changed(key, entry);
    }
    return paths.filter((path) => this.addFound(folder, path, hidden(fromFileNameBytes(path))));
  }

  /** True when it was not known before. */
  addFound(folder: string, path: Buffer, stored: StoredImage | null): boolean {
    const key = fromFileNameBytes(path);
    const entry = this.#entries.get(key);
    if (entry !== undefined) {
      if (!entry.folders.has(folder)) {
        entry.folders.add(folder);
        this.#changed(key, entry);
      }
      return false;
    }
    if (stored?.hidden === true) return false;
    this.#put(key, { path, stored, folders: new Set([folder]), file: null, content: null, revision: 0 });
    return true;
  }

  dropFound(folder: string, path: Buffer): void {
    const key = fromFileNameBytes(path);
    const entry = this.#entries.get(key);
    if (entry === undefined || !entry.folders.delete(folder)) return;
    this.#changed(key, entry);
  }

  /** Looks at the file anew. */
  async refresh(path: Buffer): Promise<void> {
    const key = fromFileNameBytes(path);
    const file = await readState(path);
    const entry = this.#entries.get(key);
    if (entry === undefined || isSameState(entry.file, file)) return;
    entry.file = file;
    if (entry.content !== null && (file.kind !== 'present' || textOf(printOf(file.facts)) !== entry.content.print)) entry.content = null;
    this.#changed(key, entry);
  }

  /** What must be looked into: null where the content is known or the file is not there. */
  wantsContent(path: Buffer): string | null {
    const entry = this.#entries.get(fromFileNameBytes(path));
    if (entry?.file?.kind !== 'present' || entry.content !== null) return null;
    return textOf(printOf(entry.file.facts));
  }

  setContent(path: Buffer, print: string, content: LibraryContent): void {
    const key = fromFileNameBytes(path);
    const entry = this.#entries.get(key);
    if (entry?.file?.kind !== 'present' || textOf(printOf(entry.file.facts)) !== print) return;
    entry.content = { print, content };
    this.#changed(key, entry);
  }

  changesSince(since: number): LibraryChanges {
    const whole = since === 0 || since < this.#forgottenUpTo || since > this.#revision;
    const changed: LibraryImage[] = [];
    for (const entry of this.#entries.values()) if (whole || entry.revision > since) changed.push(this.#describe(entry));
    const removed = whole ? [] : this.#removed.filter((one) => one.revision > since).map((one) => one.id);
    return { revision: this.#revision, changed, removed, whole };
  }

  #describe({ path, stored, folders, file, content }: Entry): LibraryImage {
    const facts = file?.kind === 'present' ? file.facts : null;
    const verified = stored?.verified ?? null;
    return {
      id: this.#files.idOf(path),
      ...toDisplayNames(path),
      state: file === null ? 'present' : file.kind,
      sizeBytes: facts === null ? null : `${facts.size}`,
      allocatedBytes: facts === null ? null : `${facts.blocks * STAT_BLOCK_BYTES}`,
      device: facts === null ? null : `${facts.dev}`,
      inode: facts === null ? null : toInode(facts.ino),
      modifiedAt: facts === null ? null : Number(facts.mtimeMs),
      lastUsedAt: stored?.lastUsedAt ?? null,
      inFolder: folders.size > 0,
      content: content?.content ?? null,
      verified:
        verified === null
          ? null
          : {
              at: verified.at,
              outcome: verified.outcome,
              against: verified.against,
              sums: verified.sums,
              current: facts !== null && isSamePrint(verified.print, printOf(facts)),
            },
    };
  }

  #put(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#changed(key, entry);
  }

  /** An image that nobody opened and no folder holds leaves the library; so does one that is hidden. */
  #changed(key: string, entry: Entry): void {
    this.#revision += 1;
    entry.revision = this.#revision;
    const opened = entry.stored !== null && (entry.stored.lastUsedAt !== null || entry.stored.verified !== null);
    if (entry.stored?.hidden === true || (entry.folders.size === 0 && !opened)) {
      this.#entries.delete(key);
      this.#removed.push({ id: this.#files.idOf(entry.path), revision: this.#revision });
      while (this.#removed.length > REMOVED_KEPT) this.#forgottenUpTo = this.#removed.shift()?.revision ?? 0;
    }
    this.#onChange();
  }
}

async function readState(path: Buffer): Promise<FileState> {
  try {
    const facts = await stat(path, { bigint: true });
    return facts.isFile() || facts.isBlockDevice() ? { kind: 'present', facts } : { kind: 'missing' };
  } catch (error) {
    return { kind: ['ENOENT', 'ENOTDIR'].includes(errorName(error)) ? 'missing' : 'unreachable' };
  }
}

function isSameState(before: FileState | null, after: FileState): boolean {
  if (before === null || before.kind !== after.kind) return false;
  if (before.kind !== 'present' || after.kind !== 'present') return true;
  return isSamePrint(printOf(before.facts), printOf(after.facts)) && before.facts.blocks === after.facts.blocks;
}

/** Puts files into a tree that will become part of a package: what, from where, with which mode. */
import { chmodSync, copyFileSync, cpSync, globSync, lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Level 9 and no time of making, as Debian wants documentation. */
function compress(content: string | Buffer): Buffer {
  return gzipSync(content, { level: 9 });
}

export class Tree {
  readonly root: string;

  /** Begins empty. */
  constructor(root: string) {
    this.root = root;
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root, { recursive: true });
  }

  #place(path: string): string {
    const place = join(this.root, path);
    mkdirSync(dirname(place), { recursive: true });
    return place;
  }

  copy(source: string, path: string, mode = 0o644): void {
    const place = this.#place(path);
    copyFileSync(source, place);
    chmodSync(place, mode);
  }

  write(path: string, content: string | Buffer, mode = 0o644): void {
    const place = this.#place(path);
    writeFileSync(place, content);
    chmodSync(place, mode);
  }

  writeCompressed(path: string, content: string | Buffer): void {
    this.write(path, compress(content));
  }

  link(path: string, target: string): void {
    symlinkSync(target, this.#place(path));
  }

  /** All files that a pattern names below `folder`, in the same places below `path`; nothing of it can be executed. */
  copyAll(folder: string, pattern: string, path: string, except: readonly string[] = []): void {
    const names = globSync(pattern, { cwd: folder, exclude: except });
    if (names.length === 0) throw new Error(`${pattern} names nothing in ${folder}`);
    for (const name of names) if (lstatSync(join(folder, name)).isFile()) this.copy(join(folder, name), join(path, name));
  }

  /** The whole of `other` again below `path`. */
  addTree(other: string, path: string): void {
    cpSync(other, this.#place(path), { recursive: true, verbatimSymlinks: true });
  }
}

/** Folders and files that may be executed become 0755, all others 0644: what the umask of whoever builds made of them is no matter. */
export function settleModes(root: string): void {
  for (const name of ['.', ...globSync('**', { cwd: root })]) {
    const path = join(root, name);
    const stats = lstatSync(path);
    if (!stats.isSymbolicLink()) chmodSync(path, stats.isDirectory() || (stats.mode & 0o100) !== 0 ? 0o755 : 0o644);
  }
}

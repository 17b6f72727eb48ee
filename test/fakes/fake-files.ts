/** The files that the fake host can choose from: a small tree in memory, named by ids as main does. */
import type { FolderListing, ImageDescription, ImageFile } from '../../electron/ipc/images.ts';
import { GIB, MIB } from './sample-devices.ts';

export interface FakeFile {
  readonly path: string;
  readonly sizeBytes: bigint;
  readonly inode: bigint;
  readonly access?: ImageDescription['access'];
}

export interface FileTable {
  readonly files: FakeFile[];
  readonly idOf: (path: string) => string;
  readonly pathOf: (id: string) => string | undefined;
  readonly find: (path: string) => FakeFile | undefined;
  readonly imageOf: (path: string) => ImageFile;
  readonly list: (folder: string, showHidden: boolean) => FolderListing;
}

export const sampleFiles: readonly FakeFile[] = [
  { path: '/home/maria/images/debian-13.img', sizeBytes: 8n * GIB, inode: 1000n },
  { path: '/home/maria/images/fedora-44.img', sizeBytes: 6n * GIB, inode: 2001n },
  { path: '/home/maria/images/photos.ext4', sizeBytes: 300n * MIB, inode: 2002n },
  { path: '/home/maria/images/recovery.iso', sizeBytes: 1200n * MIB, inode: 2003n, access: 'read-only' },
  { path: '/home/maria/images/.hidden.img', sizeBytes: GIB, inode: 2004n },
  { path: '/home/maria/Downloads/stick.img', sizeBytes: 2n * GIB, inode: 2005n },
  { path: '/home/maria/notes.txt', sizeBytes: 100n, inode: 2006n },
  { path: '/home/maria/secret.img', sizeBytes: GIB, inode: 2007n, access: 'none' },
];

const HOME = '/home/maria';

export function createFileTable(files: readonly FakeFile[] = sampleFiles): FileTable {
  const paths = new Map<string, string>();
  const ids = new Map<string, string>();
  const all = [...files];
  const idOf = (path: string): string => {
    const known = ids.get(path);
    if (known !== undefined) return known;
    const id = (ids.size + 1).toString(16).padStart(32, '0');
    ids.set(path, id);
    paths.set(id, path);
    return id;
  };
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
  const list = (folder: string, showHidden: boolean): FolderListing => {
    const inside = new Map<string, FakeFile | null>();
    const prefix = folder === '/' ? '/' : `${folder}/`;
    for (const file of all) {
      if (!file.path.startsWith(prefix)) continue;
      const rest = file.path.slice(prefix.length);
      const slash = rest.indexOf('/');
      const name = slash === -1 ? rest : rest.slice(0, slash);
      if (showHidden || !name.startsWith('.')) inside.set(name, slash === -1 ? file : null);
    }
    return {
      id: idOf(folder),
      path: folder,
      parentId: folder === '/' ? null : idOf(parentOf(folder)),
      cut: false,
      entries: [...inside].map(([name, file]) => ({
        id: idOf(`${prefix}${name}`),
        name,
        kind: file === null ? 'folder' : 'file',
        sizeBytes: file === null ? null : file.sizeBytes.toString(),
      })),
    };
  };
  return {
    files: all,
    idOf,
    pathOf: (id) => paths.get(id),
    find: (path) => all.find((file) => file.path === path),
    imageOf: (path) => ({ id: idOf(path), name: nameOf(path), folder: parentOf(path) }),
    list,
  };
}

export const homeFolder = HOME;

/** The folder list that stands in for a file chooser where the host of the window has none. Main process, as the user. */
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { toDecimal } from '../../native-helper/protocol/scalars.ts';
import { AppError } from '../ipc/errors.ts';
import type { FolderEntry, FolderListing } from '../ipc/images.ts';
import type { FileTable } from './file-table.ts';
import { errnoOf } from './open-image.ts';

const ENTRIES_LISTED = 2000;
const SLASH = 0x2f;
const DOT = 0x2e;
const order = new Intl.Collator(undefined, { numeric: true });

/** Folders and files that can be attached (links followed), folders first, by name. Throws FOLDER_NOT_READABLE. */
export async function listFolder(folder: Buffer, showHidden: boolean, table: FileTable): Promise<FolderListing> {
  const { path, names } = await readNames(folder, showHidden);
  const found = (await Promise.all(names.map(async (name) => readEntry(join(path, name), name)))).filter((entry) => entry !== null);
  const sorted = found.toSorted((a, b) => compareKinds(a, b) || order.compare(a.name, b.name));
  return {
    id: table.idOf(path),
    path: path.toString('utf8'),
    parentId: path.equals(Buffer.from('/')) ? null : table.idOf(parentOf(path)),
    entries: sorted.slice(0, ENTRIES_LISTED).map(({ path: entryPath, ...entry }) => ({ id: table.idOf(entryPath), ...entry })),
    cut: sorted.length > ENTRIES_LISTED,
  };
}

async function readNames(folder: Buffer, showHidden: boolean): Promise<{ path: Buffer; names: Buffer[] }> {
  try {
    const path = await realpath(folder, { encoding: 'buffer' });
    const found: Dirent<Buffer>[] = await readdir(path, { withFileTypes: true, encoding: 'buffer' });
    // A kind that can never be attached needs no further look.
    const useful = found.filter((entry) => !entry.isFIFO() && !entry.isSocket() && !entry.isCharacterDevice());
    return { path, names: useful.map((entry) => entry.name).filter((name) => showHidden || name[0] !== DOT) };
  } catch (error) {
    throw new AppError('FOLDER_NOT_READABLE', errnoOf(error), { cause: error });
  }
}

type FoundEntry = Omit<FolderEntry, 'id'> & { readonly path: Buffer };

async function readEntry(path: Buffer, bytes: Buffer): Promise<FoundEntry | null> {
  const facts = await stat(path, { bigint: true }).catch(() => null);
  const name = bytes.toString('utf8');
  if (facts?.isDirectory()) return { path, name, kind: 'folder', sizeBytes: null };
  if (facts?.isFile()) return { path, name, kind: 'file', sizeBytes: toDecimal(facts.size) };
  return facts?.isBlockDevice() ? { path, name, kind: 'file', sizeBytes: null } : null;
}

function compareKinds(a: FoundEntry, b: FoundEntry): number {
  if (a.kind === b.kind) return 0;
  return a.kind === 'folder' ? -1 : 1;
}

function join(folder: Buffer, name: Buffer): Buffer {
  const separator = folder.at(-1) === SLASH ? '' : '/';
  return Buffer.concat([folder, Buffer.from(separator), name]);
}

function parentOf(path: Buffer): Buffer {
  const slash = path.lastIndexOf(SLASH);
  return slash <= 0 ? Buffer.from('/') : path.subarray(0, slash);
}

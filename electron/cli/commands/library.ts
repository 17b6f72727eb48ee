/** platter library: the images that were opened and those in folders that were added, the same as in the window. */
import { realpath, stat } from 'node:fs/promises';
import { FileTable } from '../../images/file-table.ts';
import { fromFileNameBytes } from '../../images/file-name-bytes.ts';
import { ImageWorker } from '../../images/image-worker.ts';
import { refuseOpening } from '../../images/open-image.ts';
import { summariseFile } from '../../images/summarise.ts';
import { AppError } from '../../ipc/errors.ts';
import type { LibraryContent, LibraryImage } from '../../ipc/library.ts';
import { LibraryFile, libraryPath } from '../../library/library-file.ts';
import { Library } from '../../library/library.ts';
import { renameImage } from '../../library/move-image.ts';
import { trashImage } from '../../library/trash.ts';
import { encodeCells } from '../cells.ts';
import { printJson, say, showText, warn, type Context } from '../context.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { readDevices } from '../in-process-reader.ts';
import { wholePath } from '../remember-use.ts';
import { formatSize } from '../sizes.ts';
import { forEachSubject } from '../subjects.ts';
import { formatTable, type Column } from '../table.ts';
import { writeOutput } from '../terminal.ts';

export interface LibraryListOptions {
  readonly search: string;
  readonly sort: 'name' | 'used' | 'size';
  /** Look into every image. */
  readonly contents: boolean;
}

interface Opened {
  readonly library: Library;
  readonly files: FileTable;
}

async function withLibrary<T>(work: (opened: Opened) => Promise<T>): Promise<T> {
  const files = new FileTable();
  const worker = new ImageWorker();
  const library = new Library({
    file: new LibraryFile(libraryPath(process.env)),
    files,
    look: async (path) => summariseFile({ worker, devices: readDevices().devices }, path),
    publish: () => undefined,
  });
  try {
    return await work({ library, files });
  } finally {
    library.close();
    await worker.close();
  }
}

const columns: readonly Column[] = [
  { title: 'STATE', align: 'left' },
  { title: 'ON DISK', align: 'right' },
  { title: 'SIZE', align: 'right' },
  { title: 'CONTENTS', align: 'left', flexible: true },
  { title: 'LAST USED', align: 'left' },
  { title: 'FILE', align: 'left', flexible: true },
];

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
const orders: Readonly<Record<LibraryListOptions['sort'], (left: LibraryImage, right: LibraryImage) => number>> = {
  name: (left, right) => collator.compare(left.name, right.name),
  used: (left, right) => (right.lastUsedAt ?? 0) - (left.lastUsedAt ?? 0),
  size: (left, right) => Number(BigInt(right.allocatedBytes ?? 0) - BigInt(left.allocatedBytes ?? 0)),
};

function contentText(content: LibraryContent | null): string {
  if (content?.kind !== 'known') return '';
  if (content.format !== 'raw') return content.format;
  return [
    content.type,
    ...(content.label === null ? [] : [`"${content.label}"`]),
    ...(content.partitions === null ? [] : [`${content.partitions} partitions`]),
  ].join(' ');
}

function stateText({ state, verified }: LibraryImage): string {
  if (state !== 'present') return state;
  if (verified === null) return 'present';
  return verified.current ? { matches: 'verified', differs: 'differs', computed: 'present' }[verified.outcome] : 'changed';
}

function matches({ name, folder }: LibraryImage, search: string): boolean {
  return `${folder}/${name}`.toLocaleLowerCase().includes(search.toLocaleLowerCase());
}

export async function listLibrary({ search, sort, contents }: LibraryListOptions, context: Context): Promise<ExitCode> {
  return withLibrary(async ({ library, files }) => {
    await library.settled();
    if (contents) await lookIntoAll(library, files);
    const { changed } = await library.list(0);
    const images = changed.filter((image) => matches(image, search)).toSorted(orders[sort]);
    if (context.json) {
      printJson({ images: images.map((image) => toJsonImage(image, files)) });
      return exitCodes.done;
    }
    const { setAside } = library.state();
    if (setAside !== null) warn(context, `the library's file could not be understood and was kept as ${setAside}`);
    const rows = images.map((image) => toRow(image, files, context));
    if (rows.length === 0) warn(context, 'no images');
    else writeOutput(formatTable(columns, rows, context.output));
    return exitCodes.done;
  });
}

/** In pieces: the library keeps only the questions of the rows that a window shows. */
async function lookIntoAll(library: Library, files: FileTable): Promise<void> {
  const { changed } = await library.list(0);
  for (let start = 0; start < changed.length; start += 32) {
    library.look(changed.slice(start, start + 32).map((image) => files.pathOf(image.id)));
    await library.answered();
  }
}

function toRow(image: LibraryImage, files: FileTable, { output }: Context): readonly string[] {
  return [
    stateText(image),
    image.allocatedBytes === null ? '' : formatSize(BigInt(image.allocatedBytes)),
    image.sizeBytes === null ? '' : formatSize(BigInt(image.sizeBytes)),
    encodeCells(Buffer.from(contentText(image.content)), { utf8: output.utf8, escapeOrdering: true }),
    image.lastUsedAt === null ? '' : new Date(image.lastUsedAt).toISOString().slice(0, 16).replace('T', ' '),
    encodeCells(files.pathOf(image.id), { utf8: output.utf8, escapeOrdering: true }),
  ];
}

/** As the kernel's texts: readable, and in base64 where that loses something. */
function toJsonImage({ id, name: _name, folder: _folder, ...image }: LibraryImage, files: FileTable): object {
  const path = files.pathOf(id);
  const text = path.toString('utf8');
  return { path: { text, base64: Buffer.from(text).equals(path) ? null : path.toString('base64') }, ...image };
}

export async function listFolders(context: Context): Promise<ExitCode> {
  const { document } = await new LibraryFile(libraryPath(process.env)).read();
  if (context.json) printJson({ folders: document.folders.map((folder) => folder.toWellFormed()) });
  else for (const folder of document.folders) writeOutput(`${showText(folder, context)}\n`);
  return exitCodes.done;
}

export type LibraryAction = 'add' | 'remove' | 'forget' | 'trash';

/** Folders to add or remove; images to forget or to move to the trash. */
export async function changeLibrary(action: LibraryAction, names: readonly string[], context: Context): Promise<ExitCode> {
  return withLibrary(async ({ library }) => {
    const status = await forEachSubject(names, context, async (name) => {
      await act(library, action, name);
      say(context, `${showText(name, context)}: ${done[action]}`);
      return exitCodes.done;
    });
    if (context.json) printJson({ action, names: names.map((name) => name.toWellFormed()) });
    return status;
  });
}

const done: Readonly<Record<LibraryAction, string>> = {
  add: 'added to the library',
  remove: 'no longer a folder of the library',
  forget: 'no longer in the library',
  trash: 'moved to the trash',
};

async function act(library: Library, action: LibraryAction, name: string): Promise<void> {
  const path = wholePath(name);
  switch (action) {
    case 'add': {
      const folder = await realpath(path, { encoding: 'buffer' }).catch(refuseOpening);
      if (!(await stat(folder)).isDirectory()) throw new AppError('FOLDER_NOT_READABLE');
      return library.addFolder(folder);
    }
    case 'remove':
      return library.removeFolder(await realpath(path, { encoding: 'buffer' }).catch(() => path));
    case 'forget':
      return library.forget(path);
    case 'trash': {
      await trashImage(path, readDevices().devices, null);
      return library.gone(path);
    }
  }
}

export async function renameInLibrary(name: string, newName: string, context: Context): Promise<ExitCode> {
  return withLibrary(async ({ library }) => {
    const path = wholePath(name);
    const target = await renameImage(path, newName, readDevices().devices);
    await library.moved(path, target);
    if (context.json) printJson({ path: fromFileNameBytes(target).toWellFormed() });
    else say(context, `${showText(name, context)}: now ${showText(newName, context)}`);
    return exitCodes.done;
  });
}

/** Files named by a person: chooser, paste, drop, folder list. Main process. */
import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute } from 'node:path';
import { AppError } from '../ipc/errors.ts';
import type { FolderListing, ImageFile } from '../ipc/images.ts';
import { listFolder } from '../images/folder-list.ts';
import { parsePastedPaths, type PathReadings } from '../images/pasted-paths.ts';
import type { ActionContext } from './context.ts';

/** More files at once are a mistake rather than a wish. */
const FILES_AT_ONCE = 256;

export async function chooseImages({ desktop, files }: ActionContext, multiple: boolean): Promise<ImageFile[]> {
  if (desktop.chooseImages === null) throw new AppError('NOT_IN_THIS_HOST');
  const paths = await desktop.chooseImages(multiple);
  return paths.map((path) => files.describe(Buffer.from(path)));
}

export async function showFolder({ desktop, files }: ActionContext, folder: string | null, showHidden: boolean): Promise<FolderListing> {
  if (!desktop.listsFolders) throw new AppError('NOT_IN_THIS_HOST');
  return listFolder(folder === null ? Buffer.from(homedir()) : files.pathOf(folder), showHidden, files);
}

/** Throws NO_IMAGE_NAMED when the text names no file at all; whether the files exist shows when they are used. */
export async function pasteImages({ desktop, files }: ActionContext, text: string | null): Promise<ImageFile[]> {
  if ((text === null) !== (desktop.readClipboard !== null)) throw new AppError('NOT_IN_THIS_HOST');
  const pasted = text ?? (await desktop.readClipboard?.()) ?? '';
  const named = parsePastedPaths(pasted, homedir()).slice(0, FILES_AT_ONCE);
  if (named.length === 0) throw new AppError('NO_IMAGE_NAMED');
  return Promise.all(named.map(async (readings) => files.describe(await likeliest(readings))));
}

/** Ids for files that were dropped on the window. Throws INVALID_CALL for anything but absolute paths. */
export function addDropped({ files }: ActionContext, paths: unknown): ImageFile[] {
  if (!Array.isArray(paths) || paths.length > FILES_AT_ONCE || !paths.every(isPath)) throw new AppError('INVALID_CALL');
  return paths.map((path) => files.describe(Buffer.from(path)));
}

function isPath(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 4096 && isAbsolute(value) && !value.includes('\0');
}

async function likeliest(readings: PathReadings): Promise<Buffer> {
  for (const path of readings) {
    if (await stat(path).catch(() => null)) return path;
  }
  return readings[0];
}

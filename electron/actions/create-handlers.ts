/** New image files as a window asks for them: checked first, then made as a job. Main process. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute } from 'node:path';
import type { RendererHandlers } from '../calls.ts';
import { freeBytes } from '../images/describe-image.ts';
import { toDisplayNames } from '../images/file-table.ts';
import { currentBackingPath } from '../images/identity.ts';
import { inspectFile } from '../images/inspect.ts';
import { planConversion } from '../images/making/convert-image.ts';
import { readConversionFacts } from '../images/making/conversion-facts.ts';
import { planImage } from '../images/making/create-image.ts';
import { planExport } from '../images/making/export-image.ts';
import { checkName, findFreeName } from '../images/making/free-name.ts';
import { findMissingTools } from '../images/making/missing-tools.ts';
import { joinPath, pathOf, type NewPlace } from '../images/making/new-file.ts';
import type { WantedContents } from '../images/making/wanted-image.ts';
import type { createMethods } from '../ipc/create-methods.ts';
import { AppError } from '../ipc/errors.ts';
import type { CreationFacts, FolderPlace, NewContents } from '../ipc/new-image.ts';
import type { RendererParams, RendererResult } from '../ipc/methods.ts';
import { expectDevice, type ActionContext } from './context.ts';
import { startMaking } from './make-job.ts';

export function createCreateHandlers(context: ActionContext): Pick<RendererHandlers, keyof typeof createMethods> {
  const { files, store, worker } = context;
  /** Where the last new file went, for the next. */
  let lastFolder = Buffer.from(homedir());
  const takePlace = ({ folder, name }: { readonly folder: string; readonly name: string }): NewPlace => {
    lastFolder = Buffer.from(files.pathOf(folder));
    return { folder: lastFolder, name: Buffer.from(name) };
  };
  const inspect = async (path: Buffer): ReturnType<typeof inspectFile> => inspectFile({ worker, devices: store.devices() }, path);
  return {
    'images/creation-facts': async ({ folder, wanted }) => {
      if (folder !== null) return readCreationFacts(context, files.pathOf(folder), wanted);
      // The disk that the last one went to may have been taken out since.
      return readCreationFacts(context, lastFolder, wanted).catch(async () => readCreationFacts(context, Buffer.from(homedir()), wanted));
    },
    'images/check-name': async ({ folder, name }) => checkName({ folder: files.pathOf(folder), name: Buffer.from(name) }),
    'images/choose-folder': async () => chooseFolder(context),
    'images/choose-new': async (place) => chooseNew(context, place),
    'images/create': async (params) => createImage(context, params, takePlace(params)),
    'images/conversion-facts': async ({ image }) => {
      const path = files.pathOf(image);
      const { folder, freeName, ...facts } = await readConversionFacts(path, (await inspect(path)).format);
      return { ...facts, place: { ...placeOf(context, folder), freeName } };
    },
    'images/convert': async ({ image, otherFiles, ...target }) => {
      const source = files.pathOf(image);
      const { format } = await inspect(source);
      const place = takePlace(target);
      const plan = await planConversion({ source, format, place, otherFiles }, new AbortController().signal);
      const kind = format.kind === 'compressed' ? 'unpack' : 'convert';
      return { job: startMaking(context, { kind, about: source, image, place, plan, attach: null }) };
    },
    'images/export': async ({ image, format, compress, ...target }) => {
      const source = files.pathOf(image);
      const place = takePlace(target);
      const { format: sourceFormat } = await inspect(source);
      const plan = await planExport({ source, sourceFormat, place, format, compress });
      return { job: startMaking(context, { kind: 'export', about: source, image, place, plan, attach: null }) };
    },
    'devices/image-file': async (target) => {
      const path = await currentBackingPath(expectDevice(store, target));
      if (path === null) throw new AppError('FILE_NOT_FOUND');
      return files.describe(path);
    },
  };
}

async function createImage(
  context: ActionContext,
  params: RendererParams<'images/create'>,
  place: NewPlace,
): Promise<{ readonly job: number }> {
  const contents = toWantedContents(context, params.contents);
  const plan = await planImage({ place, contents, reserved: params.space === 'reserved' });
  // What was packed from a folder cannot be written, but for ext4.
  const readOnly = contents.kind === 'folder' && contents.format !== 'ext4';
  const kind = contents.kind === 'copy' ? 'copy' : 'create';
  return { job: startMaking(context, { kind, about: pathOf(place), place, plan, attach: params.attach ? { readOnly } : null }) };
}

function toWantedContents({ files }: ActionContext, contents: NewContents): WantedContents {
  switch (contents.kind) {
    case 'empty':
    case 'file-system':
      return { ...contents, sizeBytes: BigInt(contents.sizeBytes) };
    case 'partitions': {
      const partitions = contents.partitions.map((one) => ({ ...one, sizeBytes: one.sizeBytes === null ? null : BigInt(one.sizeBytes) }));
      return { ...contents, sizeBytes: BigInt(contents.sizeBytes), partitions };
    }
    case 'folder':
      return { ...contents, folder: files.pathOf(contents.folder) };
    case 'copy':
      return { kind: 'copy', source: files.pathOf(contents.image) };
  }
}

function placeOf({ files }: ActionContext, folder: Buffer): FolderPlace {
  return { id: files.idOf(folder), path: folder.toString('utf8') };
}

async function readCreationFacts(context: ActionContext, folder: Buffer, wanted: string): Promise<CreationFacts> {
  const [free, isWritable, freeName] = await Promise.all([
    freeBytes(folder),
    access(folder, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    ),
    findFreeName(folder, wanted),
  ]);
  return { folder: placeOf(context, folder), writable: isWritable, freeBytes: String(free), freeName, missing: findMissingTools() };
}

async function chooseFolder(context: ActionContext): Promise<FolderPlace | null> {
  if (context.desktop.chooseFolder === null) throw new AppError('NOT_IN_THIS_HOST');
  const path = await context.desktop.chooseFolder();
  return path === null ? null : placeOf(context, Buffer.from(path));
}

async function chooseNew(
  context: ActionContext,
  { folder, name }: RendererParams<'images/choose-new'>,
): Promise<RendererResult<'images/choose-new'>> {
  const { desktop, files } = context;
  if (desktop.chooseNew === null) throw new AppError('NOT_IN_THIS_HOST');
  const path = await desktop.chooseNew(joinPath(files.pathOf(folder), Buffer.from(name)).toString('utf8'));
  if (path === null || !isAbsolute(path)) return null;
  const chosen = toDisplayNames(Buffer.from(path));
  return { folder: placeOf(context, Buffer.from(chosen.folder)), name: chosen.name };
}

/** Making, converting and exporting images: where the new file goes, and what is asked of main. */
import type { AppErrorData } from '../../electron/ipc/errors.ts';
import type { ImageFile } from '../../electron/ipc/images.ts';
import type { RendererParamsInput } from '../../electron/ipc/methods.ts';
import type { FolderPlace } from '../../electron/ipc/new-image.ts';
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import { actionTitles } from '../text/action-words.ts';
import { exportWords } from '../text/create-words.ts';
import { failureOf, settle, targetOf, tellFailure, type Context } from './actions.ts';
import { titleOf } from './device-facts.ts';
import { openDialog } from './ui-store.ts';

/** A folder: by the system's chooser in Electron, by the folder dialog in the browser host. Null: dismissed. */
export async function chooseFolderPlace(context: Context): Promise<FolderPlace | null> {
  if (context.appStore.getState().app?.host === 'browser') {
    const { promise, resolve } = Promise.withResolvers<FolderPlace | null>();
    const answer = ([folder]: readonly ImageFile[]): void => resolve(folder === undefined ? null : { id: folder.id, path: pathOf(folder) });
    context.ui.setState({ chooser: { multiple: false, folders: true, answer } });
    return promise;
  }
  const reply = await settle(context.api.imagesChooseFolder({}));
  if (reply.ok) return reply.value;
  tellFailure(context, actionTitles.choose, reply.error);
  return null;
}

function pathOf({ folder, name }: ImageFile): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}

export interface NewTarget {
  readonly folder: FolderPlace;
  /** Null: the name stays as it is. */
  readonly name: string | null;
}

/** Where a new file goes: in Electron the system's dialog asks for the name too. Null: dismissed. */
export async function chooseTarget(context: Context, folder: string, name: string): Promise<NewTarget | null> {
  if (context.appStore.getState().app?.host === 'browser') return chooseAnyTarget(context);
  const reply = await settle(context.api.imagesChooseNew({ folder, name: name === '' ? 'disk.img' : name }));
  if (reply.ok) return reply.value;
  tellFailure(context, actionTitles.choose, reply.error);
  return null;
}

/** The same where no folder can be proposed to begin with. */
export async function chooseAnyTarget(context: Context): Promise<NewTarget | null> {
  const folder = await chooseFolderPlace(context);
  return folder === null ? null : { folder, name: null };
}

/** Each answers with the failure, or null when the job runs. */
export async function createImage(context: Context, params: RendererParamsInput<'images/create'>): Promise<AppErrorData | null> {
  return failureOf(await settle(context.api.imagesCreate(params)));
}

export async function convertImage(context: Context, params: RendererParamsInput<'images/convert'>): Promise<AppErrorData | null> {
  return failureOf(await settle(context.api.imagesConvert(params)));
}

/** A new image of another size with the same files. */
export async function rebuildImage(context: Context, params: RendererParamsInput<'resize/rebuild'>): Promise<AppErrorData | null> {
  return failureOf(await settle(context.api.resizeRebuild(params)));
}

export async function exportImage(context: Context, params: RendererParamsInput<'images/export'>): Promise<AppErrorData | null> {
  return failureOf(await settle(context.api.imagesExport(params)));
}

/** The export dialog for the file behind a device. */
export async function openDeviceExport(context: Context, device: LoopDevice): Promise<void> {
  const reply = await settle(context.api.devicesImageFile(targetOf(device)));
  if (reply.ok) openDialog(context.ui, { kind: 'export', image: reply.value });
  else tellFailure(context, exportWords.failed(titleOf(device)), reply.error);
}

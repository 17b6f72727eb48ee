/** What the window does with images of the library; each tells its outcome itself. */
import type { AppErrorData } from '../../electron/ipc/errors.ts';
import type { LibraryFolder, LibraryImage } from '../../electron/ipc/library.ts';
import { libraryWords } from '../text/library-words.ts';
import { attachImage, defaultOptions, openAtOnce, settle, tellFailure, type Context } from './actions.ts';
import { copyText } from './device-actions.ts';
import { devicesOf, pathOf } from './library-view.ts';
import { openDevice } from './mount-actions.ts';
import { pushToast } from './ui-store.ts';

/** Images that are selected in the library, in no order. */
export function selectedImages({ ui, library }: Context): readonly LibraryImage[] {
  const { images } = library.store.getState();
  return [...ui.getState().librarySelection].flatMap((id) => images.get(id) ?? []);
}

export function attachedDevices({ appStore }: Context, image: LibraryImage): ReturnType<typeof devicesOf> {
  return devicesOf(image, appStore.getState().app?.devices ?? []);
}

/** Attaches an image as the settings say. */
export async function attachFromLibrary(context: Context, image: LibraryImage): Promise<void> {
  const mount = context.appStore.getState().app?.settings.mountFileSystems ?? true;
  const reply = await attachImage(context, { image, options: defaultOptions(context), mount });
  if (!reply.ok) tellFailure(context, libraryWords.failed.attach(image.name), reply.error);
}

/** As a double click in the file manager opens it; the files of an image that is attached already are shown. */
export async function openFromLibrary(context: Context, image: LibraryImage): Promise<void> {
  const [present] = attachedDevices(context, image);
  if (present !== undefined && openDevice(context, present)) return;
  await openAtOnce(context, [image]);
}

export async function showImageInFolder(context: Context, image: LibraryImage): Promise<void> {
  const reply = await settle(context.api.libraryShowInFolder({ image: image.id }));
  if (!reply.ok) tellFailure(context, libraryWords.failed.show, reply.error);
}

export async function copyImagePaths(context: Context, images: readonly LibraryImage[]): Promise<void> {
  await copyText(context, images.map(pathOf).join('\n'));
}

/** Resolves to the failure, which the dialog tells. */
export async function renameInLibrary(context: Context, image: LibraryImage, name: string): Promise<AppErrorData | null> {
  const reply = await settle(context.api.libraryRename({ image: image.id, name }));
  if (!reply.ok) return reply.error;
  const { id } = reply.value;
  context.ui.setState({ librarySelection: new Set([id]), announcement: libraryWords.renamed(reply.value.name) });
  return null;
}

export async function trashImages(context: Context, images: readonly LibraryImage[]): Promise<void> {
  let done = 0;
  for (const image of images) {
    const reply = await settle(context.api.libraryTrash({ image: image.id }));
    if (reply.ok) done += 1;
    else tellFailure(context, libraryWords.failed.trash(image.name), reply.error);
  }
  const [only] = images;
  if (done > 0) pushToast(context.ui, { text: libraryWords.trashed(done, done === 1 && images.length === 1 ? (only?.name ?? '') : null) });
}

export async function forgetImages(context: Context, images: readonly LibraryImage[]): Promise<void> {
  for (const image of images) {
    const reply = await settle(context.api.libraryForget({ image: image.id }));
    if (!reply.ok) tellFailure(context, libraryWords.failed.forget(image.name), reply.error);
  }
}

/** The system's chooser in Electron, the folder dialog in the browser host. */
export async function addFolder(context: Context): Promise<void> {
  if (context.appStore.getState().app?.host === 'browser') {
    const { promise, resolve } = Promise.withResolvers<string | null>();
    context.ui.setState({ chooser: { multiple: false, folders: true, answer: ([folder]) => resolve(folder?.id ?? null) } });
    const folder = await promise;
    if (folder !== null) await tellAdded(context, folder);
    return;
  }
  await tellAdded(context, null);
}

async function tellAdded(context: Context, folder: string | null): Promise<void> {
  const reply = await settle(context.api.libraryAddFolder({ folder }));
  if (!reply.ok) tellFailure(context, libraryWords.failed.addFolder, reply.error);
  else if (reply.value !== null) context.ui.setState({ announcement: libraryWords.folderAdded(reply.value.name) });
}

export async function removeFolder(context: Context, folder: LibraryFolder): Promise<AppErrorData | null> {
  const reply = await settle(context.api.libraryRemoveFolder({ folder: folder.id }));
  return reply.ok ? null : reply.error;
}

/** The library as a window asks for it. Main process. */
import { stat } from 'node:fs/promises';
import { refuseOpening } from '../images/open-image.ts';
import { AppError } from '../ipc/errors.ts';
import { renameImage } from '../library/move-image.ts';
import { trashImage } from '../library/trash.ts';
import type { RendererHandlers } from '../calls.ts';
import type { ActionContext } from './context.ts';

type LibraryHandlers = Pick<RendererHandlers, Extract<keyof RendererHandlers, `library/${string}`>>;

export function createLibraryHandlers(context: ActionContext): LibraryHandlers {
  const { store, files, desktop, library } = context;
  return {
    'library/list': async ({ since }) => library.list(since),
    'library/look': ({ images }) => {
      library.look(images.map((image) => files.pathOf(image)));
      return null;
    },
    'library/add-folder': async ({ folder }) => {
      const path = folder === null ? await chooseFolder(context) : files.pathOf(folder);
      if (path === null) return null;
      const facts = await stat(path).catch(refuseOpening);
      if (!facts.isDirectory()) throw new AppError('FOLDER_NOT_READABLE');
      await library.addFolder(path);
      return files.describe(path);
    },
    'library/remove-folder': async ({ folder }) => {
      await library.removeFolder(files.pathOf(folder));
      return null;
    },
    'library/forget': async ({ image }) => {
      await library.forget(files.pathOf(image));
      return null;
    },
    'library/rename': async ({ image, name }) => {
      const path = files.pathOf(image);
      const target = await renameImage(path, name, store.devices());
      await library.moved(path, target);
      return files.describe(target);
    },
    'library/trash': async ({ image }) => {
      const path = files.pathOf(image);
      await trashImage(path, store.devices(), desktop.moveToTrash);
      await library.gone(path);
      return null;
    },
    'library/show-in-folder': async ({ image }) => {
      if (desktop.showInFolder === null) throw new AppError('NOT_IN_THIS_HOST');
      const path = files.pathOf(image);
      await stat(path).catch(refuseOpening);
      desktop.showInFolder(path.toString('utf8'));
      return null;
    },
  };
}

/** Null: dismissed. */
async function chooseFolder({ desktop }: ActionContext): Promise<Buffer | null> {
  if (desktop.chooseFolder === null) throw new AppError('NOT_IN_THIS_HOST');
  const path = await desktop.chooseFolder();
  return path === null ? null : Buffer.from(path);
}

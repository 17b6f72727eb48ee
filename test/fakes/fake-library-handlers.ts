/** The library of the fake: a list in memory with revisions, as main has it. */
import type { RendererParams } from '../../electron/ipc/methods.ts';
import type { LibraryImage } from '../../electron/ipc/library.ts';
import { FakeRefusal, type FakeHandlers } from './fake-contract.ts';
import type { FakeModel } from './fake-model.ts';

export function createLibraryHandlers(model: FakeModel) {
  const { library } = model;
  const find = (id: string): LibraryImage => {
    const image = library.images.find((one) => one.id === id);
    if (image === undefined) throw new FakeRefusal('FILE_UNKNOWN');
    return image;
  };
  const expectDetached = (image: LibraryImage): void => {
    const path = `${image.folder}/${image.name}`;
    const device = model.state.devices.find((one) => one.backingFile?.text === path);
    if (device !== undefined) throw new FakeRefusal('IMAGE_ATTACHED', { detail: { device: device.number } });
  };
  return {
    'library/list': ({ since }: RendererParams<'library/list'>) => library.changesSince(since),
    'library/look': () => null,
    'library/add-folder': ({ folder }: RendererParams<'library/add-folder'>) => {
      if (folder === null && model.state.host === 'browser') throw new FakeRefusal('NOT_IN_THIS_HOST');
      const path = folder === null ? '/home/maria/images' : model.files.pathOf(folder);
      if (path === undefined) throw new FakeRefusal('FILE_UNKNOWN');
      library.addFolder(model.files.idOf(path), path);
      return model.files.imageOf(path);
    },
    'library/remove-folder': ({ folder }: RendererParams<'library/remove-folder'>) => {
      library.removeFolder(folder);
      return null;
    },
    'library/forget': ({ image }: RendererParams<'library/forget'>) => {
      library.remove(find(image).id);
      return null;
    },
    'library/rename': ({ image, name }: RendererParams<'library/rename'>) => {
      const found = find(image);
      if (name === '' || name.includes('/')) throw new FakeRefusal('FILE_NAME_INVALID');
      expectDetached(found);
      if (library.images.some((one) => one.folder === found.folder && one.name === name)) throw new FakeRefusal('FILE_EXISTS');
      library.remove(found.id);
      const renamed = { ...model.files.imageOf(`${found.folder}/${name}`) };
      library.put({ ...found, ...renamed });
      return renamed;
    },
    'library/trash': ({ image }: RendererParams<'library/trash'>) => {
      const found = find(image);
      expectDetached(found);
      library.remove(found.id);
      return null;
    },
    'library/show-in-folder': () => {
      if (model.state.host === 'browser') throw new FakeRefusal('NOT_IN_THIS_HOST');
      return null;
    },
  } satisfies Partial<FakeHandlers>;
}

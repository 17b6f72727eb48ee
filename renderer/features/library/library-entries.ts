/** The actions of one image of the library as menu entries, with the excuse of each that cannot be done. */
import type { LibraryImage } from '../../../electron/ipc/library.ts';
import type { MenuEntry, MenuGroups } from '../../components/menu.tsx';
import { detachDevices, showDevice, type Context } from '../../state/actions.ts';
import { allMounts } from '../../state/device-facts.ts';
import { actionExcuse } from '../../state/excuses.ts';
import {
  attachedDevices,
  attachFromLibrary,
  copyImagePaths,
  forgetImages,
  openFromLibrary,
  showImageInFolder,
  trashImages,
} from '../../state/library-actions.ts';
import { giveBackSpace } from '../../state/maintenance-actions.ts';
import { openDialog } from '../../state/ui-store.ts';
import { convertWords, exportWords } from '../../text/create-words.ts';
import { deviceMenuWords } from '../../text/device-words.ts';
import { excuseText } from '../../text/excuse-words.ts';
import { libraryWords } from '../../text/library-words.ts';
import { checkWords, labelWords, spaceWords, verifyWords } from '../../text/maintenance-words.ts';

/** Why the file cannot be worked on at all, in words. */
export function fileExcuse(image: LibraryImage): string | undefined {
  return image.state === 'present' ? undefined : libraryWords.excuses.missing;
}

/** Why the file has to stay as it is. */
export function changeExcuse(context: Context, image: LibraryImage): string | undefined {
  return fileExcuse(image) ?? (attachedDevices(context, image).length > 0 ? libraryWords.excuses.attached : undefined);
}

/** Why nothing can be done to what is inside: only in a raw image does it lie as it is. */
export function insideExcuse(image: LibraryImage): string | undefined {
  const { content } = image;
  const isInside = content?.kind === 'known' && content.format !== 'raw';
  return fileExcuse(image) ?? (isInside ? libraryWords.excuses.notRaw(content.explained) : undefined);
}

export function withExcuse(text: string | undefined): { readonly excuse?: string } {
  return text === undefined ? {} : { excuse: text };
}

export function libraryEntries(context: Context, image: LibraryImage): MenuGroups {
  return [lifeEntries(context, image), careEntries(context, image), lookEntries(context, image), fileEntries(context, image)];
}

/** What is done to the content of the file. */
function careEntries(context: Context, image: LibraryImage): readonly MenuEntry[] {
  const { ui } = context;
  const there = withExcuse(fileExcuse(image));
  const inside = insideExcuse(image);
  const dialog = (kind: 'library-verify' | 'library-check' | 'library-label') => () => openDialog(ui, { kind, image: image.id });
  // Attached or not: main finds its device.
  const resize = (): void => openDialog(ui, { kind: 'resize', subject: { image: image.id }, name: image.name });
  return [
    { id: 'verify', label: verifyWords.menu, run: dialog('library-verify'), ...there },
    { id: 'resize', label: deviceMenuWords.resize, run: resize, ...withExcuse(inside) },
    { id: 'check', label: checkWords.menu, run: dialog('library-check'), ...withExcuse(inside) },
    { id: 'label', label: labelWords.menu, run: dialog('library-label'), ...withExcuse(inside ?? changeExcuse(context, image)) },
    { id: 'space', label: spaceWords.menu, run: () => void giveBackSpace(context, image), ...withExcuse(spaceExcuse(context, image)) },
  ];
}

/** Attached, only the mounted file system knows what is free. */
function spaceExcuse(context: Context, image: LibraryImage): string | undefined {
  const devices = attachedDevices(context, image);
  const mounts = devices.flatMap(allMounts).filter((mount) => !mount.readOnly);
  return fileExcuse(image) ?? (devices.length > 0 && mounts.length === 0 ? spaceWords.notMounted : undefined);
}

function lifeEntries(context: Context, image: LibraryImage): readonly MenuEntry[] {
  const devices = attachedDevices(context, image);
  const [device] = devices;
  const now = excuseText(actionExcuse(context.appStore.getState()));
  const use = withExcuse(now ?? fileExcuse(image));
  const open: MenuEntry = { id: 'open', label: libraryWords.open, keys: 'Enter', run: () => void openFromLibrary(context, image), ...use };
  if (device !== undefined) {
    return [
      open,
      { id: 'show-device', label: libraryWords.showDevice, run: () => showDevice(context, device.number) },
      { id: 'detach', label: deviceMenuWords.detach, keys: 'Ctrl+E', run: () => void detachDevices(context, devices), ...withExcuse(now) },
    ];
  }
  return [
    open,
    { id: 'attach', label: libraryWords.attach, run: () => void attachFromLibrary(context, image), ...use },
    { id: 'attach-with', label: libraryWords.attachWith, run: () => openDialog(context.ui, { kind: 'attach', image }), ...use },
  ];
}

function lookEntries(context: Context, image: LibraryImage): readonly MenuEntry[] {
  const isElectron = context.appStore.getState().app?.host === 'electron';
  const inFolder: MenuEntry = {
    id: 'show-in-folder',
    label: libraryWords.showInFolder,
    run: () => void showImageInFolder(context, image),
    ...withExcuse(fileExcuse(image)),
  };
  return [
    ...makingEntries(context, image),
    ...(isElectron ? [inFolder] : []),
    { id: 'copy-path', label: libraryWords.copyPath, keys: 'Ctrl+C', run: () => void copyImagePaths(context, [image]) },
  ];
}

/** A raw image goes out in another format; what is in another format becomes a raw image. */
function makingEntries({ ui }: Context, image: LibraryImage): readonly MenuEntry[] {
  const { content } = image;
  const off = withExcuse(fileExcuse(image));
  if (content?.kind !== 'known' || content.format === 'raw') {
    return [{ id: 'export', label: exportWords.menu, run: () => openDialog(ui, { kind: 'export', image }), ...off }];
  }
  if (content.explained) return [];
  return [{ id: 'convert', label: convertWords.menu, run: () => openDialog(ui, { kind: 'convert', image }), ...off }];
}

function fileEntries(context: Context, image: LibraryImage): readonly MenuEntry[] {
  const change = withExcuse(changeExcuse(context, image));
  return [
    {
      id: 'rename',
      label: libraryWords.rename,
      keys: 'F2',
      run: () => openDialog(context.ui, { kind: 'library-rename', image: image.id }),
      ...change,
    },
    { id: 'trash', label: libraryWords.trash, keys: 'Delete', run: () => void trashImages(context, [image]), danger: true, ...change },
    { id: 'forget', label: libraryWords.forget, run: () => void forgetImages(context, [image]) },
  ];
}

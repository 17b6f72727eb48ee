/** What the library shows and in which order, and which devices an image is attached to. Pure. */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { LibraryImage } from '../../electron/ipc/library.ts';

export const librarySorts = ['name', 'used', 'size'] as const;
export type LibrarySort = (typeof librarySorts)[number];

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

export function pathOf({ folder, name }: Pick<LibraryImage, 'folder' | 'name'>): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}

/** Searches name, folder, and what is in the image. */
export function viewLibrary(images: Iterable<LibraryImage>, search: string, sort: LibrarySort): readonly LibraryImage[] {
  const needle = search.trim().toLocaleLowerCase();
  const found = [...images].filter((image) => needle === '' || textsOf(image).some((text) => text.toLocaleLowerCase().includes(needle)));
  return found.toSorted(comparers[sort]);
}

function textsOf({ name, folder, content }: LibraryImage): readonly string[] {
  return content?.kind === 'known' ? [name, folder, content.type, content.format, content.label ?? ''] : [name, folder];
}

function byName(left: LibraryImage, right: LibraryImage): number {
  return collator.compare(left.name, right.name) || collator.compare(left.folder, right.folder);
}

const comparers: Readonly<Record<LibrarySort, (left: LibraryImage, right: LibraryImage) => number>> = {
  name: byName,
  used: (left, right) => (right.lastUsedAt ?? 0) - (left.lastUsedAt ?? 0) || byName(left, right),
  size: (left, right) => Number(BigInt(right.allocatedBytes ?? 0) - BigInt(left.allocatedBytes ?? 0)) || byName(left, right),
};

/** Devices that have the image's file attached: by its identity, or by name where only root may know that. */
export function devicesOf(image: LibraryImage, devices: readonly LoopDevice[]): readonly LoopDevice[] {
  const path = pathOf(image);
  return devices.filter(({ identity, backingFile, backingFileState }) => {
    if (identity !== null) return image.device !== null && identity.device === image.device && identity.inode === image.inode;
    return backingFile?.text === path && backingFileState !== 'deleted';
  });
}

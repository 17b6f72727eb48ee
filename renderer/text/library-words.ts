/** The words of the library: its tab, its rows, its details, its dialogs. */
import type { LibraryContent, LibraryFolder, LibraryImage } from '../../electron/ipc/library.ts';
import type { LibrarySort } from '../state/library-view.ts';
import { count, formatSize, showText } from './format.ts';
import { typeName } from './mount-words.ts';

const name = (text: string): string => `“${showText(text)}”`;
const LOCALE = 'en';
const dates = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium' });
const times = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' });
const DAY_MS = 86_400_000;

export const libraryWords = {
  tab: 'Library',
  views: 'Views',
  images: 'Images of the library',
  details: 'Details of the image',
  search: 'Search',
  sort: 'Sort and Folders',
  order: 'Order',
  orders: { name: 'Name', used: 'Last Used', size: 'Size on Disk' } satisfies Record<LibrarySort, string>,
  total: (many: number) => count(many, 'image', 'images'),
  found: (many: number, of: number) => `${many} of ${count(of, 'image', 'images')}`,
  selected: (many: number) => count(many, 'image selected', 'images selected'),
  scanning: 'Looking into the folders…',
  loading: 'Loading the library',
  addFolder: 'Add Folder…',
  folders: 'Folders…',
  foldersTitle: 'Folders of the Library',
  foldersText: 'Images in these folders, and in the folders right in them, are in the library.',
  noFolders: 'No folder was added yet.',
  folderStates: {
    scanning: () => 'Being looked into…',
    watched: (images: number) => count(images, 'image', 'images'),
    missing: () => 'Not there now; it is looked for again',
    unreadable: () => 'Cannot be read',
  } satisfies Record<LibraryFolder['state'], (images: number) => string>,
  folderCut: 'It holds more than the library follows; only the first files are listed.',
  removeFolder: (folder: string) => `Remove ${showText(folder)} from the library`,
  folderAdded: (folder: string) => `${showText(folder)} added to the library.`,
  empty: 'No images yet',
  emptyText: 'Images you open appear here. Add a folder to see all that are in it.',
  noMatch: (search: string) => `No match for “${search}”`,
  clearSearch: 'Show all again',
  setAside: 'The library began anew',
  setAsideText: (file: string) =>
    `Its file could not be understood and was kept as ${showText(file)}, beside the new one. No image was touched.`,
  nothingSelected: 'Nothing selected',
  nothingSelectedText: 'Select an image to see what is known of it.',

  attached: 'Attached',
  attachedAs: (nodes: readonly string[]) => `Attached as ${nodes.join(', ')}`,
  missing: 'Missing',
  unreachable: 'Cannot be reached',
  verified: 'Verified',
  changed: 'Changed',
  changedSince: 'Changed since verified',
  differs: 'Checksum differs',
  open: 'Open',
  attach: 'Attach',
  attachNamed: (image: string) => `Attach ${image}`,
  detachNamed: (image: string) => `Detach ${image}`,
  attachWith: 'Attach with Options…',
  showDevice: 'Show the Device',
  showInFolder: 'Show in Files',
  copyPath: 'Copy Path',
  rename: 'Rename…',
  trash: 'Move to Trash',
  forget: 'Remove from Library',
  menuOf: (image: string) => `Actions for ${image}`,
  more: 'More actions',

  renameTitle: (image: string) => `Rename ${name(image)}`,
  renameLabel: 'Name',
  renameConfirm: 'Rename',
  nameEmpty: 'Give it a name.',
  nameSlash: 'A name has no slash.',
  nameLong: 'A name has at most 255 bytes.',
  renamed: (image: string) => `Renamed to ${showText(image)}.`,
  trashed: (many: number, only: string | null) =>
    only === null ? `${count(many, 'image', 'images')} moved to the trash.` : `${name(only)} moved to the trash.`,

  missingTitle: 'The file is not there',
  missingText: 'It was moved, renamed or deleted, or its disk is not connected.',
  unreachableTitle: 'The file cannot be looked at',
  unreachableText: 'You may not read its folder, or its disk does not answer.',

  file: 'File',
  path: 'Path',
  folder: 'Folder',
  contents: 'Contents',
  modified: 'Modified',
  lastUsed: 'Last used',
  never: 'Never with Platter',

  excuses: {
    attached: 'It is attached. Detach it first.',
    missing: 'The file is not there.',
    notRaw: (explained: boolean) =>
      explained ? 'Platter does not read files of this format.' : 'Only in a raw image. Convert it to one first.',
  },
  failed: {
    attach: (image: string) => `Could not attach ${name(image)}`,
    rename: (image: string) => `Could not rename ${name(image)}`,
    trash: (image: string) => `Could not move ${name(image)} to the trash`,
    forget: (image: string) => `Could not remove ${name(image)} from the library`,
    addFolder: 'Could not add the folder',
    removeFolder: 'Could not remove the folder',
    show: 'Could not show the folder',
  },
} as const;

/** `ext4 “Photos”`, `GPT, 3 partitions`, `qcow2`; null while nothing is known. */
export function contentText(content: LibraryContent | null): string | null {
  if (content === null) return null;
  if (content.kind === 'unknown') return 'Not recognised';
  if (content.format !== 'raw') return content.format;
  const label = content.label === null || content.label === '' ? '' : ` “${showText(content.label)}”`;
  if (content.type === '') return 'Not recognised';
  const type = `${typeName(content.type)}${label}`;
  return content.partitions === null ? type : `${type}, ${count(content.partitions, 'partition', 'partitions')}`;
}

/** No file system takes more for the end of a file (bigalloc clusters of ext4). */
const LARGEST_BLOCK_BYTES = 1024n * 1024n;

/** `3 of 8 GiB` on disk and in full; one figure where they agree, or where the last block is only larger than what is in it. */
export function sizeText({ sizeBytes, allocatedBytes }: Pick<LibraryImage, 'sizeBytes' | 'allocatedBytes'>): string | null {
  if (sizeBytes === null || allocatedBytes === null) return null;
  const [full, disk] = [formatSize(BigInt(sizeBytes)), formatSize(BigInt(allocatedBytes))];
  const more = BigInt(allocatedBytes) - BigInt(sizeBytes);
  return full === disk || (more > 0n && more < LARGEST_BLOCK_BYTES) ? full : `${disk} of ${full}`;
}

/** `today`, `3 days ago`, then the date. */
export function usedText(at: number | null, nowMs: number): string | null {
  if (at === null) return null;
  const days = Math.floor(startOfDay(nowMs) / DAY_MS) - Math.floor(startOfDay(at) / DAY_MS);
  return days < 7 ? relative.format(-Math.max(0, days), 'day') : dates.format(at);
}

export function timeText(at: number): string {
  return times.format(at);
}

/** Midnight of the place, as milliseconds of its own clock. */
function startOfDay(at: number): number {
  return at - new Date(at).getTimezoneOffset() * 60_000;
}

/** Titles of failed actions and the words of toasts. */
import type { AttachOutcome } from '../../electron/ipc/methods.ts';
import { count, showText } from './format.ts';
import { mountWords } from './mount-words.ts';

const name = (text: string): string => `“${showText(text)}”`;

/** First sentence of a failure: what could not be done. */
export const actionTitles = {
  attach: (image: string) => `Could not attach ${name(image)}`,
  detach: (image: string) => `Could not detach ${name(image)}`,
  undo: (image: string) => `Could not attach ${name(image)} again`,
  keep: (image: string) => `Could not keep ${name(image)} attached`,
  grow: (image: string) => `Could not grow ${name(image)}`,
  change: (image: string) => `Could not change ${name(image)}`,
  rescan: (image: string) => `Could not read the partitions of ${name(image)}`,
  capacity: (image: string) => `Could not take over the size of ${name(image)}`,
  addPartition: 'Could not add the partition',
  resizePartition: 'Could not resize the partition',
  deletePartition: (partition: string) => `Could not delete ${partition}`,
  changeFile: (image: string) => `Could not exchange the file of ${name(image)}`,
  kernelView: 'Could not ask the kernel',
  showInFiles: 'Could not open the folder',
  addNode: 'Could not add the node',
  removeNode: (node: string) => `Could not remove ${node}`,
  findFree: 'Could not find a free node',
  paste: 'Could not attach what was pasted',
  drop: 'Could not attach what was dropped',
  choose: 'Could not choose a file',
  listFolder: 'Could not list the folder',
  describe: 'Could not look at the file',
  inspect: 'Could not look into the image',
  settings: 'Could not save the preference',
  job: 'Could not cancel',
  closePrograms: 'Could not close every program',
  closeProgram: (program: string) => `Could not close ${name(program)}`,
  nameOthers: 'Could not show the names',
  open: (image: string) => `Could not open ${name(image)}`,
  mount: (part: string) => `Could not mount ${name(part)}`,
  mountOf: (image: string, partition: number | null) =>
    partition === null ? `Could not mount ${name(image)}` : `Could not mount partition ${partition} of ${name(image)}`,
  unmount: (place: string) => `Could not unmount ${showText(place)}`,
  openFolder: 'Could not show the folder',
  trim: (place: string) => `Could not trim ${showText(place)}`,
  growFileSystem: (place: string) => `Could not grow the file system at ${showText(place)}`,
} as const;

type Reason = NonNullable<AttachOutcome['readOnlyReason']>;

/** Why a device is read-only although that was not asked for; null where it was. */
export const readOnlyReasons: Readonly<Record<Reason, string | null>> = {
  requested: null,
  'no-permission': 'you may not write to the file',
  running: 'the file is a running program',
  'read-only-file-system': 'the file lies on a read-only file system',
  immutable: 'the file is marked immutable',
  descriptor: 'the file could only be opened for reading',
  sealed: 'the file is sealed against writing',
  existing: 'it was attached read-only before',
  kernel: 'the kernel made it so',
};

export const toastWords = {
  undo: 'Undo',
  show: 'Show',
  attached: (image: string, outcome: Omit<AttachOutcome, 'diskseq'>, nothingToMount = false) => {
    const reason = outcome.readOnlyReason === null ? null : readOnlyReasons[outcome.readOnlyReason];
    const start =
      outcome.outcome === 'attached'
        ? `${name(image)} attached as loop${outcome.device}`
        : `${name(image)} is already attached as loop${outcome.device}`;
    const places = outcome.mounts.map((mount) => mount.mountPoint);
    const mounted = places.length === 0 ? [] : [mountWords.mountedAt(places)];
    const because = reason === null ? [] : [`read-only because ${reason}`];
    const warnings = outcome.warnings.map((warning) => warningWords[warning]);
    return [`${[start, ...mounted, ...because].join(', ')}.`, ...(nothingToMount ? [mountWords.nothingToMount] : []), ...warnings].join(
      ' ',
    );
  },
  detached: (image: string) => `${name(image)} detached.`,
  detachedMany: (many: number) => `${count(many, 'image', 'images')} detached.`,
  undoAll: 'Undo all',
  deferred: (images: readonly string[]) =>
    images.length === 1
      ? `${name(images[0] ?? '')} detaches when it is free.`
      : `${count(images.length, 'image detaches', 'images detach')} when free.`,
  nodeAdded: (number: number) => `loop${number} added.`,
  nodeRemoved: (number: number) => `loop${number} removed.`,
  grown: (image: string, size: string) => `${name(image)} is now ${size}.`,
  fileChanged: (image: string) => `The device now shows ${name(image)}.`,
  sameSize: 'The device already has the size of its file.',
  copied: 'Copied.',
  notCopied: 'The clipboard could not be used.',
  partitionsRead: 'The partition table was read anew.',
} as const;

const warningWords = {
  'direct-io-off': 'Direct I/O could not be used and is off.',
  'last-block-partial': 'The end of the file is not a whole sector; that part cannot be read.',
  'file-deleted': 'The file has been deleted; its data is gone after detaching.',
} as const;

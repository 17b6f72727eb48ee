/** The words of the page about a device: its file, its activity, its queue, and what is wrong with it. */
import type { SystemKind } from '../state/system-devices.ts';

export const pageWords = {
  imageFile: 'Image File',
  device: 'Device',
  activity: 'Activity',
  inUseBy: 'In Use By',
  usersOf: (image: string) => `Who uses ${image}`,
  path: 'File',
  fileSize: 'Size',
  onDisk: 'On disk',
  onDiskOf: (allocated: string, percent: string) => `${allocated}, ${percent} of the file`,
  usedInside: 'Used inside',
  usedInsideOf: (used: string, total: string, percent: string) => `${used} of ${total}, ${percent}`,
  used: 'Used',
  usedOf: (used: string, total: string, percent: string) => `${used} of ${total}, ${percent}`,
  available: (size: string) => `${size} free`,
  attachedAt: 'Attached',
  withPlatter: ', with Platter',
  accountNumber: (uid: number) => `user ${uid}`,
  attachedAgo: (ago: string) => `attached ${ago}`,
  kinds: {
    snap: 'snapd, for a snap',
    flatpak: 'Flatpak',
    docker: 'Docker',
    podman: 'Podman or another container engine',
    containers: 'containerd',
    lxd: 'LXD or Incus',
    kubernetes: 'Kubernetes',
    systemd: 'systemd, for a machine or a portable service',
    live: 'The live system',
  } satisfies Record<SystemKind, string>,
  copyLosetup: 'Copy as losetup Command',
  copyPlatter: 'Copy as platter Command',
} as const;

export const activityWords = {
  reading: 'Reading',
  writing: 'Writing',
  rate: (size: string) => `${size}/s`,
  total: (size: string) => `${size} in all`,
  totalHint: (node: string) => `In all: since the node ${node} was made, also for images that were attached to it before.`,
  plot: (read: string, written: string) => `The last minute: reading up to ${read}, writing up to ${written}`,
  waiting: 'Measuring…',
  minuteAgo: 'a minute ago',
  now: 'now',
} as const;

export const queueWords = {
  title: 'Request queue',
  sectors: 'Sectors',
  sectorsOf: (logical: string, physical: string) => `${logical} logical, ${physical} physical`,
  ioSize: 'Request size',
  ioSizeOf: (minimum: string, maximum: string) => `${minimum} to ${maximum}`,
  optimal: (size: string) => `best ${size}`,
  discard: 'Discard',
  discardOf: (granularity: string, maximum: string) => `In units of ${granularity}, up to ${maximum} at once`,
  noDiscard: 'Not possible',
  readAhead: 'Read ahead',
  scheduler: 'Scheduler',
  writeCache: 'Write cache',
  writeCaches: { 'write-back': 'Write back', 'write-through': 'Write through' },
  depth: 'Queue depth',
} as const;

export const warningWords = {
  'file-system-stopped': {
    title: (places: string) => `The file system at ${places} has stopped`,
    text: 'It met an error after which it cannot go on: its disk failed or was full, or it is damaged. What was written last may be missing. Unmount it, then check the image.',
  },
  'file-system-read-only': {
    title: (places: string) => `The file system at ${places} made itself read-only`,
    text: 'It met an error, and lets nothing be written any more so that no more is lost. Unmount it, then check the image.',
  },
  'file-system-errors': {
    title: (places: string) => `The file system at ${places} has met errors`,
    text: 'The kernel found it damaged, now or earlier, and may let nothing be written to it any more. Unmount it, then check the image.',
  },
  moved: 'The image file was moved or renamed',
  movedText: 'The device goes on using it. When this window saw it first, it was',
  twice: (nodes: string) => `The same data is attached as ${nodes}, too`,
  twiceText: 'Each device has a cache of its own: what is written through one may not be seen, or be overwritten, through the other.',
  twiceReadOnlyText: 'All of them are read-only, so they show the same.',
  misaligned: 'The offset is not a multiple of the sector size',
  misalignedText: (sector: string) =>
    `Each request crosses sectors of ${sector} of the file, which is slow, and direct I/O is not possible. Partitions will not be found.`,
  directIo: 'Direct I/O is off',
  leaveOff: 'Leave It Off',
  directIoText:
    'It was asked for, and the kernel goes through the cache all the same: offset, sector size or the file system that holds the image do not allow it.',
  sameUuid: (nodes: string) => `Another device says to be the same file system: ${nodes}`,
  sameUuidText: 'What looks for it by its UUID may take either. Some file systems refuse to be mounted twice.',
} as const;

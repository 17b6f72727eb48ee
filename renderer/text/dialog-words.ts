/** The words of the dialogs. */
import { count } from './format.ts';

export const attachWords = {
  title: 'Attach Image',
  confirm: 'Attach',
  confirmShow: 'Show',
  confirmAgain: 'Attach Again',
  confirmAnyway: 'Attach Anyway',
  unknownContents: 'What is in it is not known.',
  file: 'File',
  other: 'Choose Another File…',
  looking: 'Looking at the file…',
  size: (size: string, allocated: string) => `${size}, ${allocated} on disk`,
  blockDevice: 'Block device',
  readOnly: 'Read-only',
  readOnlyHint: 'Nothing in the image can be changed.',
  mount: 'Mount file systems',
  mountHint: 'Makes the files in the image accessible under /run/media.',
  access: {
    'read-only': 'You may only read this file, so the device will be read-only.',
    running: 'The file is a running program, so the device will be read-only.',
    none: 'You may not read this file.',
  },
  partitionScan: 'Partition scan',
  partitionScanHint: 'Shows the partitions in the image.',
  advanced: 'Advanced',
  offset: 'Offset',
  offsetHint: 'where the device begins in the file',
  sizeLimit: 'Size limit',
  sizeLimitHint: '0: up to the end of the file',
  sectorSize: 'Sector size',
  directIo: 'Direct I/O',
  directIoHint: 'Bypasses the cache of the file that holds the image.',
  autoclear: 'Detach when free',
  autoclearHint: 'The kernel detaches it when its last user lets go.',
  reference: 'Reference',
  referenceHint: 'A name of your own for the device, at most 63 bytes. Empty: Platter’s own mark.',
  referenceTooLong: 'The reference is longer than 63 bytes.',
  already: (nodes: string) => `Already attached as ${nodes}`,
  alreadyText: 'Platter shows the device that is there rather than attach the file twice.',
  show: (node: string) => `Show ${node}`,
  again: 'Attach once more',
  againHint: 'Possible only when both are read-only.',
  beyondEnd: 'This is not inside the file.',
  unaligned: (sector: string) => `This has to be a multiple of the sector size, ${sector} bytes.`,
  tooSmall: 'The file is smaller than one sector of 512 bytes.',
} as const;

export const rangeWords = {
  title: 'Offset and Size Limit',
  confirm: 'Change',
  offset: 'Offset',
  sizeLimit: 'Size limit',
  text: 'Programs that have the device open see the change at once.',
  outcome: (size: string) => `The device will be ${size} large.`,
  negative: 'The value is too large.',
} as const;

export const referenceWords = {
  title: 'Reference',
  confirm: 'Change',
  label: 'Reference',
  hint: 'At most 63 bytes; shown by losetup and used for links in /dev/disk/by-loop-ref.',
} as const;

export const partitionWords = {
  add: 'Add Partition',
  resize: (name: string) => `Resize ${name}`,
  confirmAdd: 'Add',
  confirmResize: 'Resize',
  number: 'Number',
  numberError: 'Give a number from 1 to 65,535 that is not taken.',
  start: 'Start',
  size: 'Size',
  room: (size: string) => `up to ${size}`,
  tooLarge: 'This does not fit into the room there is.',
  zero: 'A partition needs a size.',
  unaligned: 'This has to be a multiple of 512 bytes.',
} as const;

export const kernelViewWords = {
  title: 'Kernel View',
  status64: 'LOOP_GET_STATUS64',
  status: 'LOOP_GET_STATUS',
  looking: 'Asking the kernel…',
  failed: (errno: number) => `The call failed with errno ${errno}.`,
  overflow: 'A value does not fit the old structure (EOVERFLOW).',
  copyAll: 'Copy all fields',
} as const;

export const nodeWords = {
  title: 'Loop Device Nodes',
  text: 'Nodes that exist without an image. The kernel makes more as they are needed.',
  unused: (many: number) => count(many, 'unused node', 'unused nodes'),
  none: 'Every node has an image attached.',
  add: 'Add Node',
  number: 'Number',
  numberHint: 'Empty: the next free number',
  numberError: 'Give a number from 0 to 1,048,575.',
  findFree: 'Free node',
  findFreeHint: 'Ask the kernel which node it would take next.',
  find: 'Find',
  free: (node: string) => `${node} is free at this moment.`,
  remove: (node: string) => `Remove ${node}`,
  list: 'Unused nodes',
} as const;

export const preferenceWords = {
  title: 'Preferences',
  attaching: 'Attaching',
  readOnly: 'Read-only by default',
  readOnlyHint: 'For files that are dropped, pasted or opened, and as the first choice in the dialog.',
  partitionScan: 'Partition scan by default',
  partitionScanHint: 'Shows the partitions in an image.',
  mount: 'Mount file systems by default',
  mountHint: 'The files in an image can be used at once.',
  openFolder: 'Show the files of opened images',
  openFolderNeedsMount: 'Only where file systems are mounted.',
  openFolderHint: 'Opens the largest file system in Files when an image is opened from there or from the command line.',
  list: 'List',
  system: 'Show system devices',
  systemHint: 'Snaps, flatpaks, containers and live systems.',
  appearance: 'Appearance',
  colours: 'Colours',
  schemes: { system: 'Like the system', light: 'Light', dark: 'Dark' },
} as const;

export const shortcutWords = { title: 'Keyboard Shortcuts' } as const;

export const paletteWords = {
  title: 'Find an Action',
  label: 'Actions and devices',
  none: 'Nothing found',
  goTo: (image: string) => `Go to ${image}`,
  actions: 'Actions',
  devices: 'Devices',
} as const;

export const folderWords = {
  title: 'Choose an Image',
  titleMany: 'Choose Images',
  titleFolder: 'Choose a Folder',
  confirm: 'Choose',
  up: 'Up one folder',
  hidden: 'Show hidden files',
  empty: 'The folder is empty.',
  cut: 'Only the first entries are shown.',
  looking: 'Reading the folder…',
  folder: 'Folder',
  list: 'Files and folders',
  path: 'Path or file: address',
  usePath: 'Use',
} as const;

export const aboutWords = {
  title: 'About Platter',
  text: 'Disk images on loop devices, live.',
  version: (version: string) => `Version ${version}`,
  kernel: 'Kernel',
  machine: 'Machine',
  host: 'Window',
  hosts: { electron: 'Electron', browser: 'Web browser' },
  licence: 'MIT licence',
} as const;

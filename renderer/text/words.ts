/** The words of the window, the list and the common parts. English first; one object per place. */
import type { Filter, SortOrder } from '../state/list-view.ts';
import type { Pending } from '../state/ui-store.ts';
import { count } from './format.ts';

export const commonWords = {
  cancel: 'Cancel',
  close: 'Close',
  clear: 'Clear',
  copy: 'Copy',
  details: 'Details',
  showDetails: 'Show Details',
  hideDetails: 'Hide Details',
  copyDetails: 'Copy the details',
  tryAgain: 'Try Again',
  back: 'Back to the list',
} as const;

export const fieldWords = {
  notASize: 'Give a number, such as 512, 1.5 GiB or 2048s.',
  unitOf: (field: string) => `Unit of ${field.toLocaleLowerCase('en')}`,
  units: { B: 'bytes', sectors: 'sectors', KiB: 'KiB', MiB: 'MiB', GiB: 'GiB', TiB: 'TiB' },
} as const;

export const windowWords = {
  images: 'Images',
  attachImage: 'Attach Image',
  mainMenu: 'Main Menu',
  jobs: 'Jobs',
  devices: 'Devices',
  details: 'Details of the device',
  notifications: 'Notifications',
  dropHere: 'Drop images to attach them',
  attach: 'Attach Image…',
  paste: 'Attach from Clipboard',
  nodes: 'Loop Device Nodes…',
  preferences: 'Preferences…',
  shortcuts: 'Keyboard Shortcuts',
  palette: 'Find an Action…',
  about: 'About Platter',
} as const;

export const bannerWords = {
  viewOnly: 'View only',
  viewOnlyText: 'The list is live. The system may ask for a password when something changes.',
  unlock: 'Unlock',
  authorizing: 'Waiting for the password',
  authorizingText: 'The system is asking for it in a window of its own.',
  listLost: 'The live list is lost',
  listLostText: 'What is shown is how things stood last.',
  connecting: 'Connecting…',
  connectionLost: 'Connection lost',
  connectionLostText: 'Platter connects again by itself. What is shown is how things stood last.',
} as const;

export const listWords = {
  search: 'Search',
  filterAndSort: 'Filter and Sort',
  show: 'Show',
  order: 'Order',
  filters: { all: 'All', mounted: 'Mounted', 'in-use': 'In Use', 'read-only': 'Read-Only', system: 'System' } satisfies Record<
    Filter,
    string
  >,
  orders: { name: 'Name', newest: 'Newest First', size: 'Size', number: 'Device Number' } satisfies Record<SortOrder, string>,
  filteredBy: (filter: string) => `Only: ${filter}`,
  removeFilter: 'Show all again',
  devices: 'Attached images',
  total: (many: number) => count(many, 'device', 'devices'),
  found: (many: number, of: number) => `${many} of ${count(of, 'device', 'devices')}`,
  selected: (many: number) => count(many, 'device selected', 'devices selected'),
  mounted: 'Mounted',
  mountedReadOnly: 'Mounted read-only',
  notRecognised: 'Not recognised',
  pending: {
    detaching: 'Detaching…',
    changing: 'Changing…',
    growing: 'Growing…',
    mounting: 'Mounting…',
    unmounting: 'Unmounting…',
  } satisfies Record<Pending, string>,
  notMounted: 'Not mounted',
  readOnly: 'Read-only',
  inUse: 'In use',
  deletedFile: 'Deleted file',
  detachesWhenFree: 'Detaches when free',
  detach: (image: string) => `Detach ${image}`,
  cancelJob: (image: string) => `Cancel the work on ${image}`,
  systemHidden: (many: number) => `${count(many, 'system device', 'system devices')} hidden`,
  systemShown: (many: number) => `${count(many, 'system device', 'system devices')} shown`,
  showSystem: 'Show',
  hideSystem: 'Hide',
  empty: 'No devices attached',
  emptyText: 'Drop an image here, or choose one.',
  emptyBrowserText: 'Choose an image to see what is in it.',
  firstRun: 'You may be asked for your password when something changes.',
  noMatch: (search: string) => `No match for “${search}”`,
  noMatchFilter: 'No device fits the filter',
  onlySystem: 'Only system devices',
  onlySystemText: 'Images you attach appear here.',
  loading: 'Loading the devices',
  attachedLive: (many: number) => count(many, 'device attached', 'devices attached'),
  detachedLive: (many: number) => count(many, 'device detached', 'devices detached'),
} as const;

export const jobWords = {
  title: { attach: (image: string) => `Attaching ${image}`, grow: (image: string) => `Growing ${image}` },
  done: 'Done',
  cancelled: 'Cancelled',
  failed: 'Failed',
  cancel: (title: string) => `Cancel: ${title}`,
  dismiss: (title: string) => `Remove from the list: ${title}`,
  running: (many: number) => count(many, 'job running', 'jobs running'),
  ofTotal: (done: string, total: string) => `${done} of ${total}`,
} as const;

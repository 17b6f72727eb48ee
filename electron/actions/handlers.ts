/** The table of everything a window can ask for: one entry for each method of ipc/methods.ts. Main process. */
import { AppError } from '../ipc/errors.ts';
import type { RendererHandlers } from '../calls.ts';
import { describeBackingFile, describeImage } from '../images/describe-image.ts';
import { currentBackingPath } from '../images/identity.ts';
import { openImage } from '../images/open-image.ts';
import type { Settings } from '../ipc/state.ts';
import type { createMethods } from '../ipc/create-methods.ts';
import type { devicePageMethods } from '../ipc/device-page.ts';
import { attachImage, undoDetach } from './attach.ts';
import { expectDevice, type ActionContext } from './context.ts';
import { createDetachHandlers } from './detach-handlers.ts';
import { createDevicePageHandlers } from './device-page-handlers.ts';
import { createCreateHandlers } from './create-handlers.ts';
import { createInspectionHandlers } from './inspection-handlers.ts';
import { createMaintenanceHandlers } from './maintenance-handlers.ts';
import { createLibraryHandlers } from './library-handlers.ts';
import { createResizeHandlers } from './resize-handlers.ts';
import { createMountHandlers } from './mount-handlers.ts';
import { setCapacity } from './set-capacity.ts';
import { chooseImages, pasteImages, showFolder } from './images.ts';

/** What the table needs besides the actions' own context. */
export interface Administration {
  readonly setVisible: (connection: number, visible: boolean) => void;
  readonly changeSettings: (change: Partial<Settings>) => Promise<Settings>;
  readonly dismissNotice: (notice: number) => void;
}

type DeviceMethods = Exclude<
  Extract<keyof RendererHandlers, `devices/${string}` | `nodes/${string}`>,
  'devices/contents' | 'devices/detach' | keyof typeof createMethods | keyof typeof devicePageMethods
>;
type DeviceHandlers = Pick<RendererHandlers, DeviceMethods>;

export function createHandlers(context: ActionContext, administration: Administration): RendererHandlers {
  const { store, session, files, jobs } = context;
  return {
    'state/get': () => store.snapshot(),
    'window/visibility': ({ visible }, connection) => {
      administration.setVisible(connection, visible);
      return null;
    },
    'helper/unlock': async () => {
      await session.elevated();
      return null;
    },
    'settings/set': async (change) => administration.changeSettings(withoutUndefined(change)),

    'images/choose': async ({ multiple }) => chooseImages(context, multiple),
    'images/list-folder': async ({ folder, showHidden }) => showFolder(context, folder, showHidden),
    'images/paste': async ({ text }) => pasteImages(context, text),
    'images/describe': async ({ image }) => {
      const path = files.pathOf(image);
      return describeImage(path, files.describe(path), store.devices());
    },

    ...createCreateHandlers(context),
    ...createDeviceHandlers(context),
    ...createDetachHandlers(context),
    ...createMountHandlers(context),
    ...createInspectionHandlers(context),
    ...createLibraryHandlers(context),
    ...createMaintenanceHandlers(context),
    ...createResizeHandlers(context),
    ...createDevicePageHandlers(context),

    'jobs/cancel': ({ job }) => {
      jobs.cancel(job);
      return null;
    },
    'jobs/dismiss': ({ job }) => {
      jobs.dismiss(job);
      return null;
    },
    'notices/dismiss': ({ notice }) => {
      administration.dismissNotice(notice);
      return null;
    },
  };
}

function createDeviceHandlers(context: ActionContext): DeviceHandlers {
  const { store, session, files, desktop } = context;
  return {
    'devices/attach': async ({ image, options, mount }) => attachImage(context, files.pathOf(image), options, mount),
    'devices/undo-detach': async ({ undo }) => undoDetach(context, undo),
    'devices/cancel-detach': async (params) => {
      await session.call('devices/cancel-detach', params);
      return null;
    },
    'devices/set': async (params) => session.call('devices/set', params),
    'devices/set-capacity': async (params) => setCapacity(session, params),
    'devices/rescan': async (params) => session.call('devices/rescan', params),
    'devices/set-partition': async (params) => session.call('devices/set-partition', params),
    'devices/kernel-view': async (params) => session.call('devices/kernel-view', params),
    'devices/change-backing-file': async ({ image, ...target }) => {
      const { handle } = await openImage(files.pathOf(image), 'read-only');
      try {
        return await session.call('devices/change-backing-file', target, { descriptors: [handle.fd] });
      } finally {
        await handle.close();
      }
    },
    'devices/backing-file': async (target) => describeBackingFile(expectDevice(store, target)),
    'devices/show-in-folder': async (target) => {
      if (desktop.showInFolder === null) throw new AppError('NOT_IN_THIS_HOST');
      const path = await currentBackingPath(expectDevice(store, target));
      if (path === null) throw new AppError('FILE_NOT_FOUND');
      desktop.showInFolder(path.toString('utf8'));
      return null;
    },

    'nodes/add': async (params) => session.call('nodes/add', params),
    'nodes/remove': async (params) => session.call('nodes/remove', params),
    'nodes/find-free': async (params) => session.call('nodes/find-free', params),
  };
}

/** Optional fields of a parsed call may be present and undefined; settings must not take that over. */
function withoutUndefined<T extends object>(change: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

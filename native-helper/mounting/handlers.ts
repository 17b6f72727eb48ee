/** The handlers of mounts/* and devices/trim. Runs as root. */
import { readAccount } from '../linux/accounts.ts';
import { toTarget, type SlowDevices, type Target } from '../operations/device-access.ts';
import { asHelperErrorLater } from '../operations/kernel-errors.ts';
import { HelperError } from '../protocol/errors.ts';
import type { OwnershipRecords } from '../records/ownership.ts';
import { openStateFolders } from '../records/state-folder.ts';
import type { HandlersOf } from '../rpc/handlers.ts';
import type { Log } from '../rpc/log.ts';
import { growMounted, shrinkMounted, trimMounted } from './grow.ts';
import { userFolderName } from './leaf-name.ts';
import { mountImage } from './mount.ts';
import type { MountAccount, Mounting } from './mounting-context.ts';
import { MountRecords } from './mount-records.ts';
import { MEDIA_FOLDER } from './mount-target.ts';
import { reconcileMounts } from './reconcile.ts';
import { unmountImage } from './unmount.ts';

export interface MountHandlersContext {
  readonly uid: number;
  readonly records: OwnershipRecords;
  readonly log: Log;
  /** Only tests name other folders. */
  readonly mediaFolder?: string;
  readonly stateFolder?: string;
}

/** Whatever group there is when nobody knows the user's own. */
const NO_GROUP = 65_534;

/** What the operations of this folder share. Puts right what killed helpers left behind. */
export function createMounting(context: MountHandlersContext): Mounting {
  const folders = context.stateFolder === undefined ? openStateFolders() : openStateFolders(context.stateFolder);
  let account: MountAccount | undefined;
  const mounting: Mounting = {
    uid: context.uid,
    records: context.records,
    mountRecords: new MountRecords(folders.mounts, context.uid),
    account: () => (account ??= findAccount(context.uid)),
    mediaFolder: context.mediaFolder ?? MEDIA_FOLDER,
    log: context.log,
  };
  reconcileMounts(mounting);
  return mounting;
}

function findAccount(uid: number): MountAccount {
  const account = readAccount(uid);
  const gid = account === null || (account.gid === 0 && uid !== 0) ? NO_GROUP : account.gid;
  return { uid, gid, folder: userFolderName(account?.name ?? null, uid) };
}

type MountMethods = 'mounts/mount' | 'mounts/unmount' | 'mounts/grow' | 'mounts/shrink' | 'devices/trim';

/** What mounting needs of the live list. */
export interface MountedDevices extends SlowDevices {
  /** Mounts have changed; called before the reply, with the device that has one more. */
  readonly onMountsChanged: (mounted: Target | null) => void;
}

/** `mounting` is null in view mode, where the dispatcher answers first. */
export function createMountHandlers(mounting: Mounting | null, devices: MountedDevices): HandlersOf<MountMethods> {
  const elevated = (): Mounting => {
    if (mounting === null) throw new HelperError('ROOT_REQUIRED');
    return mounting;
  };
  return {
    'mounts/mount': async (params) => {
      reconcileMounts(elevated());
      const result = await asHelperErrorLater({}, () => mountImage(elevated(), devices, params));
      devices.onMountsChanged(toTarget(params));
      return result;
    },
    'mounts/unmount': async (params) => {
      const result = await asHelperErrorLater({}, () => unmountImage(elevated(), params));
      devices.onMountsChanged(null);
      return result;
    },
    'mounts/grow': (params) => asHelperErrorLater({}, () => growMounted(elevated(), devices, params)),
    'mounts/shrink': (params) => asHelperErrorLater({}, () => shrinkMounted(elevated(), params)),
    'devices/trim': (params) => asHelperErrorLater({}, () => trimMounted(elevated(), params)),
  };
}

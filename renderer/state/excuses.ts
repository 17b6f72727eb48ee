/** Why an action cannot be done now. Pure; the words are in renderer/text/excuse-words.ts. */
import type { LoopDevice } from '../../native-helper/protocol/devices.ts';
import type { AppState } from '../../electron/ipc/state.ts';
import { isBackedByDevice, isHeld, isInUse, isMounted } from './device-facts.ts';
import type { AppStoreState } from './app-store.ts';
import { isLasting } from '../text/describe-error.ts';

export type Excuse =
  | 'loading'
  | 'connection-lost'
  | 'list-lost'
  | 'authorizing'
  | 'helper-unavailable'
  | 'busy-here'
  | 'job-running'
  | 'not-read-only'
  | 'file-deleted'
  | 'file-unknown'
  | 'backed-by-device'
  | 'somebody-elses'
  | 'scan-permanent'
  | 'no-partition-scan'
  | 'no-direct-io'
  | 'no-change-file'
  | 'mounted'
  | 'no-unbound-nodes'
  | 'looking'
  | 'nothing-found'
  | 'not-mountable'
  | 'is-swap'
  | 'is-encrypted'
  | 'is-volume'
  | 'is-table'
  | 'not-mounted'
  | 'mounted-read-only'
  | 'cannot-grow'
  | 'fills-place'
  | 'held'
  | 'would-detach';

/** Nobody has let this window act yet, or who acts for it may ask each time. */
export function mayAskForPassword({ app }: AppStoreState): boolean {
  return app?.actions.kind !== 'ready' || app.actions.through !== undefined;
}

/** Why no file can be made now, or null: that takes no helper. */
export function makeExcuse(state: AppStoreState): Excuse | null {
  if (state.connection === 'lost') return 'connection-lost';
  return state.app === null ? 'loading' : null;
}

/** Why nothing that changes a device can be done now, or null. Locked is no excuse: the first action unlocks. */
export function actionExcuse(state: AppStoreState): Excuse | null {
  if (state.connection === 'lost') return 'connection-lost';
  if (state.app === null) return 'loading';
  if (state.app.list.kind === 'loading') return 'loading';
  if (state.app.list.kind === 'lost') return 'list-lost';
  switch (state.app.actions.kind) {
    case 'locked':
    case 'ready':
      return null;
    case 'authorizing':
      return 'authorizing';
    case 'failed':
      return isLasting(state.app.actions.error.code) ? 'helper-unavailable' : null;
  }
}

/** A read-only device can be resized too: only its file has to be writable, which main finds out. */
export function resizeExcuse(device: LoopDevice): Excuse | null {
  if (isBackedByDevice(device)) return 'backed-by-device';
  if (device.backingFile === null) return 'file-unknown';
  if (device.backingFileState === 'deleted') return 'file-deleted';
  return null;
}

/** The kernel reads the table only while nothing on the device is in use (BLKRRPART answers EBUSY). */
export function rescanExcuse(device: LoopDevice): Excuse | null {
  return device.partitionScan ? rangeExcuse(device) : 'no-partition-scan';
}

/** AUTOCLEAR takes effect when the last user lets go: on a device that nobody uses, at once. */
export function autoclearExcuse(device: LoopDevice): Excuse | null {
  return device.autoclear || isInUse(device) ? null : 'would-detach';
}

export function changeFileExcuse(device: LoopDevice, app: AppState): Excuse | null {
  if (app.features?.changeBackingFile === false) return 'no-change-file';
  if (!device.readOnly) return 'not-read-only';
  return device.ownership === 'own' || device.ownership === 'unknown' ? null : 'somebody-elses';
}

export function directIoExcuse(app: AppState): Excuse | null {
  return app.features?.directIo === false ? 'no-direct-io' : null;
}

export function scanSwitchExcuse(device: LoopDevice): Excuse | null {
  return device.partitionScan ? 'scan-permanent' : null;
}

/** Offset, size limit and sector size change what a mounted file system, or whatever else lies on the device, stands on. */
export function rangeExcuse(device: LoopDevice): Excuse | null {
  if (isMounted(device)) return 'mounted';
  return isHeld(device) ? 'held' : null;
}
